// The port every channel implements: take one message somewhere, say how it went.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "agent/model/message.hpp"

namespace sereno {

enum class Acceptance : std::uint8_t {
    accepted,   ///< the service took responsibility for it
    temporary,  ///< worth another try: nothing reached, 4xx of SMTP, 429 or 5xx of HTTP
    permanent,  ///< will be refused again: unknown recipient, wrong login
};

struct DeliveryAttempt {
    Acceptance acceptance = Acceptance::temporary;
    std::string
        word;  ///< the service's own words or the fault, for people; never a secret; at most 300 bytes
    Micros retry_after{0};  ///< the service asked to wait that long; 0: it did not
};

class Sending {
  public:
    virtual ~Sending() = default;  ///< cancels: the callback is then never called
};

class Channel {
  public:
    virtual ~Channel() = default;
    /// The key under `channels:` in the configuration.
    [[nodiscard]] virtual const std::string& id() const = 0;
    /// `done` is called exactly once, from the loop, not before send() returns, within the channel's timeout.
    [[nodiscard]] virtual std::unique_ptr<Sending> send(const OutboxMessage& message,
                                                        std::function<void(DeliveryAttempt)> done) = 0;
};

}  // namespace sereno
