// One question to one server.
#include <algorithm>
#include <iterator>
#include <utility>

#include "probes/kinds.hpp"

namespace sereno {

namespace {

/// Longer than this nobody who intercepts takes, and every run waits for the whole of it.
constexpr std::chrono::seconds listen_for_silence{2};

/// Where a question over HTTPS ended; everything else about DNS is one stage.
Stage stage_of(Failure failure) {
    if (failure >= Failure::connect_timeout && failure <= Failure::connect_unreachable) return Stage::connect;
    if (failure >= Failure::tls_timeout && failure <= Failure::certificate_untrusted) return Stage::tls;
    if (failure >= Failure::http_timeout && failure <= Failure::proxy_refused) return Stage::http;
    return failure == Failure::address_unknown ? Stage::schedule : Stage::dns;
}

class DnsRun final : public Attempt {
  public:
    DnsRun(const DnsQuery& task, Begin begin) : Attempt(std::move(begin)) {
        if (!task.server.endpoint.empty()) seen().address = to_string(task.server.endpoint);
        const Stamp until =
            task.expect_silence ? std::min(deadline(), seen().started + listen_for_silence) : deadline();
        request_ = context().dns.ask(task, until, [this](DnsReply reply) { on_reply(std::move(reply)); });
    }

  private:
    void on_reply(DnsReply reply) {
        seen().ttl_seconds = reply.ttl_seconds;
        seen().answers = std::move(reply.addresses);
        std::move(reply.records.begin(), reply.records.end(), std::back_inserter(seen().answers));
        seen().icmp_from = std::move(reply.icmp_from);
        if (!reply.server.empty()) seen().address = std::move(reply.server);
        if (reply.failure != Failure::address_unknown) seen().dns = since(seen().started);
        if (reply.failure == Failure::none)
            pass(reply.validated ? "validated by the resolver" : reply.detail);
        else
            fail(stage_of(reply.failure), reply.failure, reply.detail);
    }

    std::unique_ptr<DnsRequest> request_;
};

}  // namespace

Run start(const DnsQuery& task, Begin begin) {
    return std::make_unique<DnsRun>(task, std::move(begin));
}

}  // namespace sereno
