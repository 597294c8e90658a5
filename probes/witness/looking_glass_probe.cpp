// Asks the looking glass about each prefix and compares with how many peers had it before.
#include <algorithm>
#include <memory>
#include <utility>

#include "agent/loop/address.hpp"
#include "probes/kinds.hpp"
#include "probes/witness/prefix_finder.hpp"
#include "probes/witness/ripestat.hpp"
#include "probes/witness/usual_route.hpp"
#include "probes/witness/visibility_probe.hpp"
#include "probes/witness/witnesses.hpp"

namespace sereno {

namespace {

using State = RouteSight::State;

constexpr std::size_t most_prefixes = 16;
/// Fewer than these prove nothing of a prefix that nobody knew before.
constexpr int fewest_peers = 5;
constexpr std::chrono::hours news_after{24};
RouteSight unknown(std::string why) {
    RouteSight sight;
    sight.why = std::move(why);
    return sight;
}

std::string only_covered(const LookingGlassAnswer& answer) {
    return answer.covered_by.empty() ? std::string{} : "; others have only " + answer.covered_by;
}

RouteSight sight_of(const LookingGlassAnswer& answer, const UsualRoute& had) {
    if (!answer.known) return unknown(answer.why);
    const int peers = static_cast<int>(answer.peers.size());
    // Whether it was ever to be seen is not known: the few that have it now may be all that are left.
    if (had.peers < fewest_peers && (peers < fewest_peers || !answer.covered_by.empty()))
        return unknown(std::to_string(peers) + " peers have it, and how many had it is not known" +
                       only_covered(answer));
    RouteSight sight;
    sight.peers_now = peers;
    sight.peers_known = std::max(peers, had.peers);
    sight.state = peers * 2 < sight.peers_known ? State::withdrawn : State::visible;
    sight.origin = most_common_origin(answer.peers);
    sight.usual_origin = had.origin;
    return sight;
}

class LookingGlassRun final : public Attempt {
  public:
    LookingGlassRun(const LookingGlass& task, Begin begin) : Attempt(std::move(begin)) { begin_with(task); }

  private:
    struct Asking {
        std::string prefix;
        std::unique_ptr<Asked> asked;
        RouteSight sight = unknown("no answer in time");
        std::string covered_by;
        Stamp said;
    };

    void begin_with(const LookingGlass& task) {
        Witnesses* witnesses = context().witnesses;
        if (witnesses == nullptr || witnesses->ripestat == nullptr)
            return fail(Stage::schedule, Failure::witness_unknown, "RIPEstat is not configured");
        glass_ = witnesses->ripestat.get();
        timer_ = loop().at(deadline(), [this] { report(); });
        if (!task.prefixes.empty()) return ask(task.prefixes);
        finding_ = witnesses->prefixes->find(
            task.servers, deadline(), [this](const std::vector<std::string>& prefixes) { ask(prefixes); });
    }

    void ask(const std::vector<std::string>& prefixes) {
        if (prefixes.empty())
            return fail(Stage::dns, Failure::witness_unknown,
                        "it is not known in which prefixes the name servers are announced");
        left_ = std::min(prefixes.size(), most_prefixes);
        asking_.resize(left_);
        for (std::size_t i = 0; i < asking_.size(); ++i) {
            const auto prefix = read_prefix(prefixes[i]);
            asking_[i].prefix = prefix ? to_string(*prefix) : prefixes[i];
            asking_[i].asked =
                glass_->look(prefixes[i], [this, i](const LookingGlassAnswer& got) { on_answer(i, got); });
        }
    }

    void on_answer(std::size_t which, const LookingGlassAnswer& answer) {
        Asking& one = asking_[which];
        const UsualRoute had = usual_route(context().remembered, one.prefix, loop().now());
        one.sight = sight_of(answer, had);
        one.covered_by = answer.covered_by;
        one.said = answer.said;
        remember(one, had);
        if (--left_ == 0) report();
    }

    /// Only what is no less than before: an outage must not become the rule. Where the live feed is followed,
    /// that keeps it, too, every hour; where not, this is the only one who asks, and only on suspicion.
    void remember(const Asking& one, const UsualRoute& had) const {
        const RouteSight& sight = one.sight;
        if (sight.state != State::visible || sight.peers_now < fewest_peers) return;
        const Stamp now = loop().now();
        const bool steady =
            std::int64_t{sight.peers_now} * 1000 >= std::int64_t{had.peers} * UsualRoute::steady_permille;
        const bool news = had.peers < sight.peers_now || now - had.when > news_after;
        if (!steady || !news) return;
        keep_usual_route(context().remembered, one.prefix, sight.peers_now, sight.origin, now);
    }

    void report() {
        if (ended()) return;
        if (asking_.empty())
            return fail(Stage::dns, Failure::witness_unknown, "the prefixes were not found in time");
        std::vector<PrefixSight> sights;
        for (const Asking& one : asking_)
            sights.push_back({.prefix = one.prefix, .sight = one.sight});
        RoutesReport all = report_routes(std::move(sights));
        if (all.seen.prefixes > 0) {
            seen().routes = all.seen;
            seen().said = said();
        }
        seen().answers = std::move(all.answers);
        const std::string detail = all.detail + covering();
        if (all.failure == Failure::none) return pass(detail);
        fail(Stage::content, all.failure, detail);
    }

    /// The oldest of what is known: all of it was true then.
    [[nodiscard]] Stamp said() const {
        Stamp oldest = loop().now();
        for (const Asking& one : asking_)
            if (one.sight.state != State::unknown) oldest = std::min(oldest, one.said);
        return oldest;
    }

    /// A covering route may lead nowhere: it proves nothing, but whoever reads on should know of it.
    [[nodiscard]] std::string covering() const {
        for (const Asking& one : asking_)
            if (one.sight.state == State::withdrawn && !one.covered_by.empty())
                return "; " + one.prefix + " is only covered by " + one.covered_by;
        return {};
    }

    RipeStat* glass_ = nullptr;
    std::unique_ptr<Asked> finding_;
    std::vector<Asking> asking_;
    std::size_t left_ = 0;
    Loop::Timer timer_;
};

}  // namespace

Run start(const LookingGlass& task, Begin begin) {
    return std::make_unique<LookingGlassRun>(task, std::move(begin));
}

}  // namespace sereno
