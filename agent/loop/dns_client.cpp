// Which server is asked, in which order, and for how long. One question to one server is DnsQuestion's.
#include "agent/loop/dns_client.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "agent/loop/address.hpp"
#include "agent/loop/dns_over_https.hpp"
#include "agent/loop/dns_question.hpp"
#include "agent/loop/resolv_conf.hpp"

namespace sereno {

namespace {

constexpr std::uint16_t dns_port = 53;
constexpr std::size_t most_learned = 512, most_remembered = 5;
constexpr std::chrono::hours learned_is_fresh{1};
constexpr std::chrono::minutes learn_again_after{1};
constexpr std::chrono::seconds learn_within{10};

using Done = std::function<void(DnsReply)>;

/// True when another server may know better: this one said nothing of use.
bool another_may_know(Failure failure) {
    return failure != Failure::none && failure != Failure::dns_nxdomain && failure != Failure::dns_nodata &&
           failure != Failure::dns_bogus;
}

/// A parent zone's word on who serves the zone asked about: it comes without authority (RFC 1034
/// section 4.3.2).
bool is_delegation(const DnsReply& reply) {
    return reply.failure == Failure::dns_lame && !reply.records.empty();
}

/// True when only the server that was meant says so, as far as anybody can tell.
bool is_right_server(const DnsReply& reply) {
    return (reply.failure == Failure::none && reply.authoritative) || is_delegation(reply);
}

/// True when the server that was meant may have another address.
bool is_wrong_address(const DnsReply& reply) {
    return reply.failure == Failure::dns_timeout || reply.failure == Failure::dns_unreachable ||
           (reply.failure == Failure::dns_lame && !is_delegation(reply)) ||
           reply.failure == Failure::dns_refused;
}

/// `host` when it needs no DNS: a literal address, with or without brackets, or this machine's own name.
std::optional<std::string> without_dns(const std::string& host, Family family) {
    std::string bare = host;
    if (bare.size() > 2 && bare.front() == '[' && bare.back() == ']') bare = bare.substr(1, bare.size() - 2);
    if (is_literal(bare)) return bare;
    if (host == "localhost" || host == "localhost." || host.ends_with(".localhost"))
        return family == Family::v6 ? "::1" : "127.0.0.1";  // RFC 6761
    return std::nullopt;
}

bool is_of(Family family, const std::string& literal) {
    return family == Family::any || (family == Family::v6) == (literal.find(':') != std::string::npos);
}

/// The share of the time until `deadline` for the first of `still_to_ask` servers.
Stamp fair_share(Stamp now, Stamp deadline, std::size_t still_to_ask) {
    return now + (deadline - now) / static_cast<std::int64_t>(std::max<std::size_t>(still_to_ask, 1));
}

}  // namespace

struct DnsClient::Impl : std::enable_shared_from_this<Impl> {
    struct Learned {
        std::string address;
        Stamp next_attempt;
        std::unique_ptr<DnsRequest> attempt;  // under way in the background
        bool doubted = false;                 // never answered, or failed: the book's are asked behind it
        std::size_t turn = 0;                 // which of them
    };
    class Ask;
    class Resolve;

    Impl(Loop& on, std::vector<Endpoint> fixed) : loop(on), system_servers(std::move(fixed)) {}

    /// Those of the server named "system".
    const std::vector<Endpoint>& system() {
        return system_servers.empty() ? resolv_conf.servers() : system_servers;
    }

    std::unique_ptr<DnsRequest> ask(const DnsQuery& query, Stamp deadline, Done done);
    std::unique_ptr<DnsRequest> resolve(const std::string& host, std::vector<DnsServer> from, Stamp deadline,
                                        Family family, Done done);
    std::vector<DnsServer> learning_resolvers() const;
    Learned* known(const std::string& name);
    std::vector<Endpoint> endpoints_of(const std::string& name, std::uint16_t port, Learned& entry);
    void keep(const std::string& name, const DnsReply& reply);
    void heard(const std::string& name, const std::string& address, bool in_place_of_another,
               const DnsReply& reply);
    void remember(const std::string& name, const std::string& address);
    [[nodiscard]] const Fact* fact_of(const std::string& name) const;
    void refresh(const std::string& name, Learned& entry);

