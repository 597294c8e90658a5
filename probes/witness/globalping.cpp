#include "probes/witness/globalping.hpp"

namespace sereno {

struct Globalping::Impl {};
Globalping::Globalping(ProbeContext&, Asker&, WitnessBoard&, std::string, std::string)
    : impl_(std::make_shared<Impl>()) {}
Globalping::~Globalping() = default;
std::unique_ptr<Asked> Globalping::view(const ViewElsewhere&, Stamp, std::function<void(const Elsewhere&)>) {
    return nullptr;
}

}  // namespace sereno
