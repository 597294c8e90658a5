#include "random_world.hpp"

#include <algorithm>

#include "scenario.hpp"

namespace sereno::scenario {

namespace {

using Kind = Truth::Kind;
using enum FaultKind;

constexpr Micros second{1'000'000}, minute{60'000'000};
constexpr const char* cloud_region = "us-east-1";
/// What is looked at five times less often than all else is seen at least twice in so long.
constexpr Micros seldom_seen_twice = 11 * minute;
/// What the vendor tells later than so long before the end comes too late: his page is read now and then.
constexpr Micros vendor_in_time = 2 * minute;
const Stamp beginning{Micros{1'772'442'000'000'000}};  // 2026-03-02T09:00:00Z

/// A fault of this side, and what it is.
struct LocalStory {
    FaultKind fault;
    const char* cause;
    const char* how;
    Micros least, most;  ///< `by`
    int least_loss, most_loss;
};
const std::vector<LocalStory>& local_stories() {
    using std::chrono::hours;
    using std::chrono::milliseconds;
    static const std::vector<LocalStory> stories{
        {isp_down, "isp", "", {}, {}, 1000, 1000},
        {isp_down, "isp", "", {}, {}, 1000, 1000},
        {gateway_gone, "lan", "", {}, {}, 1000, 1000},
        {cable_out, "lan", "", {}, {}, 1000, 1000},
        {no_lease, "lan", "", {}, {}, 1000, 1000},
        {weak_link, "lan", "", {}, {}, 500, 800},
        {portal, "policy", "", {}, {}, 1000, 1000},
        {tls_inspected, "policy", "", {}, {}, 1000, 1000},
        {clock_wrong, "clock", "ahead", hours{24 * 70}, hours{24 * 1500}, 1000, 1000},
        {clock_wrong, "clock", "behind", hours{24 * 40}, hours{24 * 9000}, 1000, 1000},
        {no_descriptors, "host", "", {}, {}, 1000, 1000},
        {no_ports, "host", "", {}, {}, 1000, 1000},
        {own_firewall, "host", "", {}, {}, 1000, 1000},
        {starved, "host", "", milliseconds{700}, milliseconds{3000}, 1000, 1000},
        {ipv6_broken, "ipv6", "", {}, {}, 1000, 1000},
        {path_mtu, "path_mtu", "tls", {}, {}, 1000, 1000},
        {resolver_silent, "resolver", "", {}, {}, 1000, 1000},
        {resolver_servfail, "resolver", "", {}, {}, 1000, 1000},
        {resolver_gone, "resolver", "", {}, {}, 1000, 1000},
        {old_trust_store, "trust_store", "expired", {}, {}, 1000, 1000},
        {old_trust_store, "trust_store", "unknown", {}, {}, 1000, 1000},
    };
    return stories;
}

/// A fault of one platform, and what a right cause of it is.
struct OutageStory {
    FaultKind fault;
    std::vector<std::string> causes;
    int status = 0;
};
const std::vector<OutageStory>& outage_stories() {
    static const std::vector<OutageStory> stories{
        {routes_withdrawn, {"platform_routing", "platform_dns"}},
        {dns_silent, {"platform_dns", "platform_routing"}},
        {dns_servfail, {"platform_dns"}},
        {dns_refused, {"platform_dns"}},
        {dns_nxdomain, {"platform_dns"}},
        {dns_nodata, {"platform_dns"}},
        {dnssec_broken, {"platform_dnssec"}},
        {edge_silent, {"platform_network"}},
        {edge_unreachable, {"platform_network", "platform_routing"}},
        {edge_refuses, {"platform_edge"}},
        {edge_errors, {"platform_edge"}, 503},
        {edge_errors, {"platform_edge"}, 502},
        {edge_certificate, {"platform_edge"}},
        {edge_resets, {"platform_edge"}},
        {app_errors, {"platform_application"}, 500},
        {login_broken, {"platform_application"}, 500},
    };
    return stories;
}

bool is_of_names(FaultKind fault) {
    return fault >= routes_withdrawn && fault <= dnssec_broken;
}

bool in_region(const std::string& platform) {
    return platform == "correo" || platform == "taller";
}

/// Who of the household rests on this.
std::vector<std::string> resting_on(const Household& household, FaultKind fault, const std::string& of) {
    std::vector<std::string> out;
    for (const Platform& platform : household.watch.platforms) {
        const bool names = is_of_names(fault);
        if (of == cloud_region && in_region(platform.id.value)) out.push_back(platform.id.value);
        const std::string& on = names ? platform.hosting.dns_provider.value : platform.hosting.edge.value;
        if (platform.operator_id.value == of || platform.id.value == of || on == of)
            out.push_back(platform.id.value);
    }
    return out;
}

class Teller {
  public:
    Teller(std::uint64_t seed, const std::vector<Household>& all) : draws_(seed) {
        world_.seed = seed;
        world_.household =
            &all[static_cast<std::size_t>(draws_.below(static_cast<std::int64_t>(all.size())))];
        world_.starts = beginning;
        world_.length = 12 * minute;
        world_.plan.seed = draws_.next();
        world_.plan.home.ipv6 = draws_.happens(600);
        world_.plan.home.validates = draws_.happens(500);
        if (draws_.happens(300)) world_.plan.home.serves_stale = {"cloudflare"};
        for (const std::string& platform : world_.household->platforms)
            world_.plan.rests[platform] = {.region = in_region(platform) ? cloud_region : "",
                                           .ttl = second * draws_.between(20, 300)};
        truth().begins = beginning + 3 * minute + Micros{draws_.below(minute.count())};
        truth().ends = truth().begins + minute * 5 + Micros{draws_.below(2 * minute.count())};
    }

    RandomWorld tell() {
        const std::int64_t kind = draws_.below(1000);
        if (kind < 200)
            tell_nothing();
        else if (kind < 500)
            tell_local();
        else if (kind < 560)
            tell_app();
        else if (kind < 640)
            tell_blocked();
        else
            tell_outage();
        add_witnesses();
        say_what_nobody_can_know();
        add_noise();
        world_.length = std::max(world_.length, truth().ends - beginning + 2 * minute);
        for (const Fault& fault : world_.plan.faults)
            world_.story += (world_.story.empty() ? "" : "; ") + to_string(fault) + " from " +
                            offset_text(fault.begins - beginning) +
                            (fault.ends == Stamp::max() ? "" : " to " + offset_text(fault.ends - beginning));
        return std::move(world_);
    }

  private:
    Truth& truth() { return world_.truth; }
    [[nodiscard]] const Truth& truth() const { return world_.truth; }
    Fault& add(FaultKind kind) {
        world_.plan.faults.push_back({.kind = kind, .begins = truth().begins, .ends = truth().ends});
        Fault& fault = world_.plan.faults.back();
        if (!shape_of(kind).how.empty()) fault.how = shape_of(kind).how.front();
        return fault;
    }
    const std::string& one_platform() {
        const auto& all = world_.household->platforms;
        return all[static_cast<std::size_t>(draws_.below(static_cast<std::int64_t>(all.size())))];
    }
    template <class T>
    const T& one_of(const std::vector<T>& all) {
        return all[static_cast<std::size_t>(draws_.below(static_cast<std::int64_t>(all.size())))];
    }

    void tell_nothing() {
        truth().kind = Kind::nothing;
        switch (draws_.below(6)) {
            case 0:
                return;
            case 4:
                add(low_memory);
                return;
            case 1: {  // a blip
                Fault& fault = add(one_of(std::vector{edge_silent, edge_errors, dns_silent}));
                fault.of = {one_platform()};
                fault.ends = fault.begins + second * draws_.between(3, 12);
                truth().ends = fault.ends;
                return;
            }
            case 2: {  // a little loss on the way
                Fault& fault = add(way_lost);
                fault.of = {"everybody"};
                fault.loss_permille = static_cast<int>(draws_.between(10, 60));
                return;
            }
            case 3: {  // one control is gone
                Fault& fault = add(edge_silent);
                fault.of = {one_of(
                    std::vector<std::string>{"control:apple", "control:microsoft", "control:quad9-dns"})};
                return;
            }
            default: {  // a public resolver is gone
                Fault& fault = add(resolver_silent);
                fault.of = {one_of(std::vector<std::string>{"cloudflare", "quad9"})};
                return;
            }
        }
    }

    void tell_local() {
        truth().kind = Kind::local;
        const LocalStory& story = one_of(local_stories());
        truth().causes = {story.cause};
        if (story.fault == ipv6_broken) truth().ends = truth().begins + seldom_seen_twice;
        // A list of authorities forgets none while it runs: those it does not know it never knew.
        if (story.fault == old_trust_store && std::string_view{story.how} == "unknown")
            truth().begins = beginning;
        Fault& fault = add(story.fault);
        fault.how = story.how;
        if (story.most > Micros{0})
            fault.by = story.least + second * (draws_.below((story.most - story.least) / second + 1));
        fault.loss_permille = static_cast<int>(draws_.between(story.least_loss, story.most_loss));
        if (shape_of(story.fault).of == FaultShape::OfWhat::resolver) fault.of = {"system"};
        if (shape_of(story.fault).of == FaultShape::OfWhat::site) fault.of = {"everybody"};
        if (story.fault == ipv6_broken) world_.plan.home.ipv6 = true;
        // Two troubles at once: what else is wrong here must not make it theirs.
        if (draws_.happens(100)) add(weak_link).loss_permille = static_cast<int>(draws_.between(50, 300));
    }

    void tell_app() {
        if (world_.household->watch.apps.empty()) return tell_nothing();
        truth().kind = Kind::app;
        truth().causes = {"own_app"};
        add(draws_.happens(500) ? app_down : app_sick).of = {world_.household->watch.apps.front().id.value};
    }

    void tell_blocked() {
        truth().kind = Kind::blocked;
        truth().causes = {"blocked_here", "policy", "transit", "regional", "all_well"};
        const FaultKind kind = one_of(std::vector{turned_away, name_filter, way_lost, way_leaked});
        Fault& fault = add(kind);
        fault.of = {one_platform()};
        fault.from = {"here"};
        if (kind == turned_away) fault.status = draws_.happens(500) ? 429 : 403;
        if (kind == way_leaked) fault.loss_permille = static_cast<int>(draws_.between(900, 1000));
    }

    void tell_outage() {
        truth().kind = Kind::outage;
        const OutageStory& story = one_of(outage_stories());
        truth().causes = story.causes;
        const std::string platform = one_platform();
        std::string of = platform;
        if (const std::int64_t reach = draws_.below(100); reach < 35) {
            for (const Platform& one : world_.household->watch.platforms)
                if (one.id.value == platform)
                    of = reach < 15                 ? one.operator_id.value
                         : is_of_names(story.fault) ? one.hosting.dns_provider.value
                                                    : one.hosting.edge.value;
        }
        if (story.fault == app_errors || story.fault == login_broken) of = platform;
        // What runs there fails together, whoever runs it.
        if (story.fault == app_errors && in_region(platform) && draws_.happens(500)) of = cloud_region;

        // While caches hold the names nobody but the name servers themselves can be seen to fail.
        if (is_of_names(story.fault)) truth().ends += longest_ttl();

        Fault& fault = add(story.fault);
        fault.of = {of};
        fault.status = story.status;
        truth().subjects = resting_on(*world_.household, story.fault, of);
        name_shared_cause(story.fault);
        const bool can_be_partial =
            story.fault == edge_silent || story.fault == edge_errors || story.fault == app_errors;
        if (can_be_partial && draws_.happens(200)) {
            fault.loss_permille = static_cast<int>(story.fault == edge_silent ? draws_.between(900, 980)
                                                                              : draws_.between(700, 950));
            truth().is_partial = true;
            truth().causes.emplace_back("degraded");
        }
        if (draws_.happens(100)) accompany();
    }

    /// Unrelated platforms that fall together because of what they rest on.
    void name_shared_cause(FaultKind fault) {
        std::vector<std::string> operators;
        for (const Platform& one : world_.household->watch.platforms)
            if (std::count(truth().subjects.begin(), truth().subjects.end(), one.id.value) > 0 &&
                std::count(operators.begin(), operators.end(), one.operator_id.value) == 0)
                operators.push_back(one.operator_id.value);
        if (operators.size() < 2) return;
        const bool names = is_of_names(fault);
        truth().causes = {fault == app_errors ? "cloud_region"
                          : names             ? "shared_dns_provider"
                                              : "shared_cdn"};
    }

    /// A trouble of our own at the same time, which must not hide it.
    void accompany() {
        if (draws_.happens(500)) {
            Fault& fault = add(resolver_servfail);
            fault.of = {"system"};
            fault.begins -= second * draws_.below(90);
            return;
        }
        Fault& fault = add(isp_down);
        fault.begins -= second * draws_.between(60, 120);
        fault.ends = truth().begins + second * draws_.between(10, 60);
    }

    void add_witnesses() {
        const auto down = [&](const char* whom, int permille) {
            if (!draws_.happens(permille)) return false;
            Fault& fault = add(witness_down);
            fault.of = {whom};
            fault.begins = beginning;
            fault.ends = Stamp::max();
            return true;
        };
        world_.has_witness = !down("globalping", 120);
        down("ris-live", 100);
        down("ripestat", 150);
        down("status", 150);
        if (draws_.happens(30)) {
            Fault& fault = add(witness_stale);
            fault.of = {one_of(std::vector<std::string>{"globalping", "ris-live"})};
            fault.by = minute * draws_.between(10, 120);
            fault.begins = beginning;
            world_.has_witness = world_.has_witness && fault.of.front() != "globalping";
        }
        if (truth().kind == Kind::outage && draws_.happens(500)) {
            Fault& fault = add(vendor_reports);
            fault.of = truth().subjects;
            fault.begins += second * draws_.between(90, 600);
            fault.ends = Stamp::max();
        }
    }

    [[nodiscard]] Micros longest_ttl() const {
        Micros longest{0};
        for (const auto& [platform, rests] : world_.plan.rests)
            longest = std::max(longest, rests.ttl);
        return longest;
    }

    [[nodiscard]] const Fault* find(FaultKind kind, std::string_view of = {}) const {
        for (const Fault& fault : world_.plan.faults)
            if (fault.kind == kind && (of.empty() || fault.of == std::vector{std::string{of}})) return &fault;
        return nullptr;
    }

    /// Has the platform a page behind another, as logins are?
    [[nodiscard]] bool has_steps(const std::string& id) const {
        for (const Platform& platform : world_.household->watch.platforms)
            if (platform.id.value == id)
                return std::any_of(platform.canaries.begin(), platform.canaries.end(),
                                   [](const HttpFetch& canary) { return !canary.then.empty(); });
        return false;
    }

    /// Nobody elsewhere can be asked, nor does the vendor tell in time.
    [[nodiscard]] bool nobody_tells() const {
        const Fault* report = find(vendor_reports);
        const bool told = report && report->begins + vendor_in_time <= truth().ends &&
                          find(witness_down, "status") == nullptr;
        return !world_.has_witness && !told;
    }

    void say_what_nobody_can_know() {
        if (truth().kind != Kind::outage) return;
        if (find(login_broken) && !has_steps(truth().subjects.front()))
            truth().unanswerable = "the login fails, and no page behind a login is looked at";
        // way_lost from here, of the same platforms, shows every probe the same.
        if ((find(edge_silent) || find(edge_unreachable)) && nobody_tells())
            truth().unanswerable = "front ends are silent, and nobody elsewhere tells whether only for us";
    }

    /// What always is.
    void add_noise() {
        if (draws_.happens(500)) {
            Fault& fault = add(way_lost);
            fault.of = {"everybody"};
            fault.loss_permille = static_cast<int>(draws_.between(1, 15));
            fault.begins = beginning;
            fault.ends = Stamp::max();
        }
        if (draws_.happens(300)) {
            Fault& fault = add(clock_wrong);
            fault.by = second * draws_.between(1, 120);
            fault.begins = beginning;
            fault.ends = Stamp::max();
        }
    }

    Draws draws_;
    RandomWorld world_;
};

}  // namespace

std::string_view to_string(Truth::Kind kind) {
    switch (kind) {
        case Kind::nothing:
            return "nothing";
        case Kind::local:
            return "local";
        case Kind::app:
            return "app";
        case Kind::blocked:
            return "blocked";
        case Kind::outage:
            return "outage";
    }
    return "";
}

std::vector<Household> households() {
    const std::string app =
        "apps: [{name: bot, needs: [NEED], health: {url: \"http://127.0.0.1:3000/\"}, restart: [systemctl, "
        "restart, bot]}]\n";
    std::vector<Household> all;
    for (const std::vector<std::string>& platforms :
         {std::vector<std::string>{"facebook", "whatsapp", "tienda"},
          {"diario", "reservas", "tienda"},
          {"diario", "correo", "facebook"},
          {"tienda", "correo", "taller"}}) {
        std::string more = app;
        more.replace(more.find("NEED"), 4, platforms.front());
        all.push_back({platforms, settings_for(platforms, more, {"catalogue.yaml", "logins.yaml"}).watch});
    }
    return all;
}

RandomWorld draw_world(std::uint64_t seed, const std::vector<Household>& all) {
    return Teller(seed, all).tell();
}

}  // namespace sereno::scenario
