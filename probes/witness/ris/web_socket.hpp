// A WebSocket (RFC 6455) as its client sees it, over TLS or, for what runs on this host, plain TCP.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/loop/loop.hpp"
#include "agent/loop/transfer_client.hpp"
#include "agent/model/probe_spec.hpp"

namespace sereno {

struct WebSocketTarget {
    bool tls = true;
    std::string host;  ///< for SNI and the certificate's name (RFC 6125); a literal without brackets
    std::uint16_t port = 443;
    std::string resource = "/";     ///< path and query
    std::string address;            ///< to connect to: a literal address of the host, or of the proxy
    std::optional<ViaProxy> proxy;  ///< finds the host itself (CONNECT)
    std::string ca_bundle;          ///< PEM file; empty: Debian's
    std::string user_agent;
    std::size_t max_message_bytes = 1'048'576;  ///< a longer one ends the connection before it is read
    Micros handshake_within{10'000'000};        ///< TCP, proxy, TLS and upgrade together
};

/// One connection, which begins with the object. Texts are read one at a time, so a server that is faster
/// than we are is slowed down by TCP, and nothing piles up here. Answers pings. Destroying it hangs up
/// without a word, and nothing is called any more; that is safe at any time, also from within a callback.
class WebSocket {
  public:
    /// All from the loop, none before the constructor returns.
    struct Ears {
        std::function<void()> opened;
        std::function<void()> sent;
        std::function<void(std::string_view)> text;  ///< valid UTF-8; valid until it returns
        /// Once, and nothing after it: it could not be opened, or has ended. For people: what and where.
        std::function<void(const std::string& why)> ended;
    };
    WebSocket(Loop& loop, WebSocketTarget target, Ears ears);
    ~WebSocket();
    WebSocket(const WebSocket&) = delete;
    WebSocket& operator=(const WebSocket&) = delete;

    /// Once it is open, and the text before was sent.
    void send(std::string text);

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace sereno
