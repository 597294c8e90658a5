// A validating resolver before a zone that is signed, well or badly: what CD=1 tells apart.
#include "../bench.hpp"
#include "catch.hpp"
#include "servers.hpp"

using namespace sereno;
using namespace std::chrono_literals;

namespace {

/// The zone as signed, but with another address than the one that was: its signature no longer fits.
test::ZoneFile tampered(test::ZoneFile zone) {
    const std::string was = "192.0.2.10", is = "192.0.2.66";
    const auto at = zone.text.find(was);
    if (at == std::string::npos) throw std::logic_error("the signed zone has no address to change");
    return {zone.name, zone.text.replace(at, was.size(), is)};
}

struct Lab {
    explicit Lab(bool broken)
        : nsd(authority, {broken ? tampered(zone.zone()) : zone.zone()}),
          unbound(resolver, {{"shop.example", authority}},
                  {.server_lines = "  module-config: \"validator iterator\"\n  trust-anchor-file: \"" +
                                   zone.anchor() + "\"\n",
                   .https = {},
                   .certificate = {}}) {}

    DnsQuery query(bool checking_disabled) const {
        DnsQuery one{{"lab", resolver}, "www.shop.example"};
        one.checking_disabled = checking_disabled;
        return one;
    }

    test::SignedZone zone{
        {"shop.example", test::zone_head(1, {"ns.shop.example"}) + "ns A 127.0.0.1\nwww A 192.0.2.10\n"}};
    Endpoint authority = test::free_endpoint(), resolver = test::free_endpoint();
    test::NameServer nsd;
    test::Resolving unbound;
};

}  // namespace

TEST_CASE("a resolver that validates says so") {
    const Lab lab(false);
    test::Bench bench;
    const Observation seen = bench.run(lab.query(false));
    INFO(test::shown(seen));
    CHECK(seen.ok());
    CHECK(seen.detail.find("validated") != std::string::npos);
}

TEST_CASE("a broken signature is SERVFAIL, and an answer with checking disabled") {
    const Lab lab(true);
    test::Bench bench;
    const Observation checked = bench.run(lab.query(false), 15s);
    INFO(test::shown(checked));
    CHECK(checked.failure == Failure::dns_servfail);
    const Observation unchecked = bench.run(lab.query(true), 15s);
    INFO(test::shown(unchecked));
    CHECK(unchecked.ok());
    CHECK(unchecked.answers == std::vector<std::string>{"192.0.2.66"});
    CHECK(unchecked.detail.find("validated") == std::string::npos);
}
