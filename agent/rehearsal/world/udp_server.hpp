// A UDP socket that hands each datagram to a handler and sends what it answers.
#pragma once

#include <memory>

#include "agent/model/probe_spec.hpp"
#include "agent/rehearsal/world/dns_conversation.hpp"

namespace boost::asio {
class io_context;
}

namespace sereno::rehearsal {

class UdpServer {
  public:
    /// Throws boost::system::system_error when the address is taken. The handler runs from the context.
    UdpServer(boost::asio::io_context& context, const Endpoint& endpoint, DnsHandler handler);
    ~UdpServer();

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace sereno::rehearsal
