#include "probes/local/host_meter.hpp"

#include <dirent.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <memory>
#include <utility>

namespace sereno {

namespace {

constexpr Micros period{250'000};
/// The two clocks are read one after the other, and an adjustment may come in between.
constexpr Micros shortest_sleep{500'000};
/// Reading their names takes the kernel about a microsecond each; this program opens a few hundred.
constexpr std::uint64_t most_counted = 16'384;

Micros clock(clockid_t id) {
    timespec now{};
    ::clock_gettime(id, &now);
    return std::chrono::seconds{now.tv_sec} +
           std::chrono::duration_cast<Micros>(std::chrono::nanoseconds{now.tv_nsec});
}

HostSource::Memory memory_of_this_machine() {
    HostSource::Memory memory;
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen("/proc/meminfo", "re"),
                                                               &std::fclose);
    if (!file) return memory;
    char line[128];
    while ((memory.total_bytes == 0 || memory.available_bytes == 0) &&
           std::fgets(line, sizeof line, file.get()) != nullptr) {
        unsigned long long kibibytes = 0;
        if (std::sscanf(line, "MemTotal: %llu kB", &kibibytes) == 1) memory.total_bytes = kibibytes * 1024;
        if (std::sscanf(line, "MemAvailable: %llu kB", &kibibytes) == 1)
            memory.available_bytes = kibibytes * 1024;
    }
    return memory;
}

HostSource::Descriptors descriptors_of_this_process() {
    HostSource::Descriptors descriptors;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) descriptors.limit = limit.rlim_cur;
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc/self/fd"), &::closedir);
    if (!folder) {
        if (errno == EMFILE) descriptors.used = descriptors.limit;
        return descriptors;
    }
    while (descriptors.used < most_counted) {
        const dirent* entry = ::readdir(folder.get());
        if (entry == nullptr) break;
        if (entry->d_name[0] != '.') ++descriptors.used;
    }
    if (descriptors.used > 0) --descriptors.used;  // the folder's own
    return descriptors;
}

}  // namespace

HostSource HostSource::of_this_machine() {
    return {[] { return clock(CLOCK_BOOTTIME); }, [] { return clock(CLOCK_MONOTONIC); },
            &memory_of_this_machine, &descriptors_of_this_process};
}

struct HostMeter::State {
    State(Loop& on, HostSource from) : loop(on), source(std::move(from)) {
        asleep = source.boot_time() - source.monotonic_time();
        // How long the program took to begin is not the loop's lateness: counting starts when it runs.
        timer = loop.after(Micros{0}, [this] { wait(); });
    }

    void wait() {
        due = loop.now() + period;
        timer = loop.at(due, [this] {
            worst_lag = std::max(worst_lag, loop.now() - due);
            wait();
        });
    }

    Loop& loop;
    HostSource source;
    Loop::Timer timer;
    Stamp due = Stamp::max();  ///< once it counts
    Micros worst_lag{0};
    Micros asleep{0};  ///< in all, since the machine started
};

HostMeter::HostMeter(Loop& loop, HostSource source)
    : state_(std::make_unique<State>(loop, std::move(source))) {}

HostMeter::~HostMeter() = default;

HostMeter::Reading HostMeter::read() {
    Reading reading;
    reading.worst_lag = std::exchange(state_->worst_lag, Micros{0});
    // Whoever reads while the timer is overdue comes before it has noticed; nor is it to notice again.
    if (const Stamp now = state_->loop.now(); now > state_->due) {
        reading.worst_lag = std::max(reading.worst_lag, now - state_->due);
        state_->wait();
    }
    const Micros asleep = state_->source.boot_time() - state_->source.monotonic_time();
    const Micros slept = asleep - std::exchange(state_->asleep, asleep);
    if (slept >= shortest_sleep) reading.slept = slept;
    reading.memory = state_->source.memory();
    reading.descriptors = state_->source.descriptors();
    return reading;
}

}  // namespace sereno
