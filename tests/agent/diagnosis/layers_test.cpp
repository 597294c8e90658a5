// Which layer fails, which answers, and which hides behind another.
#include "agent/diagnosis/layers.hpp"

#include "catch.hpp"

using namespace sereno;

namespace {

constexpr Micros second{1'000'000};
constexpr LayerState unknown = LayerState::unknown, failing = LayerState::failing, well = LayerState::well;

/// A platform with two resolvers, four name servers, three pages, one page at the address known before, a
/// feed and a looking glass for its routes.
struct Shop {
    Shop() {
        Watch watch;
        platform.id = SubjectId{"shop"};
        for (const std::string name : {"system", "quad9"})
            add(watch, "dns/" + name, Group::resolver,
                DnsQuery{.server = {name, {"192.0.2.53", 53}}, .name = "shop.example"});
        for (const std::string name : {"a", "b", "c", "d"})
            add(watch, "ns/" + name, Group::authoritative,
                DnsQuery{.server = {name + ".ns", {"192.0.2.1", 53}}, .recursion = false});
        for (const std::string name : {"1", "2", "3"})
            add(watch, "page/" + name, Group::edge, HttpFetch{.url = "https://shop.example/" + name});
        add(watch, "remembered", Group::second_look,
            HttpFetch{.url = "https://shop.example/", .at_remembered = true}, true);
        add(watch, "small", Group::second_look,
            HttpFetch{.url = "https://shop.example/", .segment_bytes = 1200}, true);
        add(watch, "feed", Group::routing, RouteVisibility{{"192.0.2.0/24"}, {}});
        watch.probes.back().witness = WitnessId{"ris-live"};
        add(watch, "glass", Group::routing, LookingGlass{{"192.0.2.0/24"}, {}}, true);
        watch.probes.back().witness = WitnessId{"ripestat"};
        watch.platforms = {platform};
        local.direct_dns_works = true;
        picture.replace(std::move(watch));
    }

    void add(Watch& watch, const std::string& id, Group group, ProbeTask task, bool on_suspicion = false) {
        ProbeSpec spec{ProbeId{id}, platform.id, group, std::move(task)};
        spec.on_suspicion = on_suspicion;
        watch.probes.push_back(std::move(spec));
    }

    /// Each look takes a second, and time goes on.
    void see(const std::string& probe, Failure failure, Stage reached, int status = 0) {
        Observation o;
        o.id = ObservationId{++observations};
        o.probe = ProbeId{probe};
        o.group = picture.find(o.probe)->spec.group;
        o.started = now;
        o.finished = now += second;
        o.failure = failure;
        o.reached = failure == Failure::none ? Stage::done : reached;
        o.http_status = status;
        bool turned = false;
        REQUIRE(picture.take(o, turned) != nullptr);
    }
    void see(const std::string& probe) { see(probe, Failure::none, Stage::done); }
    void see_all(const std::string& kind, Failure failure, Stage reached, int status = 0) {
        std::vector<std::string> probes;
        for (const Track& track : picture.tracks())
            if (track.spec.id.value.starts_with(kind)) probes.push_back(track.spec.id.value);
        REQUIRE(!probes.empty());
        for (const std::string& probe : probes)
            see(probe, failure, reached, status);
    }
    void see_all(const std::string& kind) { see_all(kind, Failure::none, Stage::done); }
    void all_is_well() {
        for (const char* kind : {"dns", "ns", "page", "feed"})
            see_all(kind);
    }

    [[nodiscard]] LayerSights sights() const {
        const Company nobody;
        return layers_of(picture, platform, {local, blind_until, Verdict{}, WitnessStates{}, nobody}, now);
    }
    [[nodiscard]] LayerSight sight(Layer layer) const { return sights()[static_cast<std::size_t>(layer)]; }
    [[nodiscard]] std::array<LayerState, layer_count> states() const {
        std::array<LayerState, layer_count> states{};
        for (std::size_t i = 0; i < layer_count; ++i)
            states[i] = sights()[i].state;
        return states;
    }