    Loop& loop;
    std::vector<Endpoint> system_servers;
    ResolvConf resolv_conf{"/etc/resolv.conf"};
    std::vector<DnsServer> resolvers;
    bool private_answers_are_real = false;
    Remembered* remembered = nullptr;
    DnsCarrier carrier;  // of DNS over HTTPS
    std::map<std::string, Learned> learned;
    bool closed = false;  // the client is gone, only requests are left
};

/// One query: to a given endpoint, to the system's in turn, or to one whose address is learned first.
class DnsClient::Impl::Ask : public DnsRequest {
  public:
    Ask(std::shared_ptr<Impl> client, DnsQuery query, Stamp deadline, Done done)
        : client_(std::move(client)), query_(std::move(query)), deadline_(deadline), done_(std::move(done)) {}

    void start() {
        const Endpoint& endpoint = query_.server.endpoint;
        if (!endpoint.empty()) return try_all({endpoint});
        if (query_.server.name == "system") return try_all(client_->system());
        if (Learned* known = client_->known(query_.server.name)) {
            learned_ = true;
            client_->refresh(query_.server.name, *known);
            return try_all(client_->endpoints_of(query_.server.name, endpoint.port, *known));
        }
        const Stamp now = client_->loop.now();
        learning_ =
            client_->resolve(query_.server.name, client_->learning_resolvers(), fair_share(now, deadline_, 2),
                             Family::any, [this](DnsReply reply) { learned(std::move(reply)); });
    }

  private:
    void learned(DnsReply reply) {
        client_->keep(query_.server.name, reply);
        const auto finished = std::move(learning_);
        learned_ = true;
        if (reply.failure == Failure::none)
            return try_all({{reply.addresses.front(), query_.server.endpoint.port}});
        reply.detail = "the address of " + query_.server.name +
                       " was never learned: " + std::string(to_string(reply.failure));
        reply.failure = Failure::address_unknown;
        reply.addresses.clear();
        reply.server.clear();
        std::exchange(done_, nullptr)(std::move(reply));
    }

    void try_all(std::vector<Endpoint> endpoints) {
        endpoints_ = std::move(endpoints);
        try_next();
    }

    void try_next() {
        DnsQuery query = query_;
        query.server.endpoint = endpoints_[next_++];
        if (query.server.endpoint.port == 0) query.server.endpoint.port = dns_port;
        const std::size_t left = endpoints_.size() - next_;
        const Stamp until = fair_share(client_->loop.now(), deadline_, left + 1);
        auto answered = [this, left](DnsReply reply) {
            const bool another = another_may_know(reply.failure);
            if (learned_) {
                client_->heard(query_.server.name, endpoints_[next_ - 1].address, next_ > 1, reply);
                if (left > 0 && is_wrong_address(reply)) {
                    first_failure_ = std::move(reply);
                    return try_next();
                }
                // A former address is believed when it answers, not when it fails.
                if (first_failure_ && another && !is_delegation(reply)) reply = *std::move(first_failure_);
            } else if (left > 0 && another) {
                return try_next();
            }
            std::exchange(done_, nullptr)(std::move(reply));
        };
        const bool private_is_real = client_->private_answers_are_real;
        if (query.transport == DnsTransport::https)
            question_ = ask_over_https(client_->loop, client_->carrier, std::move(query), until,
                                       private_is_real, std::move(answered));
        else
            question_ = std::make_unique<DnsQuestion>(client_->loop, std::move(query), until, private_is_real,
                                                      std::move(answered));
    }

    std::shared_ptr<Impl> client_;
    DnsQuery query_;
    Stamp deadline_;
    Done done_;
    std::vector<Endpoint> endpoints_;
    std::size_t next_ = 0;
    bool learned_ = false;                   // the endpoints are; else they are given
    std::optional<DnsReply> first_failure_;  // of a learned one
    std::unique_ptr<DnsRequest> learning_;
    std::unique_ptr<DnsRequest> question_;
};

/// A host's addresses, from one resolver after the other.
class DnsClient::Impl::Resolve : public DnsRequest {
  public:
    Resolve(std::shared_ptr<Impl> client, std::string host, std::vector<DnsServer> from, Stamp deadline,
            Family family, Done done)
        : client_(std::move(client)),
          host_(std::move(host)),
          from_(std::move(from)),
          deadline_(deadline),
          family_(family),
          done_(std::move(done)) {}

