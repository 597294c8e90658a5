// The one place that gives probes their ids and groups.
#include "config/expand.hpp"

#include <algorithm>
#include <array>

#include "config/catalogue.hpp"
#include "config/values.hpp"

#include "agent/model/loopback.hpp"

namespace sereno {

namespace {

/// What changes slowly, or is asked of strangers, is looked at this many times less often.
constexpr int seldom = 5;
constexpr std::uint16_t small_segment_bytes = 1200;
constexpr std::uint16_t dns_port = 53;

constexpr Micros name_server_timeout{1'500'000};
/// They are asked twice as often, but no sooner than this unless everything is.
constexpr Micros name_server_interval{10'000'000};

/// Witnesses.
/// The feed is a minute old at most, and tells of changes itself: between them it is looked at now and then.
constexpr Micros feed_interval{60'000'000};
constexpr Micros status_interval{300'000'000};
/// Its data lag some minutes and are believed for ten: two of these.
constexpr Micros glass_interval{300'000'000};
/// In a doubt that lasts; what others said counts for two of these.
constexpr Micros elsewhere_interval{900'000'000};
constexpr std::size_t most_pages_elsewhere = 4;
constexpr Micros witness_pause{60'000'000};
constexpr Micros witness_timeout{10'000'000};
constexpr Micros elsewhere_timeout{20'000'000};

struct Elsewhere {
    const char* name;
    const char* address;
};
/// IPv6 as such: literal addresses of three operators.
constexpr std::array<Elsewhere, 3> ipv6_addresses{{{"google-dns", "2001:4860:4860::8888"},
                                                   {"cloudflare-dns", "2606:4700:4700::1111"},
                                                   {"quad9", "2620:fe::fe"}}};

bool is_ipv6(const Endpoint& endpoint) {
    return endpoint.address.find(':') != std::string::npos;
}

/// A name that means the same to everybody (RFC 6761, RFC 6762, RFC 8375).
bool is_public_name(std::string_view host) {
    constexpr std::array<std::string_view, 5> at_home{".localhost", ".local", ".internal", ".lan",
                                                      ".home.arpa"};
    return !is_address(host) && host.find('.') != host.npos &&
           std::none_of(at_home.begin(), at_home.end(),
                        [&](std::string_view end) { return host.ends_with(end); });
}

class Expansion {
  public:
    Expansion(const Watch& watch, const Surroundings& surroundings, Rhythm rhythm)
        : watch_(watch), surroundings_(surroundings), rhythm_(rhythm) {
        for (const Control& one : watch.controls)
            if (one.fetch && control_name_.empty()) {
                const std::string host = host_of_url(one.fetch->url);
                if (is_address(host)) continue;
                control_name_ = host;
                first_named_ = one.id;
            }
    }

    void host() {
        const SubjectId self = host_subject();
        const Endpoint& gateway = surroundings_.gateway;
        add(self, "route", Group::link, RouteLookup{gateway.address});
        add(self, "gateway", Group::link, GatewayEcho{gateway.address, gateway.port});
        add(self, "health", Group::host, HostHealth{});
        if (!surroundings_.trap.empty() && !control_name_.empty()) {
            DnsQuery query = question({"trap", surroundings_.trap, {}}, control_name_);
            query.expect_silence = true;
            add(self, "trap", Group::network, query).interval *= seldom;
        }
        if (surroundings_.ipv6)
            for (const Elsewhere& one : ipv6_addresses)
                add(self, std::string("ipv6/") + one.name, Group::network, TcpConnect{{one.address, 443}})
                    .interval *= seldom;
        const auto literal = std::find_if(watch_.controls.begin(), watch_.controls.end(),
                                          [](const Control& one) { return one.connect.has_value(); });
        if (literal == watch_.controls.end()) return;
        const Endpoint& end = literal->connect->endpoint;
        on_suspicion(self, "path", Group::path, PathTrace{end.address, end.port, PathProtocol::tcp});
    }

