// ICMP errors as the kernel hands them to a socket, sent by real routers.
#include "agent/loop/socket_error.hpp"

#include <netinet/in.h>
#include <poll.h>

#include <cerrno>

#include "../namespace.hpp"
#include "agent/loop/address.hpp"
#include "catch.hpp"
#include "probes/fd.hpp"

using namespace sereno;

namespace {

/// Sends one packet to port 9 of `to` and waits until the kernel has an error about it.
Fd provoke(const std::string& to, int hop_limit = 64) {
    const auto target = socket_address({to, 9});
    Fd fd{::socket(target->family(), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    report_icmp(fd.get(), target->family());
    if (target->family() == AF_INET6)
        ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_UNICAST_HOPS, &hop_limit, sizeof hop_limit);
    else
        ::setsockopt(fd.get(), IPPROTO_IP, IP_TTL, &hop_limit, sizeof hop_limit);
    REQUIRE(::connect(fd.get(), target->get(), target->length) == 0);
    REQUIRE(::send(fd.get(), "?", 1, 0) == 1);
    pollfd error{.fd = fd.get(), .events = 0, .revents = 0};
    REQUIRE(::poll(&error, 1, 5000) == 1);
    return fd;
}

}  // namespace

TEST_CASE("the error queue tells who threw a packet away, and why") {
    const bool v6 = GENERATE(false, true);
    const test::Chain chain(4);
    const auto at = [&](std::size_t network) { return v6 ? chain.v6(network) : chain.v4(network); };
    SECTION("its hop limit was used up") {
        const Fd fd = provoke(at(3), 2);
        const auto error = next_icmp_error(fd.get());
        REQUIRE(error);
        CHECK(error->from == at(2));
        CHECK(error->v6 == v6);
        CHECK(error->error == EHOSTUNREACH);
        CHECK(is_hop_limit_exceeded(*error));
        CHECK_FALSE(is_too_big(*error));
        CHECK_FALSE(is_own_error(fd.get(), *error));
        CHECK(to_string(*error) == at(2) + (v6 ? " hop limit exceeded" : " time to live exceeded"));
        CHECK_FALSE(next_icmp_error(fd.get()));
    }
    SECTION("nobody has the port") {
        const auto error = icmp_from_elsewhere(provoke(at(3)).get());
        REQUIRE(error);
        CHECK(error->error == ECONNREFUSED);
        CHECK_FALSE(is_hop_limit_exceeded(*error));
        CHECK(to_string(*error) == at(3) + " port unreachable");
    }
    SECTION("a router has no way on") {
        chain.ip(1, std::string{v6 ? "-6 " : ""} + "route del default");
        const auto error = icmp_from_elsewhere(provoke(at(3)).get());
        REQUIRE(error);
        CHECK(error->error == ENETUNREACH);
        CHECK(to_string(*error) == at(1) + (v6 ? " no route" : " network unreachable"));
    }
    SECTION("this host itself finds no neighbour: nobody else said so") {
        chain.ip(1, "address flush dev left");
        chain.ip(0, "neigh flush dev right");
        const Fd fd = provoke(at(3));
        const auto error = next_icmp_error(fd.get());
        REQUIRE(error);
        CHECK(error->from == at(0));
        CHECK(is_own_error(fd.get(), *error));
        CHECK_FALSE(icmp_from_elsewhere(provoke(at(3)).get()));
    }
}

TEST_CASE("a socket without errors has none to tell") {
    const Fd fd{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    report_icmp(fd.get(), AF_INET);
    CHECK_FALSE(next_icmp_error(fd.get()));
    CHECK_FALSE(icmp_from_elsewhere(fd.get()));
    CHECK_FALSE(next_icmp_error(-1));
}

TEST_CASE("every ICMP error has words") {
    const auto words = [](bool v6, std::uint8_t type, std::uint8_t code) {
        return to_string(IcmpError{.from = "192.0.2.1", .v6 = v6, .type = type, .code = code});
    };
    CHECK(words(false, 3, 0) == "192.0.2.1 network unreachable");
    CHECK(words(false, 3, 4) == "192.0.2.1 fragmentation needed");
    CHECK(words(false, 3, 13) == "192.0.2.1 administratively prohibited");
    CHECK(words(true, 2, 0) == "192.0.2.1 packet too big");
    CHECK(words(true, 1, 99) == "192.0.2.1 ICMP type 1 code 99");
    CHECK(words(false, 12, 0) == "192.0.2.1 ICMP type 12 code 0");
}
