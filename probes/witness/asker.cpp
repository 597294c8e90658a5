// A question is an exchange: wait for a free place, find the address, transfer, perhaps follow a redirect and
// begin again. Its end is told by post, so whoever is told may destroy it.
#include "probes/witness/asker.hpp"

#include <algorithm>
#include <charconv>
#include <deque>
#include <set>

#include "agent/loop/address.hpp"
#include "agent/loop/transfer_url.hpp"
#include "agent/model/ascii.hpp"
#include "agent/model/loopback.hpp"
#include "probes/attempt.hpp"
#include "probes/http/edge.hpp"
#include "probes/http/front_end.hpp"
#include "probes/http/proxy.hpp"

namespace sereno {

namespace {

constexpr std::size_t most_under_way = 8, most_waiting = 64, most_validators = 64;
constexpr std::size_t longest_validator = 512, longest_contact = 100, longest_why = 200;
constexpr int most_redirects = 3;
constexpr std::int64_t longest_wait_seconds = 86400;

/// Nobody else may read or change a question or its answer. Empty: it may be fetched.
std::string complaint_about(const std::optional<UrlParts>& url) {
    if (!url) return "it is no URL";
    if (url->scheme != "https" && !(url->scheme == "http" && is_loopback(url->host)))
        return "only https is asked, not '" + url->scheme + "'";
    if (!url->user.empty() || !url->password.empty()) return "it holds credentials";
    return {};
}

/// Only what can be sent back as it came.
std::string validator(const TransferResult& result, std::string_view name) {
    const std::string_view value = header_of(result, name);
    return value.size() <= longest_validator && plain_text(value, longest_validator) == value
               ? std::string{value}
               : std::string{};
}

bool has_header(const std::vector<std::string>& headers, std::string_view lower) {
    return std::any_of(headers.begin(), headers.end(), [&](const std::string& header) {
        return lower_ascii(header.substr(0, header.find(':'))) == lower;
    });
}

/// Seconds or a date (RFC 9110 section 10.2.3). Zero: neither, or it is over.
Micros retry_after(const TransferResult& result, Stamp wall) {
    const std::string_view text = header_of(result, "retry-after");
    if (text.empty()) return Micros{0};
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    const bool number = end == text.data() + text.size();
    if (number && error == std::errc::result_out_of_range)
        seconds = longest_wait_seconds;
    else if (!number || error != std::errc{}) {
        const auto date = http_date(std::string{text});
        const auto now = std::chrono::floor<std::chrono::seconds>(wall.time_since_epoch()).count();
        seconds = date ? *date - now : 0;
    }
    return std::chrono::seconds{std::clamp<std::int64_t>(seconds, 0, longest_wait_seconds)};
}

/// What went wrong before an answer came, for people.
std::string words_for(Failure failure) {
    switch (failure) {
        case Failure::dns_timeout:
            return "its name was not resolved in time";
        case Failure::connect_timeout:
            return "no connection in time";
        case Failure::connect_refused:
            return "the connection was refused";
        case Failure::tls_timeout:
            return "no TLS in time";
        case Failure::http_timeout:
            return "no whole answer in time";
        case Failure::http_reset:
            return "the connection ended before a whole answer";
        case Failure::http_too_large:
            return "the answer is larger than allowed";
        case Failure::proxy_refused:
            return "the proxy did not let us through";
        default:
            return std::string{to_string(failure)};
    }
}

/// What makes an answer "not modified".
struct Validators {
    std::string entity_tag, last_modified;
    std::uint64_t used = 0;
};

class Exchange;

}  // namespace

struct Asker::Impl : std::enable_shared_from_this<Impl> {
    Impl(ProbeContext& with, std::string name) : context(with), user_agent(std::move(name)) {}

    ProbeContext& context;
    std::string user_agent;
    std::set<std::pair<std::string, std::string>> moves;
    std::map<std::string, Validators> validators;  // by URL
    std::uint64_t uses = 0;
    std::deque<std::weak_ptr<Exchange>> waiting;
    std::size_t under_way = 0;

