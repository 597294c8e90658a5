#include "probes/witness/ripestat.hpp"

#include <algorithm>
#include <charconv>
#include <deque>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include <boost/json.hpp>

#include "agent/loop/address.hpp"
#include "agent/model/ascii.hpp"
#include "agent/model/time.hpp"
#include "probes/attempt.hpp"
#include "probes/http/judge.hpp"
#include "probes/witness/bounded_json.hpp"
#include "probes/witness/usual_route.hpp"

namespace sereno {

namespace {

namespace json = boost::json;

constexpr std::size_t most_peers = 20'000, longest_message = 100;
/// Ten thousand peers take 12 MB; a prefix that everybody has is told of by some hundreds.
constexpr BoundedJson::Bounds bounds{.deepest = 16, .most_bytes = 16'777'216};
constexpr std::size_t most_body_bytes = 4 << 20, most_under_way = 4, most_kept = 512;
constexpr Micros kept_for{30'000'000}, yardstick_kept_for{60'000'000};
/// Fewer than these prove nothing.
constexpr int fewest_peers = 5;
/// Its newest data are a minute old as a rule. What is later than its clock can be out by as much as clocks.
constexpr Micros oldest_used{600'000'000}, most_ahead{120'000'000};
/// When it says "too many" but not for how long.
constexpr Micros pause_when_told_nothing{60'000'000};

struct Path {
    std::uint32_t first = 0, last = 0;
    int length = 0;
};

/// An AS_SET, "64497,64498": stands for its lowest, as in RIS Live's messages.
std::optional<std::uint32_t> lowest_of(std::string_view members) {
    std::optional<std::uint32_t> lowest;
    while (!members.empty()) {
        const auto end = std::min(members.find_first_of(", "), members.size());
        const std::string_view member = members.substr(0, end);
        members.remove_prefix(std::min(end + 1, members.size()));
        if (member.empty()) continue;
        const auto number = number_of(member);
        if (!number) return std::nullopt;
        lowest = std::min(*number, lowest.value_or(*number));
    }
    return lowest;
}

/// "64496 3356 {64497,64498}". Empty: no path.
std::optional<Path> read_path(std::string_view text) {
    Path path;
    while (!text.empty()) {
        if (text.front() == ' ') {
            text.remove_prefix(1);
            continue;
        }
        const bool set = text.front() == '{';
        const auto end = set ? text.find('}') : std::min(text.find_first_of(" {"), text.size());
        if (end == std::string_view::npos) return std::nullopt;
        const auto number = set ? lowest_of(text.substr(1, end - 1)) : number_of(text.substr(0, end));
        if (!number) return std::nullopt;
        text.remove_prefix(set ? end + 1 : end);
        if (path.length++ == 0) path.first = *number;
        path.last = *number;
    }
    if (path.length == 0) return std::nullopt;
    return path;
}

/// A number, its text, or a set in braces.
std::optional<std::uint32_t> read_origin(const json::value* value) {
    if (const auto number = number_of(value)) return number;
    const auto path = read_path(text_of(value));
    return path ? std::optional{path->last} : std::nullopt;
}

std::string read_address(std::string_view text) {
    const auto address = socket_address({std::string{text.substr(0, 64)}, 0});
    return address ? address_text(*address) : std::string{};
}

std::optional<PeerRoute> read_route(const json::object& peer, std::string_view collector) {
    const auto path = read_path(text_at(peer, "as_path"));
    std::string address = read_address(text_at(peer, "peer"));
    if (!path || address.empty()) return std::nullopt;
    const std::uint32_t origin = read_origin(peer.if_contains("asn_origin")).value_or(path->last);
    return PeerRoute{.collector = lower_ascii(collector.substr(0, collector.find('.'))),
                     .peer = std::move(address),
                     .asn = path->first,
                     .origin = origin,
                     .path_length = path->length};
}

struct Remark {
    bool is_error = false;
    std::string text;
};

/// What it says beside its answer, `[["info", "..."], ["error", "..."]]`: errors before all else.
Remark remark_in(const json::object& body) {
    const json::array* messages = list_at(body, "messages");
    Remark first;
    if (messages == nullptr) return first;
    for (const json::value& one : *messages) {
        const json::array* pair = one.if_array();
        const bool said = pair != nullptr && pair->size() >= 2;
        const bool is_error = said && lower_ascii(text_of(&(*pair)[0])) == "error";
        const std::string_view text = said ? text_of(&(*pair)[1]) : text_of(&one);
        if (first.text.empty() || is_error) first = {is_error, plain_text(text, longest_message)};
        if (is_error) break;
    }
    return first;
}

std::string because(const std::string& remark) {
    return remark.empty() ? remark : ": " + remark;
}

/// Why the answer as a whole is none; empty: it is one.
std::string refusal_in(const json::object& body) {
    const Remark remark = remark_in(body);
    if (const std::string_view status = text_at(body, "status"); status != "ok")
        return "its answer has the status '" + plain_text(status, 20) + "'" + because(remark.text);
    const json::value* code = body.if_contains("status_code");
    if (code != nullptr && number_of(code) != 200U)
        return "its answer has the status code " + plain_text(json::serialize(*code), 20) +
               because(remark.text);
    return remark.is_error ? "its answer is an error" + because(remark.text) : std::string{};
}

/// "2021-10-04T15:58:01": UTC, whether it says so or not.
std::optional<Stamp> read_time(std::string_view text) {
    text = text.substr(0, 64);
    const auto at = parse_rfc3339(text);
    return at ? at : parse_rfc3339(std::string{text} + 'Z');
}

/// Why data of that time are not used; empty: they are. The same words as long as the collectors stand still.
std::string too_old_or_new(Stamp newest, Stamp clock) {
    const std::string told = "its newest data (data.latest_time) are of " + rfc3339(newest) + ", ";
    if (clock - newest > oldest_used)
        return told + "more than " + duration_text(oldest_used) + " before it answered";
    if (newest - clock > most_ahead) return told + "after it answered";
    return {};
}

LookingGlassAnswer unknown(std::string why) {
    LookingGlassAnswer answer;
    answer.why = std::move(why);
    return answer;
}

/// Reads route after route. What is not understood is counted: a new format must not look like a withdrawal.
class GlassReader {
  public:
    explicit GlassReader(const Prefix& prefix) : prefix_(prefix) {}

