#include "agent/loop/resolv_conf.hpp"

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "catch.hpp"

using namespace sereno;

TEST_CASE("name servers are read in order, at most three") {
    CHECK(nameservers_in(
              "# made by dhclient\nsearch example.org\nnameserver 192.0.2.1\n nameserver\t2001:db8::1 \n"
              "options edns0\nnameserver fe80::1%eth0\r\nnameserver 192.0.2.4") ==
          std::vector<Endpoint>{{"192.0.2.1", 53}, {"2001:db8::1", 53}, {"fe80::1%eth0", 53}});
}

TEST_CASE("what is no address is skipped, and without any the server is this machine") {
    CHECK(nameservers_in("nameserver\nnameserver dns.example.org\nnameserver 192.0.2.1,192.0.2.2\n"
                         "#nameserver 192.0.2.3\nnameservers 192.0.2.4\n") ==
          std::vector<Endpoint>{{"127.0.0.1", 53}});
    CHECK(nameservers_in("") == std::vector<Endpoint>{{"127.0.0.1", 53}});
}

TEST_CASE("the file is read again when it changes or is replaced, and remembered when it goes") {
    char folder[] = "/tmp/sereno-resolv-XXXXXX";
    REQUIRE(::mkdtemp(folder) != nullptr);
    const std::filesystem::path path = std::filesystem::path(folder) / "resolv.conf";
    const auto write = [&](const char* text) { std::ofstream(path) << text; };
    write("nameserver 192.0.2.1\n");
    ResolvConf file(path);
    CHECK(file.servers() == std::vector<Endpoint>{{"192.0.2.1", 53}});
    write("nameserver 192.0.2.1\nnameserver 192.0.2.2\n");
    CHECK(file.servers().size() == 2);
    const std::filesystem::path other = std::filesystem::path(folder) / "new";
    std::ofstream(other) << "nameserver 192.0.2.3\nnameserver 192.0.2.4\n";
    std::filesystem::rename(other, path);
    CHECK(file.servers() == std::vector<Endpoint>{{"192.0.2.3", 53}, {"192.0.2.4", 53}});
    std::filesystem::remove(path);
    CHECK(file.servers().size() == 2);
    std::filesystem::remove_all(folder);
}
