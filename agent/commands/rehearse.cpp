#include "agent/commands/rehearse.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <thread>

#include "agent/json/json.hpp"
#include "agent/rehearsal/agent_process.hpp"
#include "agent/rehearsal/arrivals.hpp"
#include "agent/rehearsal/report.hpp"
#include "agent/rehearsal/world.hpp"
#include "agent/store/store.hpp"

namespace sereno {

namespace {

using namespace rehearsal;
using Wall = std::chrono::system_clock;
using Steady = std::chrono::steady_clock;

volatile std::sig_atomic_t interrupted = 0;

/// SIGINT and SIGTERM set a flag while this lives.
class Interrupts {
  public:
    Interrupts() {
        interrupted = 0;
        struct sigaction action {};
        action.sa_handler = [](int) { interrupted = 1; };
        sigaction(SIGINT, &action, &before_int_);
        sigaction(SIGTERM, &action, &before_term_);
    }
    ~Interrupts() {
        sigaction(SIGINT, &before_int_, nullptr);
        sigaction(SIGTERM, &before_term_, nullptr);
    }
    Interrupts(const Interrupts&) = delete;
    Interrupts& operator=(const Interrupts&) = delete;

  private:
    struct sigaction before_int_ {
    }, before_term_{};
};

/// A folder of our own under $TMPDIR or /tmp, removed at the end unless it is to be kept.
class Folder {
  public:
    Folder() {
        const char* const base = std::getenv("TMPDIR");
        std::string name = std::string(base && *base ? base : "/tmp") + "/sereno-rehearsal-XXXXXX";
        if (::mkdtemp(name.data()) == nullptr)
            throw std::runtime_error(name + ": cannot be made; set TMPDIR to a folder you may write to");
        path_ = name;
    }
    ~Folder() {
        std::error_code ignored;
        if (!kept_) std::filesystem::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    void keep() { kept_ = true; }
    [[nodiscard]] bool kept() const { return kept_; }
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string path_;
    bool kept_ = false;
};

bool listens(std::uint16_t port) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return false;
    const bool connected = ::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
    ::close(fd);
    return connected;
}

Stamp stamp_of(Wall::time_point at) {
    return Stamp{std::chrono::duration_cast<Micros>(at.time_since_epoch())};
}

/// One rehearsal from the first packet to the report.
class Rehearsal {
  public:
    Rehearsal(Scenario scenario, int speed, const RehearseOptions& options)
        : scenario_(std::move(scenario)),
          options_(options),
          clock_(scenario_.starts, speed, scenario_.fast_forward),
          world_(scenario_.world),
          page_port_(options.page_port != 0 ? options.page_port : free_port()),
          config_(world_.write_configuration(folder_.path(), pace_for(speed), page_port_)),
          log_(folder_.path() + "/agent.log"),
          words_(builtin_messages(), "en"),
          colour_(!options.json && ::isatty(STDOUT_FILENO) == 1) {
        speed_ = speed;
        if (options.keep) folder_.keep();
    }

    int run() {
        const Interrupts interrupts;
        agent_ = std::make_unique<AgentProcess>(own_program(), config_, log_);
        introduce();
        outcome_.trouble = wait_for_agent();
        if (outcome_.trouble.empty()) outcome_.trouble = play();
        agent_->stop();
        finish();
        return outcome_.as_expected() ? 0 : 1;
    }

  private:
    void introduce() const {
        if (options_.json) return;
        const auto length = clock_.elapsed_at(scenario_.ends);
        std::cout << "rehearsal " << scenario_.id << ": " << scenario_.title << "\n"
                  << rfc3339(scenario_.starts).substr(0, 10) << ", " << clock_text(scenario_.starts) << " to "
                  << clock_text(scenario_.ends) << " UTC in " << duration_text(length) << ", at speed "
                  << speed_ << (scenario_.fast_forward.empty() ? "" : ", quiet stretches faster") << "\n"
                  << "sereno's own page: http://127.0.0.1:" << page_port_ << "/\n"
                  << "its files: " << folder_.path() << "\n\n"
                  << std::flush;
    }

