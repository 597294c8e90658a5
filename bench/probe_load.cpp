// What a probe costs us, all in: the scheduler, the probe itself and the brain that judges what it saw.
//   probe_load http|https URL TARGETS RATE SECONDS [CA-BUNDLE]
//   probe_load dns ADDRESS PORT NAME TARGETS RATE SECONDS
// runs so many targets at so many probes a second, and prints one line of JSON: processor time of a probe in
// microseconds, lateness (started - scheduled) in milliseconds, resident memory in megabytes.
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "agent/brain.hpp"
#include "agent/instruments.hpp"
#include "agent/loop/loop.hpp"
#include "agent/scheduler.hpp"

using namespace sereno;

namespace {

constexpr std::size_t probes_a_subject = 16;

struct Order {
    ProbeTask task;
    std::size_t targets = 0;
    int rate = 0, seconds = 0;
    std::string ca_bundle;
};

/// Platforms of sixteen probes each, and three controls of other operators that use the same server.
Watch watch_of(const Order& order) {
    Watch watch;
    const Micros interval{1'000'000 * static_cast<std::int64_t>(order.targets) / order.rate};
    const auto add = [&](const SubjectId& subject, Group group, const ProbeTask& task, std::size_t number) {
        ProbeSpec probe;
        probe.id = ProbeId{subject.value + "/" + std::to_string(number)};
        probe.subject = subject;
        probe.group = group;
        probe.task = task;
        probe.interval = interval;
        watch.probes.push_back(std::move(probe));
    };
    const bool dns = kind_of(order.task) == ProbeKind::dns;
    for (std::size_t i = 0; i < order.targets; ++i) {
        const std::size_t number = i / probes_a_subject;
        const SubjectId subject{"load-" + std::to_string(number)};
        if (i % probes_a_subject == 0) {
            Platform platform;
            platform.id = subject;
            platform.name = subject.value;
            watch.platforms.push_back(platform);
        }
        add(subject, dns ? Group::resolver : Group::edge, order.task, i % probes_a_subject);
    }
    for (const char* name : {"a", "b", "c"}) {
        Control control;
        control.id = SubjectId{std::string("control:") + name};
        control.name = name;
        control.operator_id = OperatorId{name};
        if (const auto* fetch = std::get_if<HttpFetch>(&order.task)) {
            control.fetch = *fetch;
            add(control.id, Group::controls, *fetch, 0);
        } else {
            control.connect = TcpConnect{std::get<DnsQuery>(order.task).server.endpoint};
            add(control.id, Group::controls, *control.connect, 0);
        }
        watch.controls.push_back(control);
    }
    return watch;
}

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double resident_mb() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmRSS:")) return std::atof(line.c_str() + 6) / 1024;
    return 0;
}

class Run {
  public:
    explicit Run(const Order& order)
        : order_(order),
          settings_(settings_of(order)),
          instruments_(loop_, settings_),
          scheduler_(instruments_.context, Permits{}, [this](Observation o) { observed(std::move(o)); }) {
        late_.reserve(static_cast<std::size_t>(order.rate * (order.seconds + 1)) * 2);
    }

    int go() {
        feed(ConfigChanged{loop_.now(), settings_.watch, {}, {}});
        feed(Started{.at = loop_.now()});
        scheduler_.watch(settings_.watch.probes);
        next_tick();
        // The first interval is the opening round; what is paid once is paid by then.
        const Micros opening =
            std::max(settings_.watch.probes.front().interval, Micros{1'000'000}) + Micros{1'000'000};
        const auto begin = loop_.after(opening, [this] {
            measuring_ = true;
            ::getrusage(RUSAGE_SELF, &before_);
        });
        const auto end = loop_.after(opening + Micros{1'000'000} * order_.seconds, [this] {
            ::getrusage(RUSAGE_SELF, &after_);
            loop_.stop();
        });
        loop_.run();
        return report();
    }

