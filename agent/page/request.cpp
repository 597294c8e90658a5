#include "agent/page/request.hpp"

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <optional>

namespace sereno {

namespace {

namespace beast = boost::beast;
namespace http = beast::http;

std::string_view view(beast::string_view text) {
    return {text.data(), text.size()};
}

/// What Beast lets pass for the sake of old peers, and what lets two parsers disagree about where a request
/// ends: line ends without their other half, folded lines, NUL, white space before a colon (RFC 9112
/// sections 2.2, 5.1, 5.2).
bool ambiguous(std::string_view head) {
    bool name = false;  // inside a field name
    for (std::size_t i = 0; i < head.size(); ++i) {
        const char c = head[i];
        if (c == '\0') return true;
        if (c == '\n') return true;  // its CR would have skipped it
        if (c == '\r') {
            if (i + 1 >= head.size() || head[i + 1] != '\n') return true;
            if (i + 2 < head.size() && (head[i + 2] == ' ' || head[i + 2] == '\t')) return true;
            ++i;
            name = true;
            continue;
        }
        if (name && c == ':') name = false;
        if (name && (c == ' ' || c == '\t')) return true;
    }
    return false;
}

/// "HTTP/1.1" at the end of the request line, so that a newer version is told apart from nonsense.
bool other_version(std::string_view line) {
    const std::size_t space = line.rfind(' ');
    if (space == std::string_view::npos) return false;
    const std::string_view version = line.substr(space + 1);
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    const bool named = version.size() == 8 && version.starts_with("HTTP/") && digit(version[5]) &&
                       version[6] == '.' && digit(version[7]);
    return named && version != "HTTP/1.1" && version != "HTTP/1.0";
}

/// Splits "http://host/path" (RFC 9112 section 3.2.2) into host and the rest.
bool absolute_form(std::string_view& target, std::string& host) {
    constexpr std::string_view scheme = "http://";
    if (target.size() < scheme.size() ||
        !beast::iequals(beast::string_view{target.data(), scheme.size()}, scheme))
        return false;
    target.remove_prefix(scheme.size());
    const std::size_t end = target.find_first_of("/?");
    host = target.substr(0, end);
    target = end == std::string_view::npos ? "/" : target.substr(end);
    return true;
}

std::variant<Request, Refusal> understand(const http::request_header<>& message, bool keep_alive) {
    Request request;
    const auto method = message.method();
    request.method = method == http::verb::get    ? Request::Method::get
                     : method == http::verb::head ? Request::Method::head
                                                  : Request::Method::other;
    request.keep_alive = keep_alive;

    const auto lengths = message.count(http::field::content_length);
    if (message.count(http::field::transfer_encoding) > 0) {
        // Both at once is how requests are smuggled (RFC 9112 section 6.1).
        if (lengths > 0) return Refusal{400, "both a length and a transfer coding"};
        return Refusal{413, "requests with a body are not read here"};
    }
    if (lengths > 1) return Refusal{400, "more than one length"};
    if (lengths == 1) {
        // Beast takes "0, 0" for one length; others may not.
        const auto value = view(message[http::field::content_length]);
        if (value.find_first_not_of("0123456789") != std::string_view::npos)
            return Refusal{400, "not a length"};
        if (value.find_first_not_of('0') != std::string_view::npos)
            return Refusal{413, "requests with a body are not read here"};
    }

    const auto hosts = message.count(http::field::host);
    if (hosts > 1) return Refusal{400, "more than one host"};
    if (hosts == 0 && message.version() >= 11) return Refusal{400, "no host"};
    if (hosts == 1) request.host = view(message[http::field::host]);

    std::string_view target = view(message.target());
    if (target.size() > RequestReader::max_target_bytes) return Refusal{414, "the address is too long"};
    if (target == "*") {
        request.path = "*";
        return request;
    }
    if (!absolute_form(target, request.host) && !target.starts_with('/'))
        return Refusal{400, "not an address of this server"};
    const std::size_t question = target.find('?');
    request.path = target.substr(0, question);
    if (request.path.empty()) request.path = "/";
    if (question != std::string_view::npos) request.query = target.substr(question + 1);
    request.if_none_match = view(message[http::field::if_none_match]);
    return request;
}

}  // namespace

std::variant<RequestReader::Incomplete, Request, Refusal> RequestReader::next() {
    // An empty line before a request is allowed for (RFC 9112 section 2.2).
    while (pending_.starts_with("\r\n"))
        pending_.erase(0, 2);
    if (pending_.empty()) return Incomplete{};

    const std::string_view pending = pending_;
    const std::size_t line_end = pending.find("\r\n");
    const std::size_t end = pending.find("\r\n\r\n");
    const std::size_t size = end == std::string_view::npos ? pending.size() : end + 4;
    // A line that never ends is refused as soon as it is clear that it must be.
    if (std::min(line_end, pending.size()) > max_target_bytes + 64)
        return Refusal{414, "the address is too long"};
    if (size > max_header_bytes) return Refusal{431, "the header is too large"};
    if (end == std::string_view::npos) {
        // A bare LF will not become better; a final CR may still get its LF.
        const std::string_view settled =
            pending.ends_with('\r') ? pending.substr(0, pending.size() - 1) : pending;
        if (ambiguous(settled)) return Refusal{400, "line ends must be CR LF, fields on one line"};
        return Incomplete{};
    }
    const std::string_view head = pending.substr(0, size);
    if (ambiguous(head.substr(0, size - 4)))
        return Refusal{400, "line ends must be CR LF, fields on one line"};
    if (other_version(head.substr(0, line_end))) return Refusal{505, "HTTP/1.1 is spoken here"};

    http::request_parser<http::empty_body> parser;
    parser.header_limit(max_header_bytes);
    parser.body_limit(std::uint64_t{0xFFFFFFFF});  // only to see the length; no byte of it is read
    beast::error_code ec;
    parser.put(boost::asio::const_buffer{head.data(), head.size()}, ec);
    if (ec == http::error::need_more) ec = {};
    if (ec == http::error::body_limit) return Refusal{413, "requests with a body are not read here"};
    if (ec || !parser.is_header_done()) return Refusal{400, "not a request of HTTP/1.1"};

    auto understood = understand(parser.get(), parser.keep_alive());
    if (const auto* refusal = std::get_if<Refusal>(&understood)) return *refusal;
    pending_.erase(0, size);
    return std::get<Request>(std::move(understood));
}

void RequestReader::settle() {
    if (pending_.empty() && pending_.capacity() > 512) pending_.shrink_to_fit();
}

}  // namespace sereno
