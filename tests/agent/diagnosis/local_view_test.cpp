// What this host knows of itself and its network, from single observations.
#include <string>

#include "catch.hpp"
#include "house.hpp"

using namespace sereno;
using namespace sereno::test;

TEST_CASE("a house in which all answers is well") {
    const House house;
    const LocalView view = house.look();
    CHECK(!view.finding);
    CHECK(!view.trouble);
    CHECK(!view.clock_wrong);
    CHECK(view.direct_dns_works);
    CHECK(view.verdict.cause == Cause::all_well);
}

TEST_CASE("controls whose clocks agree with each other and not with ours tell that ours is wrong") {
    House house;
    house.see("control:apple/http", Failure::none, 1'790'000'000);  // 1970 here
    CHECK(!house.look().clock_wrong);                               // one may be wrong itself
    house.see("control:google/http", Failure::none, 1'790'000'001);
    const LocalView view = house.look();
    CHECK(view.clock_wrong);
    REQUIRE(view.finding);
    CHECK(view.finding->cause == Cause::clock);
    CHECK(has(*view.finding, "clock_differs"));
}

TEST_CASE("clocks that are minutes off, or that do not agree, say nothing about ours") {
    House house;
    house.see("control:apple/http", Failure::none, -299);
    house.see("control:google/http", Failure::none, -298);
    CHECK(!house.look().clock_wrong);
    house.see("control:apple/http", Failure::none, 4000);
    house.see("control:google/http", Failure::none, -4000);
    CHECK(!house.look().clock_wrong);
}

TEST_CASE("clocks that most others contradict are wrong themselves, whichever comes first") {
    House house;
    house.see("control:apple/http", Failure::none, 5000);
    house.see("control:google/http", Failure::none, 900);
    house.see("control:microsoft/http", Failure::none, 901);
    CHECK(house.look().clock_wrong);
    house.see("control:microsoft/http", Failure::none, 0);
    house.see("control:google/http", Failure::none, 1);
    CHECK(!house.look().clock_wrong);
}

TEST_CASE("a login page may say 403 as well as 302") {
    House house;
    for (int i = 0; i < 3; ++i)
        for (const std::string name : {"apple", "google", "microsoft"})
            house.see("control:" + name + "/http", Failure::http_blocked);
    house.now += 20 * second;
    const LocalView view = house.look();
    REQUIRE(view.finding);
    CHECK(view.finding->cause == Cause::policy);
}

TEST_CASE("a proxy that refuses everybody is our network's doing") {
    House house;
    for (int i = 0; i < 3; ++i)
        for (const std::string name : {"apple", "google", "microsoft"})
            house.see("control:" + name + "/http", Failure::proxy_refused);
    house.now += 20 * second;
    const LocalView view = house.look();
    REQUIRE(view.finding);
    CHECK(view.finding->cause == Cause::policy);
}

TEST_CASE("where somebody answers for an address that runs no DNS, direct questions count for nothing") {
    House house;
    house.forget("host/trap");
    for (int i = 0; i < 3; ++i)
        house.see("host/trap", Failure::dns_intercepted);
    house.now += 20 * second;
    const LocalView view = house.look();
    CHECK(!view.direct_dns_works);
    CHECK(has(view.verdict, "dns_intercepted"));
    CHECK(!view.trouble);
    CHECK(!view.finding);  // it has always been so, and people live with it
}

TEST_CASE("who begins to answer in others' place is named, and blinds nobody") {
    House house;
    for (int i = 0; i < 3; ++i)
        house.see("host/trap", Failure::dns_intercepted);
    CHECK(!house.look().direct_dns_works);
    house.now += 20 * second;
    const LocalView view = house.look();
    REQUIRE(view.finding);
    CHECK(view.finding->cause == Cause::policy);
    CHECK(!view.blinded);
    CHECK(!view.trouble);
}

TEST_CASE("a computer too busy or just awake voids the round; short memory alone does not") {
    House house;
    house.see("host/health", Failure::host_slow);
    CHECK(!house.look().trouble);  // one hiccup
    house.see("host/health", Failure::host_slow);
    CHECK(house.look().trouble);
    CHECK(has(house.look().verdict, "host_unwell"));
    house.see("host/health");
    CHECK(!house.look().trouble);
    house.see("host/health", Failure::host_resumed);
    CHECK(house.look().trouble);
    house.see("host/health", Failure::host_memory);
    CHECK(!house.look().trouble);
}

TEST_CASE("a computer that stays too busy is named as the fault") {
    House house;
    for (int i = 0; i < 3; ++i)
        house.see("host/health", Failure::host_slow);
    house.now += 20 * second;
    const LocalView view = house.look();
    REQUIRE(view.finding);
    CHECK(view.finding->cause == Cause::host);
}

TEST_CASE("a pulled cable is the network's fault, although the kernel speaks of buffers") {
    House house;
    for (int i = 0; i < 3; ++i) {
        house.see("host/route", Failure::link_down);
        for (const std::string name : {"apple", "google", "microsoft"})
            for (const std::string probe : {"/dns/system", "/dns/quad9", "/http"})
                house.see("control:" + name + probe, Failure::host_resources);
    }
    const LocalView view = house.look();
    REQUIRE(view.finding);
    CHECK(view.finding->cause == Cause::lan);
}

TEST_CASE("a weak link voids the round when two controls suffer too, and not otherwise") {
    House house;
    house.see("host/gateway", Failure::link_weak);
    CHECK(!house.look().trouble);
    house.see("control:apple/http", Failure::connect_timeout);
    CHECK(!house.look().trouble);
    house.see("control:google/http", Failure::connect_timeout);
    CHECK(house.look().trouble);
    CHECK(has(house.look().verdict, "link_weak"));
    CHECK(!has(house.look().verdict, "gateway_silent"));
}

TEST_CASE("controls that rest on what the platform rests on are left out") {
    House house;
    Watch watch = house.picture.watch();
    watch.controls[0].hosting.edge = OperatorId{"cloudflare"};
    watch.controls[1].hosting.as_numbers = {64500, 64501};
    house.picture.replace(watch);
    const auto counted = [&](const Platform& platform) {
        return count_controls(house.picture, platform, house.now, {}).total;
    };
    Platform platform;
    platform.operator_id = OperatorId{"shop"};
    CHECK(counted(platform) == 3);
    platform.hosting.edge = OperatorId{"cloudflare"};
    CHECK(counted(platform) == 2);
    platform.hosting.as_numbers = {64501};
    CHECK(counted(platform) == 1);
    platform.hosting.dns_provider = OperatorId{"microsoft"};  // that control's own operator
    CHECK(counted(platform) == 0);
}