    bool take_place();
    bool queue(const std::weak_ptr<Exchange>& exchange);
    void leave_place();
    void begin_next();
    void keep_validators(const std::string& url, const TransferResult& result);
};

namespace {

class Exchange : public std::enable_shared_from_this<Exchange> {
  public:
    Exchange(std::shared_ptr<Asker::Impl> asker, Question question, std::function<void(const Answer&)> done)
        : asker_(std::move(asker)),
          question_(std::move(question)),
          done_(std::move(done)),
          url_(question_.url),
          deadline_(loop().now() + question_.timeout) {}
    ~Exchange() { leave(); }
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

    void start() {
        if (std::string complaint = read_url(); !complaint.empty())
            return end(Stage::schedule, Failure::host_refused, complaint);
        timer_ = loop().at(deadline_, [this] { late(); });
        if (asker_->take_place()) return begin();
        if (!asker_->queue(weak_from_this()))
            end(Stage::schedule, Failure::host_resources,
                "not asked: " + std::to_string(most_waiting) + " other questions wait already");
    }

    /// It has a place.
    void begin() {
        placed_ = true;
        visit();
    }

    void abandon() { done_ = nullptr; }
    [[nodiscard]] bool ended() const { return ended_; }

  private:
    [[nodiscard]] ProbeContext& context() const { return asker_->context; }
    [[nodiscard]] Loop& loop() const { return asker_->context.loop; }

    std::string read_url() {
        const auto parts = parts_of(url_);
        if (std::string complaint = complaint_about(parts); !complaint.empty())
            return "'" + shown_url(url_) + "' is not asked: " + complaint;
        parts_ = *parts;
        return {};
    }

    void visit() {
        proxy_.reset();
        if (!is_loopback(parts_.host)) proxy_ = proxy_for(context().proxy, parts_.scheme, parts_.host);
        if (proxy_) return find_proxy();
        if (is_literal(parts_.host)) return fetch(parts_.host);
        known_ = remembered_front_end(context().remembered, parts_.host, Family::any);
        request_ = context().dns.resolve(parts_.host, context().resolvers, time_for_name(),
                                         [this](const DnsReply& reply) { on_resolved(reply); });
    }

    /// Leaves most of the time for an address that is remembered: the name may be what does not work.
    [[nodiscard]] Stamp time_for_name() const {
        const Stamp now = loop().now();
        return known_.empty() ? deadline_ : now + (deadline_ - now) / 3;
    }

    void on_resolved(const DnsReply& reply) {
        if (reply.failure == Failure::none && !reply.addresses.empty()) return fetch(reply.addresses.front());
        if (!known_.empty()) return fetch(known_);
        const Failure failure = reply.failure == Failure::none ? Failure::dns_nodata : reply.failure;
        const bool ours = !speaks_of_target(failure);
        end(ours ? Stage::schedule : Stage::dns, failure,
            where() + ": " +
                (failure == Failure::dns_timeout ? words_for(failure) : "its name does not resolve") +
                because(reply.detail));
    }

    void find_proxy() {
        if (!proxy_->complaint.empty())
            return end(Stage::schedule, Failure::proxy_refused, "the proxy: " + proxy_->complaint);
        if (is_literal(proxy_->host)) return fetch(proxy_->host);
        request_ = context().own_dns.resolve(proxy_->host, context().resolvers, deadline_,
                                             [this](const DnsReply& reply) { on_proxy_found(reply); });
    }

    void on_proxy_found(const DnsReply& reply) {
        if (reply.failure == Failure::none && !reply.addresses.empty()) return fetch(reply.addresses.front());
        const bool ours = reply.failure != Failure::none && !speaks_of_target(reply.failure);
        end(ours ? Stage::schedule : Stage::dns, ours ? reply.failure : Failure::proxy_refused,
            "the proxy's name " + proxy_->host + " does not resolve" + because(reply.detail));
    }

    void fetch(const std::string& address) {
        address_ = address;
        Transfer transfer;
        transfer.url = url_;
        transfer.address = address;
        if (proxy_) transfer.proxy = proxy_->via;
        transfer.method = question_.method;
        transfer.headers = headers();
        transfer.body = question_.body;
        transfer.ca_bundle = context().ca_bundle;
        transfer.max_body_bytes = question_.max_body_bytes;
        transfer.compressed = true;
        transfer.user_agent = asker_->user_agent;
        handle_ = context().transfers.start(std::move(transfer), deadline_,
                                            [this](TransferResult result) { on_result(std::move(result)); });
    }

