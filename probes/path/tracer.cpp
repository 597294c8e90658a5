#include "probes/path/tracer.hpp"

#include <algorithm>
#include <utility>

namespace sereno {

Tracer::Tracer(Plan plan)
    : plan_(plan), places_(static_cast<std::size_t>(plan.most_hops) + 1), end_(plan.most_hops) {}

std::vector<int> Tracer::due(Stamp now) {
    std::vector<int> hops;
    const auto send = [&](int hop) {
        Place& place = places_[static_cast<std::size_t>(hop)];
        ++place.sent;
        place.sent_at = now;
        hops.push_back(hop);
    };
    for (int hop = target; hop < next_; ++hop) {
        Place& place = places_[static_cast<std::size_t>(hop)];
        if (!wants(hop) || (place.sent > 0 && now < place.sent_at + patience())) continue;
        if (place.sent < plan_.tries)
            send(hop);
        else
            place.settled = true;
    }
    while (next_ <= furthest_wanted())
        send(next_++);
    return hops;
}

std::optional<Stamp> Tracer::next_due() const {
    if (next_ <= furthest_wanted()) return Stamp{};
    std::optional<Stamp> next;
    for (int hop = target; hop < next_; ++hop) {
        if (!wants(hop)) continue;
        const Stamp due = places_[static_cast<std::size_t>(hop)].sent_at + patience();
        if (!next || due < *next) next = due;
    }
    return next;
}

void Tracer::heard(int hop, HopAnswer answer, Stamp now) {
    if (hop < target || hop >= next_ || !wants(hop)) return;
    Place& place = places_[static_cast<std::size_t>(hop)];
    place.settled = true;
    place.took = now - place.sent_at;
    const bool on_the_way = hop != target && answer.kind != HopAnswer::Kind::not_sent;
    if (on_the_way) furthest_ = std::max(furthest_, hop);
    if (on_the_way && answer.kind != HopAnswer::Kind::passed_on) end_ = std::min(end_, hop);
    place.answer = std::move(answer);
    if (on_the_way) notice_circle(hop);
}

bool Tracer::wants(int hop) const {
    return hop <= end_ && !places_[static_cast<std::size_t>(hop)].settled;
}

bool Tracer::finished() const {
    if (next_ <= furthest_wanted()) return false;
    for (int hop = target; hop < next_; ++hop)
        if (wants(hop)) return false;
    return true;
}

/// How long to wait for an answer. Routers need not be as quick as the target, hence a multiple of its time.
Micros Tracer::patience() const {
    const Place& direct = places_[target];
    if (!direct.answer || direct.answer->kind != HopAnswer::Kind::arrived) return plan_.wait;
    return std::min(plan_.wait, std::max(4 * direct.took, plan_.wait / 5));
}

int Tracer::furthest_wanted() const {
    return std::min(end_, furthest_ + plan_.ahead);
}

/// An address that comes again, with another in between: packets are sent back and forth until their hop
/// limit is used up. The same address twice in a row is only a router that counts oddly.
void Tracer::notice_circle(int hop) {
    const auto address_at = [this](int at) {
        const auto& answer = places_[static_cast<std::size_t>(at)].answer;
        return answer && answer->kind == HopAnswer::Kind::passed_on ? answer->from : std::string{};
    };
    const std::string here = address_at(hop);
    if (here.empty()) return;
    for (int other = 1; other < next_; ++other) {
        if (address_at(other) != here) continue;
        const auto [first, last] = std::minmax(other, hop);
        for (int between = first + 1; between < last; ++between) {
            const std::string address = address_at(between);
            if (address.empty() || address == here) continue;
            circle_ = circle_ == 0 ? last : std::min(circle_, last);
            end_ = std::min(end_, circle_);
            return;
        }
    }
}

Trace Tracer::trace() const {
    Trace trace;
    std::string refused_by;
    const int last = std::min(end_, next_ - 1);
    for (int hop = 1; hop <= last; ++hop) {
        const Place& place = places_[static_cast<std::size_t>(hop)];
        const bool told = place.answer && place.answer->kind != HopAnswer::Kind::not_sent;
        trace.hops.push_back(told ? Hop{place.answer->from, place.took} : Hop{});
        if (told && place.answer->kind == HopAnswer::Kind::arrived) trace.arrival_counted = true;
    }
    for (int hop = target; hop <= last; ++hop) {
        const Place& place = places_[static_cast<std::size_t>(hop)];
        if (!place.answer) continue;
        if (place.answer->kind == HopAnswer::Kind::not_sent) trace.no_neighbour = true;
        if (place.answer->kind == HopAnswer::Kind::unreachable && trace.refusal.empty()) {
            trace.refused_by = place.answer->from;
            trace.refusal = place.answer->words;
        }
        if (place.answer->kind == HopAnswer::Kind::arrived && !trace.arrived) {
            trace.arrived = true;
            trace.target_took = place.took;
        }
    }
    while (!trace.hops.empty() && trace.hops.back().address.empty())
        trace.hops.pop_back();
    if (trace.arrived) return trace;
    if (circle_ != 0 && trace.hops.size() == static_cast<std::size_t>(circle_)) {
        trace.back_to = trace.hops.back().address;
        trace.hops.pop_back();
    }
    // Who refuses packets to pass on may have answered for its own hop before: the way ends there.
    const auto refuser = std::find_if(trace.hops.begin(), trace.hops.end(),
                                      [&](const Hop& hop) { return hop.address == trace.refused_by; });
    if (!trace.refused_by.empty() && refuser != trace.hops.end())
        trace.hops.erase(refuser + 1, trace.hops.end());
    return trace;
}

}  // namespace sereno
