#include "probes/local/netlink.hpp"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include <array>
#include <cassert>
#include <cerrno>

namespace sereno::netlink {

namespace {

/// A router with a full table must not keep the loop busy; default routes come first in a dump.
constexpr int most_messages = 20000;

enum class Progress { more, finished };

/// Walks the messages of one datagram. `error` receives the kernel's verdict.
Progress walk(const std::byte* data, std::size_t size, int& seen, int& error,
              const std::function<void(const nlmsghdr&)>& message) {
    auto left = static_cast<unsigned>(size);
    for (const auto* header = reinterpret_cast<const nlmsghdr*>(data); NLMSG_OK(header, left);
         header = NLMSG_NEXT(header, left)) {
        if (header->nlmsg_type == NLMSG_DONE) return Progress::finished;
        if (header->nlmsg_type == NLMSG_ERROR) {
            if (header->nlmsg_len >= NLMSG_LENGTH(sizeof(nlmsgerr)))
                error = -static_cast<const nlmsgerr*>(NLMSG_DATA(header))->error;
            else
                error = EBADMSG;
            return Progress::finished;
        }
        message(*header);
        if (++seen >= most_messages || (header->nlmsg_flags & NLM_F_MULTI) == 0) return Progress::finished;
    }
    return Progress::more;
}

}  // namespace

void Request::start(std::uint16_t type, std::uint16_t flags, const void* body, std::size_t size) {
    auto* header = reinterpret_cast<nlmsghdr*>(buffer_);
    header->nlmsg_type = type;
    header->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
    ::memcpy(NLMSG_DATA(header), body, size);
    length_ = NLMSG_SPACE(size);
    header->nlmsg_len = static_cast<std::uint32_t>(length_);
}

void Request::add(std::uint16_t attribute, std::span<const std::byte> value) {
    assert(length_ + RTA_SPACE(value.size()) <= sizeof buffer_);
    auto* rta = reinterpret_cast<rtattr*>(buffer_ + length_);
    rta->rta_type = attribute;
    rta->rta_len = static_cast<std::uint16_t>(RTA_LENGTH(value.size()));
    ::memcpy(RTA_DATA(rta), value.data(), value.size());
    length_ += RTA_SPACE(value.size());
    reinterpret_cast<nlmsghdr*>(buffer_)->nlmsg_len = static_cast<std::uint32_t>(length_);
}

int ask(const Request& request, const std::function<void(const nlmsghdr&)>& message) {
    const Fd socket{::socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE)};
    if (!socket.is_open()) return errno;
    sockaddr_nl kernel{};
    kernel.nl_family = AF_NETLINK;
    const auto bytes = request.bytes();
    if (::sendto(socket.get(), bytes.data(), bytes.size(), 0, reinterpret_cast<const sockaddr*>(&kernel),
                 sizeof kernel) < 0)
        return errno;

    alignas(nlmsghdr) std::array<std::byte, 32768> buffer;
    int seen = 0;
    for (;;) {
        sockaddr_nl from{};
        socklen_t from_size = sizeof from;
        const auto size = ::recvfrom(socket.get(), buffer.data(), buffer.size(), 0,
                                     reinterpret_cast<sockaddr*>(&from), &from_size);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return errno;
        if (from.nl_pid != 0) continue;  // only the kernel may answer
        int error = 0;
        if (walk(buffer.data(), static_cast<std::size_t>(size), seen, error, message) == Progress::finished)
            return error;
    }
}

void each_attribute(const nlmsghdr& header, std::size_t fixed_size,
                    const std::function<void(const rtattr&)>& attribute) {
    if (header.nlmsg_len < NLMSG_SPACE(fixed_size)) return;
    auto left = static_cast<unsigned>(header.nlmsg_len - NLMSG_SPACE(fixed_size));
    const auto* start = reinterpret_cast<const std::byte*>(&header) + NLMSG_SPACE(fixed_size);
    for (const auto* rta = reinterpret_cast<const rtattr*>(start); RTA_OK(rta, left);
         rta = RTA_NEXT(rta, left))
        attribute(*rta);
}

std::uint32_t number(const rtattr& attribute) {
    std::uint32_t value = 0;
    if (RTA_PAYLOAD(&attribute) >= sizeof value) ::memcpy(&value, RTA_DATA(&attribute), sizeof value);
    return value;
}

std::span<const std::byte> payload(const rtattr& attribute) {
    return {static_cast<const std::byte*>(RTA_DATA(&attribute)), RTA_PAYLOAD(&attribute)};
}

std::string address_text(int family, std::span<const std::byte> bytes) {
    if (bytes.size() != (family == AF_INET6 ? 16U : 4U)) return {};
    char text[INET6_ADDRSTRLEN] = {};
    ::inet_ntop(family, bytes.data(), text, sizeof text);
    return text;
}

}  // namespace sereno::netlink