  private:
    static Settings settings_of(const Order& order) {
        Settings settings;
        settings.watch = watch_of(order);
        settings.private_answers = true;
        settings.ca_bundle = order.ca_bundle;
        settings.system_resolvers = {{"127.0.0.1", 9}};
        return settings;
    }

    void feed(const Event& event) {
        for (const Effect& effect : brain_.on(event)) {
            if (const auto* run = std::get_if<RunProbe>(&effect)) scheduler_.hasten(run->probe, run->due);
            if (const auto* publish = std::get_if<PublishSnapshot>(&effect)) shown_ = publish->snapshot;
        }
    }

    void observed(Observation observation) {
        if (measuring_) {
            late_.push_back((observation.started - observation.scheduled).count());
            took_ += observation.finished - observation.started;
            if (!observation.ok()) {
                if (failed_++ == 0)
                    std::fprintf(stderr, "first failure: %s %s\n",
                                 std::string(to_string(observation.failure)).c_str(),
                                 observation.detail.c_str());
            }
        }
        feed(Observed{loop_.now(), std::move(observation)});
    }

    void next_tick() {
        tick_ = loop_.after(Micros{1'000'000}, [this] {
            feed(Tick{loop_.now()});
            next_tick();
        });
    }

    [[nodiscard]] double late_ms(double part) const {
        const auto at = static_cast<std::size_t>(part * static_cast<double>(late_.size() - 1));
        return static_cast<double>(late_[at]) / 1e3;
    }

    int report() {
        if (late_.empty()) return 1;
        std::sort(late_.begin(), late_.end());
        const auto each = [&](const timeval& from, const timeval& to) {
            return (seconds(to) - seconds(from)) * 1e6 / static_cast<double>(late_.size());
        };
        const double user = each(before_.ru_utime, after_.ru_utime);
        const double system = each(before_.ru_stime, after_.ru_stime);
        std::printf(
            "{\"probes\": %zu, \"failed\": %zu, \"rate\": %.0f, \"user_us\": %.1f, \"system_us\": %.1f, "
            "\"cpu_us\": %.1f, \"late_p50_ms\": %.2f, \"late_p99_ms\": %.2f, \"late_max_ms\": %.2f, "
            "\"took_ms\": %.2f, \"rss_mb\": %.1f}\n",
            late_.size(), failed_, static_cast<double>(late_.size()) / order_.seconds, user, system,
            user + system, late_ms(0.5), late_ms(0.99), late_ms(1),
            static_cast<double>(took_.count()) / 1e3 / static_cast<double>(late_.size()), resident_mb());
        return failed_ == 0 ? 0 : 1;
    }

    Order order_;
    Settings settings_;
    Loop loop_;
    Instruments instruments_;
    Brain brain_;
    Scheduler scheduler_;
    SnapshotPtr shown_;
    Loop::Timer tick_;
    std::vector<std::int64_t> late_;
    Micros took_{0};
    std::size_t failed_ = 0;
    bool measuring_ = false;
    rusage before_{}, after_{};
};

int usage() {
    std::fprintf(stderr,
                 "usage: probe_load http|https URL TARGETS RATE SECONDS [CA-BUNDLE]\n"
                 "       probe_load dns ADDRESS PORT NAME TARGETS RATE SECONDS\n");
    return 2;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    Order order;
    std::size_t at = 0;
    if (words.size() >= 5 && words[0].starts_with("http")) {
        order.task = HttpFetch{.url = words[1]};
        if (words.size() > 5) order.ca_bundle = words[5];
        at = 2;
    } else if (words.size() == 7 && words[0] == "dns") {
        DnsQuery query;
        query.server = {"bench", {words[1], static_cast<std::uint16_t>(std::atoi(words[2].c_str()))}, {}};
        query.name = words[3];
        query.recursion = false;
        order.task = query;
        at = 4;
    } else {
        return usage();
    }
    order.targets = static_cast<std::size_t>(std::max(std::atoi(words[at].c_str()), 1));
    order.rate = std::max(std::atoi(words[at + 1].c_str()), 1);
    order.seconds = std::max(std::atoi(words[at + 2].c_str()), 1);
    return Run(order).go();
}