    /// What went wrong; empty: its page is there.
    std::string wait_for_agent() {
        const auto until = Steady::now() + std::chrono::seconds{20};
        while (!listens(page_port_)) {
            if (auto died = death()) return *died;
            if (interrupted) return "interrupted";
            if (Steady::now() > until)
                return "the agent did not open its page within 20 s:\n" + last_lines(log_, 12);
            std::this_thread::sleep_for(std::chrono::milliseconds{20});
        }
        return {};
    }

    std::optional<std::string> death() {
        const auto how = agent_->ended();
        if (!how) return {};
        return "the agent ended early (" + *how + "):\n" + last_lines(log_, 12);
    }

    std::string play() {
        begun_ = Steady::now();
        begun_wall_ = stamp_of(Wall::now());
        world_.use_clock([this, begun = begun_] {
            return clock_.scenario_at(std::chrono::duration_cast<Micros>(Steady::now() - begun));
        });
        auto next_look = begun_;
        std::size_t happened = 0;
        for (;;) {
            const Stamp now = clock_.scenario_at(std::chrono::duration_cast<Micros>(Steady::now() - begun_));
            for (; happened < scenario_.timeline.size() && scenario_.timeline[happened].at <= now; ++happened)
                happen(scenario_.timeline[happened]);
            if (now >= scenario_.ends) return {};
            if (auto died = death()) return *died;
            if (interrupted) return "interrupted at " + clock_text(now);
            if (Steady::now() >= next_look) {
                look(false);
                next_look = Steady::now() + std::chrono::milliseconds{200};
            }
            std::this_thread::sleep_for(std::chrono::milliseconds{20});
        }
    }

    void happen(const Happening& happening) {
        for (const auto& [pattern, condition] : happening.set)
            world_.set(pattern, condition);
        if (!happening.say.empty()) tell(happening.at, "world", happening.say, "1");
    }

    Stamp scenario_time(Stamp wall) const { return clock_.scenario_at(wall - begun_wall_); }

    /// Reads what the agent has written and what has arrived since the last look, and tells of it.
    void look(bool complain) {
        const std::string database = folder_.path() + "/data/sereno.db";
        std::vector<OutboxMessage> outbox;
        try {
            const auto& known = outcome_.record.decisions;
            const Stamp since = known.empty() ? Stamp{} : known.back().record.verdict.at;
            const std::uint64_t last = known.empty() ? 0 : known.back().record.sequence;
            for (DecisionRecord& record : read_decisions(database, since))
                if (record.sequence > last) note(std::move(record));
            outbox = read_messages(database);
            outcome_.record.incidents = read_incidents(database);
        } catch (const std::exception& error) {
            // In the first moments there is no database yet.
            if (complain && outcome_.trouble.empty()) outcome_.trouble = error.what();
        }
        note_arrivals(outbox);
    }

    void note(DecisionRecord record) {
        const Said said{scenario_time(record.verdict.at), std::move(record)};
        const Verdict& verdict = said.record.verdict;
        if (!verdict.subject.value.starts_with("control:"))
            tell(said.at, "sereno", decision_line(scenario_, words_, verdict), colour_of(verdict.decision));
        outcome_.record.decisions.push_back(said);
    }

    static const char* colour_of(Decision decision) {
        switch (decision) {
            case Decision::none:
                return "32";
            case Decision::watch:
                return "2";
            default:
                return "31";
        }
    }

