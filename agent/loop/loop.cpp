// The loop on Asio. Handlers own the state they need: one that is already queued with success survives the
// destruction of its timer, so each looks at a flag first.
#include "agent/loop/loop.hpp"

#include <time.h>

#include <map>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include "agent/log.hpp"

namespace sereno {

namespace asio = boost::asio;

namespace {

using Executor = asio::io_context::executor_type;
using SteadyTimer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                               asio::wait_traits<std::chrono::steady_clock>, Executor>;
using Descriptor = asio::posix::basic_stream_descriptor<Executor>;
using SignalSet = asio::basic_signal_set<Executor>;

/// Smaller differences between the wall clock and the timeline are the slewing of NTP, not a step.
constexpr Micros smallest_step{50'000};

Micros read_clock(clockid_t clock) {
    timespec now{};
    ::clock_gettime(clock, &now);
    return std::chrono::duration_cast<Micros>(std::chrono::seconds{now.tv_sec} +
                                              std::chrono::nanoseconds{now.tv_nsec});
}

Stamp wall_clock() {
    return Stamp{read_clock(CLOCK_REALTIME)};
}

// The timeline follows BOOTTIME, not MONOTONIC: a night in suspend is time that passed, and stamps before and
// after it must say so. (Timers are on the steady clock, which stands still in suspend: after resuming they
// may fire late, and the lateness shows in the observation.)
Micros elapsed() {
    return read_clock(CLOCK_BOOTTIME);
}

}  // namespace

struct Loop::Timer::State {
    explicit State(asio::io_context& io) : timer(io) {}
    SteadyTimer timer;
    Task task;
    bool armed = true;
};

struct Loop::Watch::State : std::enable_shared_from_this<State> {
    State(asio::io_context& io, Ready wanted, std::function<void(Ready)> on_ready)
        : descriptor(io), interest(wanted), callback(std::move(on_ready)) {}

    void wait(bool for_reading) {
        descriptor.async_wait(
            for_reading ? Descriptor::wait_read : Descriptor::wait_write,
            [self = shared_from_this(), for_reading](const boost::system::error_code& error) {
                if (error || !self->watching) return;
                self->callback(Ready{.read = for_reading, .write = !for_reading});
                if (self->watching) self->wait(for_reading);
            });
    }

    void end() {
        // The callback stays alive until its queued handlers are gone: it may be the one running now.
        watching = false;
        if (descriptor.is_open()) descriptor.release();
    }

    Descriptor descriptor;
    Ready interest;
    std::function<void(Ready)> callback;
    bool watching = true;
};

struct Loop::Impl {
    // One thread runs it, any thread may post: the hint drops wake-ups, not locks.
    asio::io_context io{1};
    asio::executor_work_guard<Executor> work{io.get_executor()};
    Stamp started;
    Micros started_elapsed{0};
    Micros reported_offset{0};
    std::unique_ptr<SignalSet> signals;
    std::function<void(int)> signal_callback;
    std::map<int, std::weak_ptr<Watch::State>> watches;  // by descriptor number, so no more than those

    void wait_for_signal() {
        signals->async_wait([this](const boost::system::error_code& error, int signal) {
            if (error) return;
            signal_callback(signal);
            wait_for_signal();
        });
    }
};

Loop::Loop(Stamp no_earlier_than) : impl_(std::make_unique<Impl>()) {
    impl_->started_elapsed = elapsed();
    impl_->started =
        std::max(wall_clock(), no_earlier_than + (no_earlier_than == Stamp{} ? Micros{0} : Micros{1}));
}

Loop::~Loop() = default;

void Loop::run() {
    impl_->io.run();
    impl_->io.restart();
}

void Loop::stop() {
    impl_->io.stop();
}

void Loop::post(Task task) {
    asio::post(impl_->io, std::move(task));
}

Stamp Loop::now() const {
    return impl_->started + (elapsed() - impl_->started_elapsed);
}

Micros Loop::wall_offset() const {
    const Micros offset = wall_clock() - now();
    const Micros change = offset - impl_->reported_offset;
    if (change >= smallest_step || change <= -smallest_step) impl_->reported_offset = offset;
    return impl_->reported_offset;
}

asio::io_context& Loop::context() {
    return impl_->io;
}

Loop::Timer& Loop::Timer::operator=(Timer&& other) noexcept {
    if (this != &other) {
        cancel();
        state_ = std::move(other.state_);
    }
    return *this;
}

Loop::Timer::~Timer() {
    cancel();
}

void Loop::Timer::cancel() {
    const auto state = std::move(state_);
    if (!state) return;
    state->armed = false;
    const Task dropped = std::move(state->task);  // destroyed last: it may own the owner of this timer
    state->timer.cancel();
}

bool Loop::Timer::armed() const {
    return state_ && state_->armed;
}

Loop::Timer Loop::at(Stamp due, Task task) {
    return after(due - now(), std::move(task));
}

Loop::Timer Loop::after(Micros delay, Task task) {
    Timer timer;
    timer.state_ = std::make_shared<Timer::State>(impl_->io);
    timer.state_->task = std::move(task);
    timer.state_->timer.expires_after(std::max(delay, Micros{0}));
    timer.state_->timer.async_wait([state = timer.state_](const boost::system::error_code& error) {
        if (error || !state->armed) return;
        state->armed = false;
        const Task now_running = std::move(state->task);
        now_running();
    });
    return timer;
}

Loop::Watch& Loop::Watch::operator=(Watch&& other) noexcept {
    if (this != &other) {
        Watch old{std::move(*this)};
        state_ = std::move(other.state_);
    }
    return *this;
}

Loop::Watch::~Watch() {
    if (state_) state_->end();
}

Loop::Watch Loop::watch(int fd, Ready interest, std::function<void(Ready)> callback) {
    Watch watch;
    watch.state_ = std::make_shared<Watch::State>(impl_->io, interest, std::move(callback));
    // epoll knows a descriptor once: `watch = loop.watch(fd, ...)` makes the new one before the old one goes.
    auto& current = impl_->watches[fd];
    if (const auto older = current.lock()) older->end();
    current = watch.state_;
    boost::system::error_code error;
    watch.state_->descriptor.assign(fd, error);
    if (error) {
        // Nothing will be reported; the deadline of whoever asked ends it.
        log::warning("cannot watch descriptor " + std::to_string(fd) + ": " + error.message());
        return watch;
    }
    if (interest.read) watch.state_->wait(true);
    if (interest.write) watch.state_->wait(false);
    return watch;
}

void Loop::on_signals(const std::vector<int>& signals, std::function<void(int)> callback) {
    impl_->signals = std::make_unique<SignalSet>(impl_->io.get_executor());
    impl_->signal_callback = std::move(callback);
    for (const int signal : signals)
        impl_->signals->add(signal);
    impl_->wait_for_signal();
}

}  // namespace sereno
