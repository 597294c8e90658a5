// One task after the other; what each real probe fills of its observation, this fills.
#include "world.hpp"

#include <algorithm>
#include <string_view>

namespace sereno::scenario {

namespace {

using enum FaultKind;

constexpr Micros quick{300};

std::string host_of(std::string_view url) {
    const auto scheme = url.find("://");
    std::string_view rest = scheme == url.npos ? url : url.substr(scheme + 3);
    return std::string{rest.substr(0, rest.find_first_of("/:"))};
}

bool is_https(std::string_view url) {
    return url.starts_with("https:");
}

/// 310 peers have a route on a good day; the last of them give it up within three minutes.
constexpr int all_peers = 310;
constexpr Micros first_gone{24'000'000}, last_gone{167'000'000};

int peers_left(const Fault* fault, Stamp at) {
    if (!fault) return all_peers;
    const Micros since = at - fault->begins;
    if (since <= first_gone / 4) return all_peers;
    if (since >= last_gone) return all_peers * (1000 - fault->loss_permille) / 1000 + 4;
    const std::int64_t gone = std::min<std::int64_t>(
        900, since <= first_gone ? since * 500 / first_gone
                                 : 500 + (since - first_gone) * 400 / (last_gone - first_gone));
    return all_peers - static_cast<int>(all_peers * gone * fault->loss_permille / 1'000'000);
}

}  // namespace

const std::vector<Looker>& vantages() {
    static const std::vector<Looker> all{
        {.name = "probe in Frankfurt", .country = "DE", .asn = 3320},
        {.name = "probe in Paris", .country = "FR", .asn = 3215},
        {.name = "probe in Dallas", .country = "US", .asn = 7018},
        {.name = "probe in Tokyo", .country = "JP", .asn = 4713},
        {.name = "probe in Sydney", .country = "AU", .asn = 1221},
        {.name = "probe in Madrid", .country = "ES", .asn = 12479},
        {.name = "probe in Toronto", .country = "CA", .asn = 577},
        {.name = "probe in Sao Paulo", .country = "BR", .asn = 28573},
    };
    return all;
}

World::World(const Watch& watch, WorldPlan plan)
    : plan_(std::move(plan)),
      watch_(watch),
      ground_(watch_, plan_.rests, plan_.faults),
      way_(ground_, plan_.home),
      names_(ground_, way_, plan_.home, watch_),
      pages_(ground_, way_, plan_.home, names_) {
    for (const Platform& platform : watch_.platforms) {
        for (const HttpFetch& canary : platform.canaries)
            for (const HttpFetch* step : steps_of(canary))
                if (step != &canary) pages_behind_.insert(step->url);
        if (!platform.name_servers.empty())
            first_server_[platform.id.value] = platform.name_servers.front().name;
    }
}

/// One probe's run.
struct World::Task {
    World& world;
    const ProbeSpec& spec;
    Observation& o;
    const Site& site;
    Stamp at;
    Draws draws;
    Looker self;

    void end(Stage stage, Failure failure, Micros took) {
        o.reached = failure == Failure::none ? Stage::done : stage;
        o.failure = failure;
        o.finished = o.started + std::clamp(took, quick, spec.timeout);
    }
    [[nodiscard]] const Fault* on(FaultKind kind) const { return world.ground_.on(kind, self, at); }

    [[nodiscard]] PageRequest request(const HttpFetch& fetch) const {
        PageRequest page;
        page.url = fetch.url;
        page.host = host_of(fetch.url);
        page.timeout = spec.timeout;
        page.is_https = is_https(fetch.url);
        page.is_step = world.pages_behind_.count(fetch.url) > 0;
        page.has_body_rule = fetch.empty_body || !fetch.contains.empty() || !fetch.json.empty();
        page.family = fetch.family;
        page.at_remembered = fetch.at_remembered;
        page.small_segments = fetch.segment_bytes != 0;
        page.by_proxy =
            world.plan_.has_proxy && !fetch.direct && fetch.family == Family::any && !fetch.at_remembered;
        return page;
    }

    void take(const PageSeen& seen) {
        o.dns = seen.dns, o.connect = seen.connect, o.tls = seen.tls, o.first_byte = seen.first_byte;
        o.http_status = seen.http_status;
        o.ttl_seconds = seen.ttl_seconds;
        o.address = seen.address;
        o.edge = seen.edge;
        o.via = seen.via;
        o.icmp_from = seen.icmp_from;
        o.certificate = seen.certificate;
        o.clock_offset_seconds = seen.clock_offset_seconds;
    }

