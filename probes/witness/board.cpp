#include "probes/witness/board.hpp"

#include <utility>

#include "probes/attempt.hpp"

namespace sereno {

namespace {

constexpr std::size_t most_words = 200;

}  // namespace

void WitnessBoard::on_change(std::function<void(const WitnessHealth&)> callback) {
    changed_ = std::move(callback);
    if (!changed_) return;
    for (const auto& [id, entry] : entries_)
        changed_(entry.health);
}

void WitnessBoard::list(const WitnessId& id, std::string name, Group group, Stamp now) {
    const auto [it, fresh] = entries_.try_emplace(id);
    if (!fresh) return;
    WitnessHealth& health = it->second.health;
    health.id = id;
    health.name = std::move(name);
    health.group = group;
    health.since = now;
    tell(it->second, now, true);
}

void WitnessBoard::able(const WitnessId& id, Stamp now, std::string_view words) {
    const auto it = entries_.find(id);
    if (it == entries_.end()) return;
    WitnessHealth& health = it->second.health;
    const bool turned = health.state != WitnessHealth::State::able;
    std::string plain = plain_text(words, most_words);
    const bool news = turned || health.words != plain;
    if (turned) health.since = now;
    health.state = WitnessHealth::State::able;
    health.why.clear();
    health.words = std::move(plain);
    health.last_word = now;
    tell(it->second, now, news);
}

void WitnessBoard::unable(const WitnessId& id, Stamp now, std::string_view why) {
    const auto it = entries_.find(id);
    if (it == entries_.end()) return;
    WitnessHealth& health = it->second.health;
    const bool turned = health.state != WitnessHealth::State::unable;
    std::string plain = plain_text(why, most_words);
    const bool news = turned || health.why != plain;
    if (turned) health.since = now;
    health.state = WitnessHealth::State::unable;
    health.why = std::move(plain);
    tell(it->second, now, news);
}

void WitnessBoard::budget(const WitnessId& id, Stamp now, std::int32_t left, std::int32_t limit,
                          Stamp resets) {
    const auto it = entries_.find(id);
    if (it == entries_.end()) return;
    WitnessHealth& health = it->second.health;
    const bool news = health.budget_left != left || health.budget_limit != limit;
    health.budget_left = left;
    health.budget_limit = limit;
    health.budget_resets = resets;
    tell(it->second, now, news);
}

const WitnessHealth* WitnessBoard::find(const WitnessId& id) const {
    const auto it = entries_.find(id);
    return it == entries_.end() ? nullptr : &it->second.health;
}

void WitnessBoard::tell(Entry& entry, Stamp now, bool news) {
    if (!news && now - entry.told < worth_telling) return;
    entry.told = now;
    if (changed_) changed_(entry.health);
}

}  // namespace sereno