    void control(const Control& one) {
        if (one.connect) {
            add(one.id, "tcp", Group::controls, *one.connect);
            return;
        }
        // A literal address in a URL leaves nothing to ask a resolver.
        const std::string host = host_of_url(one.fetch->url);
        if (!is_address(host))
            for (const Resolver& resolver : watch_.resolvers)
                add(one.id, "dns/" + resolver.server.name, Group::controls, question(resolver.server, host));
        add(one.id, "http", Group::controls, *one.fetch);
        HttpFetch small = *one.fetch;
        small.segment_bytes = small_segment_bytes;
        on_suspicion(one.id, "small", Group::network, std::move(small));
        if (is_proxied(*one.fetch)) add(one.id, "direct", Group::network, direct(*one.fetch));
        if (one.id == first_named_) other_transports(one.id, host);
    }

    void platform(const Platform& one) {
        for (const Resolver& resolver : watch_.resolvers)
            for (const std::string& name : one.names)
                add(one.id, "dns/" + resolver.server.name + "/" + name, Group::resolver,
                    question(resolver.server, name));
        for (const DnsServer& server : one.name_servers)
            if (!is_ipv6(server.endpoint) || is_only_address(one, server)) ask_name_server(one, server);
        int number = 0;
        for (const HttpFetch& canary : one.canaries)
            add(one.id, "http/" + std::to_string(++number), Group::edge, canary);
        second_look_at_names(one);
        if (!one.canaries.empty()) second_look_at_front_end(one);
        paths(one);
        routes(one);
        elsewhere(one);
        status(one);
    }

    void app(const App& one) {
        ProbeTask health = one.health;
        // No proxy can reach what listens on this host only.
        if (auto* fetch = std::get_if<HttpFetch>(&health))
            fetch->direct = is_loopback(host_of_url(fetch->url));
        add(one.id, "health", Group::app, std::move(health));
    }

    std::vector<ProbeSpec> take() { return std::move(probes_); }

  private:
    static DnsQuery question(const DnsServer& server, const std::string& name) {
        DnsQuery query;
        query.server = server;
        query.name = name;
        return query;
    }

    static DnsQuery authoritative(const Platform& platform, const DnsServer& server) {
        DnsQuery query = question(server, name_in_zone(platform));
        query.recursion = false;
        return query;
    }

    /// One datagram to a machine that answers from memory: it costs next to nothing, so it is asked often;
    /// and what takes it longer is lost, and soon asked for again.
    void ask_name_server(const Platform& platform, const DnsServer& server) {
        ProbeSpec& spec =
            add(platform.id, "ns/" + server.name, Group::authoritative, authoritative(platform, server));
        spec.interval = std::min(rhythm_.interval, std::max(rhythm_.interval / 2, name_server_interval));
        spec.timeout = std::min(rhythm_.timeout, name_server_timeout);
    }

    /// False for the second entry of a server that is known by an IPv4 address or by name too.
    static bool is_only_address(const Platform& platform, const DnsServer& server) {
        return std::none_of(
            platform.name_servers.begin(), platform.name_servers.end(),
            [&](const DnsServer& one) { return one.name == server.name && !is_ipv6(one.endpoint); });
    }

    static HttpFetch direct(HttpFetch fetch) {
        fetch.direct = true;
        return fetch;
    }

    [[nodiscard]] bool is_proxied(const HttpFetch& fetch) const {
        const Proxy& proxy = surroundings_.proxy;
        return !(fetch.url.starts_with("https:") ? proxy.https_url : proxy.http_url).empty();
    }

    void other_transports(const SubjectId& id, const std::string& host) {
        for (const Resolver& resolver : watch_.resolvers) {
            DnsQuery query = question(resolver.server, host);
            query.transport = DnsTransport::tcp;
            on_suspicion(id, "dns-tcp/" + resolver.server.name, Group::network, query);
            if (resolver.server.https_url.empty()) continue;
            query.transport = DnsTransport::https;
            on_suspicion(id, "doh/" + resolver.server.name, Group::network, query);
        }
    }

