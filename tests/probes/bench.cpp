#include "bench.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace sereno::test {

namespace {

constexpr Micros scheduling_slack = std::chrono::seconds{1};

ProbeSpec spec_for(const ProbeTask& task, std::chrono::milliseconds timeout) {
    ProbeSpec spec;
    spec.id = ProbeId{"shop/probe"};
    spec.subject = SubjectId{"shop"};
    spec.group = Group::edge;
    spec.task = task;
    spec.timeout = timeout;
    return spec;
}

/// What every observation promises, whatever it saw.
void hold_to_promises(const ProbeSpec& spec, Stamp scheduled, const Observation& seen) {
    const auto demand = [&seen](bool kept, const char* promise) {
        if (!kept) throw std::logic_error(std::string{"broken promise: "} + promise + "; " + shown(seen));
    };
    demand(seen.id.empty(), "probes give no id");
    demand(seen.probe == spec.id && seen.subject == spec.subject, "names its probe and subject");
    demand(seen.kind == kind_of(spec.task) && seen.group == spec.group, "names its kind and group");
    demand(seen.vantage.is_this_host(), "seen from this host");
    demand((seen.reached == Stage::done) == (seen.failure == Failure::none),
           "done exactly without a failure");
    demand(seen.scheduled == scheduled, "keeps when it was due");
    demand(seen.started >= scheduled && seen.finished >= seen.started, "times in order");
    demand(seen.finished <= seen.started + spec.timeout + scheduling_slack, "ends at its deadline");
    demand(seen.detail.size() <= 200, "a detail of at most 200 bytes");
    demand(seen.answers.size() <= (seen.kind == ProbeKind::path ? 32U : 16U), "a bounded list of answers");
    demand(seen.edge.size() <= 64, "an edge of at most 64 bytes");
}

/// What the tests look at, one field a line; the detail comes last and may not hold a line end.
std::string packed(const Observation& seen) {
    std::ostringstream text;
    text << "seen\n"
         << static_cast<int>(seen.reached) << "\n"
         << static_cast<int>(seen.failure) << "\n"
         << seen.http_status << "\n"
         << (seen.finished - seen.started).count() << "\n"
         << seen.address << "\n"
         << seen.detail << "\n";
    return text.str();
}

Observation unpacked(const std::string& bytes) {
    std::istringstream text(bytes);
    std::string word, reached, failure, status, took;
    Observation seen;
    std::getline(text, word);
    if (word != "seen") throw std::runtime_error("in the child process: " + bytes);
    std::getline(text, reached);
    std::getline(text, failure);
    std::getline(text, status);
    std::getline(text, took);
    std::getline(text, seen.address);
    std::getline(text, seen.detail);
    seen.reached = static_cast<Stage>(std::stoi(reached));
    seen.failure = static_cast<Failure>(std::stoi(failure));
    seen.http_status = std::stoi(status);
    seen.finished = seen.started + Micros{std::stoll(took)};
    return seen;
}

}  // namespace

Bench::Bench(std::vector<DnsServer> resolvers, std::string ca_bundle, const std::vector<Endpoint>& system)
    : dns(loop, system),
      own_dns(loop, system),
      transfers(loop),
      meter(loop),
      context{.loop = loop,
              .dns = dns,
              .own_dns = own_dns,
              .transfers = transfers,
              .resolvers = std::move(resolvers),
              .ca_bundle = std::move(ca_bundle),
              .remembered = remembered,
              .meter = meter} {
    dns.remember_in(&remembered);
    dns.use_transfers(&transfers, context.ca_bundle);
    dns.set_private_answers_are_real(true);  // everything here is on loopback
    dns.set_resolvers(context.resolvers);
    own_dns.set_private_answers_are_real(true);
}

Observation Bench::run(const ProbeTask& task, std::chrono::milliseconds timeout) {
    const ProbeSpec spec = spec_for(task, timeout);
    const Stamp scheduled = loop.now();
    std::optional<Observation> seen;
    bool started = false;
    const auto run = start_probe(context, spec, scheduled, [&](Observation observation) {
        if (!started) throw std::logic_error("broken promise: the sink is never called before start returns");
        if (seen) throw std::logic_error("broken promise: one observation a run");
        seen = std::move(observation);
        loop.post([this] { loop.stop(); });  // a second one would come before that
    });
    started = true;
    const auto watchdog = loop.after(spec.timeout + std::chrono::seconds{5}, [this] { loop.stop(); });
    loop.run();
    if (!seen) throw std::logic_error("broken promise: an observation at the deadline");
    hold_to_promises(spec, scheduled, *seen);
    return *seen;
}

Observation in_child(const std::function<Observation()>& body) {
    std::array<int, 2> ends{-1, -1};
    if (::pipe(ends.data()) != 0) throw std::runtime_error("pipe failed");
    const pid_t pid = ::fork();
    if (pid < 0) throw std::runtime_error("fork failed");
    if (pid == 0) {
        std::string bytes;
        try {
            bytes = packed(body());
        } catch (const std::exception& problem) {
            bytes = problem.what();
        }
        const bool told = ::write(ends[1], bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
        ::_exit(told ? 0 : 1);
    }
    ::close(ends[1]);
    std::string bytes;
    std::array<char, 4096> buffer;
    for (ssize_t size = 0; (size = ::read(ends[0], buffer.data(), buffer.size())) > 0;)
        bytes.append(buffer.data(), static_cast<std::size_t>(size));
    ::close(ends[0]);
    ::waitpid(pid, nullptr, 0);
    return unpacked(bytes);
}

std::string shown(const Observation& observation) {
    return std::string{to_string(observation.failure)} + " at " +
           std::string{to_string(observation.reached)} + " (" + observation.address +
           "): " + observation.detail;
}

}  // namespace sereno::test