    /// What is wrong with it; empty: nothing.
    std::string read(const json::array& collectors) {
        for (const json::value& value : collectors) {
            const json::object* collector = value.if_object();
            const std::string_view name =
                collector == nullptr ? std::string_view{} : text_at(*collector, "rrc");
            const json::array* peers = collector == nullptr ? nullptr : list_at(*collector, "peers");
            if (name.empty() || name.front() == '.' || peers == nullptr)
                return "a collector in it has no name or no peers";
            for (const json::value& peer : *peers) {
                if (++seen_ > most_peers) return "it names more peers than there can be";
                read(peer, name.substr(0, 32));
            }
        }
        if (not_understood_ * 10 > seen_)
            return std::to_string(not_understood_) + " of " + std::to_string(seen_) +
                   " routes in it are not as documented";
        return {};
    }

    LookingGlassAnswer answer() && {
        const auto key = [](const PeerRoute& route) {
            return std::tie(route.collector, route.peer, route.asn);
        };
        std::stable_sort(routes_.begin(), routes_.end(),
                         [&](const PeerRoute& a, const PeerRoute& b) { return key(a) < key(b); });
        // Some peers send several ways to the same prefix (RFC 7911).
        const auto end = std::unique(routes_.begin(), routes_.end(),
                                     [&](const auto& a, const auto& b) { return key(a) == key(b); });
        routes_.erase(end, routes_.end());
        return {.known = true,
                .peers = std::move(routes_),
                .covered_by = covering_ ? to_string(*covering_) : std::string{},
                .why = {},
                .when = {},
                .said = {}};
    }

