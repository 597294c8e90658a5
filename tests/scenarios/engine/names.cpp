#include "names.hpp"

#include <algorithm>

namespace sereno::scenario {

namespace {

using enum FaultKind;

/// Until so long after its first vain question a resolver still tries; then it says SERVFAIL, from its cache
/// of failures (RFC 9520).
constexpr Micros resolver_tries_for{12'000'000};
constexpr Micros failure_lives{5'000'000}, longest_wait{5'000'000};
constexpr int stale_seconds = 30;
constexpr int servers_tried = 4;

int seconds_of(Micros length) {
    return static_cast<int>(length / Micros{1'000'000});
}

bool is_word(Failure failure) {
    return failure == Failure::none || failure == Failure::dns_nxdomain || failure == Failure::dns_nodata;
}

NameAnswer failed(Failure failure, Micros took = Micros{20'000}) {
    return {.failure = failure, .took = took};
}

/// As the filter's words in FaultShape.
Failure filtered(const std::string& how) {
    if (how == "null" || how == "own_page") return Failure::dns_bogus;
    return how == "nodata" ? Failure::dns_nodata : Failure::dns_nxdomain;
}

}  // namespace

Names::Names(const Ground& ground, const Way& way, const Home& home, const Watch& watch)
    : ground_(ground), way_(way), home_(home) {
    for (const Resolver& resolver : watch.resolvers)
        resolvers_.push_back(resolver.server.name);
    for (const Platform& platform : watch.platforms)
        for (const DnsServer& server : platform.name_servers)
            servers_[platform.id.value].push_back(server.name);
}

NameAnswer Names::ask_server(const Looker& who, const Site& site, const std::string& server,
                             DnsTransport transport, Stamp at, Draws& draws) const {
    const Asked asked{site.dns, server, at};
    const bool tcp = transport != DnsTransport::udp;
    const Fate fate = way_.to(who, tcp ? Carried::tcp : Carried::udp, asked, draws);
    if (fate.kind == Fate::Kind::at_portal) {  // port 53 is not one that it takes
        NameAnswer answer = failed(Failure::dns_unreachable);
        answer.icmp_from = std::string{router_address} + " port unreachable";
        return answer;
    }
    if (!fate.arrives()) {
        // A name server that cannot be connected to is one that gives no answer in time.
        NameAnswer answer =
            failed(fate.as_name_failure(), fate.kind == Fate::Kind::lost ? longest_wait : Micros{2'000});
        answer.icmp_from = fate.icmp_from;
        return answer;
    }
    if (who.name == "here" && ground_.on(dns_intercepted, who, at)) return failed(Failure::dns_refused);
    const int tries = tcp ? syn_tries : udp_tries;
    if (const Fault* fault = ground_.swallows(routes_withdrawn, who, asked, tries, draws)) {
        if (fault->how != "unreachable") return failed(Failure::dns_timeout, longest_wait);
        NameAnswer answer = failed(Failure::dns_unreachable);
        answer.icmp_from = std::string{transit_address} + " host unreachable";
        return answer;
    }
    if (ground_.swallows(dns_silent, who, asked, tries, draws))
        return failed(Failure::dns_timeout, longest_wait);
    for (const auto& [kind, failure] :
         {std::pair{dns_servfail, Failure::dns_servfail}, std::pair{dns_refused, Failure::dns_refused},
          std::pair{dns_nxdomain, Failure::dns_nxdomain}, std::pair{dns_nodata, Failure::dns_nodata},
          std::pair{dns_lame, Failure::dns_lame}})
        if (ground_.hits(kind, who, asked, draws)) return failed(failure, fate.took);
    return {.ttl_seconds = seconds_of(site.ttl), .took = fate.took, .addresses = {site.address}};
}

NameAnswer Names::recurse(const Looker& who, const Site& site, bool validates, Stamp at, Draws& draws) const {
    static const std::vector<std::string> one_unknown{""};
    const auto known = servers_.find(site.subject);
    const std::vector<std::string>& servers = known == servers_.end() ? one_unknown : known->second;
    NameAnswer answer;
    for (int i = 0; i < servers_tried; ++i) {
        const std::string& server = servers[static_cast<std::size_t>(i) % servers.size()];
        answer = ask_server(who, site, server, DnsTransport::udp, at, draws);
        if (is_word(answer.failure)) break;
    }
    if (answer.failure == Failure::dns_refused || !speaks_of_target(answer.failure))
        if (answer.failure != Failure::none) answer.failure = Failure::dns_servfail;
    if (answer.failure == Failure::dns_lame) answer.failure = Failure::dns_nodata;  // as Unbound does
    if (answer.failure == Failure::dns_unreachable) answer.failure = Failure::dns_timeout;
    if (answer.failure == Failure::none && validates && ground_.on(dnssec_broken, who, {site.dns, {}, at})) {
        answer = failed(Failure::dns_servfail);
        answer.is_bogus = true;
    }
    answer.icmp_from.clear();
    return answer;
}

Looker Names::looker_of(const std::string& resolver) const {
    if (resolver == "system")
        return {.name = resolver, .country = home_.country, .asn = home_.asn, .here = true};
    // The nearest of many (RFC 4786): what goes wrong in this region goes wrong for it.
    return {.name = resolver, .country = home_.country};
}

Fate Names::way_to_resolver(const std::string& resolver, DnsTransport transport, Stamp at,
                            Draws& draws) const {
    const Carried carried = transport == DnsTransport::udp ? Carried::udp : Carried::tcp;
    if (resolver == "system") return way_.to_router(carried, at, draws);
    const Site::Keys keys{"resolver:" + resolver};
    const Asked asked{keys, resolver, at};
    const Looker self = way_.host();
    Fate fate = way_.to(self, carried, asked, draws);
    if (fate.kind == Fate::Kind::at_portal)
        fate = {.kind = Fate::Kind::unreachable,
                .icmp_from = std::string{router_address} + " port unreachable"};
    return fate;
}

NameAnswer Names::ask_resolver(const std::string& resolver, const Site& site, const std::string& host,
                               DnsTransport transport, bool checking_disabled, Stamp at, Draws& draws) {
    const Looker self = way_.host();
    const bool answered_by_router = resolver == "system" || ground_.on(dns_intercepted, self, at);
    const std::string speaker = answered_by_router ? "system" : resolver;
    const Fate fate = way_to_resolver(speaker, transport, at, draws);
    if (!fate.arrives()) {
        NameAnswer answer =
            failed(fate.as_name_failure(), fate.kind == Fate::Kind::lost ? longest_wait : Micros{2'000});
        answer.icmp_from = fate.icmp_from;
        return answer;
    }
    const Site::Keys keys{speaker, "resolver:" + speaker};
    const Asked asked{keys, speaker, at};
    if (transport != DnsTransport::https) {
        const int tries = transport == DnsTransport::udp ? udp_tries : syn_tries;
        if (ground_.swallows(resolver_silent, self, asked, tries, draws))
            return failed(Failure::dns_timeout, longest_wait);
        if (ground_.hits(resolver_gone, self, asked, draws)) {
            NameAnswer answer = failed(Failure::dns_unreachable, Micros{2'000});
            if (transport == DnsTransport::udp)
                answer.icmp_from = std::string{router_address} + " port unreachable";
            return answer;
        }
    }
    if (ground_.hits(resolver_servfail, self, asked, draws)) return failed(Failure::dns_servfail);
    if (speaker == "system")
        if (const Fault* filter = ground_.on(dns_filter, self, {site.dns, host, at})) {
            NameAnswer answer = failed(filtered(filter->how), fate.took);
            if (filter->how == "null") answer.addresses = {"0.0.0.0"};
            if (filter->how == "own_page") answer.addresses = {router_address};
            return answer;
        }
    NameAnswer answer = from_cache_or_servers(speaker, site, host, checking_disabled, at, draws);
    answer.took += fate.took;
    return answer;
}

/// What is asked for by many is fetched anew the moment it runs out: a cache that is empty now ran out after
/// the servers fell silent.
NameAnswer Names::from_cache_or_servers(const std::string& resolver, const Site& site,
                                        const std::string& host, bool checking_disabled, Stamp at,
                                        Draws& draws) {
    Cached& cached = cache_[{resolver, (checking_disabled ? "cd " : "") + host}];
    const Looker who = looker_of(resolver);
    const bool validates = !checking_disabled && (resolver != "system" || home_.validates);
    if (!cached.known && cached.failing_since == Stamp::max())
        cached.expires = std::max(at - Micros{draws.below(site.ttl.count())}, emptied_);
    NameAnswer answer;
    while (cached.expires <= at) {
        const Stamp asked_at = cached.failing_since == Stamp::max() ? cached.expires : at;
        answer = recurse(who, site, validates, asked_at, draws);
        if (answer.failure != Failure::none) {
            cached.failing_since = std::min(cached.failing_since, asked_at);
            break;
        }
        cached = {.fetched = asked_at, .expires = asked_at + site.ttl, .known = true};
    }
    if (cached.expires > at)
        return {.ttl_seconds = std::max(1, seconds_of(cached.expires - at)),
                .took = Micros{3'000},
                .addresses = {site.address}};
    const bool stale =
        std::find(home_.serves_stale.begin(), home_.serves_stale.end(), resolver) != home_.serves_stale.end();
    const bool trouble = !is_word(answer.failure) && !answer.is_bogus;
    if (stale && trouble && cached.known)
        return {.ttl_seconds = stale_seconds, .took = Micros{3'000}, .addresses = {site.address}};
    if (answer.failure == Failure::dns_timeout &&
        at - cached.failing_since > resolver_tries_for + failure_lives)
        return failed(Failure::dns_servfail);
    return answer;
}

NameAnswer Names::resolve(const Site& site, const std::string& host, Stamp at, Micros timeout, Draws& draws) {
    NameAnswer last = failed(Failure::address_unknown);
    bool bogus = false;
    Micros spent{0};
    for (const std::string& resolver : resolvers_) {
        NameAnswer answer = ask_resolver(resolver, site, host, DnsTransport::udp, false, at + spent, draws);
        const Micros share = timeout / static_cast<std::int64_t>(resolvers_.size() + 1);
        spent += std::min(answer.took, share);
        answer.took = spent;
        if (answer.failure == Failure::none) return answer;
        bogus = bogus || answer.failure == Failure::dns_bogus;
        last = std::move(answer);
    }
    if (bogus) last.failure = Failure::dns_bogus;
    return last;
}

void Names::empty_caches(Stamp at) {
    cache_.clear();
    emptied_ = at;
}

NameAnswer Names::resolve_afresh(const Looker& who, const Site& site, Stamp at, Draws& draws) const {
    return recurse(who, site, true, at, draws);
}

}  // namespace sereno::scenario
