#include "probes/http/front_end.hpp"

#include <algorithm>
#include <vector>

#include "agent/loop/address.hpp"

namespace sereno {

namespace {

constexpr std::size_t most_addresses = 4;
/// Seen again within this time is no news: most probes end here.
constexpr Micros fresh = std::chrono::minutes{10};

}  // namespace

void remember_front_end(Remembered& remembered, const std::string& host, const std::string& address,
                        Stamp now) {
    if (address.empty()) return;
    const Fact* known = remembered.find(FactKind::front_end, host);
    if (known != nullptr && known->values.front() == address && now - known->when < fresh) return;
    if (is_literal(host)) return;
    std::vector<std::string> addresses{address};
    if (known != nullptr)
        for (const std::string& older : known->values)
            if (older != address && addresses.size() < most_addresses) addresses.push_back(older);
    remembered.keep(FactKind::front_end, host, std::move(addresses), now);
}

std::string remembered_front_end(const Remembered& remembered, const std::string& host, Family family) {
    const Fact* known = remembered.find(FactKind::front_end, host);
    if (known == nullptr) return {};
    const auto fits = [family](const std::string& address) {
        const bool v6 = address.find(':') != std::string::npos;
        return family == Family::any || v6 == (family == Family::v6);
    };
    const auto found = std::find_if(known->values.begin(), known->values.end(), fits);
    return found == known->values.end() ? std::string{} : *found;
}

}  // namespace sereno
