#include "battery.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <optional>
#include <stdexcept>

#include "agent/instruments.hpp"
#include "agent/loop/loop.hpp"
#include "config/load.hpp"
#include "probes/probe.hpp"
#include "trace.hpp"
#include "verdict.hpp"

namespace sereno::lab {

namespace {

constexpr std::string_view configuration = R"(
watch: [agora, bazar, correo]
interval: 10s
timeout: 2s
catalogue: [platforms.yaml]
resolvers:
  system: ["192.168.77.1:53"]
  public:
    - {name: one, address: "192.31.196.1:53", operator: one}
    - {name: two, address: "192.31.196.2:53", operator: two}
controls:
  names:
    - {name: uno, operator: uno, url: "http://uno.example/", status: 204, empty: true}
    - {name: dos, operator: dos, url: "http://dos.example/", status: 200, contains: dos is well}
    - {name: tres, operator: tres, url: "http://tres.example/", status: 200, contains: tres is well}
  addresses:
    - {name: uno-address, operator: uno, address: "192.31.196.11:443"}
    - {name: dos-address, operator: dos, address: "192.31.196.12:443"}
    - {name: tres-address, operator: tres, address: "192.31.196.13:443"}
apps:
  - {name: caja, needs: [agora], health: {url: "http://127.0.0.1:3000/", status: 200, contains: up}}
page: off
)";

constexpr std::string_view platforms = R"(
platforms:
  agora:
    name: Agora
    operator: {id: agora, name: Agora}
    kind: social
    names: [www.agora.example]
    zone: agora.example
    name_servers:
      - {name: ns1.agora.example, address: "192.88.99.53"}
      - {name: ns2.agora.example, address: "192.88.99.54"}
    canaries:
      - {url: "https://www.agora.example/index.html", contains: agora}
      - {url: "https://login.agora.example/login", contains: log in}
  bazar:
    name: Bazar
    operator: {id: bazar, name: Bazar}
    kind: shop
    names: [www.bazar.example]
    zone: bazar.example
    name_servers:
      - {name: ns1.dnshost.example, address: "192.88.99.153"}
      - {name: ns2.dnshost.example, address: "192.88.99.154"}
    canaries:
      - {url: "https://www.bazar.example/"}
  correo:
    name: Correo
    operator: {id: correo, name: Correo}
    kind: messaging
    names: [www.correo.example]
    zone: correo.example
    name_servers:
      - {name: ns1.dnshost.example, address: "192.88.99.153"}
      - {name: ns2.dnshost.example, address: "192.88.99.154"}
    canaries:
      - {url: "https://www.correo.example/"}
)";

constexpr char verdict_follows = '\x1e';

/// Runs in the child: owns the instruments, and keeps what they learn from one round to the next.
class Rounds {
  public:
    explicit Rounds(Settings settings) : settings_(std::move(settings)), instruments_(loop_, settings_) {}

    std::string run(bool all) {
        std::vector<Observation> round;
        std::vector<const ProbeSpec*> link, most, host;
        for (const ProbeSpec& spec : settings_.watch.probes) {
            // Waits its whole time when all is well; there is nothing to learn from it.
            const auto* query = std::get_if<DnsQuery>(&spec.task);
            if (!all && (spec.on_suspicion || (query != nullptr && query->expect_silence))) continue;
            (spec.group == Group::link ? link : spec.group == Group::host ? host : most).push_back(&spec);
        }
        for (const auto* part : {&link, &most, &host})
            run(*part, round);
        const std::string trace = trace_of(round, all ? usual_edges_ : edges_of(round));
        if (all) return trace + verdict_follows + declared(settings_.watch, healthy_, round);
        usual_edges_ = edges_of(round);
        healthy_ = std::move(round);
        return trace + verdict_follows;
    }

