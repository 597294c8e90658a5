#include "probes/witness/ris/ris_live.hpp"

namespace sereno {

struct RisLive::Impl {};
RisLive::RisLive(ProbeContext&, RipeStat*, WitnessBoard&, Settings) : impl_(std::make_shared<Impl>()) {}
RisLive::~RisLive() = default;
bool RisLive::watch(const std::string&, const std::string&) {
    return false;
}
RouteSight RisLive::sight(const std::string&) const {
    return {};
}
Stamp RisLive::heard() const {
    return {};
}
void RisLive::on_change(std::function<void(const std::string&)>) {}

}  // namespace sereno
