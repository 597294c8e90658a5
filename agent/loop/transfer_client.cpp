// Each transfer is one easy handle. HTTP is libcurl's from beginning to end. Of SMTP it does what is before
// the mail itself (connection, greeting, TLS, login), then SmtpDialogue takes over, because libcurl waits for
// the reply to the message and to QUIT in a blocking loop, also in the multi interface (docs/TODO: "more
// non-blocking"): a mail server that thinks for a minute would stop every probe for a minute.
#include "agent/loop/transfer_client.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include <curl/curl.h>

#include "agent/loop/curl_multi.hpp"
#include "agent/loop/inflater.hpp"
#include "agent/loop/smtp_dialogue.hpp"
#include "agent/loop/transfer_certificate.hpp"
#include "agent/loop/transfer_outcome.hpp"
#include "agent/loop/transfer_request.hpp"
#include "agent/model/ascii.hpp"

namespace sereno {

namespace {

constexpr std::size_t most_headers = 64, longest_header = 1024, longest_detail = 200, longest_encoding = 32;
constexpr long buffer_bytes = 16384;
constexpr long ca_cache_seconds = 3600;
constexpr const char* default_bundle = "/etc/ssl/certs/ca-certificates.crt";

struct EasyCleanup {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct ListCleanup {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, EasyCleanup>;
using List = std::unique_ptr<curl_slist, ListCleanup>;

void append(List& list, const std::string& text) {
    if (curl_slist* longer = curl_slist_append(list.get(), text.c_str())) {
        static_cast<void>(list.release());
        list.reset(longer);
    }
}

template <class Value>
Value info(CURL* easy, CURLINFO what) {
    Value value{};
    curl_easy_getinfo(easy, what, &value);
    return value;
}

Micros time_of(CURL* easy, CURLINFO what) {
    return Micros{info<curl_off_t>(easy, what)};
}

std::string_view without_line_end(std::string_view line) {
    while (!line.empty() && (line.back() == '\r' || line.back() == '\n'))
        line.remove_suffix(1);
    return line;
}

/// Empty for "identity"; old servers say x-gzip (RFC 9110 section 8.4.1.3).
std::string encoding_of(std::string_view value) {
    const auto blank = [](char c) { return c == ' ' || c == '\t'; };
    while (!value.empty() && blank(value.front()))
        value.remove_prefix(1);
    while (!value.empty() && blank(value.back()))
        value.remove_suffix(1);
    const std::string name = lower_ascii(value.substr(0, longest_encoding));
    if (name == "x-gzip") return "gzip";
    return name == "identity" ? std::string{} : name;
}

bool equal_without_case(std::string_view text, std::string_view lower) {
    return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                      [](char a, char b) { return lower_ascii(a) == b; });
}

/// Handles that have fetched a page and may fetch another: making one costs more than a small fetch's other
/// options. They hold no connection, no credentials and no cookie.
struct SpareHandles {
    static constexpr std::size_t most = 32;
    std::vector<Easy> easy;
};

}  // namespace

struct TransferClient::Impl {
    explicit Impl(Loop& on) : loop(on), http(std::make_shared<CurlMulti>(on)) {}
    Loop& loop;
    std::shared_ptr<CurlMulti> http;
    std::shared_ptr<SpareHandles> spare = std::make_shared<SpareHandles>();
};

namespace {

/// One transfer under way. Owned by its handle and, for the moment of its end, by whoever reports that.
class Running : public std::enable_shared_from_this<Running> {
  public:
    Running(Loop& loop, std::shared_ptr<CurlMulti> multi, std::shared_ptr<SpareHandles> spare,
            Transfer transfer, TransferTarget target, Stamp deadline,
            std::function<void(TransferResult)> done)
        : loop_(loop),
          multi_(std::move(multi)),
          spare_(std::move(spare)),
          transfer_(std::move(transfer)),
          target_(std::move(target)),
          deadline_(deadline),
          done_(std::move(done)) {}
    ~Running() { close(); }

    void start();
    void abandon() {
        done_ = nullptr;
        close();
    }

