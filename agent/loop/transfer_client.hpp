// libcurl on the loop: one transfer to one pinned address. Serves probes (HTTP) and channels (HTTP and SMTP)
// alike.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/loop/loop.hpp"
#include "agent/model/failure.hpp"

namespace sereno {

struct MailEnvelope {
    std::string from;
    std::vector<std::string> to;
    std::string message;  ///< RFC 5322 text with CRLF line ends
};

enum class MailSecurity : std::uint8_t { none, starttls, tls };

struct Transfer {
    std::string url;      ///< http, https, smtp or smtps; any other scheme is refused before anything is sent
    std::string address;  ///< literal address to connect to; name checks and SNI still use the URL's host
    std::string method = "GET";        ///< HTTP only
    std::vector<std::string> headers;  ///< "Name: value"
    std::string body;  ///< sent when the method is POST, PUT or PATCH; as a form, unless headers say
    std::string user, password;  ///< HTTP Basic or SMTP AUTH; empty: none
    std::string ca_bundle;       ///< PEM file; empty: Debian's
    std::unique_ptr<MailEnvelope>
        mail;  ///< set exactly for smtp and smtps; one recipient refused: nobody gets it
    MailSecurity security = MailSecurity::none;
    std::size_t max_body_bytes = 262144;
    std::string user_agent;
};

struct TransferResult {
    Stage reached = Stage::schedule;  ///< done when a whole answer came, whatever its status
    /// connect_*, tls_*, certificate_*, http_timeout/reset/malformed/too_large, no_route, host_*.
    /// host_refused at stage schedule: the transfer itself is not allowed (scheme, line breaks in a header),
    /// see detail.
    Failure failure = Failure::none;
    int status =
        0;  ///< HTTP status or last SMTP reply code; 0: none came; also when the transfer failed later
    std::string
        body;  ///< at most max_body_bytes, also of http_too_large and http_reset; SMTP: the last reply line
    std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case, at most 64
    std::string address;                                       ///< "192.0.2.7:443" as connected
    Micros connect{0}, tls{0}, first_byte{0};
    std::string detail;
};

class TransferHandle {
  public:
    virtual ~TransferHandle() = default;  ///< cancels: the callback is then never called
};

class TransferClient {
  public:
    explicit TransferClient(Loop& loop);
    ~TransferClient();

    /// Fresh connection each time, no redirect followed, no proxy. `done` is called once, from the loop, not
    /// before start() returns, at the latest at `deadline` with the timeout of the phase that was running.
    [[nodiscard]] std::unique_ptr<TransferHandle> start(Transfer transfer, Stamp deadline,
                                                        std::function<void(TransferResult)> done);

    struct Impl;

  private:
    std::shared_ptr<Impl> impl_;
};

}  // namespace sereno
