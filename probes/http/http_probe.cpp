// One URL, fetched once, at the first address that the resolvers gave. One address only: an observation is
// one attempt with one failure, and the next run asks the resolvers again.
#include <utility>

#include "probes/address.hpp"
#include "probes/http/judge.hpp"
#include "probes/kinds.hpp"

namespace sereno {

namespace {

class HttpRun final : public Attempt {
  public:
    HttpRun(const HttpFetch& task, Begin begin) : Attempt(std::move(begin)), task_(task) {
        const auto host = host_of(task_.url);
        if (!host) {
            fail(Stage::schedule, Failure::address_unknown,
                 "'" + task_.url + "' is not an http or https URL");
            return;
        }
        if (is_literal(*host)) {
            fetch(*host);
            return;
        }
        asked_ = loop().now();
        DnsClient& dns = seen().group == Group::app ? context().own_dns : context().dns;
        request_ = dns.resolve(*host, context().resolvers, deadline(),
                               [this](const DnsReply& reply) { on_resolved(reply); });
    }

  private:
    void on_resolved(const DnsReply& reply) {
        if (reply.failure == Failure::address_unknown) {
            fail(Stage::schedule, reply.failure, reply.detail);
            return;
        }
        seen().dns = since(asked_);
        seen().ttl_seconds = reply.ttl_seconds;
        Failure failure = reply.failure;
        if (failure == Failure::none && reply.addresses.empty()) failure = Failure::dns_nodata;
        if (failure != Failure::none) {
            fail(Stage::dns, failure, reply.detail);
            return;
        }
        fetch(reply.addresses.front());
    }

    void fetch(const std::string& address) {
        seen().address = address;
        Transfer transfer;
        transfer.url = task_.url;
        transfer.address = address;
        transfer.ca_bundle = context().ca_bundle;
        transfer.max_body_bytes = task_.max_body_bytes;
        handle_ = context().transfers.start(std::move(transfer), deadline(),
                                            [this](const TransferResult& result) { on_result(result); });
    }

    void on_result(const TransferResult& result) {
        seen().connect = result.connect;
        seen().tls = result.tls;
        seen().first_byte = result.first_byte;
        seen().http_status = result.status;
        seen().edge = edge_fingerprint(result);
        if (!result.address.empty()) seen().address = result.address;
        const HttpJudgement judgement = judge(task_, result);
        if (judgement.failure == Failure::none)
            pass(judgement.detail);
        else
            fail(judgement.reached, judgement.failure, judgement.detail);
    }

    HttpFetch task_;
    Stamp asked_;
    std::unique_ptr<DnsRequest> request_;
    std::unique_ptr<TransferHandle> handle_;
};

}  // namespace

Run start(const HttpFetch& task, Begin begin) {
    return std::make_unique<HttpRun>(task, std::move(begin));
}

}  // namespace sereno
