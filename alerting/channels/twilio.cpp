#include "alerting/channels/twilio.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <charconv>
#include <optional>
#include <utility>

#include "alerting/channels/reach.hpp"
#include "alerting/channels/word.hpp"

namespace sereno {

namespace {

namespace json = boost::json;

constexpr std::size_t most_characters = 1'600;  // of one Message resource; more is refused with error 21617
constexpr std::size_t most_answer_bytes = 65'536;
constexpr std::int64_t longest_retry_after_seconds = 86'400;

bool is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

// application/x-www-form-urlencoded, with "%20" for a blank, which every parser reads.
std::string form_encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        if (is_unreserved(c)) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += digits[byte >> 4U];
        out += digits[byte & 15U];
    }
    return out;
}

// An alert that is cut is better than one that is refused.
std::string shortened(const std::string& body) {
    std::size_t characters = 0;
    for (std::size_t i = 0; i < body.size(); ++i) {
        if ((static_cast<unsigned char>(body[i]) & 0xc0U) == 0x80U) continue;
        if (characters == most_characters - 1) {
            const auto rest = body.substr(i);
            const auto more = std::count_if(rest.begin(), rest.end(), [](char c) {
                return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
            });
            return more <= 1 ? body : body.substr(0, i) + "\u2026";
        }
        ++characters;
    }
    return body;
}

// "https://host:port/path" to its host, without brackets.
std::string host_of(const std::string& url) {
    const auto scheme = url.find("://");
    const std::string rest = scheme == std::string::npos ? url : url.substr(scheme + 3);
    const std::string authority = rest.substr(0, rest.find_first_of("/?#"));
    if (!authority.empty() && authority[0] == '[') return authority.substr(1, authority.find(']') - 1);
    return authority.substr(0, authority.find(':'));
}

// Seconds only (RFC 9110 section 10.2.3); with a date the usual wait must do.
Micros retry_after(const TransferResult& result) {
    for (const auto& [name, value] : result.headers) {
        if (name != "retry-after") continue;
        std::int64_t seconds = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
        if (error != std::errc{} || end != value.data() + value.size() || seconds < 0) return Micros{0};
        return std::chrono::seconds{std::min(seconds, longest_retry_after_seconds)};
    }
    return Micros{0};
}

std::string text_at(const json::object& object, const char* key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string{value->as_string()} : std::string{};
}

std::optional<std::int64_t> number_at(const json::object& object, const char* key) {
    const auto* value = object.if_contains(key);
    if (value == nullptr || !value->is_int64()) return std::nullopt;
    return value->as_int64();
}

std::optional<json::object> object_in(const std::string& body) {
    boost::system::error_code error;
    json::parse_options options;
    options.max_depth = 8;
    auto value = json::parse(body, error, {}, options);
    if (error || !value.is_object()) return std::nullopt;
    return std::move(value.as_object());
}

DeliveryAttempt created(const json::object& answer, int status) {
    const std::string sid = text_at(answer, "sid");
    const std::string state = text_at(answer, "status");
    const std::string code = std::to_string(status);
    if (status != 201 || sid.empty())
        return {Acceptance::temporary,
                "answered " + code + (sid.empty() ? " without a message sid" : " instead of 201"),
                {}};
    if (state == "failed" || state == "undelivered") {
        const auto why = number_at(answer, "error_code");
        return {Acceptance::temporary,
                "taken as " + sid + " but " + state + (why ? " (error " + std::to_string(*why) + ")" : ""),
                {}};
    }
    return {Acceptance::accepted, code + " " + sid + (state.empty() ? "" : " " + state), {}};
}

// The error object of the API: {"code", "message", "more_info", "status"}.
DeliveryAttempt refused(const json::object& answer, int status) {
    const auto code = number_at(answer, "code");
    std::string word = std::to_string(status);
    if (code) word += " (code " + std::to_string(*code) + ")";
    if (const std::string text = text_at(answer, "message"); !text.empty()) word += " " + text;
    // 20429 is "too many requests", whatever status it comes with. Without a code it is not the API that
    // speaks.
    const bool later =
        status == 429 || status == 408 || status >= 500 || status < 400 || !code || *code == 20429;
    return {later ? Acceptance::temporary : Acceptance::permanent, word, {}};
}

DeliveryAttempt attempt_of(const TransferResult& result) {
    if (result.failure != Failure::none) return {Acceptance::temporary, failure_word(result), {}};
    const auto answer = object_in(result.body);
    // A page instead of JSON is a proxy, a captive portal or a front end in trouble, also when it says 404.
    if (!answer)
        return {Acceptance::temporary,
                "answered " + std::to_string(result.status) + " without readable JSON",
                {}};
    return result.status >= 200 && result.status < 300 ? created(*answer, result.status)
                                                       : refused(*answer, result.status);
}

class TwilioChannel : public Channel {
  public:
    TwilioChannel(Loop& loop, DnsClient& dns, TransferClient& transfers, std::vector<DnsServer> resolvers,
                  TwilioSettings settings)
        : settings_(std::move(settings)),
          reach_(loop, dns, transfers, std::move(resolvers), host_of(settings_.base_url), settings_.timeout) {
        while (!settings_.base_url.empty() && settings_.base_url.back() == '/')
            settings_.base_url.pop_back();
    }

    const std::string& id() const override { return settings_.id; }

    std::unique_ptr<Sending> send(const OutboxMessage& message,
                                  std::function<void(DeliveryAttempt)> done) override {
        const auto make = [this, form = form_of(message)] {
            Transfer transfer;
            transfer.url = settings_.base_url + "/2010-04-01/Accounts/" +
                           form_encoded(settings_.account_sid) + "/Messages.json";
            transfer.method = "POST";
            transfer.headers = {"Content-Type: application/x-www-form-urlencoded",
                                "Accept: application/json"};
            transfer.body = form;
            transfer.user = settings_.account_sid;
            transfer.password = settings_.auth_token;
            transfer.ca_bundle = settings_.ca_bundle;
            transfer.max_body_bytes = most_answer_bytes;
            transfer.user_agent = "sereno";
            return transfer;
        };
        return reach_.start(make, [this, done = std::move(done)](const TransferResult& result) {
            DeliveryAttempt attempt = attempt_of(result);
            attempt.word = tidy_word(attempt.word, settings_.auth_token);
            if (attempt.acceptance == Acceptance::temporary) attempt.retry_after = retry_after(result);
            done(attempt);
        });
    }

  private:
    std::string form_of(const OutboxMessage& message) const {
        const std::string sender = settings_.from.starts_with("MG") ? "MessagingServiceSid" : "From";
        return "To=" + form_encoded(message.recipient.address) + "&" + sender + "=" +
               form_encoded(settings_.from) + "&Body=" + form_encoded(shortened(message.body));
    }

    TwilioSettings settings_;
    Reach reach_;
};

}  // namespace

std::unique_ptr<Channel> make_twilio_channel(Loop& loop, DnsClient& dns, TransferClient& transfers,
                                             std::vector<DnsServer> resolvers, TwilioSettings settings) {
    return std::make_unique<TwilioChannel>(loop, dns, transfers, std::move(resolvers), std::move(settings));
}

}  // namespace sereno
