// Faults of this side that other sites must tell: IPv6, the list of authorities, big packets, a public
// resolver.
#include <string>

#include "catch.hpp"
#include "house.hpp"

using namespace sereno;
using namespace sereno::test;

namespace {

const std::vector<std::string> sites{"shop", "press", "mail"};

ProbeSpec probe(const std::string& id, Group group, ProbeTask task) {
    return {ProbeId{id}, SubjectId{id.substr(0, id.find('/'))}, group, std::move(task)};
}

House with_ipv6() {
    return House({probe("host/ipv6/one", Group::network, TcpConnect{{"2001:db8::1", 443}}),
                  probe("host/ipv6/two", Group::network, TcpConnect{{"2001:db8::2", 443}})});
}

/// Pages of three unrelated sites, and a second look at each in small segments.
House with_sites() {
    std::vector<ProbeSpec> more;
    for (const std::string& site : sites) {
        HttpFetch page{.url = "https://" + site + ".example/"};
        more.push_back(probe(site + "/http/1", Group::edge, page));
        page.segment_bytes = 1200;
        more.push_back(probe(site + "/small/1", Group::second_look, page));
        more.back().on_suspicion = true;
    }
    return House(more);
}

void see_times(House& house, int times, const std::string& probe, Failure failure,
               const std::string& issuer = {}) {
    for (int i = 0; i < times; ++i)
        house.see(probe, failure, std::nullopt, issuer);
}

Cause found(const House& house) {
    const LocalView view = house.look();
    return view.finding ? view.finding->cause : Cause::insufficient_evidence;
}

}  // namespace

TEST_CASE("landmarks that no longer answer over IPv6, while IPv4 works, are this side's IPv6") {
    House house = with_ipv6();
    see_times(house, 3, "host/ipv6/one", Failure::connect_timeout);
    see_times(house, 2, "host/ipv6/two", Failure::connect_timeout);
    house.now += 20 * second;
    CHECK(!house.look().finding);  // twice may be chance
    house.see("host/ipv6/two", Failure::connect_timeout);
    house.now += 20 * second;
    const LocalView view = house.look();
    REQUIRE(view.finding);
    CHECK(view.finding->cause == Cause::ipv6);
    CHECK(has(*view.finding, "ipv6_broken"));
    CHECK(!view.blinded);  // what is asked over IPv4 can be judged all the same
    house.see("host/ipv6/one");
    CHECK(!house.look().finding);
}

TEST_CASE("a house that never had IPv6 misses nothing") {
    House house = with_ipv6();
    for (const char* landmark : {"host/ipv6/one", "host/ipv6/two"}) {
        house.forget(landmark);
        see_times(house, 4, landmark, Failure::connect_timeout);
    }
    house.now += 20 * second;
    CHECK(!house.look().finding);
    CHECK(!has(house.look().verdict, "ipv6_broken"));
}

TEST_CASE("when IPv4 fails as well, IPv6 is not what is broken") {
    House house = with_ipv6();
    for (int i = 0; i < 3; ++i) {
        for (const std::string name : {"apple", "google", "microsoft"})
            house.see("control:" + name + "/http", Failure::connect_timeout);
        house.see("host/ipv6/one", Failure::connect_timeout);
        house.see("host/ipv6/two", Failure::connect_timeout);
    }
    house.now += 20 * second;
    CHECK(found(house) == Cause::isp);
}

TEST_CASE("issuers of unrelated sites that are unknown here are this side's list of authorities") {
    House house = with_sites();
    for (const std::string& site : sites)
        house.forget(site + "/http/1");
    see_times(house, 3, "shop/http/1", Failure::certificate_untrusted, "R11");
    CHECK(!house.look().issuers_unknown);  // one site may have a certificate that nobody knows
    see_times(house, 3, "press/http/1", Failure::certificate_untrusted, "WE1");
    house.now += 20 * second;
    const LocalView view = house.look();
    CHECK(view.issuers_unknown);
    REQUIRE(view.finding);
    CHECK(view.finding->cause == Cause::trust_store);
    CHECK(has(*view.finding, "trust_store_old"));
}

