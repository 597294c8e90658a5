// One question to one server over UDP or TCP.
#pragma once

#include <functional>
#include <memory>

#include "agent/loop/dns_client.hpp"

namespace sereno {

class DnsQuestion final : public DnsRequest {
  public:
    /// `query.server.endpoint` must be set. `done` is called once, from the loop, at the latest at
    /// `deadline`; never after the question was destroyed. Each question has a random port and id of its own.
    /// A lost datagram is sent again after a third of the time; a datagram that does not fit is noted, and
    /// the right one waited for. What is cut short over UDP is asked again over TCP.
    DnsQuestion(Loop& loop, DnsQuery query, Stamp deadline, bool private_answers_are_real,
                std::function<void(DnsReply)> done);
    ~DnsQuestion() override;
    DnsQuestion(const DnsQuestion&) = delete;
    DnsQuestion& operator=(const DnsQuestion&) = delete;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

/// What an answer means from an address where nobody runs DNS: an answer of any kind is dns_intercepted,
/// silence and unreachables are well. What says something about this host only stays what it is.
DnsReply judged_as_silence(DnsReply reply);

}  // namespace sereno
