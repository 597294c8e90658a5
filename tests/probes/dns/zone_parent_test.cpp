// A whole tree of zones on port 53, in networks of the test's own.
#include "../bench.hpp"
#include "../namespace.hpp"
#include "catch.hpp"
#include "servers.hpp"

using namespace sereno;
using namespace std::chrono_literals;

namespace {

const std::string zone = "shop.example", a = "a.ns.example", b = "b.ns.example";
const Endpoint zone_server{"203.0.113.10", 53}, other_server{"203.0.113.11", 53},
    parent_server{"203.0.113.20", 53}, resolver_at{"203.0.113.53", 53};

/// What the test wants the parent's zone to say about the zone.
struct World {
    explicit World(const std::string& delegation) {
        chain.in(1, [&] {
            for (const Endpoint* one : {&zone_server, &other_server, &parent_server, &resolver_at})
                test::ip("addr add " + one->address + "/32 dev lo");
            const std::string names = "a.ns A " + zone_server.address + "\nb.ns A " + other_server.address +
                                      "\np.ns A " + parent_server.address + "\n";
            parent.emplace(parent_server,
                           std::vector<test::ZoneFile>{
                               {"example", test::zone_head(1, {"p.ns.example"}) + names + delegation}});
            first.emplace(zone_server, served());
            second.emplace(other_server, served());
            resolver.emplace(
                resolver_at, std::vector<Upstream>{{"example", parent_server}},
                test::Resolving::Options{
                    .server_lines = "  module-config: \"iterator\"\n", .https = {}, .certificate = {}});
        });
    }
    using Upstream = test::Upstream;
    static std::vector<test::ZoneFile> served() { return {{zone, test::zone_head(5, {a, b})}}; }
    Observation check(test::Bench& bench, const std::string& name = zone) const {
        return bench.run(ZoneCheck{name, {{a, {}, {}}, {b, {}, {}}}}, 6s);
    }

    test::Chain chain{2};
    std::optional<test::NameServer> parent, first, second;
    std::optional<test::Resolving> resolver;
};

bool says(const Observation& seen, const std::string& text) {
    return seen.detail.find(text) != std::string::npos;
}

const std::string right = "shop NS a.ns\nshop NS b.ns\n";

}  // namespace

TEST_CASE(
    "the parent's delegation is found through the resolvers, compared, and its servers are remembered") {
    World world(right);
    test::Bench bench({{"lab", resolver_at, {}}});
    const Observation seen = world.check(bench);
    INFO(test::shown(seen));
    CHECK(seen.ok());
    CHECK(says(seen, "the parent's p.ns.example agrees"));
    CHECK(seen.answers == std::vector<std::string>{a + " 5", b + " 5"});
    const Fact* addresses = bench.remembered.find(FactKind::name_server, "p.ns.example");
    REQUIRE(addresses != nullptr);
    CHECK(addresses->values == std::vector<std::string>{parent_server.address});

    // Without resolvers, all that was learned is asked all the same.
    world.resolver.reset();
    const Observation again = world.check(bench);
    INFO(test::shown(again));
    CHECK(again.ok());
    CHECK(says(again, "the parent's p.ns.example agrees"));

    // Also after a restart, which knows nothing but the book.
    test::Bench restarted({{"lab", resolver_at, {}}});
    for (const std::string key : {"p.ns.example", "a.ns.example", "b.ns.example", "example"}) {
        const FactKind kind = key == "example" ? FactKind::zone_servers : FactKind::name_server;
        const Fact* fact = bench.remembered.find(kind, key);
        REQUIRE(fact != nullptr);
        restarted.remembered.restore({*fact});
    }
    const Observation later = world.check(restarted);
    INFO(test::shown(later));
    CHECK(later.ok());
    CHECK(says(later, "the parent's p.ns.example agrees"));

    // A parent that cannot be reached is told, and no failure of the zone's.
    world.parent.reset();
    const Observation alone = world.check(restarted);
    INFO(test::shown(alone));
    CHECK(alone.ok());
    CHECK(says(alone, "the parent's p.ns.example says dns_unreachable"));
}

TEST_CASE("a parent that names other servers, or none, is inconsistent with the zone") {
    const auto [delegation, detail] = GENERATE(table<std::string, std::string>({
        {"shop NS a.ns\nshop NS old.ns\n", "a.ns.example lacks old.ns.example adds b.ns.example"},
        {"", "does not delegate shop.example"},
        {"shop TXT parked\n", "does not delegate shop.example"},
    }));
    World world(delegation);
    test::Bench bench({{"lab", resolver_at, {}}});
    const Observation seen = world.check(bench);
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::dns_inconsistent);
    CHECK(says(seen, detail));
}

TEST_CASE("the parent of a zone may be two labels up") {
    World world("deep.shop NS a.ns\ndeep.shop NS b.ns\n");
    world.chain.in(1, [&] {
        const std::vector<test::ZoneFile> deep{{"deep." + zone, test::zone_head(9, {a, b})}};
        world.first.reset();
        world.second.reset();
        world.first.emplace(zone_server, deep);
        world.second.emplace(other_server, deep);
    });
    test::Bench bench({{"lab", resolver_at, {}}});
    const Observation seen = world.check(bench, "deep." + zone);
    INFO(test::shown(seen));
    CHECK(seen.ok());
    CHECK(says(seen, "the parent's p.ns.example agrees"));
}
