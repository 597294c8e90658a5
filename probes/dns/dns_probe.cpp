// One question to one server. A name server without a configured address is asked at the one remembered for
// it.
#include <algorithm>
#include <utility>

#include "probes/kinds.hpp"

namespace sereno {

namespace {

constexpr std::uint16_t dns_port = 53;
/// Name servers move rarely; their delegation is cached for 48 hours.
constexpr Micros learn_again_after = std::chrono::hours{1};

class DnsRun final : public Attempt {
  public:
    DnsRun(const DnsQuery& task, Begin begin) : Attempt(std::move(begin)), query_(task) {
        if (!query_.server.endpoint.empty() || query_.server.name == "system")
            ask();
        else
            learn();
    }

  private:
    void learn() {
        const auto known = context().learned.find(query_.server.name);
        if (known != context().learned.end() && loop().now() < known->second.asked + learn_again_after) {
            ask_at(known->second.address);
            return;
        }
        // Half the time at most: the question itself is what the run is for.
        const Stamp now = loop().now();
        request_ =
            context().dns.resolve(query_.server.name, context().resolvers, now + (deadline() - now) / 2,
                                  [this](const DnsReply& reply) { on_learned(reply); });
    }

    void on_learned(const DnsReply& reply) {
        const auto known = context().learned.find(query_.server.name);
        const bool useful = reply.failure == Failure::none && !reply.addresses.empty();
        if (useful) {
            context().learned[query_.server.name] = {reply.addresses.front(), loop().now()};
            ask_at(reply.addresses.front());
        } else if (known != context().learned.end()) {
            known->second.asked = loop().now();
            ask_at(known->second.address);
        } else {
            fail(Stage::schedule, Failure::address_unknown,
                 "no resolver knows " + query_.server.name + ": " + std::string{to_string(reply.failure)} +
                     " " + reply.detail);
        }
    }

    void ask_at(const std::string& address) {
        query_.server.endpoint = {address, dns_port};
        ask();
    }

    void ask() {
        asked_ = loop().now();
        if (!query_.server.endpoint.empty()) seen().address = to_string(query_.server.endpoint);
        request_ =
            context().dns.ask(query_, deadline(), [this](DnsReply reply) { on_reply(std::move(reply)); });
    }

    void on_reply(DnsReply reply) {
        seen().dns = since(asked_);
        seen().ttl_seconds = reply.ttl_seconds;
        reply.addresses.resize(std::min<std::size_t>(reply.addresses.size(), 16));
        seen().answers = std::move(reply.addresses);
        Failure failure = reply.failure;
        if (failure == Failure::none && !query_.recursion && !reply.authoritative)
            failure = Failure::dns_lame;
        if (failure == Failure::none)
            pass(reply.detail);
        else
            fail(Stage::dns, failure, reply.detail);
    }

    DnsQuery query_;
    Stamp asked_;
    std::unique_ptr<DnsRequest> request_;
};

}  // namespace

Run start(const DnsQuery& task, Begin begin) {
    return std::make_unique<DnsRun>(task, std::move(begin));
}

}  // namespace sereno
