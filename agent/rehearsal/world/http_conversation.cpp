#include "agent/rehearsal/world/http_conversation.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "agent/model/ascii.hpp"
#include "agent/rehearsal/world/dns_wire.hpp"

namespace sereno::rehearsal {

namespace {

std::string_view reason(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 202:
            return "Accepted";
        case 201:
            return "Created";
        case 204:
            return "No Content";
        case 302:
            return "Found";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 411:
            return "Length Required";
        case 413:
            return "Content Too Large";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 503:
            return "Service Unavailable";
        default:
            return "Answer";
    }
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

/// The head without its empty line; empty when it is no request.
std::optional<HttpRequest> parse_head(std::string_view head) {
    HttpRequest request;
    const std::size_t end = head.find("\r\n");
    const std::string_view line = head.substr(0, end);
    const std::size_t first = line.find(' '), last = line.rfind(' ');
    if (first == std::string_view::npos || first == last || first == 0) return std::nullopt;
    if (!line.substr(last + 1).starts_with("HTTP/1.")) return std::nullopt;
    request.method = line.substr(0, first);
    request.target = line.substr(first + 1, last - first - 1);
    if (request.target.empty() || request.target.find(' ') != std::string::npos) return std::nullopt;
    std::string_view rest = end == std::string_view::npos ? std::string_view{} : head.substr(end + 2);
    while (!rest.empty()) {
        const std::size_t stop = rest.find("\r\n");
        const std::string_view field = rest.substr(0, stop);
        rest = stop == std::string_view::npos ? std::string_view{} : rest.substr(stop + 2);
        const std::size_t colon = field.find(':');
        if (colon == std::string_view::npos || colon == 0) return std::nullopt;
        request.headers[lower_ascii(field.substr(0, colon))] = trimmed(field.substr(colon + 1));
    }
    return request;
}

class HttpConversation : public Conversation {
  public:
    HttpConversation(HttpHandler handler, std::function<Stamp()> calendar)
        : handler_(std::move(handler)), calendar_(std::move(calendar)) {}

    void begin(Wire& wire) override { wire_ = &wire; }

    void received(std::string_view bytes) override {
        if (answered_) return;
        buffer_ += bytes;
        if (!request_) {
            const std::size_t end = buffer_.find("\r\n\r\n");
            if (std::min(end, buffer_.size()) > most_http_head_bytes) return fail(431);
            if (end == std::string::npos) return;
            request_ = parse_head(std::string_view(buffer_).substr(0, end));
            buffer_.erase(0, end + 4);
            if (!request_) return fail(400);
            if (request_->headers.contains("transfer-encoding")) return fail(411);
            if (!measure_body()) return;
        }
        if (buffer_.size() < body_bytes_) return;
        request_->body = buffer_.substr(0, body_bytes_);
        answer(handler_(*request_));
    }

  private:
    bool measure_body() {
        const auto length = request_->headers.find("content-length");
        if (length == request_->headers.end()) return true;
        const std::string& text = length->second;
        const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), body_bytes_);
        if (error != std::errc{} || stop != text.data() + text.size()) {
            fail(400);
            return false;
        }
        if (body_bytes_ > most_http_body_bytes) {
            fail(413);
            return false;
        }
        if (request_->headers.contains("expect") && buffer_.size() < body_bytes_)
            wire_->send("HTTP/1.1 100 Continue\r\n\r\n");
        return true;
    }

    void fail(int status) { answer({status, std::string(reason(status)) + "\n", "text/plain", {}}); }

    void answer(const HttpAnswer& what) {
        answered_ = true;
        std::string out =
            "HTTP/1.1 " + std::to_string(what.status) + " " + std::string(reason(what.status)) + "\r\n";
        if (calendar_) out += "Date: " + http_date_text(calendar_()) + "\r\n";
        for (const auto& [name, value] : what.headers)
            out.append(name).append(": ").append(value).append("\r\n");
        const bool head_only = request_ && request_->method == "HEAD";
        if (what.status != 204) {
            out += "Content-Type: " + what.content_type + "\r\n";
            out += "Content-Length: " + std::to_string(what.body.size()) + "\r\n";
        }
        out += "Connection: close\r\n\r\n";
        if (!head_only && what.status != 204) out += what.body;
        wire_->send(std::move(out));
        wire_->close();
    }

    HttpHandler handler_;
    std::function<Stamp()> calendar_;
    Wire* wire_ = nullptr;
    std::string buffer_;
    std::optional<HttpRequest> request_;
    std::size_t body_bytes_ = 0;
    bool answered_ = false;
};

int hex(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

std::unique_ptr<Conversation> make_http_conversation(HttpHandler handler, std::function<Stamp()> calendar) {
    return std::make_unique<HttpConversation>(std::move(handler), std::move(calendar));
}

std::string http_date_text(Stamp at) {
    static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    using namespace std::chrono;
    const sys_days day{floor<std::chrono::days>(at.time_since_epoch())};
    const year_month_day date{day};
    const std::string plain = rfc3339(at);
    return std::string(days[weekday{day}.c_encoding()]) + ", " + plain.substr(8, 2) + " " +
           months[static_cast<unsigned>(date.month()) - 1] + " " + plain.substr(0, 4) + " " +
           plain.substr(11, 8) + " GMT";
}

std::string url_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
            out += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
            i += 2;
        } else {
            out += text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
}

std::map<std::string, std::string> form_fields(std::string_view body) {
    constexpr std::size_t most_fields = 64;
    std::map<std::string, std::string> fields;
    while (!body.empty() && fields.size() < most_fields) {
        const std::size_t end = body.find('&');
        const std::string_view pair = body.substr(0, end);
        body = end == std::string_view::npos ? std::string_view{} : body.substr(end + 1);
        const std::size_t equals = pair.find('=');
        if (equals == std::string_view::npos) continue;
        fields.emplace(url_decoded(pair.substr(0, equals)), url_decoded(pair.substr(equals + 1)));
    }
    return fields;
}

}  // namespace sereno::rehearsal
