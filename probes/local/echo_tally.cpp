#include "probes/local/echo_tally.hpp"

#include <algorithm>

namespace sereno {

namespace {

/// "0.4 ms"
std::string milliseconds(Micros time) {
    const auto tenths = (time.count() + 50) / 100;
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " ms";
}

}  // namespace

EchoTally::EchoTally(int planned, Micros lost_after)
    : planned_(std::clamp(planned, 1, most_echoes)), lost_after_(lost_after) {}

int EchoTally::send(Stamp now) {
    echoes_[static_cast<std::size_t>(sent_)].sent = now;
    return sent_++;
}

void EchoTally::answer(int number, Stamp now) {
    if (number < 0 || number >= sent_) return;
    Echo& echo = echoes_[static_cast<std::size_t>(number)];
    if (echo.took) return;
    echo.took = now - echo.sent;
    ++came_;
}

int EchoTally::within(Micros limit) const {
    return static_cast<int>(std::count_if(echoes_.begin(), echoes_.begin() + sent_, [&](const Echo& echo) {
        return echo.took && *echo.took - own_ < limit;
    }));
}

bool EchoTally::weak() const {
    const int came = within(lost_after_);
    return came < sent_ || 2 * (came - within(slow)) >= sent_;
}

std::string EchoTally::text() const {
    std::string text = std::to_string(within(lost_after_)) + " of " + std::to_string(sent_) + " echoes";
    Micros least = Micros::max(), most{0};
    for (int i = 0; i < sent_; ++i) {
        const auto& took = echoes_[static_cast<std::size_t>(i)].took;
        if (!took) continue;
        least = std::min(least, *took);
        most = std::max(most, *took);
    }
    if (!any()) return text;
    return text + ", " + milliseconds(least) + (most > least ? " to " + milliseconds(most) : "");
}

}  // namespace sereno
