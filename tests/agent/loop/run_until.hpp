// Runs a loop until something has happened, never for ever.
#pragma once

#include <functional>
#include <stdexcept>

#include "agent/loop/loop.hpp"

namespace sereno::test {

/// Until `finished`; throws when ten seconds have passed without.
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
    if (!finished()) throw std::logic_error("nothing came of it in ten seconds");
}

}  // namespace sereno::test
