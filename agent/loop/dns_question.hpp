// One question to one server on a c-ares channel of its own.
#pragma once

#include <functional>
#include <memory>

#include "agent/loop/dns_client.hpp"

namespace sereno {

class DnsQuestion {
  public:
    /// `query.server.endpoint` must be set. `done` is called once, from the loop, at the latest at
    /// `deadline`; never after the question was destroyed. A lost datagram is sent again after a third of the
    /// time.
    DnsQuestion(Loop& loop, DnsQuery query, Stamp deadline, bool private_answers_are_real,
                std::function<void(DnsReply)> done);
    ~DnsQuestion();
    DnsQuestion(const DnsQuestion&) = delete;
    DnsQuestion& operator=(const DnsQuestion&) = delete;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace sereno
