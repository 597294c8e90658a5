// The one unit that knows Beast's WebSocket and Asio's TLS. Each handler owns the connection it belongs to,
// and looks first whether anybody still wants it.
//
// Fairness needs no care of ours: every message is a turn of its own in Asio's queue, which is first in,
// first out and looks at timers and descriptors once a round. A flood delays a probe by one message.
#include "probes/witness/ris/web_socket.hpp"

#include <malloc.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstring>

#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/error.hpp>
#include <boost/beast/websocket/stream.hpp>

#include "agent/loop/address.hpp"

namespace sereno {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;

namespace {

using boost::system::error_code;
using Tcp = asio::ip::tcp;
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<Tcp, Executor>;

constexpr auto debians_bundle = "/etc/ssl/certs/ca-certificates.crt";
constexpr std::size_t most_proxy_answer = 8192;
/// Beast reads 1536 bytes at a time: about 100 kB of whatever is sent instead of an upgrade.
constexpr int most_greeting_reads = 64;
/// What one message may leave allocated for the next.
constexpr std::size_t usual_message_bytes = 65536;
/// Signs of life asked of us without a message in between.
constexpr int most_pings_in_a_row = 1000;

/// TLS or not, as one type: Beast's templates are instantiated once.
class Channel {
  public:
    using executor_type = Executor;

    Channel(asio::io_context& io, asio::ssl::context& tls, bool use_tls)
        : stream_(io, tls), use_tls_(use_tls) {}

    executor_type get_executor() { return socket().get_executor(); }
    Socket& socket() { return stream_.next_layer(); }
    asio::ssl::stream<Socket>& tls() { return stream_; }
    void close() {
        error_code ignored;
        socket().close(ignored);
    }
    /// A server that never ends its answer to the upgrade is cut short.
    void set_greeted() { greeted_ = true; }

    template <class Buffers, class Handler>
    void async_read_some(const Buffers& buffers, Handler&& handler) {
        if (!greeted_ && ++reads_ > most_greeting_reads) close();
        if (use_tls_) return stream_.async_read_some(buffers, std::forward<Handler>(handler));
        socket().async_read_some(buffers, std::forward<Handler>(handler));
    }
    template <class Buffers, class Handler>
    void async_write_some(const Buffers& buffers, Handler&& handler) {
        if (use_tls_) return stream_.async_write_some(buffers, std::forward<Handler>(handler));
        socket().async_write_some(buffers, std::forward<Handler>(handler));
    }

  private:
    asio::ssl::stream<Socket> stream_;
    bool use_tls_, greeted_ = false;
    int reads_ = 0;
};

// How Beast ends a connection. Nothing that TLS still had to say is waited for: its end was agreed on
// already.
void beast_close_socket(Channel& channel) {
    channel.close();
}
template <class Handler>
void async_teardown(beast::role_type, Channel& channel, Handler&& handler) {
    channel.close();
    asio::post(channel.get_executor(),
               beast::bind_front_handler(std::forward<Handler>(handler), error_code{}));
}

std::string base64(const std::string& text) {
    std::string out(4 * ((text.size() + 2) / 3) + 1, '\0');
    const int size =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    out.resize(static_cast<std::size_t>(size));
    return out;
}

/// "ris.example", "[2001:db8::1]:8443": as Host and CONNECT have it.
std::string authority(const WebSocketTarget& target, bool always_port) {
    const bool v6 = target.host.find(':') != std::string::npos;
    const std::string host = v6 ? "[" + target.host + "]" : target.host;
    const bool usual = target.port == (target.tls ? 443 : 80);
    return usual && !always_port ? host : host + ":" + std::to_string(target.port);
}

std::string http_status_text(unsigned status) {
    switch (status) {
        case 401:
        case 403:
            return " (we are not let in)";
        case 404:
            return " (wrong URL?)";
        case 429:
            return " (too many requests)";
        case 200:
            return " (no WebSocket there, or a portal in between)";
        default:
            return status >= 500 ? " (its own trouble)" : "";
    }
}

}  // namespace

struct WebSocket::Impl : std::enable_shared_from_this<Impl> {
    Impl(Loop& on, WebSocketTarget to, Ears who) : loop(on), target(std::move(to)), ears(std::move(who)) {}

    void start();
    void prepare_tls();
    void connected();
    void ask_proxy();
    void read_proxy();
    void shake_hands();
    void forget_authorities();
    void upgrade();
    void opened();
    void read();
    void on_text();
    void on_control(websocket::frame_type kind);
    void send(std::string text);

    void drop();
    void fail(std::string why);
    [[nodiscard]] std::string why_no_upgrade(const error_code& error) const;
    [[nodiscard]] std::string why_ended(const error_code& error) const;
    [[nodiscard]] std::string why_no_tls(const error_code& error);

    /// `then(error, ...)` when this connection is still wanted.
    template <class Then>
    auto when_wanted(Then then) {
        return [self = shared_from_this(), then = std::move(then)](const error_code& error, auto&&... more) {
            if (!self->over) then(*self, error, more...);
        };
    }

