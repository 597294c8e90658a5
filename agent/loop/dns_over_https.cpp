#include "agent/loop/dns_over_https.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "agent/loop/dns_answer.hpp"
#include "agent/loop/dns_message.hpp"
#include "agent/model/ascii.hpp"

namespace sereno {

namespace {

constexpr std::size_t largest_message = 65535;
constexpr const char* media_type = "application/dns-message";
constexpr std::array<std::string_view, 1> kept_headers{"content-type"};

DnsReply failed(Failure failure, std::string detail) {
    DnsReply reply;
    reply.failure = failure;
    reply.detail = std::move(detail);
    return reply;
}

bool is_dns_message(const TransferResult& result) {
    return std::any_of(result.headers.begin(), result.headers.end(), [](const auto& header) {
        if (header.first != "content-type") return false;
        return lower_ascii(header.second.substr(0, header.second.find_first_of("; \t"))) == media_type;
    });
}

/// The failure of a status that brings no DNS message.
std::optional<Failure> failure_of_status(int status) {
    if (status >= 200 && status <= 299) return std::nullopt;
    if (status >= 500) return Failure::http_server_error;
    if (status == 403 || status == 429 || status == 451) return Failure::http_blocked;
    return Failure::http_status;
}

class HttpsQuestion final : public DnsRequest {
  public:
    HttpsQuestion(Loop& loop, DnsQuery query, bool private_answers_are_real,
                  std::function<void(DnsReply)> done)
        : loop_(loop),
          query_(std::move(query)),
          private_answers_are_real_(private_answers_are_real),
          done_(std::move(done)) {}

    void start(const DnsCarrier& carrier, Stamp deadline) {
        if (query_.server.https_url.empty())
            return refuse(Failure::host_refused, "no DNS over HTTPS is known of " + query_.server.name);
        if (carrier.transfers == nullptr)
            return refuse(Failure::host_refused, "nothing here carries DNS over HTTPS");
        auto question = dns_question(query_, 0);  // 0 lets caches on the way do their work (section 4.1)
        if (!question)
            return refuse(Failure::dns_malformed, "not a domain name: \"" + query_.name.substr(0, 80) + "\"");
        question_ = *std::move(question);
        Transfer transfer;
        transfer.url = query_.server.https_url;
        transfer.address = query_.server.endpoint.address;
        transfer.method = "POST";
        transfer.headers = {std::string("content-type: ") + media_type, std::string("accept: ") + media_type};
        transfer.body.assign(question_.begin(), question_.end());
        transfer.ca_bundle = carrier.ca_bundle;
        transfer.max_body_bytes = largest_message;
        transfer.http2 = true;  // the least that servers need to offer (section 5.2)
        transfer.wanted_headers = kept_headers;
        transfer_ = carrier.transfers->start(std::move(transfer), deadline, [this](TransferResult result) {
            DnsReply reply = read(result);
            reply.icmp_from = std::move(result.icmp_from);
            reply.server =
                result.address.empty() ? to_string(query_.server.endpoint) : std::move(result.address);
            std::exchange(done_, nullptr)(std::move(reply));
        });
    }

  private:
    void refuse(Failure failure, std::string detail) {
        at_once_ = loop_.after(Micros{0}, [this, reply = failed(failure, std::move(detail))] {
            std::exchange(done_, nullptr)(reply);
        });
    }

    [[nodiscard]] DnsReply read(const TransferResult& result) const {
        if (result.failure != Failure::none) return failed(result.failure, result.detail);
        const std::string status = "HTTP status " + std::to_string(result.status);
        if (const auto failure = failure_of_status(result.status)) return failed(*failure, status);
        if (!is_dns_message(result)) return failed(Failure::http_malformed, status + ", but no DNS message");
        const std::span<const unsigned char> message{
            reinterpret_cast<const unsigned char*>(result.body.data()), result.body.size()};
        switch (fit_of(message, question_)) {
            case DnsFit::right:
                return read_dns_answer(message, query_, private_answers_are_real_);
            case DnsFit::other_id:
                return failed(Failure::dns_mismatch, "an answer with another id");
            case DnsFit::other_question:
                return failed(Failure::dns_mismatch, "an answer to another question");
            case DnsFit::unreadable:
                break;
        }
        return failed(Failure::dns_malformed, "an answer that cannot be read");
    }

    Loop& loop_;
    DnsQuery query_;
    bool private_answers_are_real_;
    std::function<void(DnsReply)> done_;
    DnsBytes question_;
    std::unique_ptr<TransferHandle> transfer_;
    Loop::Timer at_once_;
};

}  // namespace

std::unique_ptr<DnsRequest> ask_over_https(Loop& loop, const DnsCarrier& carrier, DnsQuery query,
                                           Stamp deadline, bool private_answers_are_real,
                                           std::function<void(DnsReply)> done) {
    auto request =
        std::make_unique<HttpsQuestion>(loop, std::move(query), private_answers_are_real, std::move(done));
    request->start(carrier, deadline);
    return request;
}

}  // namespace sereno
