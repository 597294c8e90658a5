#include "agent/loop/loop.hpp"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include "catch.hpp"

using namespace sereno;
using namespace std::chrono_literals;

namespace {

/// Two connected sockets.
struct Pair {
    int ends[2] = {-1, -1};
    Pair() { REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0); }
    ~Pair() {
        ::close(ends[0]);
        ::close(ends[1]);
    }
};

/// Fails the test instead of hanging it.
Loop::Timer give_up(Loop& loop, bool& gave_up) {
    return loop.after(10s, [&] {
        gave_up = true;
        loop.stop();
    });
}

}  // namespace

TEST_CASE("timers fire in the order of their due times, not of their making") {
    Loop loop;
    std::string order;
    const auto late = loop.after(30ms, [&] {
        order += "3";
        loop.stop();
    });
    const auto soon = loop.after(5ms, [&] { order += "1"; });
    const auto middle = loop.at(loop.now() + 15ms, [&] { order += "2"; });
    CHECK(soon.armed());
    loop.run();
    CHECK(order == "123");
    CHECK_FALSE(soon.armed());
}

TEST_CASE("a timer that is due in the past fires soon, and never inside the call that made it") {
    Loop loop;
    bool fired = false;
    const auto timer = loop.at(loop.now() - 1h, [&] {
        fired = true;
        loop.stop();
    });
    CHECK_FALSE(fired);
    loop.run();
    CHECK(fired);
}

TEST_CASE("a cancelled timer stays silent although its handler was already queued") {
    Loop loop;
    bool fired = false;
    std::optional<Loop::Timer> by_destruction, by_cancel, by_assignment;
    // All are due at the same instant, so all handlers are queued together; the first to run cancels the
    // others.
    const auto first = loop.after(0us, [&] {
        by_destruction.reset();
        by_cancel->cancel();
        *by_assignment = Loop::Timer{};
    });
    by_destruction = loop.after(0us, [&] { fired = true; });
    by_cancel = loop.after(0us, [&] { fired = true; });
    by_assignment = loop.after(0us, [&] { fired = true; });
    const auto end = loop.after(20ms, [&] { loop.stop(); });
    ::usleep(2000);  // makes all of them due before the loop looks for the first time
    loop.run();
    CHECK_FALSE(fired);
    CHECK_FALSE(by_cancel->armed());
}

TEST_CASE("a timer may be destroyed or made anew by its own task") {
    Loop loop;
    int ticks = 0;
    Loop::Timer timer;
    const std::string captured(100, 'x');
    Task tick = [&, captured] {
        if (++ticks == 3) {
            timer = Loop::Timer{};
            CHECK(captured.size() == 100);
            loop.stop();
            return;
        }
        timer = loop.after(1ms, tick);
        CHECK(captured.size() == 100);
    };
    timer = loop.after(1ms, tick);
    loop.run();
    CHECK(ticks == 3);
}

TEST_CASE("a timer that is the last owner of its own owner can be cancelled") {
    struct Owner {
        Loop::Timer timer;
    };
    Loop loop;
    auto owner = std::make_shared<Owner>();
    std::weak_ptr<Owner> seen = owner;
    owner->timer = loop.after(1h, [owner] {});
    Owner* raw = owner.get();
    owner.reset();
    CHECK_FALSE(seen.expired());
    raw->timer.cancel();
    CHECK(seen.expired());
}

TEST_CASE("posted work from another thread wakes an idle loop") {
    Loop loop;
    bool gave_up = false, ran = false;
    const auto guard = give_up(loop, gave_up);
    const auto loop_thread = std::this_thread::get_id();
    std::thread::id ran_on;
    std::thread other([&] {
        for (int i = 0; i < 1000; ++i)
            loop.post([] {});
        loop.post([&] {
            ran = true;
            ran_on = std::this_thread::get_id();
            loop.stop();
        });
    });
    loop.run();
    other.join();
    CHECK(ran);
    CHECK(ran_on == loop_thread);
    CHECK_FALSE(gave_up);
}

TEST_CASE("the loop runs without work until it is stopped, and can run again") {
    Loop loop;
    std::thread stopper([&] { loop.stop(); });
    loop.run();
    stopper.join();
    bool again = false;
    loop.post([&] {
        again = true;
        loop.stop();
    });
    loop.run();
    CHECK(again);
}

TEST_CASE("an exception that leaves a callback ends run() with it") {
    Loop loop;
    loop.post([] { throw std::runtime_error("broken"); });
    CHECK_THROWS_AS(loop.run(), std::runtime_error);
}