    Platform platform;
    Picture picture;
    LocalView local;
    Stamp now{Micros{1'700'000'000'000'000}}, blind_until;
    std::uint64_t observations = 0;
};

using States = std::array<LayerState, layer_count>;

}  // namespace

TEST_CASE("before anything is seen no layer is known, and all answer when all is well") {
    Shop shop;
    CHECK(shop.states() == States{unknown, unknown, unknown, unknown});
    shop.all_is_well();
    CHECK(shop.states() == States{well, well, well, well});
    CHECK(shop.sight(Layer::routes).since == shop.now);
    CHECK(shop.sight(Layer::application).since == shop.now - second);
}

TEST_CASE("what was seen too long ago is not known any more") {
    Shop shop;
    shop.all_is_well();
    shop.now += 3600 * second;
    CHECK(shop.states() == States{unknown, unknown, unknown, unknown});
}

TEST_CASE("routes are as whoever spoke last saw them") {
    Shop shop;
    shop.all_is_well();
    shop.see("feed", Failure::route_withdrawn, Stage::content);
    CHECK(shop.sight(Layer::routes).state == failing);
    shop.see("glass");
    CHECK(shop.sight(Layer::routes).state == well);
    shop.see("feed", Failure::route_withdrawn, Stage::content);
    shop.see("glass", Failure::witness_unknown, Stage::schedule);
    CHECK(shop.sight(Layer::routes) == LayerSight{failing, shop.now - second});
    CHECK(shop.sight(Layer::dns).state == well);
}

TEST_CASE("one name server of four is not the names, three of them are, though caches still answer") {
    Shop shop;
    shop.all_is_well();
    shop.see("ns/a", Failure::dns_timeout, Stage::dns);
    shop.see("ns/b", Failure::dns_timeout, Stage::dns);
    CHECK(shop.sight(Layer::dns).state == well);
    shop.see("ns/c", Failure::dns_timeout, Stage::dns);
    CHECK(shop.states() == States{well, failing, well, well});
    CHECK(shop.sight(Layer::dns).since == shop.now - second);
    shop.see("ns/c");
    CHECK(shop.sight(Layer::dns) == LayerSight{well, shop.now});
}

TEST_CASE("names that resolvers cannot find hide the front ends and all behind them") {
    Shop shop;
    shop.all_is_well();
    shop.see_all("dns", Failure::dns_servfail, Stage::dns);
    shop.see_all("page", Failure::dns_servfail, Stage::dns);
    CHECK(shop.states() == States{well, failing, unknown, unknown});
}

TEST_CASE("at the address known before front ends are seen although their names fail") {
    Shop shop;
    shop.all_is_well();
    shop.see_all("dns", Failure::dns_servfail, Stage::dns);
    shop.see_all("page", Failure::dns_servfail, Stage::dns);
    shop.see("small", Failure::connect_timeout, Stage::connect);  // asked by name: no word on the front ends
    shop.see("remembered", Failure::connect_timeout, Stage::connect);
    CHECK(shop.states() == States{well, failing, unknown, unknown});  // they may have moved
    for (int i = 0; i < 3; ++i)
        shop.see("remembered", Failure::http_server_error, Stage::http, 503);
    CHECK(shop.states() == States{well, failing, failing, unknown});
    shop.see("remembered");
    CHECK(shop.states() == States{well, failing, well, well});
}

TEST_CASE("what a filter makes up is no word on the platform's names") {
    Shop shop;
    shop.all_is_well();
    shop.see_all("dns", Failure::dns_bogus, Stage::dns);
    CHECK(shop.sight(Layer::dns).state == unknown);
    shop.see_all("dns");
    shop.see_all("ns", Failure::dns_lame, Stage::dns);
    CHECK(shop.sight(Layer::dns).state == unknown);
    shop.local.direct_dns_works = false;  // then nobody believes what name servers seem to say
    CHECK(shop.sight(Layer::dns).state == well);
}

TEST_CASE("connections and TLS are the front ends', and hide the application") {
    for (const auto& [failure, reached] :
         {std::pair{Failure::connect_timeout, Stage::connect},
          std::pair{Failure::connect_refused, Stage::connect}, std::pair{Failure::tls_reset, Stage::tls},
          std::pair{Failure::certificate_expired, Stage::tls}}) {
        INFO(to_string(failure));
        Shop shop;
        shop.all_is_well();
        shop.see_all("page", failure, reached);
        CHECK(shop.states() == States{well, well, failing, unknown});
        CHECK(shop.sight(Layer::edge).since == shop.now - second);
    }
}

TEST_CASE("an error that tells of no application is the front end's, any other the application's") {
    for (const int status : {502, 503, 504}) {
        Shop shop;
        shop.all_is_well();
        shop.see_all("page", Failure::http_server_error, Stage::http, status);
        CHECK(shop.states() == States{well, well, failing, unknown});
    }
    for (const auto& [failure, reached, status] :
         {std::tuple{Failure::http_server_error, Stage::http, 500},
          std::tuple{Failure::http_status, Stage::http, 404},
          std::tuple{Failure::http_timeout, Stage::http, 0},
          std::tuple{Failure::content_mismatch, Stage::content, 200}}) {
        INFO(to_string(failure));
        Shop shop;
        shop.all_is_well();
        shop.see_all("page", failure, reached, status);
        CHECK(shop.states() == States{well, well, well, failing});
    }
}

TEST_CASE("one page that fails once is an accident, three times in a row it is not") {
    Shop shop;
    shop.all_is_well();
    shop.see("page/2", Failure::content_mismatch, Stage::content, 200);
    shop.see("page/2", Failure::content_mismatch, Stage::content, 200);
    CHECK(shop.sight(Layer::application).state == well);
    shop.see("page/2", Failure::content_mismatch, Stage::content, 200);
    CHECK(shop.states() == States{well, well, well, failing});
    shop.see("page/2");
    CHECK(shop.sight(Layer::application) == LayerSight{well, shop.now});
}

TEST_CASE("one front end that fails hides what is behind it, not what is behind the others") {
    Shop shop;
    shop.all_is_well();
    for (int i = 0; i < 3; ++i)
        shop.see("page/1", Failure::connect_timeout, Stage::connect);
    CHECK(shop.states() == States{well, well, failing, well});
}

TEST_CASE("who is turned away sees front ends that answer, and nothing of the application") {
    Shop shop;
    shop.all_is_well();
    shop.see_all("page", Failure::http_blocked, Stage::http, 403);
    CHECK(shop.states() == States{well, well, well, unknown});
}

TEST_CASE("while our own network is in doubt no layer is seen, and then only by new looks") {
    Shop shop;
    shop.all_is_well();
    shop.see_all("page", Failure::connect_timeout, Stage::connect);
    shop.local.trouble = true;
    CHECK(shop.states() == States{unknown, unknown, unknown, unknown});
    shop.local.trouble = false;
    shop.local.blinded = true;
    CHECK(shop.states() == States{unknown, unknown, unknown, unknown});
    shop.local.blinded = false;
    shop.blind_until = shop.now;
    // Route collectors look from elsewhere.
    CHECK(shop.states() == States{well, unknown, unknown, unknown});
    shop.see_all("page");
    CHECK(shop.states() == States{well, unknown, well, well});
}

TEST_CASE("Facebook 2021: the layers fail and return one after the other") {
    Shop shop;
    shop.all_is_well();
    shop.see_all("page", Failure::http_server_error, Stage::http, 503);
    CHECK(shop.states() == States{well, well, failing, unknown});
    shop.see("feed", Failure::route_withdrawn, Stage::content);
    CHECK(shop.states() == States{failing, well, failing, unknown});
    shop.see_all("ns", Failure::dns_timeout, Stage::dns);
    shop.see_all("dns", Failure::dns_servfail, Stage::dns);
    shop.see_all("page", Failure::dns_timeout, Stage::dns);
    CHECK(shop.states() == States{failing, failing, unknown, unknown});
    shop.see("feed");
    CHECK(shop.states() == States{well, failing, unknown, unknown});
    shop.see_all("ns");
    shop.see_all("dns");
    CHECK(shop.states() == States{well, well, unknown, unknown});
    shop.see_all("page", Failure::http_server_error, Stage::http, 503);
    CHECK(shop.states() == States{well, well, failing, unknown});
    shop.see_all("page", Failure::http_server_error, Stage::http, 500);
    CHECK(shop.states() == States{well, well, well, failing});
    shop.see_all("page");
    CHECK(shop.states() == States{well, well, well, well});
}
