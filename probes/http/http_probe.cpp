// One URL, or several in a row, each fetched once at the first address that the resolvers gave. One address
// only: an observation is one attempt with one failure, and the next run asks the resolvers again.
#include <algorithm>
#include <utility>

#include "agent/loop/address.hpp"
#include "agent/loop/private_address.hpp"
#include "agent/loop/transfer_url.hpp"
#include "probes/http/edge.hpp"
#include "probes/http/front_end.hpp"
#include "probes/http/judge.hpp"
#include "probes/http/proxy.hpp"
#include "probes/kinds.hpp"
#include "probes/tcp/connect.hpp"

namespace sereno {

namespace {

constexpr int most_redirects = 5;
/// Some front ends turn away whoever gives no name.
constexpr const char* user_agent = "sereno (availability probe)";

bool is_https(std::string_view url) {
    return url.size() > 5 && (url[4] == 's' || url[4] == 'S');
}

/// A body that somebody else's page is not likely to be.
bool has_body_rule(const HttpFetch& task) {
    return task.empty_body || !task.contains.empty() || !task.json.empty();
}

bool is_v6(std::string_view address) {
    return address.find(':') != std::string_view::npos;
}

class HttpRun final : public Attempt {
  public:
    HttpRun(const HttpFetch& task, Begin begin)
        : Attempt(std::move(begin)), task_(task), steps_(steps_of(task_)) {
        url_ = task_.url;
        visit();
    }

  private:
    [[nodiscard]] const HttpFetch& step() const { return *steps_[step_]; }

    /// Fetches url_: the beginning of a step, or where a redirect leads.
    void visit() {
        Observation& o = seen();
        o.dns = o.connect = o.tls = o.first_byte = Micros{0};
        o.http_status = 0;
        o.address.clear();
        const auto host = host_of(url_);
        if (!host)
            return stop(Stage::schedule, Failure::address_unknown,
                        "'" + shown_url(url_) + "' is not an http or https URL");
        host_ = *host;
        if (goes_by_proxy()) return find_proxy();
        if (is_literal(host_)) return take_literal();
        if (step().at_remembered) return take_remembered();
        look_up(host_, step().family, [this](const DnsReply& reply) { on_resolved(reply); });
    }

    /// Families are told apart, and remembered addresses tried, only by our own connections.
    bool goes_by_proxy() {
        proxy_.reset();
        if (step().direct || step().family != Family::any || step().at_remembered) return false;
        const Proxy& proxy = context().proxy;
        if (proxy.http_url.empty() && proxy.https_url.empty()) return false;
        if (seen().group == Group::app && (host_ == "localhost" || is_private_address(host_))) return false;
        proxy_ = proxy_for(proxy, is_https(url_) ? "https" : "http", host_);
        return proxy_.has_value();
    }

    void find_proxy() {
        if (!proxy_->complaint.empty())
            return stop(Stage::schedule, Failure::proxy_refused, "the proxy: " + proxy_->complaint);
        if (is_literal(proxy_->host)) return fetch(proxy_->host);
        request_ = context().own_dns.resolve(proxy_->host, context().resolvers, deadline(),
                                             [this](const DnsReply& reply) { on_proxy_found(reply); });
    }

    void on_proxy_found(const DnsReply& reply) {
        if (reply.failure == Failure::none && !reply.addresses.empty()) return fetch(reply.addresses.front());
        const bool ours = reply.failure != Failure::none && !speaks_of_target(reply.failure);
        stop(ours ? Stage::schedule : Stage::dns, ours ? reply.failure : Failure::proxy_refused,
             "the proxy's name " + proxy_->host + " does not resolve: " + reply.detail);
    }

    void take_literal() {
        if (step().family != Family::any && is_v6(host_) != (step().family == Family::v6))
            return stop(Stage::schedule, Failure::address_unknown,
                        host_ + " is not an IPv" + (step().family == Family::v6 ? "6" : "4") + " address");
        fetch(host_);
    }

    void take_remembered() {
        const std::string address = remembered_front_end(context().remembered, host_, step().family);
        if (address.empty())
            return stop(Stage::schedule, Failure::address_unknown,
                        "no address of " + host_ + " is remembered");
        fetch(address);
    }

    void look_up(const std::string& host, Family family, std::function<void(const DnsReply&)> then) {
        asked_ = loop().now();
        DnsClient& dns = seen().group == Group::app ? context().own_dns : context().dns;
        request_ = dns.resolve(host, context().resolvers, deadline(), family, std::move(then));
    }

