#include "probes/classify.hpp"

#include <cerrno>

#include "agent/model/probe_spec.hpp"
#include "catch.hpp"

using namespace sereno;

TEST_CASE("errnos that are this host's own fault never speak of the target") {
    for (const int error : {EMFILE, ENFILE, ENOMEM, ENOBUFS, EADDRNOTAVAIL, EAGAIN, EACCES, EPERM, ENETDOWN,
                            EINVAL, EAFNOSUPPORT}) {
        INFO(errno_text(error));
        CHECK_FALSE(speaks_of_target(connect_failure(error, RaisedBy::this_host)));
    }
    CHECK(connect_failure(EMFILE, RaisedBy::this_host) == Failure::host_resources);
    CHECK(connect_failure(EPERM, RaisedBy::this_host) == Failure::host_refused);
    CHECK(connect_failure(EINVAL, RaisedBy::this_host) == Failure::no_route);  // a blackhole route
    CHECK(connect_failure(ENETDOWN, RaisedBy::this_host) == Failure::link_down);
}

TEST_CASE("unreachable is ours when we said so and the way's when a router said so") {
    CHECK(connect_failure(ENETUNREACH, RaisedBy::this_host) == Failure::no_route);
    CHECK(connect_failure(EHOSTUNREACH, RaisedBy::this_host) == Failure::no_route);
    CHECK(connect_failure(ENETUNREACH, RaisedBy::a_router) == Failure::connect_unreachable);
    CHECK(connect_failure(EHOSTUNREACH, RaisedBy::a_router) == Failure::connect_unreachable);
    CHECK(connect_failure(EACCES, RaisedBy::a_router) ==
          Failure::connect_unreachable);  // ICMPv6 type 1 code 1
    CHECK(connect_failure(ECONNREFUSED, RaisedBy::a_router) == Failure::connect_unreachable);  // a firewall's
}

TEST_CASE("the target's own words keep their meaning") {
    CHECK(connect_failure(ECONNREFUSED, RaisedBy::this_host) == Failure::connect_refused);
    CHECK(connect_failure(ECONNRESET, RaisedBy::this_host) == Failure::connect_reset);
    CHECK(connect_failure(ETIMEDOUT, RaisedBy::this_host) == Failure::connect_timeout);
}

TEST_CASE("an errno nobody knows is this host's") {
    CHECK(connect_failure(ENOTSUP, RaisedBy::this_host) == Failure::host_resources);
    CHECK(local_failure(ENOSYS) == Failure::host_resources);
    CHECK(errno_text(ECONNREFUSED) == "ECONNREFUSED (errno 111)");
}