  private:
    bool plain() const;
    void make_handle();
    void set_always();
    void set_common();
    void set_http();
    [[nodiscard]] curl_slist* headers();
    void set_proxy();
    void set_smtp();
    void transfer_ended(int code);
    void end(int code);
    void report(TransferResult result);
    void close();

    void begin_dialogue();
    void read_dialogue();
    void write_dialogue();
    void watch_dialogue();

    TransferEnd end_of(int code) const;
    bool refused_by_mail_server(int code) const;
    void take_header(std::string_view line);
    bool take_body(std::string_view bytes);
    bool take_plain(std::string_view bytes);
    bool take_encoded(std::string_view bytes);

    static std::size_t on_header(char* bytes, std::size_t size, std::size_t count, void* self);
    static std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* self);
    static int on_context(void* easy, void* ssl_context, void* self);

    Loop& loop_;
    std::shared_ptr<CurlMulti> multi_;
    std::shared_ptr<SpareHandles> spare_;
    Transfer transfer_;
    TransferTarget target_;
    Stamp deadline_;
    std::function<void(TransferResult)> done_;  // empty: nobody waits any more
    Stamp began_;
    Loop::Timer end_;
    Easy easy_;
    List connect_to_, headers_;
    std::shared_ptr<SocketNotes> notes_ = std::make_shared<SocketNotes>();
    CertificateNotes certificate_;
    char error_text_[CURL_ERROR_SIZE] = "";
    TransferResult result_;
    bool too_large_ = false, reported_ = false;
    std::string encoding_;        // of the body, where we asked for any
    std::string body_complaint_;  // why it could not be decoded
    Inflater inflater_;

    int greetings_ = 0;  // "220" replies: the second one starts TLS
    bool eight_bit_ = false;
    std::optional<SmtpDialogue> dialogue_;
    int dialogue_fd_ = -1;
    std::string to_send_;
    Loop::Watch watch_;
    Stamp dialogue_began_;
};

/// Nothing but a page is fetched: the handle may be one that did the same before, and be used again.
bool Running::plain() const {
    return !target_.mail() && !transfer_.proxy && !transfer_.handshake_only && transfer_.method == "GET" &&
           transfer_.user.empty() && transfer_.headers.empty();
}

void Running::start() {
    began_ = loop_.now();
    end_ = loop_.at(deadline_, [this] { end(CURLE_OPERATION_TIMEDOUT); });
    make_handle();
    if (easy_ == nullptr) return end(CURLE_OUT_OF_MEMORY);
    notes_->segment_bytes = transfer_.segment_bytes;
    certificate_.accept_any = transfer_.handshake_only;
    set_common();
    if (target_.mail())
        set_smtp();
    else if (!plain())
        set_http();
    multi_->add(easy_.get(), notes_, [this](int code) { transfer_ended(code); });
}

void Running::make_handle() {
    if (plain() && !spare_->easy.empty()) {
        easy_ = std::move(spare_->easy.back());
        return spare_->easy.pop_back();
    }
    easy_.reset(curl_easy_init());
    if (easy_ != nullptr) set_always();
}

/// What is the same for every transfer.
void Running::set_always() {
    CURL* easy = easy_.get();
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https,smtp,smtps");
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, buffer_bytes);
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, buffer_bytes);
    curl_easy_setopt(easy, CURLOPT_CAPATH,
                     nullptr);  // with Debian's default each handshake would cost a megabyte
    curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, ca_cache_seconds);
    curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, &Running::on_context);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &Running::on_header);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Running::on_body);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    if (!target_.mail()) curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
}