    void second_look_at_names(const Platform& one) {
        std::vector<DnsServer> servers;  // each once
        for (const DnsServer& server : one.name_servers) {
            DnsQuery query = authoritative(one, server);
            if (!is_ipv6(server.endpoint) || is_only_address(one, server)) {
                servers.push_back(server);
                query.transport = DnsTransport::tcp;
                on_suspicion(one.id, "ns-tcp/" + server.name, Group::second_look, std::move(query));
            } else if (surroundings_.ipv6) {
                on_suspicion(one.id, "ns6/" + server.name, Group::second_look, std::move(query));
            }
        }
        if (!one.names.empty())
            for (const Resolver& resolver : watch_.resolvers) {
                if (resolver.server.name == "system") continue;
                const std::string rest = resolver.server.name + "/" + one.names.front();
                DnsQuery query = question(resolver.server, one.names.front());
                query.checking_disabled = true;
                on_suspicion(one.id, "cd/" + rest, Group::second_look, query);
                if (resolver.server.https_url.empty()) continue;
                query.checking_disabled = false;
                query.transport = DnsTransport::https;
                on_suspicion(one.id, "doh/" + rest, Group::second_look, query);
            }
        if (!one.zone.empty() && !servers.empty())
            on_suspicion(one.id, "zone", Group::second_look, ZoneCheck{one.zone, std::move(servers)});
    }

    void second_look_at_front_end(const Platform& one) {
        const HttpFetch& canary = one.canaries.front();
        const bool by_name = !is_address(host_of_url(canary.url));
        if (by_name && surroundings_.ipv6) {
            HttpFetch v6 = canary;
            v6.family = Family::v6;
            v6.then.clear();
            on_suspicion(one.id, "http6/1", Group::second_look, std::move(v6));
        }
        if (by_name) {
            HttpFetch remembered = canary;
            remembered.at_remembered = true;
            on_suspicion(one.id, "remembered/1", Group::second_look, std::move(remembered));
        }
        const auto encrypted =
            std::find_if(one.canaries.begin(), one.canaries.end(),
                         [](const HttpFetch& fetch) { return fetch.url.starts_with("https:"); });
        // It needs a way of its own; where a proxy is the only way out it would say nothing.
        if (encrypted != one.canaries.end() && !control_name_.empty() && !is_proxied(*encrypted)) {
            TlsHandshake handshake;
            handshake.host = host_of_url(encrypted->url);
            handshake.port = port_of_url(encrypted->url);
            handshake.server_name = control_name_;
            on_suspicion(one.id, "other-name", Group::second_look, std::move(handshake));
        }
        HttpFetch small = canary;
        small.segment_bytes = small_segment_bytes;
        on_suspicion(one.id, "small/1", Group::second_look, std::move(small));
        if (is_proxied(canary)) on_suspicion(one.id, "direct/1", Group::second_look, direct(canary));
    }

    void paths(const Platform& one) {
        if (!one.name_servers.empty()) {
            const DnsServer& first = one.name_servers.front();
            PathTrace trace{first.name, dns_port, PathProtocol::udp};
            if (!first.endpoint.empty()) trace.host = first.endpoint.address;
            if (!first.endpoint.empty()) trace.port = first.endpoint.port;
            on_suspicion(one.id, "path/ns", Group::path, std::move(trace));
        }
        if (one.canaries.empty()) return;
        const std::string& url = one.canaries.front().url;
        on_suspicion(one.id, "path/edge", Group::path,
                     PathTrace{host_of_url(url), port_of_url(url), PathProtocol::tcp});
    }

    void routes(const Platform& one) {
        std::vector<DnsServer> servers;
        if (one.dns_prefixes.empty())
            std::copy_if(one.name_servers.begin(), one.name_servers.end(), std::back_inserter(servers),
                         [](const DnsServer& server) { return !is_loopback(server.endpoint.address); });
        if (one.dns_prefixes.empty() && servers.empty()) return;
        if (!surroundings_.witnesses.ris_live_url.empty()) {
            // A look into memory: nobody is asked.
            ProbeSpec& spec =
                add(one.id, "routes", Group::routing, RouteVisibility{one.dns_prefixes, servers});
            spec.interval = feed_interval;
            spec.timeout = std::min(rhythm_.timeout, witness_timeout);
            spec.witness = ris_live_id;
        }
        if (surroundings_.witnesses.ripestat_url.empty()) return;
        ProbeSpec& glass = ask(one.id, "glass", Group::routing,
                               LookingGlass{one.dns_prefixes, std::move(servers)}, ripestat_id);
        glass.interval = glass_interval;
        glass.on_suspicion = true;
    }

