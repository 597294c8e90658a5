#include "probes/witness/budget.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace sereno {

namespace {

constexpr Micros longest_window{86'400'000'000};
/// Resets that are told no further apart than this are one: they come in whole seconds, and travel a while.
constexpr Micros same_reset{30'000'000};

std::optional<std::int64_t> whole_number(const std::string& text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number < 0) return std::nullopt;
    return number;
}

}  // namespace

void Budget::told(std::int32_t left, std::int32_t limit, Micros resets_in, Stamp now) {
    limit = std::clamp(limit, 0, largest_limit);
    left = std::clamp(left, 0, limit);
    resets_in = std::clamp(resets_in, Micros{0}, longest_window);
    // Two answers may overtake each other: until its reset a limit is only used up.
    const bool same_window = is_known(now) && resets_ != Stamp{} && limit == limit_ &&
                             std::chrono::abs(now + resets_in - resets_) < same_reset;
    left_ = same_window ? std::min(left_, left) : left;
    limit_ = limit;
    resets_ = resets_in > Micros{0} ? now + resets_in : Stamp{};
    known_until_ = resets_in > Micros{0} ? resets_ : now + believed;
    told_ = true;
}

bool Budget::must_read(Stamp now) const {
    return !told_ || !is_known(now);
}

bool Budget::is_known(Stamp now) const {
    return limit_ > 0 && now < known_until_;
}

std::int32_t Budget::left() const {
    return std::max(0, left_ - being_asked_);
}

void Budget::want(const std::string& question, Stamp now) {
    Question& known = questions_[question];
    if (now - known.wanted > quiet) known.times = 0;
    known.wanted = now;
    if (questions_.size() > most_questions) forget_oldest();
}

Budget::Ruling Budget::rule(const std::string& question, std::int32_t tests, Stamp now) const {
    const auto found = questions_.find(question);
    const Question known = found == questions_.end() ? Question{} : found->second;
    if (known.times > 0 && now - known.asked < gaps[std::min(known.times, gaps.size()) - 1])
        return Ruling::soon;
    if (now < closed_until_) return Ruling::closed;
    if (!is_known(now)) return Ruling::ask;
    if (left() < tests) return Ruling::spent;
    const bool is_fresh = known.asked == Stamp{} || now - known.asked >= fresh;
    if (!is_fresh && left() - tests < limit_ / reserve_share) return Ruling::kept;
    return Ruling::ask;
}

void Budget::begin(const std::string& question, std::int32_t tests, Stamp now) {
    Question& known = questions_[question];
    known.wanted = known.asked = now;
    ++known.times;
    being_asked_ += tests;
}

void Budget::taken(std::int32_t tests, std::int32_t taken) {
    being_asked_ -= tests;
    left_ = std::max(0, left_ - std::max(0, taken));
}

void Budget::refused(const std::string& question, std::int32_t tests) {
    being_asked_ -= tests;
    unask(question);
}

void Budget::lost(const std::string& question, std::int32_t tests) {
    taken(tests, tests);
    unask(question);
}

void Budget::close(Stamp until) {
    closed_until_ = std::max(closed_until_, until);
}

std::vector<std::string> Budget::values() const {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(resets_.time_since_epoch());
    return {std::to_string(left()), std::to_string(limit_), std::to_string(seconds.count())};
}

void Budget::restore(const std::vector<std::string>& values, Stamp now) {
    if (told_ || values.size() != 3) return;
    const auto left = whole_number(values[0]), limit = whole_number(values[1]),
               reset = whole_number(values[2]);
    if (!left || !limit || !reset || *limit > largest_limit || *left > *limit) return;
    const auto now_seconds = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
    const auto longest = std::chrono::floor<std::chrono::seconds>(longest_window).count();
    if (*reset <= now_seconds || *reset - now_seconds > longest) return;
    left_ = static_cast<std::int32_t>(*left);
    limit_ = static_cast<std::int32_t>(*limit);
    resets_ = known_until_ = Stamp{std::chrono::seconds{*reset}};
}

void Budget::unask(const std::string& question) {
    const auto found = questions_.find(question);
    if (found != questions_.end() && found->second.times > 0) --found->second.times;
}

void Budget::forget_oldest() {
    const auto oldest = std::min_element(
        questions_.begin(), questions_.end(),
        [](const auto& one, const auto& other) { return one.second.wanted < other.second.wanted; });
    questions_.erase(oldest);
}

}  // namespace sereno