/// What every transfer sets to something of its own: a handle may be one that was used before.
void Running::set_common() {
    CURL* easy = easy_.get();
    if (!transfer_.proxy) {
        const bool v6 = transfer_.address.find(':') != std::string::npos;
        // For every host and port of this handle. CURLOPT_RESOLVE would change the cache that all share.
        const std::string port = transfer_.port == 0 ? std::string{} : std::to_string(transfer_.port);
        append(connect_to_, (v6 ? "::[" + transfer_.address + "]:" : "::" + transfer_.address + ":") + port);
    }
    curl_easy_setopt(easy, CURLOPT_CONNECT_TO, connect_to_.get());
    curl_easy_setopt(easy, CURLOPT_URL, transfer_.url.c_str());
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error_text_);
    curl_easy_setopt(easy, CURLOPT_CAINFO,
                     transfer_.ca_bundle.empty() ? default_bundle : transfer_.ca_bundle.c_str());
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, this);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                     static_cast<long>(transfer_.http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(easy, CURLOPT_USERAGENT,
                     transfer_.user_agent.empty() ? nullptr : transfer_.user_agent.c_str());
    if (!target_.mail()) curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers());
    // Our own timer ends it; libcurl's limits must only not be shorter.
    const auto left = std::chrono::ceil<std::chrono::seconds>(std::max(deadline_ - loop_.now(), Micros{0}));
    const long longer = static_cast<long>(std::min<std::int64_t>(left.count(), 86400)) + 60;
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, longer);
    curl_easy_setopt(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, longer);
    if (transfer_.user.empty()) return;
    curl_easy_setopt(easy, CURLOPT_USERNAME, transfer_.user.c_str());
    curl_easy_setopt(easy, CURLOPT_PASSWORD, transfer_.password.c_str());
}

/// What only some transfers need, by handles that are not used again.
void Running::set_http() {
    CURL* easy = easy_.get();
    if (transfer_.handshake_only) {
        curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    if (transfer_.proxy) set_proxy();
    const std::string& method = transfer_.method;
    if (method == "POST" || method == "PUT" || method == "PATCH") {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(transfer_.body.size()));
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, transfer_.body.data());
    }
    if (method == "HEAD")
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    else if (method != "GET" && method != "POST")
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method.c_str());
    curl_easy_setopt(easy, CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));  // none for the proxy
}

/// Probes have no headers of their own and share a list, which libcurl only reads.
curl_slist* Running::headers() {
    static char no_round_trip[] = "Expect:", uncached[] = "Cache-Control: no-cache";
    static curl_slist expect{no_round_trip, nullptr}, fresh{uncached, &expect};
    if (transfer_.headers.empty() && !transfer_.compressed) return transfer_.no_cache ? &fresh : &expect;
    append(headers_, no_round_trip);
    if (transfer_.compressed) append(headers_, "Accept-Encoding: gzip, deflate");
    if (transfer_.no_cache) append(headers_, uncached);
    for (const std::string& header : transfer_.headers)
        append(headers_, header);
    return headers_.get();
}

/// By its address: its name means nothing to it, and libcurl would look the name up.
void Running::set_proxy() {
    CURL* easy = easy_.get();
    const ViaProxy& proxy = *transfer_.proxy;
    curl_easy_setopt(easy, CURLOPT_PROXY, ("http://" + to_string(target_.endpoint)).c_str());
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXYAUTH, static_cast<long>(CURLAUTH_BASIC));
    if (proxy.user.empty()) return;
    curl_easy_setopt(easy, CURLOPT_PROXYUSERNAME, proxy.user.c_str());
    curl_easy_setopt(easy, CURLOPT_PROXYPASSWORD, proxy.password.c_str());
}

int Running::on_context(void*, void* ssl_context, void* self) {
    note_certificate(ssl_context, static_cast<Running*>(self)->certificate_);
    return CURLE_OK;
}

void Running::set_smtp() {
    curl_easy_setopt(easy_.get(), CURLOPT_CONNECT_ONLY, 1L);
    const bool upgrade = transfer_.security == MailSecurity::starttls && !target_.tls_at_once();
    curl_easy_setopt(easy_.get(), CURLOPT_USE_SSL,
                     static_cast<long>(upgrade ? CURLUSESSL_ALL : CURLUSESSL_NONE));
}

std::size_t Running::on_header(char* bytes, std::size_t size, std::size_t count, void* self) {
    static_cast<Running*>(self)->take_header({bytes, size * count});
    return size * count;
}

