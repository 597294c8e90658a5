// rtnetlink(7) questions to the kernel, answered in the call itself: the kernel replies while the request is
// being sent, so nothing here waits.
#pragma once

#include <linux/rtnetlink.h>

#include <cstddef>
#include <functional>
#include <span>
#include <string>

#include "probes/fd.hpp"

namespace sereno::netlink {

/// A request under construction, with room for a few small attributes.
class Request {
  public:
    /// `body` is the fixed part: rtmsg, ifinfomsg, ndmsg.
    template <class Body>
    Request(std::uint16_t type, std::uint16_t flags, const Body& body) {
        start(type, flags, &body, sizeof body);
    }
    void add(std::uint16_t attribute, std::span<const std::byte> value);
    [[nodiscard]] std::span<const std::byte> bytes() const { return {buffer_, length_}; }

  private:
    void start(std::uint16_t type, std::uint16_t flags, const void* body, std::size_t size);

    alignas(NLMSG_ALIGNTO) std::byte buffer_[256] = {};
    std::size_t length_ = 0;
};

/// Sends the request and shows each message of the answer to `message`, at most 20000 of them. Returns 0 or
/// the errno: the kernel's own word (ENETUNREACH for no route), or what went wrong with the socket.
int ask(const Request& request, const std::function<void(const nlmsghdr&)>& message);

/// Shows each attribute after a message's fixed part of `fixed_size` bytes.
void each_attribute(const nlmsghdr& header, std::size_t fixed_size,
                    const std::function<void(const rtattr&)>& attribute);

/// The value of a 32-bit attribute; 0 when it is shorter.
std::uint32_t number(const rtattr& attribute);
/// The text of an address attribute; empty when its size fits no family.
std::string address_text(int family, std::span<const std::byte> bytes);
std::span<const std::byte> payload(const rtattr& attribute);

}  // namespace sereno::netlink