  private:
    void read(const json::value& value, std::string_view collector) {
        const json::object* peer = value.if_object();
        const std::string_view text = peer == nullptr ? std::string_view{} : text_at(*peer, "prefix");
        const auto prefix = read_prefix(text.substr(0, 64));
        if (!prefix || text.find('/') == std::string_view::npos) {
            ++not_understood_;
            return;
        }
        // Asked about a prefix that nobody announces, it tells of the one around it.
        if (*prefix != prefix_) return note_covering(*prefix);
        auto route = read_route(*peer, collector);
        if (route)
            routes_.push_back(*std::move(route));
        else
            ++not_understood_;
    }

    void note_covering(const Prefix& prefix) {
        const bool covers = prefix.length < prefix_.length && holds(prefix, prefix_.start);
        if (covers && (!covering_ || covering_->length < prefix.length)) covering_ = prefix;
    }

    Prefix prefix_;
    std::vector<PeerRoute> routes_;
    std::optional<Prefix> covering_;
    std::size_t seen_ = 0, not_understood_ = 0;
};

/// What an answer with a status of its own says in words, ": the resource is no prefix".
std::string message_in(const std::string& body) {
    BoundedJson reader(bounds);
    const json::object* object = reader.read_object(body);
    return object == nullptr ? std::string{} : because(remark_in(*object).text);
}

/// When it answered: by the clock there, unless it does not tell, for ours may be wrong. Not by the `time` in
/// the body, which an answer from a cache may repeat.
Stamp clock_of(const Answer& answer, Stamp wall) {
    TransferResult result;
    result.headers = answer.headers;
    const auto seconds = std::chrono::floor<std::chrono::seconds>(wall.time_since_epoch());
    return wall + std::chrono::seconds{clock_offset(result, seconds.count()).value_or(0)};
}

std::string counted(const LookingGlassAnswer& answer) {
    const std::size_t peers = answer.peers.size();
    if (peers > 0) return std::to_string(peers) + (peers == 1 ? " peer has it" : " peers have it");
    return answer.covered_by.empty() ? "no peer has it" : "no peer has it, only " + answer.covered_by;
}

/// Somebody who wants to know. Dropped: nobody does.
struct Wish {
    std::function<void(const LookingGlassAnswer&)> done;
    Stamp not_before;  // an answer that was asked for earlier is of no use
};

class Look : public Asked {
  public:
    explicit Look(std::shared_ptr<Wish> wish) : wish_(std::move(wish)) {}
    ~Look() override { wish_->done = nullptr; }