    void on_resolved(const DnsReply& reply) {
        if (reply.failure == Failure::address_unknown)
            return stop(Stage::schedule, reply.failure, reply.detail);
        seen().dns = since(asked_);
        seen().ttl_seconds = reply.ttl_seconds;
        seen().icmp_from = reply.icmp_from;
        Failure failure = reply.failure;
        if (failure == Failure::none && reply.addresses.empty()) failure = Failure::dns_nodata;
        if (failure != Failure::none) return stop(Stage::dns, failure, reply.detail);
        fetch(reply.addresses.front());
    }

    void fetch(const std::string& address) {
        seen().address = address;
        address_ = address;
        Transfer transfer;
        transfer.url = url_;
        transfer.address = address;
        if (proxy_) transfer.proxy = proxy_->via;
        transfer.ca_bundle = context().ca_bundle;
        transfer.max_body_bytes = step().max_body_bytes;
        transfer.http2 = step().version == HttpVersion::http2;
        transfer.segment_bytes = step().segment_bytes;
        transfer.user_agent = user_agent;
        transfer.no_cache = true;  // which could answer for a dead uplink
        transfer.wanted_headers = telling_headers();
        handle_ = context().transfers.start(std::move(transfer), deadline(),
                                            [this](const TransferResult& result) { on_result(result); });
    }

    void on_result(const TransferResult& result) {
        take_down(result);
        if (result.verified && !proxy_) remember();
        if (const auto location = redirect_of(step(), result)) return follow(*location);
        HttpJudgement judgement = judge(step(), result, proxy_.has_value());
        if (const auto target = socket_address({address_, 0});
            step().family == Family::v6 && target && lacks_ipv6(*target, result.connect_error))
            judgement.failure = Failure::no_ipv6;
        if (judgement.failure == Failure::proxy_refused)
            judgement.detail = "proxy " + proxy_->shown() + ": " + judgement.detail;
        if (judgement.failure != Failure::none)
            return stop(judgement.reached, judgement.failure, judgement.detail);
        // Without TLS, only its body tells the target from a captive portal.
        if (!proxy_ && !is_https(url_) && has_body_rule(step())) remember();
        if (step_ + 1 == steps_.size()) return pass(judgement.detail);
        seen().step = static_cast<int>(++step_);
        url_ = step().url;
        redirects_ = 0;
        visit();
    }

    void take_down(const TransferResult& result) {
        Observation& o = seen();
        o.connect = result.connect;
        o.tls = result.tls;
        o.first_byte = result.first_byte;
        o.http_status = result.status;
        o.edge = edge_fingerprint(result);
        o.via = plain_text(header_of(result, "via"), 64);
        o.certificate = result.certificate;
        o.icmp_from = result.icmp_from;
        if (!result.address.empty()) o.address = result.address;
        const Stamp wall = loop().now() + loop().wall_offset();
        o.clock_offset_seconds =
            clock_offset(result, std::chrono::floor<std::chrono::seconds>(wall.time_since_epoch()).count());
    }

    void remember() { remember_front_end(context().remembered, host_, address_, loop().now()); }

    void follow(const std::string& location) {
        const auto next = resolved_url(url_, location);
        if (!next) return stop(Stage::http, Failure::http_redirect, "redirected to no URL");
        if (std::string complaint = redirect_complaint(step(), url_, *next); !complaint.empty())
            return stop(Stage::http, Failure::http_redirect, complaint);
        if (++redirects_ > most_redirects)
            return stop(Stage::http, Failure::http_redirect,
                        "redirected more than " + std::to_string(most_redirects) + " times, last to " +
                            shown_url(*next));
        url_ = *next;
        visit();
    }

    /// The first step that fails ends the run.
    void stop(Stage stage, Failure failure, const std::string& detail) {
        if (steps_.size() == 1) return fail(stage, failure, detail);
        fail(stage, failure,
             "step " + std::to_string(step_ + 1) + " of " + std::to_string(steps_.size()) + ", " +
                 shown_url(step().url) + ": " + detail);
    }

    HttpFetch task_;
    std::vector<const HttpFetch*> steps_;  // of task_
    std::size_t step_ = 0;
    int redirects_ = 0;
    std::string url_, host_, address_;
    std::optional<ProxyServer> proxy_;  // through which url_ is fetched
    Stamp asked_;
    std::unique_ptr<DnsRequest> request_;
    std::unique_ptr<TransferHandle> handle_;
};

}  // namespace

Run start(const HttpFetch& task, Begin begin) {
    return std::make_unique<HttpRun>(task, std::move(begin));
}

}  // namespace sereno
