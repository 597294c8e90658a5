#include "probes/path/path_end.hpp"

#include "catch.hpp"
#include "probes/path/hop_socket.hpp"

using namespace sereno;
using namespace std::chrono_literals;

namespace {

const std::string gateway = "192.168.1.1", shared = "100.64.0.1", border = "198.51.100.1",
                  inner = "198.51.100.9", far = "203.0.113.1", target = "192.0.2.1";

Trace way(const std::vector<std::string>& addresses) {
    Trace trace;
    for (const std::string& address : addresses)
        trace.hops.push_back({address, 4200us});
    return trace;
}

const AsNumbers numbers{{border, 64500}, {inner, 64500}, {far, 64501}};

}  // namespace

TEST_CASE("nothing, or the gateway alone, ends in the LAN") {
    CHECK(whose_end(way({}), numbers) == Failure::path_ends_lan);
    CHECK(whose_end(way({gateway}), numbers) == Failure::path_ends_lan);
    CHECK(whose_end(way({border}), numbers) == Failure::path_ends_lan);  // a gateway with a public address
}

TEST_CASE(
    "private and shared addresses after the gateway are the provider's, and so is the first public one") {
    CHECK(whose_end(way({gateway, shared}), {}) == Failure::path_ends_isp);
    CHECK(whose_end(way({gateway, shared, "10.0.0.1", "10.0.0.5"}), {}) == Failure::path_ends_isp);
    CHECK(whose_end(way({gateway, shared, "10.0.0.1", "10.0.0.5", border}), {}) == Failure::path_ends_isp);
}

TEST_CASE("whose a hop is, its AS number tells") {
    CHECK(whose_end(way({gateway, "", border, inner}), numbers) == Failure::path_ends_isp);
    CHECK(whose_end(way({gateway, border, far}), numbers) == Failure::path_ends_beyond);
    CHECK(whose_end(way({border, inner, inner, inner}), numbers) == Failure::path_ends_isp);
}

TEST_CASE("without AS numbers the first three hops are the provider's") {
    CHECK(whose_end(way({gateway, border, far}), {}) == Failure::path_ends_isp);
    CHECK(whose_end(way({gateway, border, far, far}), {}) == Failure::path_ends_beyond);
    CHECK(whose_end(way({gateway, border, "", far}), {{border, 64500}}) == Failure::path_ends_beyond);
}

TEST_CASE("who refused packets is where the way ends, also when he answered for no hop") {
    Trace trace = way({gateway, border});
    trace.refused_by = far;
    CHECK(end_of(trace) == PathEnd{3, far});
    CHECK(whose_end(trace, numbers) == Failure::path_ends_beyond);
    trace.refused_by = border;
    CHECK(end_of(trace) == PathEnd{2, border});
    trace = way({});
    trace.refused_by = gateway;
    CHECK(whose_end(trace, {}) == Failure::path_ends_lan);
}

TEST_CASE("only the border, the end and the target are looked up") {
    CHECK(worth_looking_up(way({gateway, shared, border, inner, far}), target) ==
          std::vector<std::string>{border, far, target});
    Trace arrived = way({gateway, border, inner, target});
    arrived.arrived = arrived.arrival_counted = true;
    CHECK(worth_looking_up(arrived, target) == std::vector<std::string>{border, target});
    CHECK(worth_looking_up(way({gateway, border}), target) == std::vector<std::string>{border, target});
}

TEST_CASE("hops are told one a line, silence as a star") {
    CHECK(hop_lines(way({gateway, "", border}), target, numbers) ==
          std::vector<std::string>{"1 192.168.1.1 4.2 ms", "2 *", "3 198.51.100.1 AS64500 4.2 ms"});
    Trace arrived = way({gateway});
    arrived.arrived = true;
    arrived.target_took = 31500us;
    CHECK(hop_lines(arrived, target, {{target, 64502}}).back() == "- 192.0.2.1 AS64502 31.5 ms");
    CHECK(path_values(arrived, target) == std::vector<std::string>{gateway, "", target});
}

TEST_CASE("a way that has died is compared with the one that last arrived") {
    const Fact path{FactKind::path,
                    "udp 192.0.2.1:53",
                    {gateway, border, "", far, target},
                    *parse_rfc3339("2026-11-20T12:31:59Z")};
    CHECK(last_known_good({2, border}, &path) == "on 2026-11-20 12:31 it went on to 203.0.113.1");
    CHECK(last_known_good({4, far}, &path) == "on 2026-11-20 12:31 it went on to 192.0.2.1");
    CHECK(last_known_good({0, ""}, &path) == "on 2026-11-20 12:31 it went on to 192.168.1.1");
    CHECK(last_known_good({2, inner}, &path) == "on 2026-11-20 12:31 hop 2 was 198.51.100.1");
    CHECK(last_known_good({3, inner}, &path) == "on 2026-11-20 12:31 it went another way");
    CHECK(last_known_good({9, inner}, &path) == "on 2026-11-20 12:31 it went another way");
    CHECK(last_known_good({5, target}, &path).empty());
    CHECK(last_known_good({2, border}, nullptr).empty());
}

TEST_CASE("what is sent is likely to be answered by what serves the port") {
    CHECK(path_payload(53).size() == 17);     // a DNS question
    CHECK(path_payload(443).size() == 1200);  // QUIC answers nothing shorter (RFC 9000 section 14.1)
    CHECK((path_payload(443)[0] & 0xc0) == 0xc0);
    CHECK(path_payload(33434).size() < 32);
}
