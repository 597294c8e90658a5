// The one thread that everything but the database runs on: clock, timers, descriptors, signals, posted work.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "agent/model/time.hpp"

namespace boost::asio {
class io_context;
}

namespace sereno {

using Task = std::function<void()>;

/// Not thread-safe but for post() and stop(). Every callback runs on the thread that called run(), never from
/// inside the call that registered it. An exception that leaves a callback ends run() with it. Timers,
/// watches and whatever else was made from the loop must be destroyed before it.
class Loop {
  public:
    /// `no_earlier_than`: the timeline starts at the wall clock or here, whichever is later, so that stamps
    /// never repeat after a restart with a wrong clock.
    explicit Loop(Stamp no_earlier_than = Stamp{});
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    /// Runs until stop().
    void run();
    /// Makes run() return soon; from any thread.
    void stop();
    /// Runs `task` soon, from the loop. From any thread.
    void post(Task task);

    /// Now, on the timeline.
    [[nodiscard]] Stamp now() const;
    /// Wall clock minus timeline, now. Zero until the wall clock is stepped, unless the timeline started
    /// later than the wall clock. The last value is kept while it is true to 50 ms: slewing is no news.
    [[nodiscard]] Micros wall_offset() const;

    /// Fires once. Destroying or resetting it cancels, also when the handler is already queued.
    class Timer {
      public:
        Timer() = default;
        Timer(Timer&&) noexcept = default;
        Timer& operator=(Timer&& other) noexcept;
        ~Timer();
        void cancel();
        [[nodiscard]] bool armed() const;

      private:
        friend class Loop;
        struct State;
        std::shared_ptr<State> state_;
    };
    [[nodiscard]] Timer at(Stamp due, Task task);
    [[nodiscard]] Timer after(Micros delay, Task task);

    /// Watches a descriptor owned by somebody else (c-ares, curl, a raw socket). Level-triggered: the
    /// callback comes again and again while the descriptor is ready. One watch a descriptor: a new one
    /// silences the one before. Destroy the watch before the descriptor is closed.
    class Watch {
      public:
        Watch() = default;
        Watch(Watch&&) noexcept = default;
        Watch& operator=(Watch&& other) noexcept;
        ~Watch();

      private:
        friend class Loop;
        struct State;
        std::shared_ptr<State> state_;
    };
    struct Ready {
        bool read = false, write = false;
    };
    [[nodiscard]] Watch watch(int fd, Ready interest, std::function<void(Ready)> callback);

    /// Calls back each time one of the signals arrives, until the loop is destroyed. Once a loop.
    void on_signals(const std::vector<int>& signals, std::function<void(int)> callback);

    /// For what is built on Asio itself (the page, the rehearsal's servers).
    [[nodiscard]] boost::asio::io_context& context();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace sereno