    void operator()(const DnsQuery& query) {
        if (query.expect_silence) return trap();
        const NameAnswer answer =
            query.recursion
                ? world.names_.ask_resolver(query.server.name, site, query.name, query.transport,
                                            query.checking_disabled, at, draws)
                : world.names_.ask_server(self, site, query.server.name, query.transport, at, draws);
        o.ttl_seconds = answer.ttl_seconds;
        o.icmp_from = answer.icmp_from;
        o.answers = answer.addresses;
        o.dns = std::min(answer.took, spec.timeout);
        end(Stage::dns, answer.failure, answer.failure == Failure::dns_timeout ? spec.timeout : answer.took);
    }

    void trap() {
        if (on(dns_intercepted)) return end(Stage::dns, Failure::dns_intercepted, Micros{3'000});
        static const Site::Keys nobody;
        const Fate fate = world.way_.to(self, Carried::udp, {nobody, {}, at}, draws);
        o.icmp_from = fate.icmp_from;
        end(Stage::dns, fate.kind == Fate::Kind::kept ? fate.why_kept : Failure::none, Micros{2'000'000});
    }

    /// Steps follow each other; the first that fails ends it.
    void operator()(const HttpFetch& fetch) {
        if (spec.group == Group::app) return app();
        Micros took{0};
        const std::vector<const HttpFetch*> steps = steps_of(fetch);
        for (std::size_t i = 0; i < steps.size(); ++i) {
            o.step = static_cast<int>(i);
            PageRequest page = request(*steps[i]);
            page.family = fetch.family;
            page.at_remembered = fetch.at_remembered;
            page.small_segments = fetch.segment_bytes != 0;
            const PageSeen seen = world.pages_.fetch(site, page, at + took, draws);
            take(seen);
            took += seen.took();
            if (is_silence(seen.failure)) took = spec.timeout;
            end(seen.reached, seen.failure, took);
            if (seen.failure != Failure::none) return;
        }
    }

    void app() {
        if (world.ground_.on(no_descriptors, self, at) || world.ground_.on(no_ports, self, at))
            return end(Stage::connect, Failure::host_resources, quick);
        const Site::Keys keys{spec.subject.value};
        if (world.ground_.on(app_down, self, {keys, {}, at}))
            return end(Stage::connect, Failure::connect_refused, Micros{500});
        o.connect = Micros{100}, o.first_byte = Micros{900};
        o.http_status = 200;
        if (!world.ground_.on(app_sick, self, {keys, {}, at}))
            return end(Stage::done, Failure::none, Micros{1'000});
        o.http_status = 500;
        end(Stage::http, Failure::http_server_error, Micros{1'000});
    }

    void operator()(const TcpConnect& task) {
        if (spec.group == Group::app) return app();
        o.address = to_string(task.endpoint);
        if (task.endpoint.address.find(':') != std::string::npos) {
            if (!world.plan_.home.ipv6 || on(no_lease)) return end(Stage::connect, Failure::no_ipv6, quick);
            if (on(portal)) {
                o.icmp_from = std::string{router_address} + " port unreachable";
                return end(Stage::connect, Failure::connect_unreachable, quick);
            }
            if (on(ipv6_broken)) return end(Stage::connect, Failure::connect_timeout, spec.timeout);
        }
        const Site::Keys ipv6{"ipv6"};
        const Asked asked{site.subject.empty() ? ipv6 : site.front, {}, at};
        const Fate fate = world.way_.to(self, Carried::tcp, asked, draws);
        Failure failure = fate.as_connect_failure();
        o.icmp_from = fate.icmp_from;
        if (failure == Failure::none && fate.kind == Fate::Kind::through) {
            if (world.ground_.swallows(edge_silent, self, asked, syn_tries, draws))
                failure = Failure::connect_timeout;
            if (world.ground_.hits(edge_refuses, self, asked, draws)) failure = Failure::connect_refused;
        }
        o.connect = failure == Failure::none ? fate.took : Micros{0};
        end(Stage::connect, failure, failure == Failure::connect_timeout ? spec.timeout : fate.took);
    }

    void operator()(const TlsHandshake& task) {
        PageRequest page;
        page.host = task.host;
        page.timeout = spec.timeout;
        page.is_https = page.handshake_only = true;
        page.at_remembered = task.at_remembered;
        const PageSeen seen = world.pages_.fetch(site, page, at, draws);
        take(seen);
        end(seen.reached, seen.failure, is_silence(seen.failure) ? spec.timeout : seen.took());
    }

    void operator()(const ZoneCheck& task) {
        std::map<Failure, int> failures;
        for (const DnsServer& server : task.servers) {
            const NameAnswer answer =
                world.names_.ask_server(self, site, server.name, DnsTransport::udp, at, draws);
            // A zone that lost a name or its addresses has servers all the same.
            const bool answers = answer.failure == Failure::none || answer.failure == Failure::dns_nodata ||
                                 answer.failure == Failure::dns_nxdomain;
            if (answers) return end(Stage::done, Failure::none, Micros{60'000});
            ++failures[answer.failure];
            o.icmp_from = answer.icmp_from;
        }
        const auto most = std::max_element(failures.begin(), failures.end(),
                                           [](const auto& a, const auto& b) { return a.second < b.second; });
        const Failure failure = most == failures.end() ? Failure::address_unknown : most->first;
        end(Stage::dns, failure, failure == Failure::dns_timeout ? spec.timeout : Micros{60'000});
    }

    void operator()(const PathTrace& task) {
        o.address = to_string(Endpoint{site.subject.empty() ? task.host : site.address, task.port});
        const bool to_servers = task.protocol == PathProtocol::udp;
        if (on(no_descriptors) || on(no_ports)) return end(Stage::connect, Failure::host_resources, quick);
        if (on(no_lease)) return end(Stage::connect, Failure::no_route, quick);
        const Site::Keys nobody;
        const Site::Keys& keys = site.subject.empty() ? nobody : to_servers ? site.dns : site.front;
        const PathReach reach = world.way_.reach(
            to_servers ? Carried::udp : Carried::tcp,
            {keys, to_servers ? world.first_server_[site.subject] : task.host, at}, draws, o.icmp_from);
        static const std::vector<std::string> hops{std::string{"1 "} + router_address + " 0.6 ms",
                                                   std::string{"2 "} + provider_address + " AS3352 7.1 ms",
                                                   std::string{"3 "} + transit_address + " AS1299 14 ms"};
        const auto known =
            static_cast<std::ptrdiff_t>(std::min<std::size_t>(static_cast<std::size_t>(reach), hops.size()));
        o.answers.assign(hops.begin(), hops.begin() + known);
        switch (reach) {
            case PathReach::nowhere:
            case PathReach::router:
                return end(Stage::connect, Failure::path_ends_lan, spec.timeout);
            case PathReach::provider:
                return end(Stage::connect, Failure::path_ends_isp, spec.timeout);
            case PathReach::transit:
                return end(Stage::connect, Failure::path_ends_beyond, spec.timeout);
            case PathReach::target:
                o.answers.push_back("4 " + site.address + " 21 ms");
                o.connect = Micros{21'000};
                return end(Stage::done, Failure::none, Micros{300'000});
        }
    }

    void operator()(const RouteLookup&) {
        if (on(no_descriptors)) return end(Stage::link, Failure::host_resources, quick);
        if (on(cable_out)) return end(Stage::link, Failure::link_down, quick);
        end(Stage::link, on(no_lease) ? Failure::no_route : Failure::none, quick);
    }

    void operator()(const GatewayEcho& task) {
        if (on(no_descriptors)) return end(Stage::link, Failure::host_resources, quick);
        if (on(no_lease)) return end(Stage::link, Failure::no_route, quick);
        if (on(cable_out) || on(gateway_gone))
            return end(Stage::link, Failure::gateway_silent, Micros{750'000});
        int lost = 0;
        if (const Fault* weak = on(weak_link))
            for (int i = 0; i < task.echoes; ++i)
                lost += draws.happens(weak->loss_permille) ? 1 : 0;
        if (lost == task.echoes) return end(Stage::link, Failure::gateway_silent, Micros{2'400'000});
        o.first_byte = Micros{800 + draws.below(1'500)};
        end(Stage::link, lost > 0 ? Failure::link_weak : Failure::none,
            Micros{lost > 0 ? 1'400'000 : 410'000});
    }

    void operator()(const HostHealth&) {
        for (const Fault& fault : world.ground_.faults()) {
            if (fault.kind != sleeps || fault.begins > at || world.slept_.count(&fault) > 0) continue;
            world.slept_[&fault] = at;
            return end(Stage::schedule, Failure::host_resumed, quick);
        }
        if (const Fault* fault = on(starved); fault && fault->by >= Micros{500'000})
            return end(Stage::schedule, Failure::host_slow, quick);
        if (on(no_descriptors)) return end(Stage::schedule, Failure::host_resources, quick);
        end(Stage::schedule, on(low_memory) ? Failure::host_memory : Failure::none, quick);
    }

    void operator()(const UnitState&) {
        const Site::Keys keys{spec.subject.value};
        const Asked asked{keys, {}, at};
        const bool down = world.ground_.on(app_down, self, asked) || world.ground_.on(app_sick, self, asked);
        end(Stage::content, down ? Failure::unit_inactive : Failure::none, Micros{9'000});
    }

    // ---- witnesses ----

    [[nodiscard]] Site::Keys witness_keys() const {
        const std::string& id = spec.witness.value;
        return {id, id.substr(0, id.find(':'))};
    }
    /// Faults of the witness itself; this computer must reach it, too. True: it says nothing.
    bool cannot_say() {
        const Site::Keys keys = witness_keys();
        const Asked asked{keys, {}, at};
        const bool dead = world.ground_.on(witness_down, self, asked) != nullptr;
        static const Site::Keys nobody;
        const bool away = !world.way_.to(self, Carried::tcp, {nobody, {}, at}, draws).arrives() ||
                          on(portal) || on(tls_inspected) ||
                          world.pages_.clock_ahead(at) > Micros{std::chrono::hours{60 * 24}} ||
                          world.pages_.clock_ahead(at) < -Micros{std::chrono::hours{30 * 24}};
        if (!dead && !away) return false;
        const bool page = spec.group == Group::vendor && away;
        end(Stage::http, page ? Failure::status_page_gone : Failure::witness_unknown,
            dead ? Micros{400'000} : spec.timeout);
        return true;
    }
    /// When what it says now was true.
    [[nodiscard]] Stamp said() const {
        const Site::Keys keys = witness_keys();
        const Fault* stale = world.ground_.on(witness_stale, self, {keys, {}, at});
        return stale ? std::max(at - stale->by, stale->begins - stale->by) : at;
    }
    /// "ill", "well"; empty: the truth.
    [[nodiscard]] std::string lie() const {
        const Site::Keys keys = witness_keys();
        const Fault* fault = world.ground_.on(witness_lies, self, {keys, {}, at});
        if (!fault) return {};
        const bool about = fault->only.empty() || std::find(fault->only.begin(), fault->only.end(),
                                                            site.subject) != fault->only.end();
        return !about ? "" : fault->how.empty() ? "ill" : fault->how;
    }

    void routes(std::size_t prefixes) {
        world.asked_.insert(spec.witness);
        if (cannot_say()) return;
        o.said = said();
        const Looker collectors{.name = "collectors"};
        const Fault* gone = world.ground_.on(routes_withdrawn, collectors, {site.dns, {}, o.said});
        const std::string lies = lie();
        RoutesSeen seen;
        seen.prefixes = static_cast<int>(std::max<std::size_t>(prefixes, 1));
        seen.peers_known = all_peers;
        seen.peers_now = lies == "ill" ? 9 : lies == "well" ? all_peers : peers_left(gone, o.said);
        if (seen.peers_now * 2 < seen.peers_known) seen.withdrawn = seen.prefixes;
        o.routes = seen;
        end(Stage::content, seen.withdrawn > 0 ? Failure::route_withdrawn : Failure::none, Micros{2'000});
    }
    void operator()(const RouteVisibility& task) { routes(task.prefixes.size()); }
    void operator()(const LookingGlass& task) {
        routes(task.prefixes.size());
        if (o.failure != Failure::witness_unknown) o.finished = o.started + Micros{1'500'000};
    }

    void operator()(const ViewElsewhere& view) {
        world.asked_.insert(spec.witness);
        if (cannot_say()) return;
        o.said = said();
        const std::string lies = lie();
        const auto& all = vantages();
        const auto first = static_cast<std::size_t>(draws.below(static_cast<std::int64_t>(all.size())));
        for (int i = 0; i < view.voices; ++i)
            o.voices.push_back(
                look_from(all[(first + static_cast<std::size_t>(i) * 3) % all.size()], view, lies));
        conclude();
    }

    Voice look_from(const Looker& who, const ViewElsewhere& view, const std::string& lies) {
        Voice voice{.vantage = {who.name, who.asn, who.country}};
        const bool page = view.what == ViewElsewhere::What::http;
        if (lies == "ill") {
            voice.reached = page ? Stage::connect : Stage::dns;
            voice.failure = page ? Failure::connect_timeout : Failure::dns_timeout;
        } else if (page && lies.empty()) {
            PageRequest asked = request(view.fetch);
            asked.timeout = Micros{5'000'000};
            asked.has_body_rule = false;
            const PageSeen seen = world.pages_.fetch_elsewhere(who, site, asked, o.said, draws);
            voice.reached = seen.reached;
            voice.failure = seen.failure;
            voice.http_status = seen.http_status;
        } else if (lies.empty()) {
            voice.failure = world.names_.resolve_afresh(who, site, o.said, draws).failure;
            if (voice.failure != Failure::none) voice.reached = Stage::dns;
        }
        return voice;
    }

    /// As most of those that speak.
    void conclude() {
        std::map<Failure, int> ill;
        int well = 0;
        for (const Voice& voice : o.voices)
            voice.well() ? ++well : ++ill[voice.failure];
        const Micros took{2'000'000 + draws.below(6'000'000)};
        if (o.said == at) o.said = at + took;
        if (well * 2 > static_cast<int>(o.voices.size()) || ill.empty())
            return end(Stage::done, Failure::none, took);
        const auto most = std::max_element(ill.begin(), ill.end(),
                                           [](const auto& a, const auto& b) { return a.second < b.second; });
        end(Stage::content, most->first, took);
    }

    void operator()(const StatusPage&) {
        world.asked_.insert(spec.witness);
        if (cannot_say()) return;
        const Asked asked{site.back, {}, at};
        if (world.ground_.on(vendor_page_gone, self, asked))
            return end(Stage::http, Failure::status_page_gone, spec.timeout);
        o.said = said();
        const Fault* report = world.ground_.on(vendor_reports, self, {site.back, {}, o.said});
        Voice voice{.vantage = {spec.witness.value.substr(spec.witness.value.find(':') + 1), 0, ""}};
        voice.words = "All systems operational";
        if (report) {
            const std::string how = report->how.empty() ? "outage" : report->how;
            voice.words = how;
            voice.reached = Stage::content;
            voice.failure = how == "degraded"      ? Failure::reported_degraded
                            : how == "maintenance" ? Failure::reported_maintenance
                                                   : Failure::reported_outage;
        }
        o.voices.push_back(voice);
        end(Stage::content, voice.failure, Micros{300'000});
    }
};

Observation World::run(const ProbeSpec& spec, Stamp scheduled, Stamp started) {
    Observation o;
    o.probe = spec.id;
    o.subject = spec.subject;
    o.kind = kind_of(spec.task);
    o.group = spec.group;
    o.scheduled = scheduled;
    o.started = o.finished = started;
    Task task{*this,      spec,
              o,          ground_.site(spec.subject),
              started,    Draws(plan_.seed, spec.id.value, started.time_since_epoch().count()),
              way_.host()};
    std::visit(task, spec.task);
    // A processor that is busy with something else comes late to everything.
    if (const Fault* late = ground_.on(starved, way_.host(), started)) o.finished += late->by;
    return o;
}

std::vector<Event> World::news(Stamp at) {
    std::vector<Event> events;
    const Looker self = way_.host();
    if (const Micros ahead = pages_.clock_ahead(at); ahead != clock_told_) {
        clock_told_ = ahead;
        events.emplace_back(ClockStepped{at, ahead});
    }
    for (const ProbeSpec& spec : watch_.probes) {
        if (spec.witness.empty()) continue;
        const auto [known, first] = told_.try_emplace(spec.witness);
        WitnessHealth& health = known->second;
        const std::string& id = spec.witness.value;
        const Site::Keys keys{id, id.substr(0, id.find(':'))};
        using State = WitnessHealth::State;
        const bool live = spec.witness == ris_live_id;
        State state = live || asked_.count(spec.witness) > 0 ? State::able : State::idle;
        if (state == State::able && ground_.on(witness_down, self, {keys, {}, at})) state = State::unable;
        if (!first && state == health.state) continue;
        health = {.id = spec.witness,
                  .name = id,
                  .group = spec.group,
                  .state = state,
                  .since = at,
                  .last_word = at};
        if (state == State::unable) health.why = "it does not answer";
        events.emplace_back(WitnessReported{at, health});
    }
    return events;
}

}  // namespace sereno::scenario