    std::vector<std::string> headers() {
        std::vector<std::string> all;
        for (const std::string& header : question_.headers)
            // A secret is for the host it was meant for.
            if (!strange_host_ || !has_header({header}, "authorization")) all.push_back(header);
        if (!question_.body.empty() && !has_header(all, "content-type"))
            all.emplace_back("Content-Type: application/json");
        const auto known = asker_->validators.find(url_);
        if (!conditional() || known == asker_->validators.end()) return all;
        known->second.used = ++asker_->uses;
        if (!known->second.entity_tag.empty()) all.push_back("If-None-Match: " + known->second.entity_tag);
        if (!known->second.last_modified.empty())
            all.push_back("If-Modified-Since: " + known->second.last_modified);
        return all;
    }

    [[nodiscard]] bool conditional() const { return question_.conditional && question_.method == "GET"; }

    void on_result(TransferResult result) {
        if (result.verified && !proxy_)
            remember_front_end(context().remembered, parts_.host, address_, loop().now());
        if (result.failure != Failure::none) return end_without_answer(result);
        constexpr std::array followed{301, 302, 303, 307, 308};
        const std::string_view location = header_of(result, "location");
        if (!location.empty() && std::find(followed.begin(), followed.end(), result.status) != followed.end())
            return follow(location);
        if (conditional() && result.status == 200) asker_->keep_validators(url_, result);
        end_with_answer(std::move(result));
    }

    void follow(std::string_view location) {
        const auto next = resolved_url(url_, location);
        const auto there = next ? parts_of(*next) : std::nullopt;
        std::string complaint = complaint_about(there);
        if (complaint.empty()) complaint = redirect_complaint(*there);
        if (!complaint.empty())
            return end(Stage::http, Failure::http_redirect,
                       where() + " redirects to " + (next ? "'" + shown_url(*next) + "'" : "nowhere") + ": " +
                           complaint);
        if (there->host != parts_.host) strange_host_ = true;
        url_ = *next;
        parts_ = *there;
        visit();
    }

    std::string redirect_complaint(const UrlParts& there) {
        if (question_.method != "GET") return "a " + question_.method + " is not repeated elsewhere";
        if (++redirects_ > most_redirects)
            return "more than " + std::to_string(most_redirects) + " redirects";
        if (parts_.scheme == "https" && there.scheme != "https") return "away from https";
        if (there.port != parts_.port && !(there.scheme == "https" && there.port == 443))
            return "a port of its own";
        // Allowed is where the one who was asked may have moved to, not where those go on to.
        const std::string asked = parts_of(question_.url)->host;
        const bool allowed = there.host == asked || asker_->moves.contains({asked, there.host});
        return allowed ? std::string{} : "a host that nobody named";
    }

    void end_without_answer(const TransferResult& result) {
        std::string why = where() + ": " + words_for(result.failure);
        const bool told = result.failure == Failure::http_too_large;
        why += told ? " (" + std::to_string(question_.max_body_bytes) + " bytes)" : because(result.detail);
        if (result.reached == Stage::tls && !result.certificate_text.empty())
            why += "; certificate " + result.certificate_text;
        answer_.status = result.status;
        end(result.reached, result.failure, why);
    }

    void end_with_answer(TransferResult result) {
        answer_.status = result.status;
        answer_.body = std::move(result.body);
        std::string why;
        if (!(result.status >= 200 && result.status < 300) && result.status != 304)
            why = where() + " answered " + std::to_string(result.status);
        if (result.status == 429 || result.status == 503)
            answer_.retry_after = retry_after(result, loop().now() + loop().wall_offset());
        if (answer_.retry_after > Micros{0})
            why += ", and wants to be left alone for " +
                   std::to_string(std::chrono::ceil<std::chrono::seconds>(answer_.retry_after).count()) +
                   " s";
        answer_.headers = std::move(result.headers);
        end(Stage::done, Failure::none, why);
    }

