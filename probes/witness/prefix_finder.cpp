#include "probes/witness/prefix_finder.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "agent/loop/address.hpp"
#include "agent/loop/private_address.hpp"
#include "probes/path/as_origin.hpp"

namespace sereno {

namespace {

constexpr std::size_t most_addresses = 16;
constexpr std::chrono::hours valid_for{7 * 24}, visible_lately{24};

/// Where a server is, or was when it was last resolved.
void add_addresses(const Remembered& remembered, const DnsServer& server,
                   std::vector<std::string>& addresses) {
    std::vector<std::string> found{server.endpoint.address};
    if (server.endpoint.empty()) {
        const Fact* fact = remembered.find(FactKind::name_server, server.name);
        found = fact == nullptr ? std::vector<std::string>{} : fact->values;
    }
    for (const std::string& address : found) {
        if (addresses.size() == most_addresses) return;
        if (!is_literal(address) || is_private_address(address)) continue;
        if (std::find(addresses.begin(), addresses.end(), address) == addresses.end())
            addresses.push_back(address);
    }
}

/// Looks up a few addresses at a time.
class Finding final : public Asked {
  public:
    Finding(ProbeContext& context, const std::vector<DnsServer>& servers, Stamp deadline,
            std::function<void(std::vector<std::string>)> done)
        : context_(context), deadline_(deadline), done_(std::move(done)) {
        for (const DnsServer& server : servers)
            add_addresses(context_.remembered, server, addresses_);
        next_ = context_.loop.after(Micros{0}, [this] { look_up(); });
    }

  private:
    void look_up() {
        const Stamp now = context_.loop.now();
        if (asked_ == addresses_.size() || now >= deadline_) return finish();
        const std::size_t some = std::min(AsLookup::most, addresses_.size() - asked_);
        const auto from = addresses_.begin() + static_cast<std::ptrdiff_t>(asked_);
        const std::vector<std::string> batch(from, from + static_cast<std::ptrdiff_t>(some));
        asked_ += some;
        // An equal share of the time for each batch that is left.
        const auto batches =
            static_cast<std::int64_t>(1 + (addresses_.size() - asked_ + AsLookup::most - 1) / AsLookup::most);
        lookup_.emplace(context_, batch, now + (deadline_ - now) / batches, [this](const AsNumbers&) {
            next_ = context_.loop.after(Micros{0}, [this] { look_up(); });
        });
    }

    void finish() {
        lookup_.reset();
        std::set<std::string> prefixes;
        for (const std::string& address : addresses_)
            add_prefixes(address, prefixes);
        const auto done = std::move(done_);
        done({prefixes.begin(), prefixes.end()});
    }

    /// What was learned within a week, else whatever was learned. An exact prefix that had its peers a day
    /// ago is looked at also when the service now tells of the one that covers it: it may just have gone.
    void add_prefixes(const std::string& address, std::set<std::string>& prefixes) const {
        const Remembered& remembered = context_.remembered;
        const Stamp now = context_.loop.now();
        const auto longest = remembered_origin(remembered, address, Stamp{});
        if (!longest) return;
        const auto fresh = remembered_origin(remembered, address, now - valid_for);
        prefixes.insert(fresh ? fresh->prefix : longest->prefix);
        const Fact* route = remembered.find(FactKind::route, longest->prefix);
        if (route != nullptr && now - route->when <= visible_lately) prefixes.insert(longest->prefix);
    }

    ProbeContext& context_;
    Stamp deadline_;
    std::function<void(std::vector<std::string>)> done_;
    std::vector<std::string> addresses_;
    std::size_t asked_ = 0;
    std::optional<AsLookup> lookup_;
    Loop::Timer next_;
};

}  // namespace

struct PrefixFinder::Impl {
    ProbeContext& context;
};
PrefixFinder::PrefixFinder(ProbeContext& context) : impl_(std::make_shared<Impl>(Impl{context})) {}
PrefixFinder::~PrefixFinder() = default;

std::unique_ptr<Asked> PrefixFinder::find(const std::vector<DnsServer>& servers, Stamp deadline,
                                          std::function<void(std::vector<std::string>)> done) {
    return std::make_unique<Finding>(impl_->context, servers, deadline, std::move(done));
}

}  // namespace sereno