    void elsewhere(const Platform& one) {
        if (surroundings_.witnesses.globalping_url.empty()) return;
        const auto view = [&](const std::string& rest, ViewElsewhere what) {
            ProbeSpec& spec = ask(one.id, rest, Group::witness, std::move(what), globalping_id);
            spec.on_suspicion = true;
            spec.timeout = elsewhere_timeout;
            spec.interval = elsewhere_interval;
        };
        if (!one.names.empty() && is_public_name(one.names.front())) {
            ViewElsewhere dns;
            dns.what = ViewElsewhere::What::dns;
            dns.name = one.names.front();
            view("elsewhere/dns", std::move(dns));
        }
        // Each page by itself: what others say of one is held against our own trouble with that one only.
        int number = 0;
        for (const HttpFetch* page : pages_to_ask_for(one)) {
            ViewElsewhere http;
            http.fetch = *page;
            http.fetch.then.clear();
            view("elsewhere/http/" + std::to_string(++number), std::move(http));
        }
    }

    static std::vector<const HttpFetch*> pages_to_ask_for(const Platform& one) {
        std::vector<const HttpFetch*> pages;
        for (const HttpFetch& canary : one.canaries)
            for (const HttpFetch* step : steps_of(canary)) {
                const bool known = std::any_of(pages.begin(), pages.end(),
                                               [&](const HttpFetch* page) { return page->url == step->url; });
                if (!known && may_be_told(*step) && pages.size() < most_pages_elsewhere)
                    pages.push_back(step);
            }
        return pages;
    }
    /// What strangers are told must be no secret: no private name, and nothing in a query.
    static bool may_be_told(const HttpFetch& fetch) {
        return is_public_name(host_of_url(fetch.url)) && fetch.url.find('?') == std::string::npos;
    }

    void status(const Platform& one) {
        if (!surroundings_.witnesses.status_pages) return;
        int number = 0;
        for (const StatusPage& page : one.status)
            ask(one.id, "status/" + std::to_string(++number), Group::vendor, page, status_witness(page.url))
                .interval = status_interval;
    }

    /// Of strangers, who are asked gently however fast this host's own rhythm is.
    ProbeSpec& ask(const SubjectId& subject, const std::string& rest, Group group, ProbeTask task,
                   WitnessId witness) {
        ProbeSpec& spec = add(subject, rest, group, std::move(task));
        spec.timeout = witness_timeout;
        spec.pause = witness_pause;
        spec.witness = std::move(witness);
        return spec;
    }

    ProbeSpec& add(const SubjectId& subject, const std::string& rest, Group group, ProbeTask task) {
        ProbeSpec spec;
        spec.id = ProbeId(subject.value + "/" + rest);
        spec.subject = subject;
        spec.group = group;
        spec.task = std::move(task);
        spec.interval = rhythm_.interval;
        spec.timeout = rhythm_.timeout;
        probes_.push_back(std::move(spec));
        return probes_.back();
    }

    void on_suspicion(const SubjectId& subject, const std::string& rest, Group group, ProbeTask task) {
        add(subject, rest, group, std::move(task)).on_suspicion = true;
    }

    const Watch& watch_;
    const Surroundings& surroundings_;
    Rhythm rhythm_;
    SubjectId first_named_;     ///< the first control whose URL has a name
    std::string control_name_;  ///< that name
    std::vector<ProbeSpec> probes_;
};

}  // namespace

std::vector<ProbeSpec> expand(const Watch& watch, const Surroundings& surroundings, Rhythm rhythm) {
    Expansion expansion(watch, surroundings, rhythm);
    expansion.host();
    for (const Control& one : watch.controls)
        expansion.control(one);
    for (const Platform& one : watch.platforms)
        expansion.platform(one);
    for (const App& one : watch.apps)
        expansion.app(one);
    return expansion.take();
}

}  // namespace sereno