    /// Whatever it does itself has the same deadline and a better word for it; only waiting has not.
    void late() {
        if (placed_ || ended_) return;
        end(Stage::schedule, Failure::host_resources,
            "not asked in time: " + std::to_string(most_under_way) + " other questions were under way");
    }

    [[nodiscard]] std::string where() const { return parts_.host; }
    static std::string because(const std::string& detail) {
        return detail.empty() ? std::string{} : " (" + detail + ")";
    }

    void end(Stage reached, Failure failure, const std::string& why) {
        if (std::exchange(ended_, true)) return;
        answer_.reached = reached;
        answer_.failure = failure;
        answer_.why = plain_text(why, longest_why);
        timer_.cancel();
        leave();
        loop().post([weak = weak_from_this()] {
            const auto self = weak.lock();
            if (!self) return;
            // Whoever is told may destroy the handle, and asks again from here.
            if (const auto done = std::exchange(self->done_, nullptr)) done(self->answer_);
        });
    }

    void leave() {
        if (std::exchange(placed_, false)) asker_->leave_place();
    }

    std::shared_ptr<Asker::Impl> asker_;
    Question question_;
    std::function<void(const Answer&)> done_;
    std::string url_, address_, known_;
    UrlParts parts_;  // of url_
    Stamp deadline_;
    Loop::Timer timer_;
    bool placed_ = false, ended_ = false, strange_host_ = false;
    int redirects_ = 0;
    std::optional<ProxyServer> proxy_;  // through which url_ is fetched
    std::unique_ptr<DnsRequest> request_;
    std::unique_ptr<TransferHandle> handle_;
    Answer answer_;
};

class Held : public Asked {
  public:
    explicit Held(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
    ~Held() override { exchange_->abandon(); }

  private:
    std::shared_ptr<Exchange> exchange_;
};

}  // namespace

bool Asker::Impl::take_place() {
    if (under_way == most_under_way) return false;
    ++under_way;
    return true;
}

bool Asker::Impl::queue(const std::weak_ptr<Exchange>& exchange) {
    std::erase_if(waiting, [](const auto& one) { return one.expired() || one.lock()->ended(); });
    if (waiting.size() == most_waiting) return false;
    waiting.push_back(exchange);
    return true;
}

void Asker::Impl::leave_place() {
    --under_way;
    if (waiting.empty()) return;
    context.loop.post([weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->begin_next();
    });
}

void Asker::Impl::begin_next() {
    while (!waiting.empty() && under_way < most_under_way) {
        const auto next = waiting.front().lock();
        waiting.pop_front();
        if (!next || next->ended()) continue;
        ++under_way;
        next->begin();
    }
}

void Asker::Impl::keep_validators(const std::string& url, const TransferResult& result) {
    Validators now{validator(result, "etag"), validator(result, "last-modified"), ++uses};
    if (now.entity_tag.empty() && now.last_modified.empty()) {
        validators.erase(url);
        return;
    }
    validators[url] = std::move(now);
    if (validators.size() <= most_validators) return;
    validators.erase(std::min_element(validators.begin(), validators.end(), [](const auto& a, const auto& b) {
        return a.second.used < b.second.used;
    }));
}

Asker::Asker(ProbeContext& context, const std::string& contact) {
    // They would end the comment (RFC 9110 section 5.6.5).
    std::string whom = contact;
    std::erase_if(whom, [](char c) { return c == '(' || c == ')' || c == '\\'; });
    whom = plain_text(whom, longest_contact);
    impl_ =
        std::make_shared<Impl>(context, "sereno (outage watchman" + (whom.empty() ? "" : "; " + whom) + ")");
}

Asker::~Asker() = default;

void Asker::allow_redirects(const std::string& host, const std::string& other) {
    impl_->moves.insert({lower_ascii(host), lower_ascii(other)});
}

std::unique_ptr<Asked> Asker::ask(Question question, std::function<void(const Answer&)> done) {
    auto exchange = std::make_shared<Exchange>(impl_, std::move(question), std::move(done));
    exchange->start();
    return std::make_unique<Held>(std::move(exchange));
}

}  // namespace sereno