    void note_arrivals(const std::vector<OutboxMessage>& outbox) {
        struct Received {
            Wall::time_point at;
            Arrival arrival;
            std::string shown;
        };
        std::vector<Received> received;
        for (const Mail& mail : world_.mails())
            for (const std::string& to : mail.to)
                received.push_back(
                    {mail.arrived, {"mail", to, mail.text}, mail.subject + "\n\n" + mail.text});
        for (const Text& text : world_.texts())
            received.push_back({text.arrived, {"sms", text.to, text.body}, text.body});
        std::stable_sort(received.begin(), received.end(),
                         [](const auto& a, const auto& b) { return a.at < b.at; });

        std::vector<Arrival> arrivals;
        arrivals.reserve(received.size());
        for (const Received& one : received)
            arrivals.push_back(one.arrival);
        const auto messages = messages_of(arrivals, outbox);
        std::vector<Arrived>& alerts = outcome_.record.alerts;
        const std::size_t told = alerts.size();
        alerts.clear();
        for (std::size_t i = 0; i < received.size(); ++i) {
            const OutboxMessage* const message = messages[i];
            alerts.push_back({scenario_time(stamp_of(received[i].at)), received[i].arrival.channel,
                              received[i].arrival.to, message ? message->kind : AlertKind::opened,
                              message ? message->incident : IncidentId{}, received[i].shown});
            if (i >= told)
                tell(alerts[i].at, alerts[i].channel,
                     "to " + alerts[i].to + ": " + shortened(first_line(alerts[i].text), 80), "36");
        }
    }

    void tell(Stamp at, const std::string& who, const std::string& what, const char* colour) const {
        if (options_.json) return;
        std::string name = who;
        name.resize(6, ' ');
        std::cout << rfc3339(at).substr(11, 8) << "  " << (colour_ ? "\033[" + std::string(colour) + "m" : "")
                  << name << "  " << what << (colour_ ? "\033[0m" : "") << "\n"
                  << std::flush;
    }

    void finish() {
        look(true);
        outcome_.judgements = judge(scenario_.expect, outcome_.record);
        if (!outcome_.as_expected() && !interrupted) folder_.keep();
        if (options_.json) std::cout << json_text(report_json(scenario_, words_, outcome_)) << std::endl;
        if (folder_.kept()) std::cerr << "kept: " << folder_.path() << "\n";
        if (!options_.json) print_report(std::cout, scenario_, clock_, words_, outcome_, colour_);
    }

    const Scenario scenario_;
    const RehearseOptions options_;
    const ScenarioClock clock_;
    Folder folder_;
    World world_;
    const std::uint16_t page_port_;
    const std::string config_, log_;
    const Words words_;
    const bool colour_;
    int speed_ = 0;
    std::unique_ptr<AgentProcess> agent_;
    Steady::time_point begun_;
    Stamp begun_wall_;
    Outcome outcome_;
};

bool is_path(const std::string& name) {
    return name.find('/') != std::string::npos || name.ends_with(".yaml");
}

/// The scenario's file, read; empty when there is none of that name.
std::optional<LoadedScenario> find_scenario(const std::string& name) {
    if (is_path(name)) return load_scenario(name);
    return builtin_scenario(name);
}

}  // namespace

int rehearse(const RehearseOptions& options) {
    if (options.speed < 0 || options.speed > fastest) {
        std::cerr << "--speed " << options.speed << " is out of range; write 1 to " << fastest << "\n";
        return EX_USAGE;
    }
    auto loaded = find_scenario(options.scenario);
    if (!loaded) {
        std::cerr << "no scenario is called '" << options.scenario << "'; there are:\n";
        for (const std::string& name : builtin_scenarios())
            std::cerr << "  " << name << "\n";
        std::cerr << "or give the path of a file, 'my-scenario.yaml'\n";
        return EX_USAGE;
    }
    for (const Complaint& complaint : loaded->complaints)
        std::cerr << to_string(complaint) << "\n";
    if (!loaded->ok()) return EX_DATAERR;
    const int speed = options.speed != 0 ? options.speed : loaded->scenario.speed;
    try {
        Rehearsal rehearsal(std::move(loaded->scenario), speed, options);
        return rehearsal.run();
    } catch (const std::exception& error) {
        std::cerr << error.what() << "\n";
        return EX_UNAVAILABLE;
    }
}

}  // namespace sereno