TEST_CASE("an authority that expired on this side's list is the list's fault, not the sites'") {
    House house = with_sites();
    for (const std::string& site : sites)
        see_times(house, 3, site + "/http/1", Failure::certificate_issuer_expired, "R11");
    for (const std::string name : {"apple", "google", "microsoft"})
        house.see("control:" + name + "/http", Failure::none, 2);  // our clock is right
    house.now += 20 * second;
    CHECK(found(house) == Cause::trust_store);
}

TEST_CASE("one issuer that begins to sign for everybody opens what is encrypted") {
    House house = with_sites();
    for (const std::string& site : sites)
        house.see(site + "/http/1", Failure::none, std::nullopt, "R11");
    std::string issuer = "Inspection CA";
    Cause cause = Cause::policy;
    SECTION("an authority that signed for them before is only unknown here") {
        issuer = "R11";
        cause = Cause::trust_store;
    }
    for (const std::string& site : sites)
        see_times(house, 3, site + "/http/1", Failure::certificate_untrusted, issuer);
    house.now += 20 * second;
    const LocalView view = house.look();
    REQUIRE(view.finding);
    CHECK(view.finding->cause == cause);
    CHECK(has(*view.finding, "same_issuer_everywhere") == (cause == Cause::policy));
}

TEST_CASE("unrelated sites that stall, and answer in small segments, lose big packets on the way") {
    House house = with_sites();
    see_times(house, 3, "shop/http/1", Failure::tls_timeout);
    house.see("shop/small/1");
    house.now += 20 * second;
    CHECK(found(house) != Cause::path_mtu);  // one site may have its own way
    see_times(house, 3, "press/http/1", Failure::http_timeout);
    house.see("press/small/1");
    house.now += 20 * second;
    CHECK(found(house) == Cause::path_mtu);
    CHECK(has(house.look().verdict, "big_packets_lost"));
}

TEST_CASE("sites that stall in small segments too lose no big packets") {
    House house = with_sites();
    for (const char* site : {"shop", "press"}) {
        see_times(house, 3, std::string{site} + "/http/1", Failure::tls_timeout);
        house.see(std::string{site} + "/small/1", Failure::tls_timeout);
    }
    house.now += 20 * second;
    CHECK(found(house) != Cause::path_mtu);
    CHECK(!has(house.look().verdict, "big_packets_lost"));
}

TEST_CASE("what small segments fetched before a site stalled says nothing of it") {
    House house = with_sites();
    for (const char* site : {"shop", "press"}) {
        house.see(std::string{site} + "/small/1");
        see_times(house, 3, std::string{site} + "/http/1", Failure::tls_timeout);
    }
    house.now += 20 * second;
    CHECK(found(house) != Cause::path_mtu);
}

TEST_CASE("a public resolver that fails while the system's answers is said, and its word is not heard") {
    House house;
    for (const std::string name : {"apple", "google", "microsoft"})
        see_times(house, 3, "control:" + name + "/dns/quad9", Failure::dns_timeout);
    house.now += 20 * second;
    const LocalView view = house.look();
    CHECK(view.deaf_resolvers == std::vector<std::string>{"quad9"});
    CHECK(view.verdict.cause == Cause::public_resolver);
    CHECK(has(view.verdict, "public_resolver_fails"));
    CHECK(view.verdict.decision == Decision::watch);  // nobody need do anything
    CHECK(!view.finding);
    CHECK(!view.trouble);
}

TEST_CASE("a public resolver that answers one control's name is not deaf") {
    House house;
    for (const std::string name : {"apple", "google"})
        see_times(house, 3, "control:" + name + "/dns/quad9", Failure::dns_timeout);
    house.now += 20 * second;
    CHECK(house.look().deaf_resolvers.empty());
    CHECK(house.look().verdict.cause != Cause::public_resolver);
}
