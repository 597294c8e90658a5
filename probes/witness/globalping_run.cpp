#include "probes/witness/globalping_run.hpp"

#include <algorithm>
#include <utility>

namespace sereno {

namespace {

/// The service wants half a second between an answer and the next look.
constexpr Micros first_pause{500'000}, longest_pause{2'000'000};
constexpr Micros longest_post{10'000'000}, longest_look{5'000'000};
constexpr int most_failed_looks = 3;
constexpr std::size_t most_created_bytes = 16384;
/// A probe tells of the first 10 kB of a page, twice, and of its headers; escaped they may be larger.
constexpr std::size_t bytes_a_voice = 131072;

constexpr int too_many_requests = 429;

}  // namespace

GlobalpingRun::GlobalpingRun(Loop& loop, Asker& asker, const GlobalpingApi& api, const ViewElsewhere& task,
                             GlobalpingRequest request, Stamp deadline, Callbacks callbacks)
    : loop_(loop),
      asker_(asker),
      api_(api),
      task_(task),
      request_(std::move(request)),
      deadline_(deadline),
      began_(loop.now()),
      callbacks_(std::move(callbacks)),
      pause_(first_pause) {
    deadline_timer_ = loop_.at(deadline_, [this] { end(); });
    Question question;
    question.url = api_.base + "v1/measurements";
    question.method = "POST";
    question.headers = api_.headers;
    question.body = request_.body;
    question.max_body_bytes = most_created_bytes;
    question.timeout = std::min(longest_post, time_left());
    asked_ = asker_.ask(std::move(question), [this](const Answer& answer) { on_created(answer); });
}

void GlobalpingRun::extend(Stamp deadline) {
    if (deadline <= deadline_) return;
    deadline_ = deadline;
    deadline_timer_ = loop_.at(deadline_, [this] { end(); });
}

Elsewhere GlobalpingRun::so_far() const {
    Elsewhere elsewhere{.voices = seen_.voices, .when = began_, .why = {}, .addresses = seen_.addresses};
    if (!elsewhere.voices.empty()) return elsewhere;
    elsewhere.why = "nobody elsewhere has said anything in time about " + request_.about;
    if (!why_.empty()) elsewhere.why += ": " + why_;
    return elsewhere;
}

void GlobalpingRun::on_created(const Answer& answer) {
    GlobalpingCreated created;
    if (answer.ok()) created = read_created(answer.body);
    why_ = answer.ok() ? created.why : answer.why;
    if (const std::string error = read_error(answer.body); !error.empty()) why_ += "; " + error;
    id_ = created.id;
    std::exchange(callbacks_.created, nullptr)(answer, created);
    if (id_.empty()) return end();
    look_in(pause_);
}

void GlobalpingRun::look_in(Micros pause) {
    pause_timer_ = loop_.after(pause, [this] { look(); });
}

void GlobalpingRun::look() {
    Question question;
    question.url = api_.base + "v1/measurements/" + id_;
    question.headers = api_.headers;
    question.max_body_bytes = bytes_a_voice * static_cast<std::size_t>(request_.tests + 1);
    question.timeout = std::min(longest_look, time_left());
    asked_ = asker_.ask(std::move(question), [this](const Answer& answer) { on_look(answer); });
}

void GlobalpingRun::on_look(const Answer& answer) {
    GlobalpingMeasured now;
    now.why = answer.why;
    if (answer.ok()) now = read_measured(answer.body, id_, task_);
    pause_ = std::min(pause_ * 3 / 2, longest_pause);
    if (!now.known) {
        why_ = now.why;
        const bool asks_for_patience = answer.status == too_many_requests;
        if (!asks_for_patience && ++failed_looks_ == most_failed_looks) return end();
        return look_in(std::max(pause_, answer.retry_after));
    }
    failed_looks_ = 0;
    why_.clear();
    seen_ = std::move(now);
    if (seen_.finished) return end();
    look_in(pause_);
}

void GlobalpingRun::end() {
    pause_timer_.cancel();
    deadline_timer_.cancel();
    if (const auto created = std::exchange(callbacks_.created, nullptr)) {
        why_ = "it did not take the question in time";
        Answer none;
        none.reached = Stage::http;
        none.failure = Failure::http_timeout;
        created(none, {});
    }
    const auto ended = std::move(callbacks_.ended);
    ended(so_far());
}

Micros GlobalpingRun::time_left() const {
    return std::max(Micros{1}, deadline_ - loop_.now());
}

}  // namespace sereno