    void start() {
        DnsReply reply;
        if (auto literal = without_dns(host_, family_)) {
            if (is_of(family_, *literal)) {
                reply.addresses.push_back(*std::move(literal));
            } else {
                reply.failure = Failure::dns_nodata;
                reply.detail = *literal + " is of the other family";
            }
        } else if (!from_.empty() && !host_.empty()) {
            return ask_next();
        } else {
            reply.failure = Failure::address_unknown;
            reply.detail = "no resolver to ask for \"" + host_ + "\"";
        }
        at_once_ = client_->loop.after(Micros{0}, [this, reply] { finish(reply); });
    }

  private:
    void ask_next() {
        const std::size_t left = from_.size() - next_;
        share_ends_ = fair_share(client_->loop.now(), deadline_, left);
        ask(family_ == Family::v6 ? RecordType::aaaa : RecordType::a);
    }

    void ask(RecordType type) {
        DnsQuery query;
        query.server = from_[next_];
        query.name = host_;
        query.type = type;
        request_ = client_->ask(query, share_ends_, [this, type](DnsReply reply) {
            const bool other_family_may = family_ == Family::any && type == RecordType::a;
            if (reply.failure == Failure::dns_nodata && other_family_may) return ask(RecordType::aaaa);
            answered(std::move(reply));
        });
    }

    void answered(DnsReply reply) {
        if (reply.failure == Failure::none) return finish(std::move(reply));
        if (reply.failure == Failure::dns_bogus && !bogus_) bogus_ = reply;
        if (++next_ < from_.size()) return ask_next();
        finish(bogus_ ? *std::move(bogus_) : std::move(reply));
    }

    void finish(DnsReply reply) { std::exchange(done_, nullptr)(std::move(reply)); }

