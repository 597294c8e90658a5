// Real services on loopback, over real TLS; one question to such a service, and its answer.
#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "../../agent/loop/run_until.hpp"
#include "../bench.hpp"
#include "json_service.hpp"
#include "probes/witness/asker.hpp"

namespace sereno::test {

/// Who vouches for all services of a test program.
inline Authority& authority() {
    static Authority one;
    return one;
}

/// Of a service at "localhost".
inline const Certificate& certificate() {
    static const Certificate one = authority().issue("localhost");
    return one;
}

inline JsonService::Reply with_body(std::string body, int status = 200) {
    JsonService::Reply reply;
    reply.status = status;
    reply.body = std::move(body);
    return reply;
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
    run_until(loop, [&] { return answer.has_value(); });
    return *answer;
}

}  // namespace sereno::test
