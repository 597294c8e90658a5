// A TLS handshake with the address of one name, for another name. Whoever answers it at all can be reached at
// that address: what then fails for the first name alone fails by that name.
#include <utility>

#include "agent/loop/address.hpp"
#include "probes/http/front_end.hpp"
#include "probes/kinds.hpp"

namespace sereno {

namespace {

class TlsRun final : public Attempt {
  public:
    TlsRun(const TlsHandshake& task, Begin begin)
        : Attempt(std::move(begin)), port_(task.port), server_name_(task.server_name) {
        find(task);
    }

  private:
    void find(const TlsHandshake& task) {
        if (is_literal(task.host)) return shake_hands(task.host);
        if (!task.at_remembered) return look_up(task.host);
        const std::string address = remembered_front_end(context().remembered, task.host, Family::any);
        if (address.empty())
            return fail(Stage::schedule, Failure::address_unknown,
                        "no address of " + task.host + " is remembered");
        shake_hands(address);
    }

    void look_up(const std::string& host) {
        asked_ = loop().now();
        request_ = context().dns.resolve(host, context().resolvers, deadline(),
                                         [this](const DnsReply& reply) { on_resolved(reply); });
    }

    void on_resolved(const DnsReply& reply) {
        if (reply.failure == Failure::address_unknown)
            return fail(Stage::schedule, reply.failure, reply.detail);
        seen().dns = since(asked_);
        seen().ttl_seconds = reply.ttl_seconds;
        seen().icmp_from = reply.icmp_from;
        Failure failure = reply.failure;
        if (failure == Failure::none && reply.addresses.empty()) failure = Failure::dns_nodata;
        if (failure != Failure::none) return fail(Stage::dns, failure, reply.detail);
        shake_hands(reply.addresses.front());
    }

    void shake_hands(const std::string& address) {
        seen().address = to_string(Endpoint{address, port_});
        Transfer transfer;
        transfer.url = "https://" + server_name_ + "/";
        transfer.address = address;
        transfer.port = port_;
        transfer.handshake_only = true;
        handle_ = context().transfers.start(std::move(transfer), deadline(),
                                            [this](const TransferResult& result) { on_result(result); });
    }

    void on_result(const TransferResult& result) {
        seen().connect = result.connect;
        seen().tls = result.tls;
        seen().certificate = result.certificate;
        seen().icmp_from = result.icmp_from;
        if (result.failure == Failure::none)
            pass(result.certificate_text.empty() ? "handshake" : "certificate " + result.certificate_text);
        else
            fail(result.reached, result.failure, result.detail);
    }

    std::uint16_t port_;
    std::string server_name_;
    Stamp asked_;
    std::unique_ptr<DnsRequest> request_;
    std::unique_ptr<TransferHandle> handle_;
};

}  // namespace

Run start(const TlsHandshake& task, Begin begin) {
    return std::make_unique<TlsRun>(task, std::move(begin));
}

}  // namespace sereno
