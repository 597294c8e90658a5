#include "probes/witness/prefix_finder.hpp"

namespace sereno {

struct PrefixFinder::Impl {};
PrefixFinder::PrefixFinder(ProbeContext&) : impl_(std::make_shared<Impl>()) {}
PrefixFinder::~PrefixFinder() = default;
std::unique_ptr<Asked> PrefixFinder::find(const std::vector<DnsServer>&, Stamp,
                                          std::function<void(std::vector<std::string>)>) {
    return nullptr;
}

}  // namespace sereno
