// Do a zone's servers, and its parent's, agree on who they are? All are asked at once; the parent's servers
// are found on the way.
#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "probes/kinds.hpp"

namespace sereno {

namespace {

constexpr std::size_t most_servers = 8, parents_asked = 2;
constexpr int most_climbs = 5;

using Names = std::vector<std::string>;  // in order, each once

Names ordered(Names names) {
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

std::string joined(const Names& names) {
    std::string text;
    for (const std::string& name : names)
        text += (text.empty() ? "" : " ") + name;
    return text;
}

/// " lacks b.ns.example adds c.ns.example"; empty: no difference.
std::string difference(const Names& reference, const Names& names) {
    Names lacks, adds;
    std::set_difference(reference.begin(), reference.end(), names.begin(), names.end(),
                        std::back_inserter(lacks));
    std::set_difference(names.begin(), names.end(), reference.begin(), reference.end(),
                        std::back_inserter(adds));
    return (lacks.empty() ? "" : " lacks " + joined(lacks)) + (adds.empty() ? "" : " adds " + joined(adds));
}

/// "shop.example" of "www.shop.example"; "." of "example".
std::string zone_above(const std::string& zone) {
    const auto dot = zone.find('.');
    return dot == std::string::npos || dot + 1 == zone.size() ? "." : zone.substr(dot + 1);
}

/// The parent zone's word on who serves `zone`: finds the parent's servers through the resolvers, then asks
/// one of them, and a second when the first fails.
class Delegation {
  public:
    struct Word {
        std::optional<Names> names;  ///< empty list: the parent does not know the zone
        std::string from;            ///< who said so, or why nobody did
    };
    /// `done` is called once, from the loop, unless this is destroyed before.
    Delegation(ProbeContext& context, std::string zone, Stamp deadline, std::function<void(Word)> done)
        : context_(context), zone_(std::move(zone)), deadline_(deadline), done_(std::move(done)) {}

    /// False: nobody can be asked, and `done` is not called.
    bool start() {
        if (context_.resolvers.empty() || zone_ == "." || zone_.empty()) return false;
        parent_ = zone_above(zone_);
        ask_resolver();
        return true;
    }

  private:
    /// A third of the time for the resolvers; of what is left, half for the first of the parent's servers.
    [[nodiscard]] Stamp share(std::size_t parts) const {
        const Stamp now = context_.loop.now();
        return now + (deadline_ - now) / static_cast<std::int64_t>(parts);
    }

    void ask_resolver() {
        DnsQuery query;
        query.server = context_.resolvers[resolver_];
        query.name = parent_;
        query.type = RecordType::ns;
        const std::size_t left = context_.resolvers.size() - resolver_;
        request_ = context_.dns.ask(query, share(2 + left), [this](DnsReply reply) { resolved(reply); });
    }

    void resolved(const DnsReply& reply) {
        if (reply.failure == Failure::none && !reply.records.empty()) {
            servers_ = reply.records;
            context_.remembered.keep(FactKind::zone_servers, parent_, servers_, context_.loop.now());
            return ask_parent();
        }
        const bool no_zone = reply.failure == Failure::dns_nodata || reply.failure == Failure::dns_nxdomain;
        if (no_zone && parent_ != "." && ++climbs_ <= most_climbs) {  // not every dot is a zone cut
            parent_ = zone_above(parent_);
            return ask_resolver();
        }
        if (++resolver_ < context_.resolvers.size()) return ask_resolver();
        const Fact* fact = context_.remembered.find(FactKind::zone_servers, parent_);
        if (fact == nullptr)
            return finish({{},
                           "the servers of the parent zone " + parent_ +
                               " are not known: " + std::string(to_string(reply.failure))});
        servers_ = fact->values;
        ask_parent();
    }

    void ask_parent() {
        // Not the same one for every zone below it.
        const std::size_t first = std::hash<std::string>{}(zone_) % servers_.size();
        DnsQuery query;
        query.server.name = servers_[(first + asked_) % servers_.size()];
        query.name = zone_;
        query.type = RecordType::ns;
        query.recursion = false;
        ++asked_;
        const std::size_t left = std::min(parents_asked, servers_.size()) + 1 - asked_;
        request_ = context_.dns.ask(
            query, share(left), [this, left, name = query.server.name](DnsReply reply) mutable {
                const bool unknown =
                    reply.failure == Failure::dns_nxdomain || reply.failure == Failure::dns_nodata;
                if (unknown || !reply.records.empty())
                    return finish({ordered(std::move(reply.records)), std::move(name)});
                if (left > 1) return ask_parent();
                finish({{}, "the parent's " + name + " says " + std::string(to_string(reply.failure))});
            });
    }

    void finish(Word word) { std::exchange(done_, nullptr)(std::move(word)); }

    ProbeContext& context_;
    std::string zone_, parent_;
    Stamp deadline_;
    std::function<void(Word)> done_;
    std::size_t resolver_ = 0, asked_ = 0;
    int climbs_ = 0;
    Names servers_;
    std::unique_ptr<DnsRequest> request_;
};

class ZoneRun final : public Attempt {
  public:
    ZoneRun(const ZoneCheck& task, Begin begin)
        : Attempt(std::move(begin)),
          zone_(task.zone),
          delegation_(context(), task.zone, deadline(), [this](Delegation::Word word) {
              parent_ = std::move(word);
              look_whether_all_spoke();
          }) {
        if (task.servers.empty()) {
            fail(Stage::schedule, Failure::address_unknown, "no name server is known");
            return;
        }
        servers_.resize(std::min(task.servers.size(), most_servers));
        for (std::size_t i = 0; i < servers_.size(); ++i)
            ask(servers_[i], task.servers[i]);
        ++waiting_for_;
        if (!delegation_.start()) {
            parent_.from = "nobody to ask for the parent's servers";
            --waiting_for_;
        }
    }

  private:
    struct Server {
        std::string name, icmp_from;
        std::optional<Names> names;  // empty: no answer
        std::string serial;
        Failure failure = Failure::none;  // of the question for names
        std::unique_ptr<DnsRequest> names_request, serial_request;
    };

    void ask(Server& server, const DnsServer& at) {
        server.name = at.name.empty() ? to_string(at.endpoint) : at.name;
        DnsQuery query;
        query.server = at;
        query.name = zone_;
        query.recursion = false;
        query.type = RecordType::ns;
        server.names_request = context().dns.ask(query, deadline(), [this, &server](DnsReply reply) {
            server.failure = reply.failure;
            server.icmp_from = std::move(reply.icmp_from);
            if (reply.failure == Failure::none) {
                server.names = ordered(std::move(reply.records));
                if (seen().ttl_seconds < 0 || reply.ttl_seconds < seen().ttl_seconds)
                    seen().ttl_seconds = reply.ttl_seconds;
            }
            look_whether_all_spoke();
        });
        query.type = RecordType::soa;
        server.serial_request = context().dns.ask(query, deadline(), [this, &server](DnsReply reply) {
            server.serial = reply.records.empty() ? std::string(to_string(reply.failure))
                                                  : std::move(reply.records.front());
            look_whether_all_spoke();
        });
        waiting_for_ += 2;
    }

    void look_whether_all_spoke() {
        if (--waiting_for_ == 0) judge();
    }

    void judge() {
        seen().dns = since(seen().started);
        const Server* first = nullptr;
        for (const Server& server : servers_) {
            seen().answers.push_back(server.name + " " +
                                     (server.names ? server.serial : std::string(to_string(server.failure))));
            if (server.names && first == nullptr) first = &server;
        }
        if (first == nullptr) return fail_without_answer();
        const auto inconsistent = [this](const std::string& detail) {
            fail(Stage::dns, Failure::dns_inconsistent, detail);
        };
        if (parent_.names && parent_.names->empty())
            return inconsistent("the parent's " + parent_.from + " does not delegate " + zone_);
        const Names& reference = parent_.names ? *parent_.names : *first->names;
        std::string differences;
        for (const Server& server : servers_)
            if (const std::string one = server.names ? difference(reference, *server.names) : "";
                !one.empty())
                differences += (differences.empty() ? "" : "; ") + server.name + one;
        if (!differences.empty())
            return inconsistent("compared with " +
                                (parent_.names ? "the parent's " + parent_.from : first->name) + ": " +
                                differences);
        pass(remarks());
    }

    /// The commonest failure; of equally common ones, that of the first server.
    void fail_without_answer() {
        std::map<Failure, std::size_t> times;
        for (const Server& server : servers_)
            ++times[server.failure];
        const auto commonest = std::max_element(
            servers_.begin(), servers_.end(),
            [&](const Server& a, const Server& b) { return times[a.failure] < times[b.failure]; });
        seen().icmp_from = commonest->icmp_from;
        fail(commonest->failure == Failure::address_unknown ? Stage::schedule : Stage::dns,
             commonest->failure,
             "none of " + std::to_string(servers_.size()) + " servers answers; " + remarks());
    }

    /// What is worth knowing although it is no inconsistency.
    [[nodiscard]] std::string remarks() const {
        std::string text = parent_.names ? "the parent's " + parent_.from + " agrees" : parent_.from;
        Names serials;
        for (const Server& server : servers_) {
            if (server.names)
                serials.push_back(server.serial);
            else
                text += "; " + server.name + " " + std::string(to_string(server.failure));
        }
        serials = ordered(std::move(serials));
        if (serials.size() > 1) text += "; serials differ: " + joined(serials);
        return text;
    }

    std::string zone_;
    std::vector<Server> servers_;
    Delegation::Word parent_;
    std::size_t waiting_for_ = 0;
    Delegation delegation_;
};

}  // namespace

Run start(const ZoneCheck& task, Begin begin) {
    return std::make_unique<ZoneRun>(task, std::move(begin));
}

}  // namespace sereno
