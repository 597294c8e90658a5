// Faults of this computer, its network and its provider, each in a household of its own.
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <thread>

#include "catch.hpp"
#include "row.hpp"
#include "sni_filter.hpp"
#include "wall_clock.hpp"

namespace sereno::lab {

namespace {

using namespace std::chrono_literals;

/// A table at the router for what comes in from the household.
std::string on_the_way_in(const std::string& rules, const std::string& family = "inet") {
    return "table " + family + " fault {\n chain in {\n type nat hook prerouting priority -110;\n" + rules +
           "\n }\n}";
}

std::string on_the_way_through(const std::string& rules) {
    return "table inet fault {\n chain through {\n type filter hook forward priority 0;\n" + rules +
           "\n }\n}";
}

/// Neighbours that do not answer are given up after a third of a second instead of three: within a probe's
/// time.
void give_up_soon(const Household& home) {
    home.host.set_kernel("net/ipv4/neigh/eth0/retrans_time_ms", "100");
    home.host.set_kernel("net/ipv6/neigh/eth0/retrans_time_ms", "100");
}

/// A descriptor held as long as the household exists.
struct Held {
    explicit Held(int descriptor) : fd(descriptor) {}
    ~Held() { ::close(fd); }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    int fd;
};

/// Takes the one port that connections may begin from.
void take_last_port(Household& home, int type) {
    home.host.in([&] {
        auto taken = std::make_shared<Held>(::socket(AF_INET6, type | SOCK_CLOEXEC, 0));
        sockaddr_in6 address{};
        address.sin6_family = AF_INET6;
        address.sin6_port = htons(40000);
        if (::bind(taken->fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            throw std::runtime_error("port 40000 cannot be taken");
        home.keep(taken);
    });
}

/// The clock that goes on in sleep leaps, as on waking up: a time namespace (time_namespaces(7)).
void sleep_an_hour() {
    if (::unshare(CLONE_NEWTIME) != 0) throw std::runtime_error("no time namespace can be made");
    std::ofstream("/proc/self/timens_offsets") << "boottime 3600 0" << std::flush;
    const int fd = ::open("/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
    const bool entered = fd >= 0 && ::setns(fd, CLONE_NEWTIME) == 0;
    ::close(fd);
    if (!entered) throw std::runtime_error("the time namespace cannot be entered");
}

/// No more than the descriptors that are open already.
void leave_no_descriptors() {
    int first_free = ::dup(0);
    ::close(first_free);
    const rlimit limit{static_cast<rlim_t>(first_free), static_cast<rlim_t>(first_free)};
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) throw std::runtime_error("setrlimit failed");
}

std::shared_ptr<void> shared(std::unique_ptr<test::Daemon> daemon) {
    return std::shared_ptr<test::Daemon>(std::move(daemon));
}

/// A forward proxy that lets nobody through without a password.
std::shared_ptr<void> refusing_proxy(const Household& home) {
    const std::string file = home.write("tinyproxy.conf",
                                        "Port 3128\nListen 192.168.77.1\nMaxClients 100\n"
                                        "BasicAuth somebody secret\n");
    return std::make_shared<test::Daemon>(std::vector<std::string>{"tinyproxy", "-d", "-c", file},
                                          "tinyproxy-bin", [] {
                                              return test::accepts({at::gateway, 3128});
                                          });
}

}  // namespace

TEST_CASE("lab: a household in which all is well leaves no trace") {
    check({.name = "healthy"});
}

TEST_CASE("lab: a weak link loses every third packet") {
    check({.name = "weak-link", .fault = [](Household& home) {
               home.router.nft(
                   "table inet fault {\n chain in {\n type filter hook prerouting priority -300;\n"
                   "iifname lan numgen inc mod 3 0 drop\n }\n}");
           }});
}

TEST_CASE("lab: the gateway is gone from the network") {
    check({.name = "gateway-gone", .fault = [](Household& home) {
               give_up_soon(home);
               home.router.ip("address flush dev lan");
               home.host.ip("neigh flush dev eth0");
           }});
}

TEST_CASE("lab: there is no lease, so no address and no route") {
    check({.name = "no-lease",
           .fault = [](Household& home) { home.host.ip("address flush dev eth0\nroute del ::/0"); }});
}

TEST_CASE("lab: the cable is out") {
    check({.name = "cable-out", .fault = [](Household& home) {
               give_up_soon(home);
               home.router.ip("link set lan down");
               home.host.ip("neigh flush dev eth0");
           }});
}

TEST_CASE("lab: the provider leads nowhere") {
    check({.name = "provider-down",
           .fault = [](Household& home) { home.provider.nft(on_the_way_through("iifname customer drop")); }});
}

TEST_CASE("lab: nobody runs the configured resolver any more") {
    check({.name = "resolver-gone", .fault = [](Household& home) { home.stop_resolver_at_router(); }});
}

TEST_CASE("lab: the configured resolver fails on every name") {
    check({.name = "resolver-failing", .fault = [](Household& home) {
               home.resolve_at_router();
               home.router.nft(
                   "table inet fault {\n chain out {\n type filter hook output priority 0;\n"
                   "oifname wan meta l4proto { tcp, udp } th dport 53 reject\n }\n}");
           }});
}

TEST_CASE("lab: questions to anybody's port 53 are answered by the router") {
    check({.name = "dns-intercepted", .fault = [](Household& home) {
               home.router.nft(on_the_way_in("iifname lan ip daddr != " + at::gateway +
                                                 " meta l4proto { tcp, udp } th dport 53 dnat to " +
                                                 at::gateway,
                                             "ip"));
           }});
}

TEST_CASE("lab: a captive portal takes whoever has not signed in") {
    check({.name = "captive-portal", .fault = [](Household& home) {
               const test::Certificate own = home.authority.issue("portal.hotel.example");
               home.keep(shared(
                   home.web(home.router,
                            "server { listen 192.168.77.1:8080; location / { return 302 "
                            "http://portal.hotel.example/; } }\nserver { listen 192.168.77.1:8443 ssl; "
                            "ssl_certificate " +
                                own.certificate + "; ssl_certificate_key " + own.key +
                                "; location / { return 200 \"sign in\"; } }\n",
                            {at::gateway, 8443})));
               home.router.nft(
                   on_the_way_in("iifname lan tcp dport 80 dnat to 192.168.77.1:8080\n"
                                 "iifname lan tcp dport 443 dnat to 192.168.77.1:8443",
                                 "ip"));
               home.router.nft(
                   "table inet walled {\n chain through {\n type filter hook forward priority 0;\n"
                   "iifname lan reject\n }\n}");
           }});
}

TEST_CASE("lab: a filter at the router says that a name does not exist") {
    check({.name = "filter-nxdomain", .fault = [](Household& home) {
               home.resolve_at_router("local-zone: \"www.agora.example\" always_nxdomain\n");
           }});
}

TEST_CASE("lab: a filter at the router answers with the unspecified address") {
    check({.name = "filter-null", .fault = [](Household& home) {
               home.resolve_at_router("local-zone: \"www.agora.example\" always_null\n");
           }});
}

TEST_CASE("lab: a filter at the router answers with nothing") {
    check({.name = "filter-nodata", .fault = [](Household& home) {
               home.resolve_at_router("local-zone: \"www.agora.example\" always_nodata\n");
           }});
}

TEST_CASE("lab: a filter at the router leads to its own page") {
    check({.name = "filter-own-page", .fault = [](Household& home) {
               home.resolve_at_router(
                   "local-zone: \"www.agora.example\" redirect\n"
                   "local-data: \"www.agora.example A 192.168.77.1\"\n");
           }});
}

TEST_CASE("lab: a filter resets connections that name one host") {
    check({.name = "name-filter", .fault = [](Household& home) {
               home.router.in([&] { home.keep(std::make_shared<SniFilter>("agora.example", 8444)); });
               home.router.nft(on_the_way_in("iifname lan tcp dport 443 redirect to :8444", "ip"));
           }});
}

TEST_CASE("lab: the clock is three years behind") {
    check({.name = "clock-behind", .in_the_process = [] { shift_wall_clock(-24h * 365 * 3); }});
}

TEST_CASE("lab: the clock is three years ahead") {
    check({.name = "clock-ahead", .in_the_process = [] { shift_wall_clock(24h * 365 * 3); }});
}

TEST_CASE("lab: the bundle of authorities is too old to know one") {
    check({.name = "old-ca-bundle",
           .configure = [](Settings& settings,
                           Household& home) { settings.ca_bundle = home.other_authority.bundle(); },
           .warm_up_is_well = false});
}

TEST_CASE("lab: IPv6 leads nowhere") {
    check({.name = "ipv6-broken",
           .fault = [](Household& home) { home.router.nft(on_the_way_through("meta nfproto ipv6 drop")); }});
}

TEST_CASE("lab: there is no IPv6") {
    check({.name = "ipv6-absent",
           .fault = [](Household& home) { home.host.set_kernel("net/ipv6/conf/eth0/disable_ipv6", "1"); }});
}

TEST_CASE("lab: long packets vanish and nobody says so") {
    check({.name = "mtu-black-hole", .fault = [](Household& home) {
               home.provider.nft(
                   "table inet fault {\n chain out {\n type filter hook output priority 0;\n"
                   "icmp type destination-unreachable icmp code frag-needed drop\n"
                   "icmpv6 type packet-too-big drop\n }\n}");
               home.provider.ip("link set customer mtu 1400");
           }});
}

TEST_CASE("lab: a proxy wants to know who asks") {
    check({.name = "proxy-refuses",
           .configure =
               [](Settings& settings, Household& home) {
                   home.router.in([&] { home.keep(refusing_proxy(home)); });
                   const std::string url = "\"http://192.168.77.1:3128\"";
                   settings =
                       lab_settings(home.authority.bundle(), "{http: " + url + ", https: " + url + "}");
               },
           .warm_up_is_well = false});
}

TEST_CASE("lab: a transparent proxy reads what is not encrypted") {
    check({.name = "transparent-proxy", .fault = [](Household& home) {
               home.keep(shared(
                   home.web(home.router,
                            "server { listen 192.168.77.1:8080; resolver 192.168.77.1 ipv6=off;\n"
                            "location / { proxy_pass http://$host$request_uri; proxy_set_header Host $host;\n"
                            "add_header Via \"1.1 cache\" always; } }\n",
                            {at::gateway, 8080})));
               home.router.nft(on_the_way_in("iifname lan tcp dport 80 dnat to 192.168.77.1:8080", "ip"));
           }});
}

TEST_CASE("lab: this address asks too often") {
    check({.name = "rate-limited", .fault = [](Household& home) {
               home.serve_platform_sites(
                   home.agora_site("location / { add_header Retry-After 60 always; return 429; }"),
                   home.edge_site("bazar") + home.edge_site("correo"));
           }});
}

TEST_CASE("lab: this address is not welcome") {
    check({.name = "forbidden", .fault = [](Household& home) {
               home.serve_platform_sites(home.agora_site("location / { return 403; }"),
                                         home.edge_site("bazar") + home.edge_site("correo"));
           }});
}

TEST_CASE("lab: there are no descriptors left") {
    check({.name = "no-descriptors", .in_the_process = leave_no_descriptors});
}

TEST_CASE("lab: there are no ports left") {
    check({.name = "no-ports", .fault = [](Household& home) {
               take_last_port(home, SOCK_STREAM);
               take_last_port(home, SOCK_DGRAM);
               home.host.set_kernel("net/ipv4/ip_local_port_range", "40000 40000");
           }});
}

TEST_CASE("lab: this computer's own firewall lets nothing out") {
    check({.name = "own-firewall", .fault = [](Household& home) {
               home.host.nft(
                   "table inet fault {\n chain out {\n type filter hook output priority 0;\n"
                   "oifname eth0 meta l4proto { tcp, udp } drop\n }\n}");
           }});
}

TEST_CASE("lab: the processor was busy with something else") {
    check({.name = "starved", .meanwhile = [](Battery& battery) {
               ::kill(battery.pid(), SIGSTOP);
               std::this_thread::sleep_for(1200ms);  // the fault itself
               ::kill(battery.pid(), SIGCONT);
           }});
}

TEST_CASE("lab: this computer slept for an hour") {
    check({.name = "slept", .in_the_process = sleep_an_hour});
}

TEST_CASE("lab: the team's own program is down") {
    check({.name = "app-down", .fault = [](Household& home) { home.stop_app(); }});
}

TEST_CASE("lab: the team's own program is broken") {
    check({.name = "app-broken", .fault = [](Household& home) { home.serve_app("return 500;"); }});
}

}  // namespace sereno::lab
