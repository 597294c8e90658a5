#include "alerting/outbox.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

#include "agent/log.hpp"

namespace sereno {

namespace {

constexpr std::size_t held_at_most = 200;  // a channel
constexpr int most_under_way = 2;          // a channel
constexpr std::size_t word_at_most = 300;
constexpr Micros ledger_retry_first{1'000'000};
constexpr Micros ledger_retry_most{30'000'000};

// splitmix64 (Vigna): spreads consecutive numbers evenly.
std::uint64_t scattered(std::uint64_t x) {
    x += 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
}

enum class Step {
    idle,  // until next_try, or until a message before it is finished
    sending,
    keeping,  // finished; the ledger does not know yet
};

struct Held {
    OutboxMessage message;
    Step step = Step::idle;
    std::unique_ptr<Sending> sending;
    bool progress_under_way = false;  // the ledger has one progress of it at a time
    Micros ledger_wait = ledger_retry_first;
    Loop::Timer ledger_timer;
};
using HeldPtr = std::shared_ptr<Held>;  // callbacks hold it weakly

using Lane = std::deque<HeldPtr>;  // one incident to one address, by id

struct Route {
    std::string id;
    std::unique_ptr<Channel> channel;  // null: not configured
    std::map<std::pair<IncidentId, std::string>, Lane> lanes;
    std::size_t held = 0;
    int under_way = 0;
    MessageId taken;     // the highest id that was ever taken into memory
    bool behind = true;  // the ledger may hold more
    bool fetching = false;
    std::vector<OutboxMessage> later;  // came while behind: the ledger may not show them yet
    bool fetch_again = false;          // more came than `later` takes
    Loop::Timer fetch_timer;
};

std::string label(const OutboxMessage& message) {
    return "message=" + std::to_string(message.id.value) +
           " incident=" + std::to_string(message.incident.value) + " channel=" + message.recipient.channel;
}

}  // namespace

Micros retry_delay(const RetryRules& rules, MessageId id, int attempts) {
    Micros delay = rules.first;
    for (int i = 1; i < attempts && delay < rules.most; ++i)
        delay *= 2;
    delay = std::clamp(delay, Micros{1'000}, std::max(rules.most, Micros{1'000}));
    const auto quarter = static_cast<std::uint64_t>(delay.count() / 4 + 1);
    const auto less = scattered(id.value * 64 + static_cast<std::uint64_t>(attempts)) % quarter;
    return delay - Micros{static_cast<std::int64_t>(less)};
}

struct Outbox::Impl {
    Impl(Loop& l, OutboxLedger& g, RetryRules r, std::function<void(const OutboxMessage&)> c)
        : loop(l), ledger(g), rules(r), on_change(std::move(c)) {}

    Route& route_to(const std::string& channel);
    void take(Route& route, OutboxMessage message);
    void wake_at(Stamp due);
    void pump();
    void refill(Route& route);
    void fetched(Route& route, std::size_t limit, std::optional<std::vector<OutboxMessage>> messages);
    [[nodiscard]] HeldPtr next_due(Route& route, Stamp now, Stamp& earliest);
    void start(Route& route, const HeldPtr& held);
    void attempted(Route& route, const HeldPtr& held, const DeliveryAttempt& attempt);
    void keep_progress(const HeldPtr& held);
    void keep_end(Route& route, const HeldPtr& held);
    void kept(Route& route, const HeldPtr& held);

    Loop& loop;
    OutboxLedger& ledger;
    const RetryRules rules;
    const std::function<void(const OutboxMessage&)> on_change;
    std::map<std::string, Route> routes;  // nodes stay where they are
    Loop::Timer timer;
    Stamp due;  // of the timer, while it is armed
    std::shared_ptr<char> alive = std::make_shared<char>();
};

Route& Outbox::Impl::route_to(const std::string& channel) {
    Route& route = routes[channel];
    route.id = channel;
    return route;
}

