// Follows the way to a target hop by hop. Which hops are asked when is Tracer's, what it means path_end's.
#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "probes/classify.hpp"
#include "probes/kinds.hpp"
#include "probes/path/as_origin.hpp"
#include "probes/path/hop_socket.hpp"
#include "probes/path/path_end.hpp"
#include "probes/path/tracer.hpp"

namespace sereno {

namespace {

constexpr int most_hops_told = 30;  // with the target, and room to spare, they fit into Observation::answers
constexpr Micros longest_lookup{1'000'000};

class PathRun final : public Attempt {
  public:
    PathRun(const PathTrace& task, Begin begin) : Attempt(std::move(begin)), task_(task) {
        seen().address = to_string(Endpoint{task_.host, task_.port});
        if (const auto known = known_address())
            trace_to(*known);
        else
            resolving_ =
                context().dns.resolve(task_.host, context().resolvers, loop().now() + time_left() / 3,
                                      [this](const DnsReply& reply) { resolved(reply); });
    }

  private:
    [[nodiscard]] Micros time_left() const { return deadline() - loop().now(); }
    /// Kept for asking whose the hops are.
    [[nodiscard]] Micros lookup_time() const {
        return context().as_origin_zone.empty() ? Micros{0} : std::min(longest_lookup, time_left() / 4);
    }

    /// Without asking anybody: on suspicion DNS may be what is broken.
    [[nodiscard]] std::optional<std::string> known_address() const {
        if (is_literal(task_.host)) return task_.host;
        for (const FactKind kind : {FactKind::front_end, FactKind::name_server})
            if (const Fact* fact = context().remembered.find(kind, task_.host))
                for (const std::string& address : fact->values)
                    if (is_literal(address)) return address;
        return std::nullopt;
    }

    void resolved(const DnsReply& reply) {
        const auto finished = std::move(resolving_);
        seen().dns = since(seen().started);
        if (reply.failure != Failure::none || reply.addresses.empty())
            return fail(Stage::dns, Failure::address_unknown,
                        "the address of " + task_.host + ": " + std::string{to_string(reply.failure)});
        trace_to(reply.addresses.front());
    }

    void trace_to(const std::string& address) {
        const Endpoint endpoint{address, task_.port};
        seen().address = to_string(endpoint);
        const auto target = socket_address(endpoint);
        if (!target) return fail(Stage::dns, Failure::address_unknown, "'" + address + "' is no address");
        target_ = *target;
        trace_until_ = deadline() - lookup_time() - time_left() / 50;
        Tracer::Plan plan;
        plan.most_hops = std::clamp(task_.most_hops, 1, most_hops_told);
        plan.wait = std::min(plan.wait, (trace_until_ - loop().now()) / (plan.tries + 2));
        tracer_.emplace(plan);
        sockets_.resize(static_cast<std::size_t>(plan.most_hops) + 1);
        go_on();
    }

    void go_on() {
        for (const int hop : tracer_->due(loop().now())) {
            auto& socket = sockets_[static_cast<std::size_t>(hop)];
            if (!socket)
                socket = std::make_unique<HopSocket>(
                    loop(), task_.protocol, target_,
                    [this, hop](HopAnswer answer) { heard(hop, std::move(answer)); });
            if (const int error = socket->send(hop); error != 0) return refused_here(error);
        }
        const auto next = tracer_->next_due();
        if (tracer_->finished() || !next || loop().now() >= trace_until_) return traced();
        timer_ = loop().at(std::min(*next, trace_until_), [this] { go_on(); });
    }

    void heard(int hop, HopAnswer answer) {
        if (!tracer_ || ended()) return;
        tracer_->heard(hop, std::move(answer), loop().now());
        sockets_[static_cast<std::size_t>(hop)].reset();
        go_on();
    }

    void refused_here(int error) {
        stop();
        fail(Stage::connect, connect_failure(error, RaisedBy::this_host), errno_text(error));
    }

    void stop() {
        timer_.cancel();
        sockets_.clear();
    }

    void traced() {
        stop();
        trace_ = tracer_->trace();
        tracer_.reset();
        const std::string target = address_text(target_);
        lookup_.emplace(context(), worth_looking_up(trace_, target),
                        std::min(deadline() - time_left() / 50, loop().now() + longest_lookup),
                        [this](const AsNumbers& numbers) { conclude(numbers); });
    }

    void conclude(const AsNumbers& numbers) {
        const std::string target = address_text(target_);
        seen().answers = hop_lines(trace_, target, numbers);
        const std::string key =
            (task_.protocol == PathProtocol::tcp ? "tcp " : "udp ") + to_string(Endpoint{target, task_.port});
        if (trace_.arrived) {
            seen().connect = trace_.target_took;
            context().remembered.keep(FactKind::path, key, path_values(trace_, target), loop().now());
            return pass(arrival_text());
        }
        seen().icmp_from = trace_.refusal;
        fail(Stage::connect, whose_end(trace_, numbers),
             end_text(context().remembered.find(FactKind::path, key)));
    }

    [[nodiscard]] std::string arrival_text() const {
        const auto silent = std::count_if(trace_.hops.begin(), trace_.hops.end(),
                                          [](const Hop& hop) { return hop.address.empty(); });
        std::string text = trace_.arrival_counted ? "arrived at hop " + std::to_string(trace_.hops.size())
                                                  : "arrived, at a hop that is not known";
        if (silent > 0) text += "; " + std::to_string(silent) + " hops on the way are silent";
        return text;
    }

    [[nodiscard]] std::string end_text(const Fact* path) const {
        const PathEnd end = end_of(trace_);
        std::string text = "dies after hop " + std::to_string(end.hop) + " (" + end.address + ")";
        if (end.hop == 0)
            text = trace_.no_neighbour ? "nobody takes packets from this host" : "no hop answers";
        if (!trace_.back_to.empty()) text += ", which sends it back to " + trace_.back_to;
        if (!trace_.refusal.empty()) text += ": " + trace_.refusal;
        const std::string good = last_known_good(end, path);
        return good.empty() ? text : text + "; " + good;
    }

    PathTrace task_;
    SocketAddress target_;
    Stamp trace_until_;
    std::unique_ptr<DnsRequest> resolving_;
    std::optional<Tracer> tracer_;
    std::vector<std::unique_ptr<HopSocket>> sockets_;  ///< by hop, see Tracer::target
    Loop::Timer timer_;
    Trace trace_;
    std::optional<AsLookup> lookup_;
};

}  // namespace

Run start(const PathTrace& task, Begin begin) {
    return std::make_unique<PathRun>(task, std::move(begin));
}

}  // namespace sereno