    Loop& loop;
    WebSocketTarget target;
    Ears ears;
    bool over = false;
    const char* doing = "connecting";
    Loop::Timer deadline;
    asio::ssl::context tls{asio::ssl::context::tls_client};
    std::optional<websocket::stream<Channel, false>> stream;
    websocket::response_type answer;
    beast::flat_buffer message;
    std::string outgoing;  // being sent; before the upgrade, what is said to a proxy
    std::string proxy_answer;
    std::array<char, 1024> proxy_bytes{};
    int pings = 0;
};

WebSocket::WebSocket(Loop& loop, WebSocketTarget target, Ears ears)
    : impl_(std::make_shared<Impl>(loop, std::move(target), std::move(ears))) {
    loop.post([weak = std::weak_ptr<Impl>(impl_)] {
        if (const auto self = weak.lock(); self && !self->over) self->start();
    });
}

WebSocket::~WebSocket() {
    impl_->drop();
}

void WebSocket::send(std::string text) {
    impl_->send(std::move(text));
}

void WebSocket::Impl::start() {
    const auto address = socket_address({target.address, target.proxy ? target.proxy->port : target.port});
    if (!address) return fail("'" + target.address + "' is no address");
    deadline = loop.after(target.handshake_within, [weak = weak_from_this()] {
        const auto self = weak.lock();
        if (self && !self->over)
            self->fail("no answer from " + self->target.address + " within " +
                       duration_text(self->target.handshake_within) + " while " + self->doing);
    });
    try {
        if (target.tls) prepare_tls();
        stream.emplace(loop.context(), tls, target.tls);
    } catch (const std::exception& problem) {
        return fail(std::string{"TLS cannot be prepared: "} + problem.what());
    }
    if (over) return;
    Tcp::endpoint endpoint;
    endpoint.resize(address->length);
    std::memcpy(endpoint.data(), address->get(), address->length);
    stream->next_layer().socket().async_connect(
        endpoint, when_wanted([](Impl& self, const error_code& error) {
            if (error) return self.fail("cannot connect to " + self.target.address + ": " + error.message());
            self.connected();
        }));
}

void WebSocket::Impl::prepare_tls() {
    const std::string bundle = target.ca_bundle.empty() ? debians_bundle : target.ca_bundle;
    SSL_CTX* context = tls.native_handle();
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    tls.set_verify_mode(asio::ssl::verify_peer);
    error_code error;
    tls.load_verify_file(bundle, error);
    if (error)
        fail("the certificates to trust cannot be read from " + bundle + " (" + error.message() +
             "): install ca-certificates, or correct 'ca_bundle'");
}

void WebSocket::Impl::connected() {
    if (target.proxy) return ask_proxy();
    if (target.tls) return shake_hands();
    upgrade();
}

/// RFC 9110 section 9.3.6.
void WebSocket::Impl::ask_proxy() {
    doing = "asking the proxy";
    const std::string to = authority(target, true);
    outgoing = "CONNECT " + to + " HTTP/1.1\r\nHost: " + to + "\r\n";
    if (!target.proxy->user.empty())
        outgoing += "Proxy-Authorization: Basic " +
                    base64(target.proxy->user + ":" + target.proxy->password) + "\r\n";
    outgoing += "\r\n";
    asio::async_write(stream->next_layer().socket(), asio::buffer(outgoing),
                      when_wanted([](Impl& self, const error_code& error, std::size_t) {
                          if (error) return self.fail("the proxy hung up: " + error.message());
                          self.read_proxy();
                      }));
}

void WebSocket::Impl::read_proxy() {
    stream->next_layer().socket().async_read_some(
        asio::buffer(proxy_bytes), when_wanted([](Impl& self, const error_code& error, std::size_t size) {
            if (error) return self.fail("the proxy hung up: " + error.message());
            self.proxy_answer.append(self.proxy_bytes.data(), size);
            const auto end = self.proxy_answer.find("\r\n\r\n");
            if (end == std::string::npos && self.proxy_answer.size() < most_proxy_answer)
                return self.read_proxy();
            const std::string line = self.proxy_answer.substr(0, self.proxy_answer.find("\r\n"));
            const bool well = line.starts_with("HTTP/1.") && line.find(" 2") == 8;
            // TLS is for us to begin, so a tunnel says nothing of itself.
            if (!well || end + 4 != self.proxy_answer.size())
                return self.fail("the proxy refuses a tunnel: \"" + line.substr(0, 80) + "\"");
            self.shake_hands();
        }));
}

void WebSocket::Impl::shake_hands() {
    doing = "shaking hands";
    SSL* ssl = stream->next_layer().tls().native_handle();
    bool ready = true;
    if (is_literal(target.host)) {
        ready = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), target.host.c_str()) == 1;
    } else {
        SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        ready = SSL_set1_host(ssl, target.host.c_str()) == 1 &&
                SSL_set_tlsext_host_name(ssl, target.host.c_str()) == 1;
    }
    if (!ready) return fail("'" + target.host + "' is no name that a certificate could have");
    stream->next_layer().tls().async_handshake(asio::ssl::stream_base::client,
                                               when_wanted([](Impl& self, const error_code& error) {
                                                   if (error) return self.fail(self.why_no_tls(error));
                                                   self.forget_authorities();
                                                   self.upgrade();
                                               }));
}