std::size_t Running::on_body(char* bytes, std::size_t size, std::size_t count, void* self) {
    return static_cast<Running*>(self)->take_body({bytes, size * count}) ? size * count : 0;
}

void Running::take_header(std::string_view line) {
    line = without_line_end(line);
    if (target_.mail()) {
        result_.body = line.substr(0, longest_header);
        if (line.starts_with("220 ")) ++greetings_;
        if (line.size() >= 12 && line.substr(0, 3) == "250" && line.substr(4) == "8BITMIME")
            eight_bit_ = true;
        return;
    }
    if (line.starts_with("HTTP/")) {  // 100 and 103 come before the answer itself
        encoding_.clear();
        return result_.headers.clear();
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0 || result_.headers.size() == most_headers) return;
    if (transfer_.compressed && equal_without_case(line.substr(0, colon), "content-encoding"))
        encoding_ = encoding_of(line.substr(colon + 1));
    const auto wanted = transfer_.wanted_headers;
    if (!wanted.empty() && std::none_of(wanted.begin(), wanted.end(), [&](std::string_view one) {
            return equal_without_case(line.substr(0, colon), one);
        }))
        return;
    std::string name = lower_ascii(line.substr(0, std::min(colon, longest_header)));
    std::string_view value = line.substr(colon + 1);
    value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
    result_.headers.emplace_back(std::move(name), value.substr(0, longest_header));
}

bool Running::take_body(std::string_view bytes) {
    return encoding_.empty() ? take_plain(bytes) : take_encoded(bytes);
}

bool Running::take_plain(std::string_view bytes) {
    const std::size_t room = transfer_.max_body_bytes - result_.body.size();
    result_.body += bytes.substr(0, room);
    too_large_ = bytes.size() > room;
    return !too_large_;
}

bool Running::take_encoded(std::string_view bytes) {
    if (encoding_ != "gzip" && encoding_ != "deflate") {
        body_complaint_ = "the body is encoded as '" + encoding_ + "', which nobody asked for";
        return false;
    }
    const auto fed = inflater_.feed(bytes, result_.body, transfer_.max_body_bytes);
    too_large_ = fed == Inflater::Fed::too_large;
    if (fed == Inflater::Fed::broken) body_complaint_ = "the body is no valid " + encoding_;
    return fed == Inflater::Fed::well;
}

void Running::transfer_ended(int code) {
    if (code == CURLE_OK && target_.mail()) return begin_dialogue();
    if (code == CURLE_OK && !inflater_.whole()) {
        body_complaint_ = "the body ends before its " + encoding_ + " does";
        code = CURLE_BAD_CONTENT_ENCODING;
    }
    end(code);
}

void Running::begin_dialogue() {
    dialogue_fd_ = static_cast<int>(info<curl_socket_t>(easy_.get(), CURLINFO_ACTIVESOCKET));
    if (dialogue_fd_ < 0) return end(CURLE_SEND_ERROR);
    dialogue_.emplace(*transfer_.mail, eight_bit_);
    dialogue_began_ = loop_.now();
    to_send_ = dialogue_->start();
    write_dialogue();
}

void Running::watch_dialogue() {
    const bool write = !to_send_.empty();
    watch_ = loop_.watch(dialogue_fd_, {.read = true, .write = write},
                         [this](Loop::Ready now) { now.read ? read_dialogue() : write_dialogue(); });
}

void Running::write_dialogue() {
    while (!to_send_.empty()) {
        std::size_t sent = 0;
        const CURLcode code = curl_easy_send(easy_.get(), to_send_.data(), to_send_.size(), &sent);
        to_send_.erase(0, sent);
        if (code == CURLE_AGAIN) break;
        if (code != CURLE_OK) return end(CURLE_SEND_ERROR);
    }
    watch_dialogue();
}

