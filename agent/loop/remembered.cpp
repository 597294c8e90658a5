#include "agent/loop/remembered.hpp"

#include <algorithm>

namespace sereno {

namespace {

constexpr std::size_t most_values = 32, longest_value = 255;
/// Looking for the oldest takes a look at all: so many go at once that it is seldom done.
constexpr std::size_t forgotten_at_once = Remembered::most / 8;

bool is_worth_keeping(const std::string& key, const std::vector<std::string>& values) {
    return !values.empty() && !key.empty() && key.size() <= longest_value;
}

void cut(std::vector<std::string>& values) {
    values.resize(std::min(values.size(), most_values));
    for (std::string& value : values)
        value.resize(std::min(value.size(), longest_value));
}

}  // namespace

void Remembered::restore(const std::vector<Fact>& facts) {
    for (const Fact& fact : facts) {
        if (!is_worth_keeping(fact.key, fact.values)) continue;
        Entry& entry = facts_[{fact.kind, fact.key}];
        if (!entry.fact.values.empty() && entry.fact.when >= fact.when) continue;
        entry = {fact, fact.when};
        cut(entry.fact.values);
        if (facts_.size() > most) forget_oldest();
    }
}

void Remembered::keep(FactKind kind, const std::string& key, std::vector<std::string> values, Stamp now) {
    if (!is_worth_keeping(key, values)) return;
    cut(values);
    Entry& entry = facts_[{kind, key}];
    const bool news = entry.fact.values != values || now - entry.told >= worth_telling;
    entry.fact = {kind, key, std::move(values), now};
    if (news) entry.told = now;
    if (news && changed_) changed_(Fact{entry.fact});
    if (facts_.size() > most) forget_oldest();
}

const Fact* Remembered::find(FactKind kind, const std::string& key) const {
    const auto found = facts_.find({kind, key});
    return found == facts_.end() ? nullptr : &found->second.fact;
}

void Remembered::on_change(std::function<void(const Fact&)> callback) {
    changed_ = std::move(callback);
}

void Remembered::forget_oldest() {
    std::vector<Stamp> times;
    times.reserve(facts_.size());
    for (const auto& [key, entry] : facts_)
        times.push_back(entry.fact.when);
    const auto last_to_go = times.begin() + (forgotten_at_once - 1);
    std::nth_element(times.begin(), last_to_go, times.end());
    std::size_t left = forgotten_at_once;  // of those that are equally old, no more than that
    std::erase_if(facts_, [&](const auto& one) {
        return one.second.fact.when <= *last_to_go && left > 0 && left-- > 0;
    });
}

}  // namespace sereno
