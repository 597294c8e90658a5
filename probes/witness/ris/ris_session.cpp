// state        what happens                                  becomes      and then
// -----------  --------------------------------------------  -----------  -----------------------------------
// idle         next(), and there is something to follow      connecting   connect
// connecting   connected()                                   live         nothing followed yet; clocks start
//              closed()                                      waiting      try again after `delay`, doubled
// live         next(): the last question is answered, 200 ms live         send the next subscription
//              next(): 40 s since the last ping              live         send a ping
//              ris_subscribe_ok, ris_error                   live         followed, or refused for now
//              next(): no word, no acknowledgement, or no    waiting      close; try again after `delay`
//                way to send for 20 s
//              next(): the peers' sessions were refused      waiting      close; try again after `delay`
//              closed()                                      waiting      try again after `delay`
// waiting      next() at the time                            connecting   connect
//
// One subscription at a time is under way: RIS Live's ris_error does not say which one it is about.
// What was refused is asked again on the next connection: the server may only have been in trouble.
// `delay` is the first one again after a connection that lasted. A word in any other state is not heard.
#include "probes/witness/ris/ris_session.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

namespace sereno {

namespace {

/// Up to half as long again, so that those who were cut off together do not come back together.
Micros with_jitter(Micros delay, int permille) {
    return delay + delay * permille / 2000;
}

}  // namespace

RisSession::RisSession(RisRhythm rhythm, int jitter_permille, const std::vector<Prefix>& beacons)
    : rhythm_(rhythm),
      jitter_permille_(std::clamp(jitter_permille, 0, 1000)),
      subscriptions_(1),
      delay_(rhythm.reconnect_first) {
    for (const Prefix& beacon : beacons)
        subscribe(beacon);
    beacons_ = places_.size();
}

void RisSession::subscribe(const Prefix& prefix) {
    if (places_.try_emplace(prefix, subscriptions_.size()).second)
        subscriptions_.push_back({.prefix = prefix, .refusal = {}});
}

RisSession::Action RisSession::next(Stamp now) {
    switch (state_) {
        case State::idle:
            if (places_.size() == beacons_) return {.wake = Stamp::max()};
            break;
        case State::waiting:
            if (now < retry_at_) return {.wake = retry_at_};
            break;
        case State::connecting:
            return {.wake = Stamp::max()};
        case State::live:
            return next_live(now);
    }
    state_ = State::connecting;
    return {.what = Do::connect, .wake = Stamp::max()};
}

RisSession::Action RisSession::next_live(Stamp now) {
    if (std::string why = fault(now); !why.empty()) {
        end(now, std::move(why));
        return {.what = Do::close, .wake = retry_at_};
    }
    if (sending_) return {.wake = wake()};
    if (now >= ping_at_) {
        ping_at_ = now + rhythm_.ping;
        if (!pinging_) pinged_at_ = now;
        pinging_ = true;
        return send(ris_ping(), now);
    }
    if (!asking_ && followed_ < subscriptions_.size() && now >= ask_at_) {
        asking_ = true;
        asked_at_ = now;
        ask_at_ = now + rhythm_.between_subscriptions;
        const auto& prefix = subscriptions_[followed_].prefix;
        return send(prefix ? ris_subscribe(*prefix) : ris_subscribe_peer_states(), now);
    }
    return {.wake = wake()};
}

RisSession::Action RisSession::send(std::string text, Stamp now) {
    sending_ = true;
    sending_since_ = now;
    return {.what = Do::send, .text = std::move(text), .wake = wake()};
}

std::string RisSession::fault(Stamp now) const {
    if (peers_refused()) return why();
    const std::string patience = duration_text(rhythm_.pong_within);
    if (sending_ && now >= sending_since_ + rhythm_.pong_within)
        return "it has taken nothing of what it was sent for " + patience;
    if (pinging_ && now >= pinged_at_ + rhythm_.pong_within)
        return "it was silent for " + patience + " when asked for a sign of life";
    if (asking_ && now >= asked_at_ + rhythm_.pong_within)
        return "it has not acknowledged " + asked_for() + " for " + patience;
    return {};
}

Stamp RisSession::wake() const {
    Stamp at = Stamp::max();
    if (sending_) at = std::min(at, sending_since_ + rhythm_.pong_within);
    if (pinging_) at = std::min(at, pinged_at_ + rhythm_.pong_within);
    if (asking_) at = std::min(at, asked_at_ + rhythm_.pong_within);
    if (sending_) return at;
    if (!asking_ && followed_ < subscriptions_.size()) at = std::min(at, ask_at_);
    return std::min(at, ping_at_);
}

std::string RisSession::asked_for() const {
    const auto& prefix = subscriptions_[followed_].prefix;
    return "the subscription to " + (prefix ? to_string(*prefix) : std::string{"the peers' sessions"});
}

void RisSession::connected(Stamp now) {
    if (state_ != State::connecting) return;
    state_ = State::live;
    since_ = heard_at_ = ask_at_ = now;
    ping_at_ = now + rhythm_.ping;
    followed_ = 0;
    for (Subscription& subscription : subscriptions_)
        subscription.refusal.clear();
    asking_ = pinging_ = sending_ = false;
    complaint_.clear();
}

void RisSession::sent(Stamp) {
    sending_ = false;
}

void RisSession::closed(Stamp now, const std::string& why) {
    if (state_ == State::connecting || state_ == State::live) end(now, why);
}

void RisSession::end(Stamp now, std::string why) {
    if (state_ == State::live && now - since_ >= rhythm_.alive) delay_ = rhythm_.reconnect_first;
    state_ = State::waiting;
    retry_at_ = now + with_jitter(delay_, jitter_permille_);
    delay_ = std::min(delay_ * 2, rhythm_.reconnect_most);
    why_ = std::move(why);
    if (!complaint_.empty()) why_ += "; before that it said: " + complaint_;
}

void RisSession::heard(const RisMessage& message, Stamp now, Micros wall_offset) {
    if (state_ != State::live) return;
    wall_offset_ = wall_offset;
    // Time asleep is no time listened: a connection never goes longer than this without a word.
    listened_ += std::min(now - heard_at_, rhythm_.ping + rhythm_.pong_within);
    heard_at_ = now;
    pinging_ = false;
    const auto* nonsense = std::get_if<RisMalformed>(&message);
    senseless_.set(read_++ % sample, nonsense != nullptr);
    if (nonsense != nullptr) nonsense_ = nonsense->why;
    if (std::holds_alternative<RisSubscribed>(message)) answered({});
    if (const auto* error = std::get_if<RisError>(&message))
        answered(error->message.empty() ? "it gave no reason" : error->message);
    if (const auto* update = std::get_if<RisUpdate>(&message)) {
        keep_time(*update, now);
        const auto is_beacon = [this](const Prefix& prefix) {
            const auto place = places_.find(prefix);
            return place != places_.end() && place->second <= beacons_;
        };
        if (std::any_of(update->announced.begin(), update->announced.end(), is_beacon) ||
            std::any_of(update->withdrawn.begin(), update->withdrawn.end(), is_beacon))
            listened_ = Micros{0};
    }
}

void RisSession::keep_time(const RisUpdate& update, Stamp now) {
    if (update.timestamp_micros == 0) return;
    std::erase_if(last_words_, [&](const LastWord& word) { return word.collector == update.peer.collector; });
    if (last_words_.size() == collectors_looked_at) last_words_.erase(last_words_.begin());
    last_words_.push_back({update.peer.collector, now - Stamp{Micros{update.timestamp_micros}}});
}

/// Of the one nearest to our wall clock; negative: it is ahead.
Micros RisSession::lag() const {
    Micros nearest = Micros::max();
    for (const LastWord& word : last_words_)
        if (const Micros lag = word.lag + wall_offset_; std::chrono::abs(lag) < std::chrono::abs(nearest))
            nearest = lag;
    return nearest;
}

bool RisSession::is_out_of_time() const {
    return !last_words_.empty() && std::chrono::abs(lag()) > rhythm_.most_lag;
}

void RisSession::answered(std::string refusal) {
    if (!asking_) {
        if (!refusal.empty()) complaint_ = std::move(refusal);
        return;
    }
    subscriptions_[followed_++].refusal = std::move(refusal);
    asking_ = false;
}

bool RisSession::follows(const Prefix& prefix) const {
    const auto place = places_.find(prefix);
    return is_connected() && place != places_.end() && place->second < followed_ &&
           subscriptions_[place->second].refusal.empty();
}

std::string RisSession::refusal(const Prefix& prefix) const {
    const auto place = places_.find(prefix);
    return place == places_.end() ? std::string{} : subscriptions_[place->second].refusal;
}

bool RisSession::can_be_believed() const {
    return is_connected() && !peers_refused() && (beacons_ == 0 || listened_ < rhythm_.canary_silence) &&
           !makes_no_sense() && !is_out_of_time();
}

std::string RisSession::why() const {
    if (can_be_believed()) return {};
    if (state_ == State::idle) return "nothing is followed yet";
    if (state_ == State::waiting) return why_ + "; trying again at " + clock_text(retry_at_);
    if (state_ == State::connecting) return why_.empty() ? "connecting" : why_;
    if (peers_refused())
        return "it does not tell when the sessions of peers end: " + subscriptions_.front().refusal;
    if (makes_no_sense())
        return std::to_string(senseless_.count()) + " of its last " + std::to_string(sample) +
               " messages make no sense: " + nonsense_;
    if (is_out_of_time())
        return "RIS Live is " + std::to_string(std::chrono::abs(lag()) / std::chrono::minutes{1}) +
               " minutes " + (lag() > Micros{0} ? "behind" : "ahead") + "; is this computer's clock right?";
    return "connected, but RIPE's beacons, which speak every two hours, have been silent for " +
           duration_text(rhythm_.canary_silence);
}

}  // namespace sereno
