// Every way in which an attempt can end is produced for real: by a row of the lab, or here.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>

#include "../probes/bench.hpp"
#include "agent/scheduler.hpp"
#include "catch.hpp"
#include "odd_servers.hpp"
#include "probes/witness/witnesses.hpp"
#include "row.hpp"

namespace sereno::lab {

namespace {

using namespace std::chrono_literals;
using test::Bench;

HttpFetch fetch_of(const std::string& url) {
    HttpFetch fetch;
    fetch.url = url;
    return fetch;
}

DnsQuery question_to(const Endpoint& server) {
    DnsQuery query;
    query.server = {"lab", server, {}};
    query.name = "www.shop.example";
    return query;
}

Observation fetch_answer(const std::string& answer, HttpFetch fetch = {}) {
    const test::ScriptedTcp server([&answer](int fd) {
        test::read_some(fd);
        test::write_all(fd, answer);
    });
    fetch.url = "http://" + to_string(server.endpoint()) + "/";
    return Bench().run(fetch);
}

std::string page(const std::string& body, const std::string& status = "200 OK") {
    return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\nConnection: close\r\n\r\n" + body;
}

std::string summary(const std::string& indicator) {
    return R"({"page":{"name":"Shop"},"status":{"indicator":")" + indicator +
           R"(","description":"as it is"},"components":[],"incidents":[],"scheduled_maintenances":[]})";
}

/// A vendor's status page that gives this answer.
Observation status_page(const std::string& answer) {
    const test::ScriptedTcp server([&answer](int fd) {
        test::read_some(fd);
        test::write_all(fd, answer);
    });
    Bench bench;
    WitnessSettings settings;
    settings.ris_live_url = settings.ripestat_url = settings.globalping_url = "";
    Witnesses witnesses(bench.context, settings);
    bench.context.witnesses = &witnesses;
    return bench.run(
        StatusPage{StatusFormat::statuspage, "http://" + to_string(server.endpoint()) + "/", {}});
}

/// www.shop.example by TLS, trusting `bundle`.
Observation fetch_by_tls(const std::string& certificate, const std::string& key, const std::string& bundle) {
    const Endpoint at = test::free_endpoint();
    const test::Nginx nginx({{at, certificate, key, "return 200 open;"}});
    const test::Nsd nsd("shop.example", "www A " + at.address);
    return Bench({{"lab", nsd.endpoint(), {}}}, bundle)
        .run(fetch_of("https://www.shop.example:" + std::to_string(at.port) + "/"));
}

