// The protocol side of one TCP connection, without I/O: bytes come in, bytes go out through a Wire.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace sereno::rehearsal {

/// The connection as a conversation sees it. Calls after its end do nothing.
class Wire {
  public:
    virtual ~Wire() = default;
    virtual void send(std::string bytes) = 0;
    virtual void close() = 0;  ///< once everything sent has left
    virtual void
    start_tls() = 0;  ///< once everything sent has left; what came before it in clear is forgotten
};

class Conversation {
  public:
    virtual ~Conversation() = default;
    /// The connection stands (after TLS, where TLS comes first). `wire` outlives the conversation.
    virtual void begin(Wire& wire) = 0;
    virtual void received(std::string_view bytes) = 0;
    /// TLS that start_tls() asked for stands.
    virtual void secured() {}
    /// The connection is ended after that long, whatever happens on it.
    [[nodiscard]] virtual int patience_seconds() const { return 30; }
};

using ConversationFactory = std::function<std::unique_ptr<Conversation>()>;

}  // namespace sereno::rehearsal
