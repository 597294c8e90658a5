// One question to one server.
#include <utility>

#include "probes/kinds.hpp"

namespace sereno {

namespace {

class DnsRun final : public Attempt {
  public:
    DnsRun(const DnsQuery& task, Begin begin) : Attempt(std::move(begin)) {
        if (!task.server.endpoint.empty()) seen().address = to_string(task.server.endpoint);
        request_ =
            context().dns.ask(task, deadline(), [this](DnsReply reply) { on_reply(std::move(reply)); });
    }

  private:
    void on_reply(DnsReply reply) {
        seen().ttl_seconds = reply.ttl_seconds;
        seen().answers = std::move(reply.addresses);
        if (!reply.server.empty()) seen().address = reply.server;
        if (reply.failure == Failure::address_unknown) {
            fail(Stage::schedule, reply.failure, reply.detail);
            return;
        }
        seen().dns = since(seen().started);
        if (reply.failure == Failure::none)
            pass(reply.detail);
        else
            fail(Stage::dns, reply.failure, reply.detail);
    }

    std::unique_ptr<DnsRequest> request_;
};

}  // namespace

Run start(const DnsQuery& task, Begin begin) {
    return std::make_unique<DnsRun>(task, std::move(begin));
}

}  // namespace sereno