void Outbox::Impl::take(Route& route, OutboxMessage message) {
    if (message.id <= route.taken) return;
    route.taken = message.id;
    auto& lane = route.lanes[{message.incident, message.recipient.address}];
    lane.push_back(std::make_shared<Held>());
    lane.back()->message = std::move(message);
    ++route.held;
}

// All work happens in pump(), so that no callback finds a list under its feet changed.
void Outbox::Impl::wake_at(Stamp when) {
    if (timer.armed() && due <= when) return;
    due = when;
    timer = loop.at(when, [this] { pump(); });
}

void Outbox::Impl::pump() {
    timer.cancel();
    const Stamp now = loop.now();
    Stamp earliest = Stamp::max();
    for (auto& [id, route] : routes) {
        refill(route);
        while (route.under_way < most_under_way) {
            const HeldPtr held = next_due(route, now, earliest);
            if (!held) break;
            start(route, held);
        }
    }
    if (earliest != Stamp::max()) wake_at(earliest);
}

void Outbox::Impl::refill(Route& route) {
    if (!route.behind || route.fetching || route.fetch_timer.armed() || route.held > held_at_most / 2) return;
    route.fetching = true;
    const std::size_t limit = held_at_most - route.held;
    ledger.waiting(route.id, route.taken, limit,
                   [this, &route, limit, guard = std::weak_ptr<char>{alive}](auto messages) {
                       if (!guard.expired()) fetched(route, limit, std::move(messages));
                   });
}

void Outbox::Impl::fetched(Route& route, std::size_t limit,
                           std::optional<std::vector<OutboxMessage>> messages) {
    route.fetching = false;
    if (!messages) {
        route.fetch_timer = loop.after(ledger_retry_first, [this] { wake_at(loop.now()); });
        return;
    }
    for (OutboxMessage& message : *messages)
        take(route, std::move(message));
    route.behind = messages->size() >= limit || route.fetch_again;
    if (!route.behind)
        for (OutboxMessage& message : route.later)
            take(route, std::move(message));
    if (!route.behind || route.fetch_again) route.later.clear();
    route.fetch_again = false;
    wake_at(loop.now());
}

// The first of its lane that is due longest; ties by id. Lowers `earliest` to the time of those that are not
// due yet.
HeldPtr Outbox::Impl::next_due(Route& route, Stamp now, Stamp& earliest) {
    HeldPtr best;
    for (const auto& [key, lane] : route.lanes) {
        const HeldPtr& head = lane.front();
        if (head->step != Step::idle) continue;
        const OutboxMessage& message = head->message;
        if (message.next_try > now)
            earliest = std::min(earliest, message.next_try);
        else if (!best || std::pair{message.next_try, message.id} <
                              std::pair{best->message.next_try, best->message.id})
            best = head;
    }
    return best;
}

void Outbox::Impl::start(Route& route, const HeldPtr& held) {
    held->step = Step::sending;
    ++route.under_way;
    const auto done = [this, &route, weak = std::weak_ptr<Held>{held}](const DeliveryAttempt& attempt) {
        if (const auto strong = weak.lock()) attempted(route, strong, attempt);
    };
    if (route.channel) {
        held->sending = route.channel->send(held->message, done);
        return;
    }
    // It may be configured again after the next start; until then it counts as out of reach.
    loop.post([done, word = "there is no channel '" + route.id + "' in the configuration"] {
        done({Acceptance::temporary, word, Micros{0}});
    });
}

