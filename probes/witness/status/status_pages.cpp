#include "probes/witness/status/status_pages.hpp"

namespace sereno {

struct StatusPages::Impl {};
StatusPages::StatusPages(ProbeContext&, Asker&, WitnessBoard&) : impl_(std::make_shared<Impl>()) {}
StatusPages::~StatusPages() = default;
std::unique_ptr<Asked> StatusPages::read(const StatusPage&, std::function<void(const StatusWord&)>) {
    return nullptr;
}

}  // namespace sereno
