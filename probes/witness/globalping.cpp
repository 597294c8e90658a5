// Who may ask what, and when: limits are read first, questions shared, answers kept. One measurement itself
// is globalping_run.hpp.
#include "probes/witness/globalping.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "probes/witness/budget.hpp"
#include "probes/witness/globalping_message.hpp"
#include "probes/witness/globalping_run.hpp"
#include "probes/witness/voices.hpp"
#include "probes/witness/witnesses.hpp"

namespace sereno {

namespace {

constexpr Micros shared_for{30'000'000}, worth_repeating{1'200'000'000};
constexpr Micros left_alone{60'000'000};  ///< when it wants to be and does not say for how long
constexpr Micros longest_reading{5'000'000};
constexpr std::size_t most_entries = 128, most_limits_bytes = 16384;
constexpr int unauthorized = 401, too_many_requests = 429, unavailable = 503;

/// One who wants to know. The handle owns it, so with the handle goes the call.
struct Waiting {
    std::function<void(const Elsewhere&)> done;
    Elsewhere answer;
    Loop::Timer timer;  ///< at the deadline, or at once with the answer
};

class Viewer final : public Asked {
  public:
    explicit Viewer(std::shared_ptr<Waiting> waiting) : waiting_(std::move(waiting)) {}

  private:
    std::shared_ptr<Waiting> waiting_;
};

/// One question, as long as anybody cares.
struct Entry {
    ViewElsewhere task;
    GlobalpingRequest request;
    Stamp deadline;  ///< of the most patient
    std::vector<std::weak_ptr<Waiting>> waiting;
    bool wants_limits = false;
    std::unique_ptr<GlobalpingRun> run;
    Elsewhere last;
    Stamp settled;  ///< when `last` came; zero: never
    [[nodiscard]] bool is_open() const { return wants_limits || run != nullptr; }
};

bool is_visible(const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

Elsewhere nobody(std::string why) {
    Elsewhere elsewhere;
    elsewhere.why = std::move(why);
    return elsewhere;
}

}  // namespace

struct Globalping::Impl : std::enable_shared_from_this<Impl> {
    Impl(ProbeContext& with, Asker& by, WitnessBoard& on, std::string base, const std::string& token)
        : context(with), asker(by), board(on) {
        if (!base.ends_with('/')) base += '/';
        api.base = std::move(base);
        api.headers.emplace_back("Accept: application/json");
        has_token = !token.empty();
        if (!is_visible(token))  // it would end the header
            complaint = "the token of Globalping holds spaces or what no token holds: correct it";
        else if (has_token)
            api.headers.push_back("Authorization: Bearer " + token);
    }

    ProbeContext& context;
    Asker& asker;
    WitnessBoard& board;
    GlobalpingApi api;
    bool has_token = false;
    std::string complaint;  ///< about the configuration; empty: none
    Budget budget;
    std::map<std::string, Entry> entries;
    std::unique_ptr<Asked> reading;  ///< of the limits; null: not being read

    [[nodiscard]] Stamp now() const { return context.loop.now(); }
    [[nodiscard]] std::string clock(Stamp at) const {
        return clock_text(at + context.loop.wall_offset()) + " UTC";
    }

    void recall();
    std::shared_ptr<Waiting> join(const std::string& key, Stamp deadline,
                                  std::function<void(const Elsewhere&)> done);
    void tell(const std::shared_ptr<Waiting>& waiting, const Elsewhere& answer);
    void tell_all(Entry& entry, const Elsewhere& answer);
    void out_of_time(const std::string& key, Waiting& waiting);
    void start(const std::string& key, Entry& entry);
    void read_limits();
    void on_limits(const Answer& answer);
    void begin(const std::string& key, Entry& entry);
    void count(const std::string& key, std::int32_t tests, const Answer& answer,
               const GlobalpingCreated& created);
    void obey(const Answer& answer);
    void ended(const std::string& key, Elsewhere elsewhere);
    void settle(Entry& entry, Elsewhere elsewhere);
    void hold_back(Entry& entry, Budget::Ruling ruling);
    std::string words_for(Budget::Ruling ruling) const;
    void note_budget();
    void forget_oldest();
};

Globalping::Globalping(ProbeContext& context, Asker& asker, WitnessBoard& board, std::string base_url,
                       std::string token)
    : impl_(std::make_shared<Impl>(context, asker, board, std::move(base_url), token)) {
    board.list(globalping_id, "Globalping", Group::witness, context.loop.now());
    if (!impl_->complaint.empty()) board.unable(globalping_id, context.loop.now(), impl_->complaint);
    impl_->recall();
}

Globalping::~Globalping() = default;

std::unique_ptr<Asked> Globalping::view(const ViewElsewhere& task, Stamp deadline,
                                        std::function<void(const Elsewhere&)> done) {
    Impl& self = *impl_;
    self.recall();
    const std::string key = question_of(task);
    GlobalpingRequest request = globalping_request(task);
    if (request.why.empty()) request.why = self.complaint;
    if (!request.why.empty()) {
        auto waiting = std::make_shared<Waiting>();
        waiting->done = std::move(done);
        self.tell(waiting, nobody("nobody elsewhere is asked: " + request.why));
        return std::make_unique<Viewer>(std::move(waiting));
    }
    Entry& entry = self.entries[key];
    entry.task = task;
    entry.request = std::move(request);
    auto waiting = self.join(key, deadline, std::move(done));
    self.budget.want(key, self.now());
    if (entry.run) {
        entry.run->extend(entry.deadline);
    } else if (!entry.wants_limits) {
        const bool is_new = entry.settled != Stamp{} && self.now() - entry.settled < shared_for;
        is_new ? self.tell_all(entry, entry.last) : self.start(key, entry);
    }
    self.forget_oldest();
    return std::make_unique<Viewer>(std::move(waiting));
}

/// What an earlier run of this program knew.
void Globalping::Impl::recall() {
    const Fact* fact = context.remembered.find(FactKind::budget, globalping_id.value);
    if (fact == nullptr || budget.is_known(now())) return;
    budget.restore(fact->values, now());
    if (budget.is_known(now()))
        board.budget(globalping_id, now(), budget.left(), budget.limit(), budget.resets());
}

std::shared_ptr<Waiting> Globalping::Impl::join(const std::string& key, Stamp deadline,
                                                std::function<void(const Elsewhere&)> done) {
    Entry& entry = entries[key];
    entry.deadline = entry.is_open() ? std::max(entry.deadline, deadline) : deadline;
    auto waiting = std::make_shared<Waiting>();
    waiting->done = std::move(done);
    waiting->timer = context.loop.at(deadline, [weak = weak_from_this(), key, one = std::weak_ptr(waiting)] {
        const auto self = weak.lock();
        const auto late = one.lock();
        if (self && late) self->out_of_time(key, *late);
    });
    std::erase_if(entry.waiting, [](const auto& one) { return one.expired(); });
    entry.waiting.push_back(waiting);
    return waiting;
}

/// Always by way of the loop: whoever is told may destroy what tells.
void Globalping::Impl::tell(const std::shared_ptr<Waiting>& waiting, const Elsewhere& answer) {
    waiting->answer = answer;
    waiting->timer = context.loop.after(Micros{0}, [weak = std::weak_ptr(waiting)] {
        const auto told = weak.lock();
        if (const auto done = told ? std::exchange(told->done, nullptr) : nullptr) done(told->answer);
    });
}

void Globalping::Impl::tell_all(Entry& entry, const Elsewhere& answer) {
    for (const auto& one : std::exchange(entry.waiting, {}))
        if (const auto waiting = one.lock()) tell(waiting, answer);
}

void Globalping::Impl::out_of_time(const std::string& key, Waiting& waiting) {
    const auto found = entries.find(key);
    const bool under_way = found != entries.end() && found->second.run != nullptr;
    const auto done = std::exchange(waiting.done, nullptr);
    const Elsewhere answer = under_way ? found->second.run->so_far()
                                       : nobody("Globalping did not say in time what it may be asked");
    if (done) done(answer);
}

void Globalping::Impl::start(const std::string& key, Entry& entry) {
    const auto ruling = budget.rule(key, entry.request.tests, now());
    if (ruling != Budget::Ruling::ask) return hold_back(entry, ruling);
    if (budget.must_read(now())) {
        entry.wants_limits = true;
        return read_limits();
    }
    begin(key, entry);
}

void Globalping::Impl::read_limits() {
    if (reading) return;
    Question question;
    question.url = api.base + "v1/limits";
    question.headers = api.headers;
    question.max_body_bytes = most_limits_bytes;
    question.timeout = longest_reading;
    reading = asker.ask(std::move(question), [this](const Answer& answer) { on_limits(answer); });
}

void Globalping::Impl::on_limits(const Answer& answer) {
    const auto finished = std::move(reading);
    GlobalpingLimits limits;
    limits.why = answer.why;
    if (answer.ok()) limits = sereno::read_limits(answer.body);
    if (answer.ok() && !limits.known)
        limits.why = "what it says of its limits is not understood: " + limits.why;
    if (answer.status == unauthorized) limits.why = "it does not accept the token (401): check it";
    obey(answer);
    if (limits.known) {
        budget.told(limits.left, limits.limit, limits.resets_in, now());
        note_budget();
    } else {
        board.unable(globalping_id, now(), limits.why);
    }
    for (auto& [key, entry] : entries) {
        if (!std::exchange(entry.wants_limits, false)) continue;
        if (!limits.known)
            settle(entry, nobody("Globalping: " + limits.why));
        else if (now() < entry.deadline)
            start(key, entry);
    }
}

void Globalping::Impl::begin(const std::string& key, Entry& entry) {
    const std::int32_t tests = entry.request.tests;
    budget.begin(key, tests, now());
    GlobalpingRun::Callbacks callbacks;
    callbacks.created = [this, key, tests](const Answer& answer, const GlobalpingCreated& created) {
        count(key, tests, answer, created);
    };
    callbacks.ended = [this, key](Elsewhere elsewhere) { ended(key, std::move(elsewhere)); };
    entry.run = std::make_unique<GlobalpingRun>(context.loop, asker, api, entry.task, entry.request,
                                                entry.deadline, std::move(callbacks));
}

void Globalping::Impl::count(const std::string& key, std::int32_t tests, const Answer& answer,
                             const GlobalpingCreated& created) {
    const bool never_sent = answer.failure != Failure::none && answer.reached < Stage::http;
    const GlobalpingLimits limits = limits_of(answer.headers);
    if (!created.id.empty() && limits.known)
        budget.counted(tests);
    else if (!created.id.empty())
        budget.taken(tests, created.probes > 0 ? created.probes : tests);
    else if (never_sent || (answer.status >= 400 && answer.status < 500))
        budget.refused(key, tests);
    else
        budget.lost(key, tests);
    if (limits.known) budget.told(limits.left, limits.limit, limits.resets_in, now());
    obey(answer);
    note_budget();
}

/// 429 and 503.
void Globalping::Impl::obey(const Answer& answer) {
    if (answer.status == unavailable && answer.retry_after > Micros{0})
        budget.close(now() + answer.retry_after);
    if (answer.status != too_many_requests) return;
    const GlobalpingLimits limits = limits_of(answer.headers);
    const Micros pause = std::max(answer.retry_after, limits.resets_in);
    budget.close(now() + (pause > Micros{0} ? pause : left_alone));
}

void Globalping::Impl::ended(const std::string& key, Elsewhere elsewhere) {
    const auto found = entries.find(key);
    if (found == entries.end()) return;
    Entry& entry = found->second;
    const auto finished = std::move(entry.run);
    const std::string summary = summary_of(elsewhere.voices);
    if (majority_of(elsewhere.voices).failure != Failure::witness_unknown)
        board.able(globalping_id, now(), entry.request.about + ": " + summary);
    else if (now() < budget.opens())
        board.unable(globalping_id, now(), words_for(Budget::Ruling::closed));
    else
        board.unable(globalping_id, now(), elsewhere.voices.empty() ? elsewhere.why : summary);
    settle(entry, std::move(elsewhere));
}

void Globalping::Impl::settle(Entry& entry, Elsewhere elsewhere) {
    entry.last = std::move(elsewhere);
    entry.settled = now();
    tell_all(entry, entry.last);
}

/// It may not be asked now: the last answer, while it is of any worth, says more than none.
void Globalping::Impl::hold_back(Entry& entry, Budget::Ruling ruling) {
    const bool out = ruling == Budget::Ruling::spent || ruling == Budget::Ruling::closed;
    if (out) board.unable(globalping_id, now(), words_for(ruling));
    const bool of_worth = !entry.last.voices.empty() && now() - entry.last.when < worth_repeating;
    tell_all(entry, of_worth ? entry.last : nobody("Globalping: " + words_for(ruling)));
}

std::string Globalping::Impl::words_for(Budget::Ruling ruling) const {
    const std::string limit = std::to_string(budget.limit()), left = std::to_string(budget.left());
    const std::string until = budget.resets() == Stamp{} ? "" : " until " + clock(budget.resets());
    switch (ruling) {
        case Budget::Ruling::spent:
            return "its limit of " + limit + " tests an hour is used up" + until +
                   (has_token ? "" : "; the token of an account allows more");
        case Budget::Ruling::kept:
            return left + " of " + limit + " tests are left" + until +
                   ", kept for what was not asked about lately";
        case Budget::Ruling::closed:
            return "it wants to be left alone until " + clock(budget.opens());
        default:
            return "it was asked a moment ago";
    }
}

void Globalping::Impl::note_budget() {
    if (!budget.is_known(now())) return;
    board.budget(globalping_id, now(), budget.left(), budget.limit(), budget.resets());
    context.remembered.keep(FactKind::budget, globalping_id.value, budget.values(), now());
}

void Globalping::Impl::forget_oldest() {
    if (entries.size() <= most_entries) return;
    auto oldest = entries.end();
    for (auto it = entries.begin(); it != entries.end(); ++it)
        if (!it->second.is_open() && it->second.waiting.empty() &&
            (oldest == entries.end() || it->second.settled < oldest->second.settled))
            oldest = it;
    if (oldest != entries.end()) entries.erase(oldest);
}

}  // namespace sereno