TEST_CASE("a watch reports again and again while the descriptor is ready") {
    Loop loop;
    bool gave_up = false;
    const auto guard = give_up(loop, gave_up);
    Pair pair;
    int reports = 0;
    const auto watch = loop.watch(pair.ends[0], {.read = true}, [&](Loop::Ready ready) {
        CHECK(ready.read);
        CHECK_FALSE(ready.write);
        if (++reports == 3) loop.stop();  // nothing was read: it stays readable
    });
    REQUIRE(::write(pair.ends[1], "x", 1) == 1);
    loop.run();
    CHECK(reports == 3);
    CHECK_FALSE(gave_up);
}

TEST_CASE("a watch tells reading from writing, and a closed peer is readable") {
    Loop loop;
    bool gave_up = false, wrote = false, read = false;
    const auto guard = give_up(loop, gave_up);
    Pair pair;
    Loop::Watch watch = loop.watch(pair.ends[0], {.write = true}, [&](Loop::Ready ready) {
        wrote = ready.write && !ready.read;
        watch = loop.watch(pair.ends[0], {.read = true}, [&](Loop::Ready now) {
            read = now.read;
            loop.stop();
        });
        ::shutdown(pair.ends[1], SHUT_RDWR);
    });
    loop.run();
    CHECK(wrote);
    CHECK(read);
    CHECK_FALSE(gave_up);
}

TEST_CASE("a watch may be destroyed by its own callback, and leaves the descriptor open") {
    Loop loop;
    Pair pair;
    int reports = 0;
    const std::string captured(100, 'x');
    std::optional<Loop::Watch> watch;
    watch = loop.watch(pair.ends[0], {.read = true, .write = true}, [&, captured](Loop::Ready) {
        ++reports;
        watch.reset();
        CHECK(captured.size() == 100);
    });
    REQUIRE(::write(pair.ends[1], "x", 1) == 1);
    const auto end = loop.after(20ms, [&] { loop.stop(); });
    loop.run();
    CHECK(reports == 1);  // readable and writable at once, yet the second report found it gone
    char byte = 0;
    CHECK(::read(pair.ends[0], &byte, 1) == 1);
}

TEST_CASE("a descriptor number that is used again gets its own watch") {
    Loop loop;
    bool gave_up = false;
    const auto guard = give_up(loop, gave_up);
    int old_reports = 0, new_reports = 0, number = -1;
    {
        Pair pair;
        number = pair.ends[0];
        const auto watch = loop.watch(pair.ends[0], {.read = true}, [&](Loop::Ready) { ++old_reports; });
        REQUIRE(::write(pair.ends[1], "x", 1) == 1);
    }
    Pair pair;
    REQUIRE(pair.ends[0] == number);
    const auto watch = loop.watch(pair.ends[0], {.read = true}, [&](Loop::Ready) {
        ++new_reports;
        loop.stop();
    });
    REQUIRE(::write(pair.ends[1], "x", 1) == 1);
    loop.run();
    CHECK(old_reports == 0);
    CHECK(new_reports == 1);
    CHECK_FALSE(gave_up);
}

TEST_CASE("a descriptor that cannot be watched is never ready") {
    Loop loop;
    const auto watch = loop.watch(-1, {.read = true}, [](Loop::Ready) { FAIL("ready"); });
    const auto end = loop.after(1ms, [&] { loop.stop(); });
    loop.run();
}

TEST_CASE("each signal is reported, not only the first") {
    Loop loop;
    bool gave_up = false;
    const auto guard = give_up(loop, gave_up);
    int reports = 0;
    loop.on_signals({SIGUSR1}, [&](int signal) {
        CHECK(signal == SIGUSR1);
        if (++reports == 2) return loop.stop();
        ::raise(SIGUSR1);
    });
    loop.post([] { ::raise(SIGUSR1); });
    loop.run();
    CHECK(reports == 2);
    CHECK_FALSE(gave_up);
}

TEST_CASE("the timeline starts at the wall clock") {
    const auto wall = [] { return std::chrono::system_clock::now().time_since_epoch(); };
    const auto before = wall();
    const Loop loop;
    const auto now = loop.now().time_since_epoch();
    CHECK(now >= std::chrono::floor<Micros>(before) - 1ms);
    CHECK(now <= wall() + 1ms);
    CHECK(loop.wall_offset() == Micros{0});
}

TEST_CASE("the timeline never repeats stamps after a restart with a clock that went back") {
    const Loop before;
    const Stamp last = before.now() + 48h;
    const Loop after(last);
    CHECK(after.now() > last);
    CHECK(after.now() < last + 1min);
    // The wall clock is two days behind the timeline, and the offset says so, the same each time.
    CHECK(after.wall_offset() < -47h);
    CHECK(after.wall_offset() == after.wall_offset());
}