void Outbox::Impl::attempted(Route& route, const HeldPtr& held, const DeliveryAttempt& attempt) {
    OutboxMessage& message = held->message;
    const Stamp now = loop.now();
    --route.under_way;
    // Not destroyed here: we are inside one of its callbacks.
    loop.post([ended = std::shared_ptr<Sending>{std::move(held->sending)}] {});
    ++message.attempts;
    message.last_word = attempt.word.substr(0, word_at_most);
    wake_at(now);

    const Stamp last_chance = message.created + rules.give_up;
    if (attempt.acceptance == Acceptance::temporary && now < last_chance) {
        const Micros wait = std::max(retry_delay(rules, message.id, message.attempts), attempt.retry_after);
        message.next_try = wait < last_chance - now ? now + wait : last_chance;
        held->step = Step::idle;
        log::warning("delivery delayed " + label(message) + " attempts=" + std::to_string(message.attempts) +
                     " why=\"" + message.last_word + "\"");
        keep_progress(held);
        if (on_change) on_change(OutboxMessage{message});
        return;
    }
    message.state = attempt.acceptance == Acceptance::accepted ? DeliveryState::sent : DeliveryState::failed;
    message.done = now;
    held->step = Step::keeping;
    keep_end(route, held);
}

// Helpful after a restart, not needed for safety: while one is under way the next is left out.
void Outbox::Impl::keep_progress(const HeldPtr& held) {
    if (held->progress_under_way) return;
    held->progress_under_way = true;
    ledger.keep(held->message, [weak = std::weak_ptr<Held>{held}](bool) {
        if (const auto strong = weak.lock()) strong->progress_under_way = false;
    });
}

void Outbox::Impl::keep_end(Route& route, const HeldPtr& held) {
    ledger.keep(held->message, [this, &route, weak = std::weak_ptr<Held>{held}](bool well) {
        const auto strong = weak.lock();
        if (!strong) return;
        if (well) return kept(route, strong);
        strong->ledger_timer = loop.after(strong->ledger_wait, [this, &route, weak] {
            if (const auto again = weak.lock()) keep_end(route, again);
        });
        strong->ledger_wait = std::min(strong->ledger_wait * 2, ledger_retry_most);
    });
}

void Outbox::Impl::kept(Route& route, const HeldPtr& held) {
    const OutboxMessage message = held->message;
    const auto at = route.lanes.find({message.incident, message.recipient.address});
    at->second.pop_front();
    if (at->second.empty()) route.lanes.erase(at);
    --route.held;
    wake_at(loop.now());
    if (message.state == DeliveryState::sent)
        log::info("delivered " + label(message) + " attempts=" + std::to_string(message.attempts));
    else
        log::error("delivery given up " + label(message) + " attempts=" + std::to_string(message.attempts) +
                   " why=\"" + message.last_word + "\"");
    if (on_change) on_change(message);
}

Outbox::Outbox(Loop& loop, OutboxLedger& ledger, std::vector<std::unique_ptr<Channel>> channels,
               RetryRules rules, std::function<void(const OutboxMessage&)> on_change)
    : impl_(std::make_unique<Impl>(loop, ledger, rules, std::move(on_change))) {
    for (auto& channel : channels) {
        Route& route = impl_->route_to(channel->id());
        route.channel = std::move(channel);
    }
    impl_->wake_at(loop.now());
}

Outbox::~Outbox() = default;

void Outbox::add(std::vector<OutboxMessage> messages) {
    std::stable_sort(messages.begin(), messages.end(),
                     [](const OutboxMessage& a, const OutboxMessage& b) { return a.id < b.id; });
    for (OutboxMessage& message : messages) {
        if (message.id.empty() || message.state != DeliveryState::waiting) continue;
        Route& route = impl_->route_to(message.recipient.channel);
        if (route.held >= held_at_most) route.behind = true;
        if (!route.behind)
            impl_->take(route, std::move(message));
        else if (!route.fetch_again && route.held + route.later.size() < held_at_most)
            route.later.push_back(std::move(message));
        else
            route.fetch_again = true;
    }
    impl_->wake_at(impl_->loop.now());
}

std::size_t Outbox::waiting() const {
    std::size_t count = 0;
    for (const auto& [id, route] : impl_->routes)
        count += route.held;
    return count;
}

}  // namespace sereno
