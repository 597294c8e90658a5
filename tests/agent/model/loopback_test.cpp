#include "agent/model/loopback.hpp"

#include "catch.hpp"

using namespace sereno;

TEST_CASE("localhost, 127.0.0.0/8 and ::1 stay on this computer") {
    for (const char* host :
         {"localhost", "127.0.0.1", "127.0.0.0", "127.255.255.255", "127.3.2.1", "::1", "0:0:0:0:0:0:0:1"}) {
        INFO(host);
        CHECK(is_loopback(host));
    }
}

TEST_CASE("what only looks like this computer is not") {
    using namespace std::string_view_literals;
    for (const std::string_view host :
         {""sv, "localhost.example"sv, "localhost."sv, "127.0.0.1.example.com"sv, "127.example.com"sv,
          "127.1"sv, "127.0.0.256"sv, "127.0.0.1 "sv, "127.0.0.1\0.example.com"sv, "128.0.0.1"sv,
          "126.255.255.255"sv, "10.127.0.1"sv, "::"sv, "::2"sv, "1::1"sv, "::ffff:127.0.0.1"sv, "[::1]"sv,
          "127.0.0.1:80"sv}) {
        INFO(host);
        CHECK_FALSE(is_loopback(host));
    }
}
