// A service on the web as a test wants it: HTTP/1.1 over TLS or plain, on loopback, on threads of its own.
// What it answers, how late and how badly is decided request by request.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/model/probe_spec.hpp"
#include "certificates.hpp"
#include "gzip.hpp"

namespace sereno::test {

class JsonService {
  public:
    struct Request {
        std::string method, path;                                  ///< the path with its query
        std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
        std::string body;
        /// Empty: there is none.
        [[nodiscard]] std::string header(std::string_view name) const;
    };

    struct Reply {
        enum class How : std::uint8_t {
            answer,
            hang_up,  ///< the connection is closed without a word
            reset,    ///< after what is sent: RST instead of FIN
            silence   ///< nothing comes, the connection stays
        };
        int status = 200;
        std::string body;
        std::vector<std::pair<std::string, std::string>> headers;  ///< Content-Type: JSON, unless it is here
        /// What Content-Length says. More than there is: cut off in the body. Empty: the truth.
        std::optional<std::size_t> content_length;
        How how = How::answer;
        std::chrono::milliseconds delay{0};
        bool hold = false;  ///< until release() is called
        std::string raw;    ///< sent instead of everything above; empty: not
    };

    /// Called on another thread, one call at a time.
    using Script = std::function<Reply(const Request&)>;

    /// Plain HTTP.
    explicit JsonService(Script script);
    /// TLS, with this certificate.
    JsonService(Script script, const Certificate& certificate);
    ~JsonService();
    JsonService(const JsonService&) = delete;
    JsonService& operator=(const JsonService&) = delete;

    /// At 127.0.0.1, as names that lead there may be used.
    [[nodiscard]] const Endpoint& endpoint() const;
    /// "https://localhost:PORT/path".
    [[nodiscard]] std::string url(const std::string& path, const std::string& host = "localhost") const;

    /// All whose headers and body have come, in that order.
    [[nodiscard]] std::vector<Request> requests() const;
    /// Lets go all that are held, and those to come.
    void release();

    /// A compressed body, whole or without its last bytes.
    static Reply gzipped(std::string_view body, std::size_t missing_bytes = 0);
    static Reply status_only(int status, std::vector<std::pair<std::string, std::string>> headers = {});

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace sereno::test