  private:
    void run(const std::vector<const ProbeSpec*>& specs, std::vector<Observation>& round) {
        if (specs.empty()) return;
        std::vector<std::unique_ptr<ProbeRun>> runs(specs.size());
        std::size_t open = specs.size();
        for (std::size_t i = 0; i < specs.size(); ++i)
            runs[i] = start_probe(instruments_.context, *specs[i], loop_.now(), [&, i](Observation seen) {
                runs[i].reset();  // as the scheduler does
                round.push_back(std::move(seen));
                if (--open == 0) loop_.stop();
            });
        bool late = false;
        const auto watchdog = loop_.after(std::chrono::seconds{20}, [&] {
            late = true;
            loop_.stop();
        });
        loop_.run();
        if (late) throw std::logic_error("a probe did not end by its deadline");
    }

    Settings settings_;
    Edges usual_edges_;
    std::vector<Observation> healthy_;
    Loop loop_;
    Instruments instruments_;
};

void send(int fd, const std::string& text) {
    const auto size = static_cast<std::uint32_t>(text.size());
    if (::write(fd, &size, sizeof size) != sizeof size ||
        ::write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        throw std::runtime_error("the other end of the battery is gone");
}

std::optional<std::string> receive(int fd) {
    std::uint32_t size = 0;
    if (::recv(fd, &size, sizeof size, MSG_WAITALL) != sizeof size) return {};
    std::string text(size, '\0');
    if (size > 0 && ::recv(fd, text.data(), size, MSG_WAITALL) != static_cast<ssize_t>(size)) return {};
    return text;
}

/// The probing process: a round for each word that comes, until no more come.
[[noreturn]] void serve(int fd, const Household& home, Settings settings,
                        const std::function<void()>& before_look) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    try {
        home.host.enter();
        Rounds rounds(std::move(settings));
        bool looked = false;
        while (const auto word = receive(fd)) {
            if (*word == "look" && !looked && before_look) before_look();
            looked = looked || *word == "look";
            send(fd, "+" + rounds.run(*word == "look"));
        }
    } catch (const std::exception& problem) {
        try {
            send(fd, std::string{"-"} + problem.what());
        } catch (const std::exception&) {
            ::_exit(1);
        }
    }
    ::_exit(0);
}

}  // namespace

Settings lab_settings(const std::string& ca_bundle, const std::string& proxy) {
    const test::Folder folder;
    folder.write("platforms.yaml", std::string{platforms});
    Loaded loaded = load_text(std::string{configuration} + "tls: {ca_bundle: \"" + ca_bundle +
                                  "\"}\nproxy: " + proxy + "\nwitnesses: none\n",
                              folder.path() + "/lab.yaml");
    std::string complaints;
    for (const Complaint& complaint : loaded.complaints)
        complaints += to_string(complaint) + "\n";
    if (!loaded.ok()) throw std::runtime_error(complaints);
    loaded.settings.as_origin_zone = "origin.example";
    return std::move(loaded.settings);
}

Battery::Battery(const Household& home, Settings settings, std::function<void()> before_look) {
    std::array<int, 2> ends{-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        throw std::runtime_error("socketpair failed");
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("fork failed");
    if (pid_ == 0) {
        ::close(ends[0]);
        serve(ends[1], home, std::move(settings), before_look);
    }
    ::close(ends[1]);
    fd_ = ends[0];
}

Battery::~Battery() {
    ::close(fd_);
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

std::string Battery::warm_up() {
    send(fd_, "warm up");
    return end_look();
}

std::string Battery::look() {
    start_look();
    return end_look();
}

void Battery::start_look() {
    send(fd_, "look");
}

std::string Battery::end_look() {
    const auto answer = receive(fd_);
    if (!answer) throw std::runtime_error("the probing process ended");
    if (answer->front() != '+') throw std::runtime_error("in the probing process: " + answer->substr(1));
    const auto end = answer->find(verdict_follows);
    declared_ = answer->substr(end + 1);
    return answer->substr(1, end - 1);
}

}  // namespace sereno::lab