/// They take megabytes, and are of no more use: the next connection reads them anew.
void WebSocket::Impl::forget_authorities() {
    if (X509_STORE* empty = X509_STORE_new()) SSL_CTX_set_cert_store(tls.native_handle(), empty);
    ::malloc_trim(0);
}

void WebSocket::Impl::upgrade() {
    doing = "asking for a WebSocket";
    stream->read_message_max(target.max_message_bytes);
    stream->set_option(
        websocket::stream_base::decorator([agent = target.user_agent](websocket::request_type& request) {
            request.set(http::field::user_agent, agent);
        }));
    stream->control_callback([weak = weak_from_this()](websocket::frame_type kind, beast::string_view) {
        if (const auto self = weak.lock()) self->on_control(kind);
    });
    stream->async_handshake(answer, authority(target, false), target.resource,
                            when_wanted([](Impl& self, const error_code& error) {
                                if (error) return self.fail(self.why_no_upgrade(error));
                                self.opened();
                            }));
}

void WebSocket::Impl::opened() {
    deadline.cancel();
    stream->next_layer().set_greeted();
    answer = {};
    ears.opened();
    if (!over) read();
}

void WebSocket::Impl::read() {
    stream->async_read(message, when_wanted([](Impl& self, const error_code& error, std::size_t) {
                           if (error) return self.fail(self.why_ended(error));
                           self.on_text();
                       }));
}

void WebSocket::Impl::on_text() {
    if (!stream->got_text()) return fail("it sent binary data, where text was agreed on");
    pings = 0;
    const auto bytes = message.cdata();
    ears.text({static_cast<const char*>(bytes.data()), bytes.size()});
    if (over) return;
    message.consume(message.size());
    if (message.capacity() > usual_message_bytes) message.shrink_to_fit();
    read();
}

// Called in the middle of Beast's reading, which must not lose its stream: what ends it is posted.
void WebSocket::Impl::on_control(websocket::frame_type kind) {
    if (kind == websocket::frame_type::close || ++pings != most_pings_in_a_row) return;
    loop.post([weak = weak_from_this()] {
        const auto self = weak.lock();
        if (self && !self->over)
            self->fail("it asked for " + std::to_string(most_pings_in_a_row) +
                       " signs of life without saying a word");
    });
}

void WebSocket::Impl::send(std::string text) {
    if (over) return;
    outgoing = std::move(text);
    stream->async_write(asio::buffer(outgoing),
                        when_wanted([](Impl& self, const error_code& error, std::size_t) {
                            // Reading ends as well, and knows better why.
                            if (!error) self.ears.sent();
                        }));
}

void WebSocket::Impl::drop() {
    over = true;
    deadline.cancel();
    if (stream) stream->next_layer().close();
}

void WebSocket::Impl::fail(std::string why) {
    const auto self = shared_from_this();
    drop();
    ears.ended(why);
}

std::string WebSocket::Impl::why_no_tls(const error_code& error) {
    const SSL* ssl = stream->next_layer().tls().native_handle();
    const long verdict = SSL_get_verify_result(ssl);
    if (verdict == X509_V_OK) return "TLS with " + target.address + " failed: " + error.message();
    std::string why = "the certificate of " + target.host + " is refused: ";
    why += X509_verify_cert_error_string(verdict);
    const bool by_date = verdict == X509_V_ERR_CERT_HAS_EXPIRED || verdict == X509_V_ERR_CERT_NOT_YET_VALID;
    return by_date ? why + "; is this computer's clock right?" : why;
}

std::string WebSocket::Impl::why_no_upgrade(const error_code& error) const {
    if (error == websocket::error::upgrade_declined)
        return "it answers HTTP " + std::to_string(answer.result_int()) + " instead of a WebSocket" +
               http_status_text(answer.result_int());
    return "it is no WebSocket: " + error.message();
}

std::string WebSocket::Impl::why_ended(const error_code& error) const {
    if (error == websocket::error::closed) {
        const auto& reason = stream->reason();
        std::string why = "it said goodbye (" + std::to_string(reason.code);
        if (!reason.reason.empty()) why += ": " + std::string{reason.reason.c_str(), reason.reason.size()};
        return why + ")";
    }
    if (error == websocket::error::message_too_big)
        return "it sent a message of more than " + std::to_string(target.max_message_bytes) + " bytes";
    if (error == websocket::error::bad_frame_payload) return "it sent text that is not UTF-8";
    const bool cut = error == asio::error::eof || error == asio::ssl::error::stream_truncated ||
                     error == asio::error::connection_reset;
    if (cut && message.size() > 0) return "the connection ended in mid-message";
    if (cut) return "the connection ended without a goodbye";
    return "the connection failed: " + error.message();
}

}  // namespace sereno
