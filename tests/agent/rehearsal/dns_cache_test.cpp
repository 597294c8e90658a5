#include "agent/rehearsal/world/dns_cache.hpp"

#include "catch.hpp"

using namespace sereno;
using namespace sereno::rehearsal;

namespace {

const DnsQuestion www{"www.shop.example"};
const Stamp noon = *parse_rfc3339("2021-10-04T12:00:00Z");

DnsMessage answer(std::uint32_t ttl) {
    return {.answers = {{"www.shop.example", ttl + 100, {127, 0, 0, 1}},
                        {"www.shop.example", ttl, {127, 0, 0, 2}}}};
}

}  // namespace

TEST_CASE("an answer is remembered for its smallest TTL and counted down") {
    DnsCache cache;
    cache.keep(www, answer(60), noon);
    REQUIRE(cache.find(www, noon));
    const auto later = cache.find({"WWW.shop.EXAMPLE"}, noon + std::chrono::milliseconds{20'500});
    REQUIRE(later);
    REQUIRE(later->answers.size() == 2);
    CHECK(later->answers[0].ttl_seconds == 40);
    CHECK(cache.find(www, noon + std::chrono::milliseconds{59'999}));
    CHECK_FALSE(cache.find(www, noon + std::chrono::seconds{60}));
    CHECK_FALSE(cache.find({"www.shop.example", dns_type_aaaa}, noon));
}

TEST_CASE("SERVFAIL is remembered for five seconds, a negative answer without SOA not at all") {
    DnsCache cache;
    cache.keep(www, {.rcode = Rcode::servfail}, noon);
    CHECK(cache.find(www, noon + std::chrono::seconds{4})->rcode == Rcode::servfail);
    CHECK_FALSE(cache.find(www, noon + std::chrono::seconds{5}));
    DnsCache other;
    other.keep(www, {.rcode = Rcode::nxdomain}, noon);
    other.keep(www, {.rcode = Rcode::noerror}, noon);
    CHECK_FALSE(other.find(www, noon));
}

TEST_CASE("the cache holds a bounded number of names") {
    DnsCache cache;
    for (std::size_t i = 0; i < 3 * DnsCache::most; ++i)
        cache.keep({"n" + std::to_string(i) + ".example"}, answer(60), noon);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < 3 * DnsCache::most; ++i)
        if (cache.find({"n" + std::to_string(i) + ".example"}, noon)) ++kept;
    CHECK(kept == DnsCache::most);
}
