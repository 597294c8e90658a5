// libcurl on the loop: one transfer to one pinned address. Serves probes (HTTP, TLS) and channels (HTTP and
// SMTP) alike.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/loop/loop.hpp"
#include "agent/model/failure.hpp"
#include "agent/model/observation.hpp"

namespace sereno {

struct MailEnvelope {
    std::string from;
    std::vector<std::string> to;
    std::string message;  ///< RFC 5322 text with CRLF line ends
};

enum class MailSecurity : std::uint8_t { none, starttls, tls };

/// An HTTP proxy; its address is the transfer's.
struct ViaProxy {
    std::uint16_t port = 0;
    std::string user, password;  ///< Basic; empty: none
};

struct Transfer {
    std::string url;      ///< http, https, smtp or smtps; any other scheme is refused before anything is sent
    std::string address;  ///< literal address to connect to; name checks and SNI still use the URL's host
    std::optional<ViaProxy> proxy;     ///< HTTP only: `address` is a proxy's, which finds the URL's host
    std::uint16_t port = 0;            ///< to connect to; 0: the URL's
    std::string method = "GET";        ///< HTTP only
    std::vector<std::string> headers;  ///< "Name: value"
    std::string body;  ///< sent when the method is POST, PUT or PATCH; as a form, unless headers say
    std::string user, password;  ///< HTTP Basic or SMTP AUTH; empty: none
    std::string ca_bundle;       ///< PEM file; empty: Debian's
    std::unique_ptr<MailEnvelope>
        mail;  ///< set exactly for smtp and smtps; one recipient refused: nobody gets it
    MailSecurity security = MailSecurity::none;
    bool compressed = false;      ///< HTTP only: asks for gzip or deflate; the body is decoded, and the bound
                                  ///< is on what comes out. Broken or cut short: http_malformed
    bool no_cache = false;        ///< HTTP only: no cache on the way may answer (RFC 9111 section 5.2.1.4)
    bool http2 = false;           ///< offered by ALPN; never on plain TCP
    bool handshake_only = false;  ///< https only: any certificate is well, and nothing is asked
    std::uint16_t segment_bytes = 0;  ///< TCP_MAXSEG; 0: the path's own
    std::size_t max_body_bytes = 262144;
    std::string user_agent;
    std::span<const std::string_view> wanted_headers;  ///< static, in lower case; empty: all are kept
};

struct TransferResult {
    Stage reached = Stage::schedule;  ///< done when a whole answer came, whatever its status
    /// connect_*, tls_*, certificate_*, http_timeout/reset/malformed/too_large, proxy_refused, no_route,
    /// host_*. host_refused at stage schedule: the transfer itself is not allowed (scheme, line breaks in a
    /// header), see detail.
    Failure failure = Failure::none;
    int status =
        0;  ///< HTTP status or last SMTP reply code; 0: none came; also when the transfer failed later
    std::string
        body;  ///< at most max_body_bytes, also of http_too_large and http_reset; SMTP: the last reply line
    std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case, at most 64
    std::string address;                                       ///< "192.0.2.7:443" as connected
    Micros connect{0}, tls{0}, first_byte{0};
    bool http2 = false;     ///< how it was answered
    int connect_error = 0;  ///< errno of socket(2) or connect(2)
    std::string icmp_from;  ///< see Observation
    std::optional<CertificateSeen> certificate;
    std::string certificate_text;  ///< for people: its name and chain; empty: none came
    bool verified = false;         ///< TLS was done, and the server proved to be who the URL says
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

    /// Fresh connection each time, no redirect followed, a proxy only where one is named. `done` is called
    /// once, from the loop, not before start() returns, at the latest at `deadline` with the timeout of the
    /// phase that was running.
    [[nodiscard]] std::unique_ptr<TransferHandle> start(Transfer transfer, Stamp deadline,
                                                        std::function<void(TransferResult)> done);

    struct Impl;

  private:
    std::shared_ptr<Impl> impl_;
};

}  // namespace sereno