  private:
    std::shared_ptr<Wish> wish_;
};

}  // namespace

std::uint32_t most_common_origin(const std::vector<PeerRoute>& peers) {
    std::map<std::uint32_t, int> votes;
    for (const PeerRoute& peer : peers)
        ++votes[peer.origin];
    const auto most = std::max_element(votes.begin(), votes.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    return most == votes.end() ? 0 : most->first;
}

LookingGlassAnswer read_looking_glass(const std::string& body, const std::string& prefix, Stamp clock) {
    const auto wanted = read_prefix(prefix);
    if (!wanted) return unknown("'" + prefix + "' is no prefix");
    BoundedJson json(bounds);
    const json::object* object = json.read_object(body);
    if (object == nullptr) return unknown("its answer cannot be used: " + json.why());
    if (std::string refusal = refusal_in(*object); !refusal.empty()) return unknown(std::move(refusal));
    const json::object* data = object_at(*object, "data");
    const json::array* collectors = data == nullptr ? nullptr : list_at(*data, "rrcs");
    if (collectors == nullptr) return unknown("its answer has no list of collectors (data.rrcs)");
    GlassReader reader(*wanted);
    if (const std::string wrong = reader.read(*collectors); !wrong.empty())
        return unknown("its answer cannot be used: " + wrong);
    auto newest = read_time(text_at(*data, "latest_time"));
    if (!newest) newest = read_time(text_at(*object, "latest_time"));
    if (!newest) return unknown("its answer does not say how old its data are (data.latest_time)");
    if (std::string wrong = too_old_or_new(*newest, clock); !wrong.empty()) return unknown(std::move(wrong));
    LookingGlassAnswer answer = std::move(reader).answer();
    answer.said = std::min(*newest, clock);
    return answer;
}

struct RipeStat::Impl : std::enable_shared_from_this<Impl> {
    /// All who want to know about one prefix at about the same time.
    struct Shared {
        std::vector<std::weak_ptr<Wish>> wishes;
        std::unique_ptr<Asked> asked;  // set: under way
        Stamp when;                    // when it was asked
        std::optional<LookingGlassAnswer> answer;
        Stamp answered;
    };

    Impl(ProbeContext& with, Asker& asks, WitnessBoard& told, std::string url,
         const std::string& known_to_all)
        : context(with), asker(asks), board(told), base(std::move(url)) {
        if (const auto prefix = read_prefix(known_to_all)) yardstick = to_string(*prefix);
        if (!base.ends_with('/')) base += '/';
    }

    [[nodiscard]] Stamp now() const { return context.loop.now(); }

    void look(const std::string& prefix, const std::shared_ptr<Wish>& wish);
    void begin_waiting();
    void begin(const std::string& prefix);
    void on_answer(const std::string& prefix, const Answer& answer);
    [[nodiscard]] int fewest_believed(const std::string& prefix) const;
    void judge(const std::string& prefix, LookingGlassAnswer answer);
    void judge_yardstick(LookingGlassAnswer answer);
    void compare_with_yardstick(const std::string& prefix, LookingGlassAnswer answer);
    void on_yardstick(const LookingGlassAnswer& measured);
    void tell_board(const std::string& prefix, const LookingGlassAnswer& answer);
    void conclude(const std::string& prefix, LookingGlassAnswer answer);
    void settle(const std::string& prefix, LookingGlassAnswer answer, bool keep);
    [[nodiscard]] bool is_old(const std::string& prefix, const Shared& one) const;
    void forget_soon();
    void tell_soon(std::vector<std::weak_ptr<Wish>> wishes, LookingGlassAnswer answer);
    void obey(const Answer& answer);
    void forget_old();
    [[nodiscard]] LookingGlassAnswer told_to_wait() const;

    ProbeContext& context;
    Asker& asker;
    WitnessBoard& board;
    std::string base;
    std::string yardstick;                              // a prefix
    std::map<std::string, Shared> shared;               // by prefix
    std::map<std::string, LookingGlassAnswer> doubted;  // by prefix: told once the yardstick is known
    std::shared_ptr<Wish> measuring;                    // set: the yardstick is asked about for these
    std::deque<std::string> waiting;
    std::size_t under_way = 0;
    Stamp quiet_until;
    Loop::Timer forgetting;
};

void RipeStat::Impl::look(const std::string& prefix, const std::shared_ptr<Wish>& wish) {
    forget_old();
    const auto known = shared.find(prefix);
    if (known != shared.end() && !known->second.answer) return known->second.wishes.push_back(wish);
    if (known != shared.end() && known->second.when >= wish->not_before)
        return tell_soon({wish}, *known->second.answer);
    if (now() < quiet_until) return tell_soon({wish}, told_to_wait());
    if (known == shared.end() && shared.size() >= most_kept)
        return tell_soon({wish}, unknown("not asked: too many prefixes are looked at already"));
    Shared& one = shared[prefix];
    one.answer.reset();
    one.wishes.push_back(wish);
    // Others wait for the yardstick.
    prefix == yardstick ? waiting.push_front(prefix) : waiting.push_back(prefix);
    begin_waiting();
}

void RipeStat::Impl::begin_waiting() {
    while (!waiting.empty() && under_way < most_under_way) {
        const std::string prefix = std::move(waiting.front());
        waiting.pop_front();
        const auto& wishes = shared[prefix].wishes;
        const bool wanted =
            std::any_of(wishes.begin(), wishes.end(), [](const auto& wish) { return !wish.expired(); });
        if (wanted)
            begin(prefix);
        else
            shared.erase(prefix);
    }
}

void RipeStat::Impl::begin(const std::string& prefix) {
    ++under_way;
    Question question;
    question.url = base + "data/looking-glass/data.json?resource=" + prefix + "&sourceapp=sereno";
    question.max_body_bytes = most_body_bytes;
    shared[prefix].when = now();
    shared[prefix].asked =
        asker.ask(std::move(question), [weak = weak_from_this(), prefix](const Answer& answer) {
            if (const auto self = weak.lock()) self->on_answer(prefix, answer);
        });
}

void RipeStat::Impl::on_answer(const std::string& prefix, const Answer& answer) {
    --under_way;
    const auto finished = std::move(shared[prefix].asked);
    const Stamp clock = clock_of(answer, now() + context.loop.wall_offset());
    LookingGlassAnswer seen =
        answer.ok() ? read_looking_glass(answer.body, prefix, clock)
                    : unknown(answer.why + (answer.failure == Failure::none ? message_in(answer.body) : ""));
    obey(answer);
    if (seen.known) {
        seen.when = shared[prefix].when;
        seen.said = now() - (clock - seen.said);  // whatever their clock shows, and ours
        judge(prefix, std::move(seen));
    } else {
        tell_board(prefix, seen);
        settle(prefix, std::move(seen), answer.reached != Stage::schedule);
    }
    begin_waiting();
}

int RipeStat::Impl::fewest_believed(const std::string& prefix) const {
    return std::max(fewest_peers, (usual_route(context.remembered, prefix, now()).peers + 1) / 2);
}

void RipeStat::Impl::judge(const std::string& prefix, LookingGlassAnswer answer) {
    if (prefix == yardstick) return judge_yardstick(std::move(answer));
    const bool harmless = static_cast<int>(answer.peers.size()) >= fewest_believed(prefix);
    harmless ? conclude(prefix, std::move(answer)) : compare_with_yardstick(prefix, std::move(answer));
}

void RipeStat::Impl::judge_yardstick(LookingGlassAnswer answer) {
    const int peers = static_cast<int>(answer.peers.size()), fewest = fewest_believed(yardstick);
    if (peers < fewest)
        return conclude(yardstick, unknown("it knows only " + std::to_string(peers) + " peers with " +
                                           yardstick + ", which everybody has; below " +
                                           std::to_string(fewest) + " nothing it says is believed"));
    const UsualRoute usual = usual_route(context.remembered, yardstick, now());
    if (std::int64_t{peers} * 1000 >= std::int64_t{usual.peers} * UsualRoute::steady_permille)
        keep_usual_route(context.remembered, yardstick, peers, most_common_origin(answer.peers), now());
    conclude(yardstick, std::move(answer));
}

/// The prefix is gone, or the looking glass is blind.
void RipeStat::Impl::compare_with_yardstick(const std::string& prefix, LookingGlassAnswer answer) {
    doubted[prefix] = std::move(answer);
    if (measuring) return;
    measuring = std::make_shared<Wish>();
    measuring->done = [weak = weak_from_this()](const LookingGlassAnswer& measured) {
        if (const auto self = weak.lock()) self->on_yardstick(measured);
    };
    measuring->not_before = now() - yardstick_kept_for;
    look(yardstick, measuring);
}

void RipeStat::Impl::on_yardstick(const LookingGlassAnswer& measured) {
    measuring.reset();
    for (auto& [prefix, answer] : std::exchange(doubted, {}))
        conclude(prefix, measured.known ? std::move(answer)
                                        : unknown(prefix + ": " + counted(answer) + ", but " + measured.why));
}

void RipeStat::Impl::tell_board(const std::string& prefix, const LookingGlassAnswer& answer) {
    if (answer.known)
        board.able(ripestat_id, now(), prefix + ": " + counted(answer));
    else
        board.unable(ripestat_id, now(), answer.why);
}

void RipeStat::Impl::conclude(const std::string& prefix, LookingGlassAnswer answer) {
    tell_board(prefix, answer);
    settle(prefix, std::move(answer), true);
}

/// Those who wait to be asked would ask in vain too.
void RipeStat::Impl::obey(const Answer& answer) {
    Micros pause = answer.retry_after;
    if (answer.failure == Failure::none && answer.status == 429 && pause == Micros{0})
        pause = pause_when_told_nothing;
    if (pause == Micros{0}) return;
    quiet_until = std::max(quiet_until, now() + pause);
    for (const std::string& prefix : std::exchange(waiting, {}))
        settle(prefix, told_to_wait(), false);
}

void RipeStat::Impl::settle(const std::string& prefix, LookingGlassAnswer answer, bool keep) {
    Shared& one = shared[prefix];
    std::vector<std::weak_ptr<Wish>> told, again;
    for (auto& weak : std::exchange(one.wishes, {})) {
        const auto wish = weak.lock();
        if (!wish) continue;
        const bool too_early = answer.known && answer.when < wish->not_before;
        (too_early ? again : told).push_back(std::move(weak));
    }
    tell_soon(std::move(told), answer);
    if (keep) {
        one.answer = std::move(answer);
        one.answered = now();
        forget_soon();
    } else {
        shared.erase(prefix);
    }
    for (const auto& weak : again)
        if (const auto wish = weak.lock()) look(prefix, wish);
}

void RipeStat::Impl::tell_soon(std::vector<std::weak_ptr<Wish>> wishes, LookingGlassAnswer answer) {
    context.loop.post([wishes = std::move(wishes), answer = std::move(answer)] {
        for (const auto& weak : wishes) {
            const auto wish = weak.lock();
            if (!wish) continue;
            if (const auto done = std::exchange(wish->done, nullptr)) done(answer);
        }
    });
}

bool RipeStat::Impl::is_old(const std::string& prefix, const Shared& one) const {
    if (!one.answer) return false;
    const bool measures = prefix == yardstick && one.answer->known;
    return now() - one.answered >= (measures ? yardstick_kept_for : kept_for);
}

void RipeStat::Impl::forget_old() {
    std::erase_if(shared, [this](const auto& one) { return is_old(one.first, one.second); });
    forget_soon();
}

void RipeStat::Impl::forget_soon() {
    const bool kept =
        std::any_of(shared.begin(), shared.end(), [](const auto& one) { return one.second.answer; });
    if (kept && !forgetting.armed()) forgetting = context.loop.after(kept_for, [this] { forget_old(); });
}

LookingGlassAnswer RipeStat::Impl::told_to_wait() const {
    return unknown("it asked to wait until " + clock_text(quiet_until + context.loop.wall_offset()) + " UTC");
}

RipeStat::RipeStat(ProbeContext& context, Asker& asker, WitnessBoard& board, std::string base_url,
                   const std::string& yardstick)
    : impl_(std::make_shared<Impl>(context, asker, board, std::move(base_url), yardstick)) {
    board.list(ripestat_id, "RIPEstat", Group::routing, context.loop.now());
}

RipeStat::~RipeStat() = default;

std::unique_ptr<Asked> RipeStat::look(const std::string& prefix,
                                      std::function<void(const LookingGlassAnswer&)> done, Stamp not_before) {
    auto wish = std::make_shared<Wish>(Wish{std::move(done), not_before});
    if (const auto wanted = read_prefix(prefix))
        impl_->look(to_string(*wanted), wish);
    else
        impl_->tell_soon({wish}, unknown("'" + prefix + "' is no prefix"));
    return std::make_unique<Look>(std::move(wish));
}

}  // namespace sereno
