#include "probes/witness/ripestat.hpp"

namespace sereno {

struct RipeStat::Impl {};
RipeStat::RipeStat(ProbeContext&, Asker&, WitnessBoard&, std::string) : impl_(std::make_shared<Impl>()) {}
RipeStat::~RipeStat() = default;
std::unique_ptr<Asked> RipeStat::look(const std::string&, std::function<void(const LookingGlassAnswer&)>) {
    return nullptr;
}

}  // namespace sereno
