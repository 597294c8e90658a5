// What the way does to a connection attempt: routers that say no, silence, families that are not there.
#include "../namespace.hpp"
#include "catch.hpp"
#include "daemons.hpp"

using namespace sereno;
using namespace std::chrono_literals;

namespace {

constexpr std::uint16_t port = 443;

struct Case {
    bool v6;
    [[nodiscard]] std::string at(const test::Chain& chain, std::size_t network) const {
        return v6 ? chain.v6(network) : chain.v4(network);
    }
};

Observation connect(const std::string& address, std::chrono::milliseconds timeout = 3s) {
    return test::Bench{}.run(TcpConnect{{address, port}}, timeout);
}

}  // namespace

TEST_CASE("a chain of networks carries packets to its end and back") {
    const Case family{GENERATE(false, true)};
    const test::Chain chain(6);
    const Observation seen = connect(family.at(chain, 5));
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::connect_refused);  // by the target itself: nobody listens
    CHECK(seen.icmp_from.empty());
}