void Running::read_dialogue() {
    char buffer[4096];
    // Until nothing is left: what TLS has decrypted already does not make the descriptor readable again.
    for (;;) {
        std::size_t size = 0;
        const CURLcode code = curl_easy_recv(easy_.get(), buffer, sizeof buffer, &size);
        if (code == CURLE_AGAIN) return;
        if (code != CURLE_OK || size == 0) return end(CURLE_RECV_ERROR);
        if (result_.first_byte == Micros{0}) result_.first_byte = loop_.now() - dialogue_began_;
        to_send_ += dialogue_->receive({buffer, size});
        if (dialogue_->ended()) {
            std::size_t sent = 0;  // QUIT: nobody waits for its answer
            static_cast<void>(curl_easy_send(easy_.get(), to_send_.data(), to_send_.size(), &sent));
            return end(dialogue_->malformed() ? CURLE_WEIRD_SERVER_REPLY : CURLE_OK);
        }
        if (!to_send_.empty()) write_dialogue();
        if (reported_) return;
    }
}

TransferEnd Running::end_of(int code) const {
    TransferEnd end;
    end.curl_code = code;
    end.too_large = too_large_;
    end.error = notes_->open_error;
    if (easy_ == nullptr) return end;
    if (end.error == 0) end.error = static_cast<int>(info<long>(easy_.get(), CURLINFO_OS_ERRNO));
    end.router_said_so = !notes_->icmp_from.empty();
    end.ended_by_peer = notes_->ended_by_peer;
    end.connected = notes_->connected != Stamp{} || time_of(easy_.get(), CURLINFO_CONNECT_TIME_T) > Micros{0};
    end.tls_done = time_of(easy_.get(), CURLINFO_APPCONNECT_TIME_T) > Micros{0};
    const bool upgrading = target_.mail() && transfer_.security == MailSecurity::starttls && greetings_ >= 2;
    end.tls_wanted = target_.tls_at_once() || upgrading;
    end.verify_result = certificate_.error;
    end.verify_depth = certificate_.depth;
    end.certificate_alone = certificate_.alone;
    end.proxied = transfer_.proxy.has_value();
    if (end.proxied) end.proxy_status = static_cast<int>(info<long>(easy_.get(), CURLINFO_HTTP_CONNECTCODE));
    // OpenSSL's queue of reasons is quoted as "error:0A000410:SSL routines::...". A connection that just
    // ended has no reason, or this one.
    const std::string_view text = error_text_;
    end.alert_or_protocol = text.find("SSL routines") != std::string_view::npos &&
                            text.find("unexpected eof") == std::string_view::npos;
    return end;
}

/// A mail server's no is a whole answer, for the channel to read: 554 as the greeting, 535 to the password.
bool Running::refused_by_mail_server(int code) const {
    if (!target_.mail() || dialogue_ || info<long>(easy_.get(), CURLINFO_RESPONSE_CODE) < 400) return false;
    return code == CURLE_LOGIN_DENIED || code == CURLE_WEIRD_SERVER_REPLY ||
           code == CURLE_REMOTE_ACCESS_DENIED;
}

