#include "agent/rehearsal/world/udp_server.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

#include "agent/rehearsal/world/dns_wire.hpp"

namespace sereno::rehearsal {

namespace asio = boost::asio;
using asio::ip::udp;
using boost::system::error_code;

struct UdpServer::Impl : std::enable_shared_from_this<UdpServer::Impl> {
    Impl(asio::io_context& context, const Endpoint& at, DnsHandler answers)
        : socket(context, udp::endpoint(asio::ip::make_address(at.address), at.port)),
          handler(std::move(answers)) {
        socket.non_blocking(true);
    }

    void receive() {
        socket.async_receive_from(asio::buffer(bytes), from,
                                  [self = shared_from_this()](error_code error, std::size_t count) {
                                      if (self->closed) return;
                                      if (!error) self->handle(count);
                                      self->receive();
                                  });
    }

    void handle(std::size_t count) {
        handler(std::string(bytes.data(), count),
                [weak = weak_from_this(), to = from](const std::string& reply) {
                    const auto self = weak.lock();
                    error_code ignored;  // a full send buffer loses the datagram, as networks do
                    if (self && !self->closed && !reply.empty())
                        self->socket.send_to(asio::buffer(reply), to, 0, ignored);
                });
    }

    udp::socket socket;
    udp::endpoint from;
    std::array<char, most_dns_bytes> bytes{};
    DnsHandler handler;
    bool closed = false;
};

UdpServer::UdpServer(asio::io_context& context, const Endpoint& endpoint, DnsHandler handler)
    : impl_(std::make_shared<Impl>(context, endpoint, std::move(handler))) {
    impl_->receive();
}

UdpServer::~UdpServer() {
    impl_->closed = true;
    error_code ignored;
    impl_->socket.close(ignored);
}

}  // namespace sereno::rehearsal
