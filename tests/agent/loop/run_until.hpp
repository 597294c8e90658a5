// Runs a loop until something has happened, never for ever.
#pragma once

#include <functional>

#include "agent/loop/loop.hpp"
#include "catch.hpp"

namespace sereno::test {

/// Until `finished` or until ten seconds have passed; then the test fails.
inline void run_until(Loop& loop, const std::function<bool()>& finished) {
    const Stamp end = loop.now() + std::chrono::seconds{10};
    Task look;
    Loop::Timer again;
    look = [&] {
        if (finished() || loop.now() > end) return loop.stop();
        again = loop.after(std::chrono::milliseconds{1}, look);
    };
    loop.post(look);
    loop.run();
    CHECK(finished());
}

}  // namespace sereno::test