    std::shared_ptr<Impl> client_;
    std::string host_;
    std::vector<DnsServer> from_;
    Stamp deadline_, share_ends_;
    Family family_;
    Done done_;
    std::size_t next_ = 0;
    std::optional<DnsReply> bogus_;
    std::unique_ptr<DnsRequest> request_;
    Loop::Timer at_once_;
};

std::unique_ptr<DnsRequest> DnsClient::Impl::ask(const DnsQuery& query, Stamp deadline, Done done) {
    auto request = std::make_unique<Ask>(shared_from_this(), query, deadline, std::move(done));
    request->start();
    return request;
}

std::unique_ptr<DnsRequest> DnsClient::Impl::resolve(const std::string& host, std::vector<DnsServer> from,
                                                     Stamp deadline, Family family, Done done) {
    auto request = std::make_unique<Resolve>(shared_from_this(), host, std::move(from), deadline, family,
                                             std::move(done));
    request->start();
    return request;
}

std::vector<DnsServer> DnsClient::Impl::learning_resolvers() const {
    std::vector<DnsServer> usable;
    // One whose own address must be learned would ask itself for ever.
    std::copy_if(resolvers.begin(), resolvers.end(), std::back_inserter(usable),
                 [](const DnsServer& server) { return !server.endpoint.empty() || server.name == "system"; });
    if (usable.empty()) usable.push_back({.name = "system", .endpoint = {}});
    return usable;
}

const Fact* DnsClient::Impl::fact_of(const std::string& name) const {
    return remembered == nullptr ? nullptr : remembered->find(FactKind::name_server, name);
}

/// Null: no address of `name` was ever learned, neither now nor by an earlier run.
DnsClient::Impl::Learned* DnsClient::Impl::known(const std::string& name) {
    if (const auto found = learned.find(name); found != learned.end()) return &found->second;
    const Fact* fact = fact_of(name);
    if (fact == nullptr || !is_literal(fact->values.front()) || closed || learned.size() >= most_learned)
        return nullptr;
    return &(learned[name] = {.address = fact->values.front(), .next_attempt = loop.now(), .attempt = {}});
}

void DnsClient::Impl::keep(const std::string& name, const DnsReply& reply) {
    const bool found = reply.failure == Failure::none && !reply.addresses.empty();
    if (!learned.contains(name) && (!found || closed || learned.size() >= most_learned)) return;
    Learned& entry = learned[name];
    const auto finished = std::move(entry.attempt);
    entry.next_attempt = loop.now() + (found ? Micros{learned_is_fresh} : Micros{learn_again_after});
    const auto& said = reply.addresses;
    if (!found || std::find(said.begin(), said.end(), entry.address) != said.end()) return;
    entry.address = said.front();
    const Fact* fact = fact_of(name);
    entry.doubted = fact == nullptr ||
                    std::find(fact->values.begin(), fact->values.end(), entry.address) == fact->values.end();
}

/// The learned address; while it is in doubt also one of those that were right before, each time another.
std::vector<Endpoint> DnsClient::Impl::endpoints_of(const std::string& name, std::uint16_t port,
                                                    Learned& entry) {
    std::vector<Endpoint> endpoints{{entry.address, port}};
    const Fact* fact = entry.doubted ? fact_of(name) : nullptr;
    if (fact == nullptr) return endpoints;
    std::vector<std::string> others;
    std::copy_if(fact->values.begin(), fact->values.end(), std::back_inserter(others),
                 [&](const std::string& one) { return one != entry.address && is_literal(one); });
    if (!others.empty()) endpoints.push_back({others[entry.turn++ % others.size()], port});
    return endpoints;
}

/// What an address is worth, by what came from it.
void DnsClient::Impl::heard(const std::string& name, const std::string& address, bool in_place_of_another,
                            const DnsReply& reply) {
    const bool good = is_right_server(reply);
    if (good) remember(name, address);
    const auto found = learned.find(name);
    if (found == learned.end()) return;
    Learned& entry = found->second;
    if (good && in_place_of_another) entry.address = address;
    if (entry.address != address) return;
    if (good) {
        entry.doubted = false;
        entry.turn = 0;
    } else if (is_wrong_address(reply)) {
        entry.doubted = true;
        entry.next_attempt = std::min(entry.next_attempt, loop.now() + learn_again_after);
    }
}

/// Only an address that has itself answered with authority gets here: what a resolver says may be a lie, and
/// the book outlives it.
void DnsClient::Impl::remember(const std::string& name, const std::string& address) {
    if (remembered == nullptr || closed) return;
    const Fact* fact = fact_of(name);
    std::vector<std::string> values{address};
    if (fact != nullptr) {
        if (fact->values.front() == address && loop.now() - fact->when < learn_again_after) return;
        for (const std::string& former : fact->values)
            if (values.size() < most_remembered && former != address) values.push_back(former);
    }
    remembered->keep(FactKind::name_server, name, std::move(values), loop.now());
}

/// In the background: an address that is old is better than none, and a question must not wait for a new one.
void DnsClient::Impl::refresh(const std::string& name, Learned& entry) {
    const Stamp now = loop.now();
    if (closed || entry.attempt || now < entry.next_attempt) return;
    entry.attempt = resolve(name, learning_resolvers(), now + learn_within, Family::any,
                            [this, name](const DnsReply& reply) { keep(name, reply); });
}

DnsClient::DnsClient(Loop& loop, std::vector<Endpoint> system_servers)
    : impl_(std::make_shared<Impl>(loop, std::move(system_servers))) {}

DnsClient::~DnsClient() {
    impl_->closed = true;
    impl_->learned.clear();  // an attempt in the background owns the Impl
}

void DnsClient::set_resolvers(std::vector<DnsServer> resolvers) {
    impl_->resolvers = std::move(resolvers);
}

void DnsClient::remember_in(Remembered* book) {
    impl_->remembered = book;
}

void DnsClient::use_transfers(TransferClient* transfers, std::string ca_bundle) {
    impl_->carrier = {transfers, std::move(ca_bundle)};
}

void DnsClient::set_private_answers_are_real(bool real) {
    impl_->private_answers_are_real = real;
}

std::unique_ptr<DnsRequest> DnsClient::ask(const DnsQuery& query, Stamp deadline, Done done) {
    return impl_->ask(query, deadline, std::move(done));
}

std::unique_ptr<DnsRequest> DnsClient::resolve(const std::string& host,
                                               const std::vector<DnsServer>& resolvers, Stamp deadline,
                                               Family family, Done done) {
    return impl_->resolve(host, resolvers, deadline, family, std::move(done));
}

std::unique_ptr<DnsRequest> DnsClient::resolve(const std::string& host,
                                               const std::vector<DnsServer>& resolvers, Stamp deadline,
                                               Done done) {
    return resolve(host, resolvers, deadline, Family::any, std::move(done));
}

}  // namespace sereno