/// A certificate for www.shop.example, of whatever openssl(1) makes in these steps.
struct MadeCertificate {
    test::Folder folder;
    [[nodiscard]] std::string file(const std::string& name) const { return folder.path() + "/" + name; }
    void openssl(std::vector<std::string> words) const {
        words.insert(words.begin(), "openssl");
        test::run(words, "openssl");
    }
    void request(const std::string& name, const std::string& common_name) const {
        openssl({"req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                 "/CN=" + common_name, "-keyout", file(name + ".key"), "-out", file(name + ".csr")});
    }
    /// An authority whose own certificate ended long ago.
    void expired_root() const {
        folder.write("index.txt", "");
        const std::string conf = folder.write(
            "ca.conf", "[ca]\ndefault_ca = own\n[own]\ndatabase = " + file("index.txt") +
                           "\nnew_certs_dir = " + folder.path() +
                           "\nrand_serial = yes\ndefault_md = sha256\npolicy = any\nx509_extensions = root\n"
                           "[any]\ncommonName = supplied\n[root]\nbasicConstraints = critical, CA:true\n");
        request("root", "an old root");
        openssl({"ca", "-batch", "-notext", "-selfsign", "-config", conf, "-keyfile", file("root.key"), "-in",
                 file("root.csr"), "-out", file("root.pem"), "-startdate", "20100101000000Z", "-enddate",
                 "20110101000000Z"});
    }
    void root() const {
        openssl({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                 "30", "-subj", "/CN=a root", "-keyout", file("root.key"), "-out", file("root.pem")});
    }
    void leaf(const std::string& extensions) const {
        request("leaf", "www.shop.example");
        openssl({"x509", "-req", "-in", file("leaf.csr"), "-CA", file("root.pem"), "-CAkey", file("root.key"),
                 "-days", "30", "-extfile",
                 folder.write("leaf.ext", "subjectAltName = DNS:www.shop.example\n" + extensions), "-out",
                 file("leaf.pem")});
    }
    void alone() const {
        openssl({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                 "30", "-subj", "/CN=www.shop.example", "-addext", "subjectAltName=DNS:www.shop.example",
                 "-keyout", file("leaf.key"), "-out", file("leaf.pem")});
    }
    [[nodiscard]] Observation fetch(const std::string& bundle) const {
        return fetch_by_tls(file("leaf.pem"), file("leaf.key"), bundle);
    }
};

/// A connection that is made and reset before this program looks at it again: its loop is busy meanwhile.
Observation reset_while_connecting() {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
        ::listen(listener, 8) != 0 ||
        ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0)
        throw std::runtime_error("no listener on loopback");
    Bench bench;
    bench.loop.post([&] {
        const int client = ::accept(listener, nullptr, nullptr);
        test::reset_on_close(client);
        ::close(client);
        ::close(listener);
    });
    // The task above is first in the loop's queue; whatever the probe hears comes after it.
    return bench.run(TcpConnect{{"127.0.0.1", ntohs(address.sin_port)}});
}

/// A probe that is due again before its run ended: the scheduler says so.
Observation overrun() {
    const test::SilentUdp silent;
    Bench bench;
    ProbeSpec spec;
    spec.id = ProbeId{"shop/probe"};
    spec.subject = SubjectId{"shop"};
    spec.task = question_to(silent.endpoint());
    spec.interval = 200ms;
    spec.timeout = 10s;
    std::optional<Observation> seen;
    Scheduler scheduler(bench.context, Permits{}, [&](Observation one) {
        seen = std::move(one);
        bench.loop.stop();
    });
    scheduler.watch({spec});
    const auto watchdog = bench.loop.after(15s, [&] { bench.loop.stop(); });
    bench.loop.run();
    if (!seen) throw std::runtime_error("the scheduler says nothing");
    return *seen;
}

/// What /proc/meminfo says is replaced, as containers do it (lxcfs): using up the memory of the machine that
/// runs the tests would be rude.
Observation short_of_memory() {
    return test::in_child([] {
        const test::Folder folder;
        const std::string file = folder.write("meminfo",
                                              "MemTotal: 1000000 kB\nMemFree: 3000 kB\n"
                                              "MemAvailable: 4000 kB\n");
        if (::unshare(CLONE_NEWNS) != 0 ||
            ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
            ::mount(file.c_str(), "/proc/meminfo", nullptr, MS_BIND, nullptr) != 0)
            throw std::runtime_error("/proc/meminfo cannot be replaced: run this test as root");
        return Bench().run(HostHealth{});
    });
}

Observation inactive_unit() {
    return test::in_child([] {
        const test::Folder folder;
        ::chmod(folder.write("systemctl", "#!/bin/sh\necho failed\nexit 3\n").c_str(), 0700);
        ::setenv("PATH", (folder.path() + ":" + ::getenv("PATH")).c_str(), 1);
        return Bench().run(UnitState{"booking-bot.service"});
    });
}

/// The question with some bits of its header changed, and no answer in it.
Observation answered_with(const std::function<void(test::ScriptedUdp::Packet&)>& change) {
    const test::ScriptedUdp server([&](test::ScriptedUdp::Packet packet) {
        packet.at(2) |= 0x80U;  // QR
        change(packet);
        return std::optional{packet};
    });
    return Bench().run(question_to(server.endpoint()), 1s);
}

/// Two servers of one zone, each of which names only itself.
Observation disagreeing_servers() {
    const test::Nsd one("shop.example", "@ NS ns1.elsewhere.example."),
        two("shop.example", "www A 192.0.2.80");
    return Bench().run(ZoneCheck{"shop.example", {{"one", one.endpoint(), {}}, {"two", two.endpoint(), {}}}},
                       2s);
}

struct Case {
    Failure failure;
    std::function<Observation()> make;
};

/// Those that no row shows.
const std::vector<Case>& cases() {
    static const std::vector<Case> all{
        {Failure::overrun, overrun},
        {Failure::address_unknown,
         [] {
             HttpFetch fetch = fetch_of("http://www.shop.example/");
             fetch.at_remembered = true;
             return Bench().run(fetch);
         }},
        {Failure::host_memory, short_of_memory},
        {Failure::dns_malformed,
         [] {
             const test::ScriptedUdp server([](test::ScriptedUdp::Packet packet) {
                 packet.at(2) |= 0x80U;
                 packet.resize(14);
                 return std::optional{packet};
             });
             return Bench().run(question_to(server.endpoint()), 1s);
         }},
        {Failure::dns_mismatch, [] { return answered_with([](auto& packet) { packet.at(0) ^= 0xffU; }); }},
        {Failure::dns_truncated, [] { return answered_with([](auto& packet) { packet.at(2) |= 0x02U; }); }},
        {Failure::dns_inconsistent, disagreeing_servers},
        {Failure::connect_reset, reset_while_connecting},
        {Failure::tls_timeout,
         [] {
             const test::SilentTcp server;
             return Bench().run(fetch_of("https://" + to_string(server.endpoint()) + "/"), 1s);
         }},
        {Failure::tls_handshake,
         [] {
             const test::ScriptedTcp server([](int fd) {
                 test::read_some(fd);
                 test::write_all(fd, "what?\r\n");
             });
             return Bench().run(fetch_of("https://" + to_string(server.endpoint()) + "/"));
         }},
        {Failure::certificate_expired,
         [] {
             test::Authority authority;
             const auto made = authority.issue("www.shop.example", test::Validity::expired);
             return fetch_by_tls(made.certificate, made.key, authority.bundle());
         }},
        {Failure::certificate_issuer_expired,
         [] {
             const MadeCertificate made;
             made.expired_root();
             made.leaf("");
             return made.fetch(made.file("root.pem"));
         }},
        {Failure::certificate_self_signed,
         [] {
             const MadeCertificate made;
             made.root();
             made.alone();
             return made.fetch(made.file("root.pem"));
         }},
        {Failure::certificate_invalid,
         [] {
             const MadeCertificate made;
             made.root();
             made.leaf("extendedKeyUsage = clientAuth\n");
             return made.fetch(made.file("root.pem"));
         }},
        {Failure::http_reset,
         [] { return fetch_answer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"); }},
        {Failure::http_malformed, [] { return fetch_answer("HTTP/9.9 hello\r\n\r\n"); }},
        {Failure::http_status, [] { return fetch_answer(page("", "404 Not Found")); }},
        {Failure::http_too_large,
         [] {
             HttpFetch fetch;
             fetch.max_body_bytes = 10;
             fetch.contains = "bytes";
             return fetch_answer(page("more than ten bytes"), fetch);
         }},
        {Failure::content_mismatch,
         [] {
             HttpFetch fetch;
             fetch.contains = "open";
             return fetch_answer(page("closed"), fetch);
         }},
        {Failure::unit_inactive, inactive_unit},
        {Failure::witness_unknown,
         [] {
             return Bench().run(LookingGlass{{"192.0.2.0/24"}, {}});
         }},
        {Failure::reported_outage, [] { return status_page(page(summary("critical"))); }},
        {Failure::reported_degraded, [] { return status_page(page(summary("minor"))); }},
        {Failure::reported_maintenance, [] { return status_page(page(summary("maintenance"))); }},
        {Failure::status_page_gone, [] { return status_page(page("", "503 Service Unavailable")); }},
    };
    return all;
}

/// Not produced here, and why.
const std::map<Failure, std::string>& never_seen() {
    static const std::map<Failure, std::string> all{
        {Failure::cancelled, "who cancels a run destroys it, and then nobody is told anything"},
        {Failure::route_withdrawn, "tests/lab/bgp has real routers that withdraw their routes"},
    };
    return all;
}

/// The failures that the traces of the rows show; that they do is what the rows' own tests say.
std::set<Failure> in_traces() {
    std::set<Failure> found;
    for (const RowName& row : all_rows()) {
        std::istringstream lines(expected_trace(row.name));
        for (std::string line; std::getline(lines, line);) {
            std::istringstream words(line);
            std::string probe, failure;
            words >> probe >> failure;
            if (!failure.empty() && failure.back() == ',') failure.pop_back();
            if (const auto one = failure_from(failure)) found.insert(*one);
        }
    }
    return found;
}

}  // namespace

TEST_CASE("lab: what no row shows is produced all the same") {
    for (const Case& one : cases()) {
        INFO("wanted: " << to_string(one.failure));
        const Observation seen = one.make();
        CAPTURE(test::shown(seen));
        CHECK(to_string(seen.failure) == to_string(one.failure));
    }
}

TEST_CASE("lab: each way in which an attempt can end is produced for real") {
    std::set<Failure> produced = in_traces();
    for (const Case& one : cases())
        produced.insert(one.failure);
    for (int number = 0; number < 256; ++number) {
        const auto failure = static_cast<Failure>(number);
        const std::string name{to_string(failure)};
        if (failure == Failure::none || failure_from(name) != failure) continue;  // no such enumerator
        INFO(name);
        CHECK((produced.count(failure) + never_seen().count(failure)) == 1);
    }
}

}  // namespace sereno::lab
