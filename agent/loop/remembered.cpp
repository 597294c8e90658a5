#include "agent/loop/remembered.hpp"

#include <algorithm>

namespace sereno {

namespace {

constexpr std::size_t most_values = 32, longest_value = 255;

}  // namespace

void Remembered::restore(const std::vector<Fact>& facts) {
    for (const Fact& fact : facts) {
        if (fact.values.empty()) continue;
        make_room();
        facts_[{fact.kind, fact.key}] = {fact, fact.when};
    }
}

void Remembered::keep(FactKind kind, const std::string& key, std::vector<std::string> values, Stamp now) {
    if (values.empty() || key.empty() || key.size() > longest_value) return;
    values.resize(std::min(values.size(), most_values));
    for (std::string& value : values)
        value.resize(std::min(value.size(), longest_value));
    auto found = facts_.find({kind, key});
    if (found == facts_.end()) {
        make_room();
        found = facts_.emplace(std::pair{kind, key}, Entry{}).first;
    }
    Entry& entry = found->second;
    const bool news = entry.fact.values != values || now - entry.told >= worth_telling;
    entry.fact = {kind, key, std::move(values), now};
    if (!news) return;
    entry.told = now;
    if (changed_) changed_(entry.fact);
}

const Fact* Remembered::find(FactKind kind, const std::string& key) const {
    const auto found = facts_.find({kind, key});
    return found == facts_.end() ? nullptr : &found->second.fact;
}

void Remembered::on_change(std::function<void(const Fact&)> callback) {
    changed_ = std::move(callback);
}

void Remembered::make_room() {
    if (facts_.size() < most) return;
    facts_.erase(std::min_element(facts_.begin(), facts_.end(), [](const auto& a, const auto& b) {
        return a.second.fact.when < b.second.fact.when;
    }));
}

}  // namespace sereno
