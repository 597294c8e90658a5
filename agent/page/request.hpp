// Bytes of a connection into requests, one after the other (RFC 9112). No I/O: fed by the session, by tests
// and by the fuzzer alike.
#pragma once

#include <string>
#include <string_view>
#include <variant>

namespace sereno {

struct Request {
    enum class Method { get, head, other };
    Method method = Method::get;
    std::string path;   ///< as sent, never decoded: "/api/v1/status"
    std::string query;  ///< without the question mark
    std::string host;   ///< of the Host field or of an absolute target; empty only with HTTP/1.0
    std::string if_none_match;
    bool keep_alive = true;
};

/// A request that cannot be understood or is not welcome; the connection ends after the answer.
struct Refusal {
    int status = 400;  ///< 400, 413, 414, 431 or 505
    std::string_view reason;
};

class RequestReader {
  public:
    static constexpr std::size_t max_header_bytes = 8192;
    static constexpr std::size_t max_target_bytes = 2048;

    struct Incomplete {};

    void feed(std::string_view bytes) { pending_ += bytes; }
    /// The next request of those fed, in order. After a Refusal nothing more may be asked.
    [[nodiscard]] std::variant<Incomplete, Request, Refusal> next();
    /// True when part of a request is there.
    [[nodiscard]] bool midway() const { return !pending_.empty(); }
    /// Gives memory back that a large request needed.
    void settle();

  private:
    std::string pending_;
};

}  // namespace sereno
