// One question to a real service on loopback, and its answer.
#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "../bench.hpp"
#include "json_service.hpp"
#include "probes/witness/asker.hpp"

namespace sereno::test {

/// Runs the loop until `finished`, at most ten seconds.
template <class Finished>
void run_loop_until(Loop& loop, const Finished& finished) {
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

/// Asks and waits; throws when the callback comes twice or too early.
inline Answer ask(Loop& loop, Asker& asker, Question question) {
    std::optional<Answer> answer;
    bool started = false;
    const auto asked = asker.ask(std::move(question), [&](const Answer& got) {
        if (!started || answer)
            throw std::logic_error("broken promise: called once, not before ask() returns");
        answer = got;
    });
    started = true;
    run_loop_until(loop, [&] { return answer.has_value(); });
    return *answer;
}

}  // namespace sereno::test