void Running::end(int code) {
    if (std::exchange(reported_, true)) return;
    if (easy_ != nullptr) {
        CURL* easy = easy_.get();
        result_.status = static_cast<int>(info<long>(easy, CURLINFO_RESPONSE_CODE));
        if (refused_by_mail_server(code)) code = CURLE_OK;
        Micros connected = time_of(easy, CURLINFO_CONNECT_TIME_T);
        const Micros noted = notes_->connected == Stamp{} ? Micros{0} : notes_->connected - began_;
        if (noted > Micros{0} && (connected == Micros{0} || noted < connected)) connected = noted;
        const Micros secured = time_of(easy, CURLINFO_APPCONNECT_TIME_T);
        const Micros asked = time_of(easy, CURLINFO_PRETRANSFER_TIME_T);
        const Micros answered = time_of(easy, CURLINFO_STARTTRANSFER_TIME_T);
        result_.connect = connected;
        if (secured > Micros{0}) result_.tls = std::max(secured - connected, Micros{1});
        if (!target_.mail() && answered > Micros{0})
            result_.first_byte = std::max(answered - asked, Micros{1});
    }
    if (dialogue_ && dialogue_->status() != 0) {
        result_.status = dialogue_->status();
        result_.body = dialogue_->last_line();
    }
    const TransferEnd how = end_of(code);
    result_.failure = failure_of(how);
    result_.reached = stage_of(result_.failure);
    result_.address = to_string(target_.endpoint);
    result_.connect_error = how.connected ? 0 : how.error;
    result_.icmp_from = std::move(notes_->icmp_from);
    result_.certificate = std::move(certificate_.seen);
    result_.certificate_text = std::move(certificate_.text);
    result_.verified = how.tls_done && !transfer_.handshake_only && result_.reached > Stage::tls;
    if (easy_ != nullptr && transfer_.http2)
        result_.http2 = info<long>(easy_.get(), CURLINFO_HTTP_VERSION) == CURL_HTTP_VERSION_2_0;
    if (result_.failure != Failure::none) {
        result_.detail = !body_complaint_.empty() ? body_complaint_
                         : error_text_[0] != '\0' ? error_text_
                                                  : curl_easy_strerror(static_cast<CURLcode>(code));
        if (how.error != 0) result_.detail += " (" + std::string(std::strerror(how.error)) + ")";
        result_.detail.resize(std::min(result_.detail.size(), longest_detail));
    }
    report(std::move(result_));
}

void Running::report(TransferResult result) {
    end_.cancel();
    watch_ = Loop::Watch{};
    // Never from inside libcurl: whoever is told may destroy the handle.
    loop_.post([self = shared_from_this(), result = std::move(result)]() mutable {
        const auto then = std::exchange(self->done_, nullptr);
        if (!then) return;
        self->close();
        then(std::move(result));
    });
}

void Running::close() {
    end_.cancel();
    watch_ = Loop::Watch{};  // before libcurl closes its descriptor
    dialogue_fd_ = -1;
    if (easy_ == nullptr) return;
    multi_->remove(easy_.get());
    if (plain() && spare_->easy.size() < SpareHandles::most)
        spare_->easy.push_back(std::move(easy_));
    else
        easy_.reset();
}

/// A transfer that was never allowed to start.
class Refused : public TransferHandle {
  public:
    Refused(Loop& loop, std::string complaint, std::function<void(TransferResult)> done) {
        TransferResult result;
        result.failure = Failure::host_refused;
        result.detail = std::move(complaint);
        timer_ =
            loop.after(Micros{0}, [result = std::move(result), done = std::move(done)] { done(result); });
    }

  private:
    Loop::Timer timer_;
};

class Started : public TransferHandle {
  public:
    Started(std::shared_ptr<TransferClient::Impl> client, std::shared_ptr<Running> running)
        : client_(std::move(client)), running_(std::move(running)) {}
    ~Started() override { running_->abandon(); }

  private:
    std::shared_ptr<TransferClient::Impl> client_;
    std::shared_ptr<Running> running_;
};

}  // namespace

TransferClient::TransferClient(Loop& loop) {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    static_cast<void>(started);
    impl_ = std::make_shared<Impl>(loop);
}

TransferClient::~TransferClient() = default;

std::unique_ptr<TransferHandle> TransferClient::start(Transfer transfer, Stamp deadline,
                                                      std::function<void(TransferResult)> done) {
    std::string complaint;
    auto target = target_of(transfer, complaint);
    if (!target) return std::make_unique<Refused>(impl_->loop, std::move(complaint), std::move(done));
    // A mail gets a multi handle of its own: while it is in the dialogue libcurl thinks its connection idle,
    // and would close it when another transfer starts and something waits to be read
    // (prune_dead_connections()).
    auto multi = target->mail() ? std::make_shared<CurlMulti>(impl_->loop) : impl_->http;
    auto running = std::make_shared<Running>(impl_->loop, std::move(multi), impl_->spare, std::move(transfer),
                                             *std::move(target), deadline, std::move(done));
    running->start();
    return std::make_unique<Started>(impl_, std::move(running));
}

}  // namespace sereno
