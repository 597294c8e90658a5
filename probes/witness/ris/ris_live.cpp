// Ties the state machine to the wire, the messages to the table, and what becomes of it to the board.
#include "probes/witness/ris/ris_live.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <utility>
#include <variant>

#include "agent/log.hpp"
#include "agent/loop/transfer_url.hpp"
#include "agent/model/loopback.hpp"
#include "probes/http/front_end.hpp"
#include "probes/http/proxy.hpp"
#include "probes/witness/ris/web_socket.hpp"
#include "probes/witness/usual_route.hpp"
#include "probes/witness/witnesses.hpp"

namespace sereno {

namespace {

constexpr std::size_t most_asked_at_once = 4;
/// Yardsticks are one operator's.
const std::string yardsticks_owner = "yardstick";
constexpr Micros between_able_words = WitnessBoard::worth_telling;
/// A count of peers changes all the time; once an hour is enough to know what is usual.
constexpr Micros between_route_facts = std::chrono::hours{1};

/// RFC 3986 section 2.3: all others are escaped.
std::string url_encoded(std::string_view text) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '-' || c == '.' || c == '_' || c == '~';
        const auto byte = static_cast<unsigned char>(c);
        plain ? void(out += c) : void(((out += '%') += hex[byte >> 4]) += hex[byte & 15]);
    }
    return out;
}

struct Where {
    WebSocketTarget target;
    std::string complaint;  ///< why nobody can be asked there; empty: somebody can
};

/// libcurl does not know the scheme, but what follows is as in any URL (RFC 6455 section 3).
Where read_url(const std::string& url, const std::string& client) {
    const bool tls = url.starts_with("wss://");
    if (!tls && !url.starts_with("ws://"))
        return {.target = {}, .complaint = "its URL '" + shown_url(url) + "' does not begin with wss://"};
    const std::size_t begin = url.find("//") + 2;
    const auto parts = parts_of((tls ? "https://" : "http://") + url.substr(begin));
    if (!parts) return {.target = {}, .complaint = "its URL '" + shown_url(url) + "' cannot be read"};
    if (!tls && !is_loopback(parts->host))
        return {.target = {},
                .complaint = "'" + shown_url(url) +
                             "' is not encrypted; write wss://, as anybody on the way could "
                             "make up what it says"};
    const std::size_t path = std::min(url.find_first_of("/?#", begin), url.size());
    std::string resource = url.substr(path, url.find('#', path) - path);
    if (!resource.starts_with('/')) resource.insert(0, "/");
    const auto odd = [](char c) { return c <= ' ' || c > '~'; };
    if (std::any_of(resource.begin(), resource.end(), odd))
        return {.target = {}, .complaint = "its URL '" + shown_url(url) + "' holds a space or an odd sign"};
    resource += (resource.find('?') == std::string::npos ? "?client=" : "&client=") + url_encoded(client);
    Where where;
    where.target.tls = tls;
    where.target.host = parts->host;
    where.target.port = parts->port;
    where.target.resource = std::move(resource);
    return where;
}

std::vector<Prefix> prefixes_of(const std::vector<std::string>& texts) {
    std::vector<Prefix> prefixes;
    for (const std::string& text : texts)
        if (const auto prefix = read_prefix(text)) prefixes.push_back(*prefix);
    return prefixes;
}

int random_permille() {
    std::random_device device;
    return std::uniform_int_distribution<int>(0, 1000)(device);
}

}  // namespace

struct RisLive::Impl : std::enable_shared_from_this<Impl> {
    struct Watched {
        bool wanted = false;  // by somebody; else it is a yardstick only
        bool primed = false;  // on this connection
        Stamp told;           // when it was last remembered how many have it
    };

    Impl(ProbeContext& with, RipeStat* looking_glass, WitnessBoard& told, Settings wanted)
        : context(with),
          glass(looking_glass),
          board(told),
          settings(std::move(wanted)),
          session(settings.rhythm, random_permille(), prefixes_of(settings.beacons)),
          table(settings.rule),
          prime_pause(settings.rhythm.reconnect_first) {
        auto [to, problem] = read_url(settings.url, settings.client);
        target = std::move(to);
        complaint = std::move(problem);
        target.ca_bundle = context.ca_bundle;
        target.user_agent = settings.client;
        target.max_message_bytes = RisReader::longest_text;
        target.handshake_within = settings.rhythm.handshake_within;
    }

    bool watch(const Prefix& prefix, const std::string& owner);
    void watch_yardsticks();
    bool follow(const Prefix& prefix, const std::string& owner);
    [[nodiscard]] bool is_wanted(const Prefix& prefix) const;
    RouteSight sight(const std::string& text) const;

    void drive_soon(Micros delay);
    void drive();
    void connect();
    void on_resolved(const DnsReply& reply);
    void open(const std::string& address);
    void on_open();
    void on_text(std::string_view text);
    void lost(const std::string& why);
    void tick();
    void report(Stamp now);
    void prime(Stamp now);
    void prime_anew(Stamp at);
    void ask(const Prefix& prefix);
    void on_glass(const Prefix& prefix, const LookingGlassAnswer& answer);
    void remember(const Prefix& prefix, Watched& watched, Stamp now);

    /// `then(*this, ...)` unless the owner has gone meanwhile.
    template <class Then>
    auto if_alive(Then then) {
        return [weak = weak_from_this(), then = std::move(then)](auto&&... with) {
            if (const auto self = weak.lock(); self && !self->over) then(*self, with...);
        };
    }
    [[nodiscard]] Stamp now() const { return context.loop.now(); }

    ProbeContext& context;
    RipeStat* glass;
    WitnessBoard& board;
    Settings settings;
    WebSocketTarget target;
    std::string complaint;  // of the URL
    bool over = false;

    RisSession session;
    RisReader reader;
    RouteTable table;
    std::map<Prefix, Watched> watched;
    std::function<void(const std::string&)> changed;

    std::optional<ProxyServer> proxy;
    std::unique_ptr<DnsRequest> request;
    std::unique_ptr<WebSocket> socket;
    std::size_t attempts = 0;
    Loop::Timer wake, look;

    Counters counted;
    Stamp heard_at, connected_at, able_told_at;
    std::uint64_t messages_before = 0;  // this connection

    std::map<Prefix, std::unique_ptr<Asked>> asked;
    Micros prime_pause;
    Stamp prime_at;
};

RisLive::RisLive(ProbeContext& context, RipeStat* glass, WitnessBoard& board, Settings settings)
    : impl_(std::make_shared<Impl>(context, glass, board, std::move(settings))) {
    board.list(ris_live_id, "RIPE RIS Live", Group::routing, context.loop.now());
    if (!impl_->complaint.empty()) board.unable(ris_live_id, context.loop.now(), impl_->complaint);
}

RisLive::~RisLive() {
    impl_->over = true;
}

bool RisLive::watch(const std::string& prefix, const std::string& owner) {
    const auto read = read_prefix(prefix);
    return read && impl_->watch(*read, owner);
}

RouteSight RisLive::sight(const std::string& prefix) const {
    return impl_->sight(prefix);
}

Stamp RisLive::heard() const {
    return impl_->heard_at;
}

RisLive::Counters RisLive::counters() const {
    return impl_->counted;
}

void RisLive::on_change(std::function<void(const std::string&)> callback) {
    impl_->changed = std::move(callback);
}

bool RisLive::Impl::watch(const Prefix& prefix, const std::string& owner) {
    if (!follow(prefix, owner)) return false;
    watched[prefix].wanted = true;
    watch_yardsticks();
    return true;
}

/// Behind the first that is wanted: alone they are no reason to connect.
void RisLive::Impl::watch_yardsticks() {
    for (const Prefix& prefix : prefixes_of(std::exchange(settings.yardsticks, {})))
        follow(prefix, yardsticks_owner);
}

bool RisLive::Impl::follow(const Prefix& prefix, const std::string& owner) {
    if (!table.watch(prefix, owner)) return false;
    if (!watched.try_emplace(prefix).second) return true;
    if (const UsualRoute usual = usual_route(context.remembered, to_string(prefix), now()); usual.peers > 0)
        table.expect(prefix, usual.peers, usual.origin, usual.when);
    session.subscribe(prefix);
    if (complaint.empty()) drive_soon(Micros{0});
    return true;
}

bool RisLive::Impl::is_wanted(const Prefix& prefix) const {
    const auto found = watched.find(prefix);
    return found != watched.end() && found->second.wanted;
}

RouteSight RisLive::Impl::sight(const std::string& text) const {
    const auto unknown = [](std::string why) {
        RouteSight sight;
        sight.why = std::move(why);
        return sight;
    };
    const auto prefix = read_prefix(text);
    if (!prefix || !is_wanted(*prefix)) return unknown("'" + text + "' is not watched");
    if (!complaint.empty()) return unknown(complaint);
    if (!session.can_be_believed()) return unknown(session.why());
    if (const std::string refusal = session.refusal(*prefix); !refusal.empty())
        return unknown("RIS Live does not follow " + text + ": " + refusal);
    if (!session.follows(*prefix)) return unknown("not subscribed to yet");
    return table.sight(*prefix);
}

void RisLive::Impl::drive_soon(Micros delay) {
    wake = context.loop.after(delay, if_alive([](Impl& self) { self.drive(); }));
}

void RisLive::Impl::drive() {
    for (;;) {
        const Stamp at = now();
        RisSession::Action action = session.next(at);
        switch (action.what) {
            case RisSession::Do::connect:
                connect();
                break;
            case RisSession::Do::send:
                socket->send(std::move(action.text));
                break;
            case RisSession::Do::close:
                lost(session.why());
                break;
            case RisSession::Do::nothing:
                if (action.wake == Stamp::max())
                    wake.cancel();
                else
                    drive_soon(action.wake - at);
                return;
        }
    }
}

void RisLive::Impl::connect() {
    ++attempts;
    proxy = target.tls ? proxy_for(context.proxy, "https", target.host) : std::nullopt;
    if (proxy && !proxy->complaint.empty()) return lost("the proxy: " + proxy->complaint);
    const std::string& name = proxy ? proxy->host : target.host;
    if (is_literal(name)) return open(name);
    DnsClient& dns = proxy ? context.own_dns : context.dns;
    request = dns.resolve(name, context.resolvers, now() + settings.rhythm.handshake_within,
                          if_alive([](Impl& self, const DnsReply& reply) { self.on_resolved(reply); }));
}

void RisLive::Impl::on_resolved(const DnsReply& reply) {
    const auto finished = std::move(request);
    // The next attempt goes to the next one: one of them may be out of order.
    if (reply.failure == Failure::none) return open(reply.addresses[attempts % reply.addresses.size()]);
    const std::string remembered =
        proxy ? std::string{} : remembered_front_end(context.remembered, target.host, Family::any);
    if (!remembered.empty()) return open(remembered);
    lost((proxy ? "the proxy's name " + proxy->host : target.host) + " does not resolve: " +
         std::string{to_string(reply.failure)} + (reply.detail.empty() ? "" : ", " + reply.detail));
    drive();
}

void RisLive::Impl::open(const std::string& address) {
    WebSocketTarget to = target;
    to.address = address;
    if (proxy) to.proxy = proxy->via;
    socket = std::make_unique<WebSocket>(
        context.loop, std::move(to),
        WebSocket::Ears{.opened = if_alive([address](Impl& self) {
                            if (self.target.tls && !self.proxy)
                                remember_front_end(self.context.remembered, self.target.host, address,
                                                   self.now());
                            self.on_open();
                        }),
                        .sent = if_alive([](Impl& self) {
                            self.session.sent(self.now());
                            self.drive();
                        }),
                        .text = if_alive([](Impl& self, std::string_view text) { self.on_text(text); }),
                        .ended = if_alive([](Impl& self, const std::string& why) {
                            self.lost((self.proxy ? "by the proxy " + self.proxy->shown() + ": " : "") + why);
                            self.drive();
                        })});
}

void RisLive::Impl::on_open() {
    connected_at = now();
    ++counted.connections;
    messages_before = counted.messages;
    able_told_at = {};
    session.connected(connected_at);
    look = context.loop.after(settings.rhythm.look, if_alive([](Impl& self) { self.tick(); }));
    drive();
}

void RisLive::Impl::on_text(std::string_view text) {
    const Stamp at = heard_at = now();
    ++counted.messages;
    counted.bytes += text.size();
    const RisMessage message = reader.read(text);
    const bool was_out_of_time = session.is_out_of_time();
    session.heard(message, at, context.loop.wall_offset());
    if (was_out_of_time && !session.is_out_of_time()) prime_anew(at + settings.rhythm.reconnect_first);
    if (const auto* update = std::get_if<RisUpdate>(&message)) return void(table.on(*update, at));
    if (const auto* state = std::get_if<RisPeerState>(&message)) return table.on(*state, at);
    if (std::holds_alternative<RisMalformed>(message)) {
        ++counted.malformed;
        return;
    }
    if (std::holds_alternative<RisOther>(message)) return;
    drive();
    prime(at);
    if (session.follows_all() && able_told_at == Stamp{}) report(at);
}

/// The state machine may know already: then it was the one who said so.
void RisLive::Impl::lost(const std::string& why) {
    const Stamp at = now();
    session.closed(at, why);
    socket.reset();
    look.cancel();
    prime_anew({});
    prime_pause = settings.rhythm.reconnect_first;
    table.forget_present(at);
    board.unable(ris_live_id, at, session.why());
    log::debug("ris-live: " + session.why());
}

void RisLive::Impl::tick() {
    const Stamp at = now();
    look = context.loop.after(settings.rhythm.look, if_alive([](Impl& self) { self.tick(); }));
    const std::vector<Prefix> news = table.tick(at);
    prime(at);
    report(at);
    if (!session.can_be_believed()) return;
    for (auto& [prefix, state] : watched)
        if (at - state.told >= between_route_facts) remember(prefix, state, at);
    for (const Prefix& prefix : news)
        if (changed && !over && is_wanted(prefix) && session.follows(prefix)) changed(to_string(prefix));
}

void RisLive::Impl::report(Stamp at) {
    if (!session.can_be_believed()) {
        able_told_at = {};
        return board.unable(ris_live_id, at, session.why());
    }
    if (!session.follows_all()) return;
    if (able_told_at != Stamp{} && at - able_told_at < between_able_words) return;
    able_told_at = at;
    int followed = 0, left = 0;
    for (const auto& [prefix, state] : watched)
        if (state.wanted) ++(session.follows(prefix) ? followed : left);
    board.able(ris_live_id, at,
               std::to_string(followed) + (followed == 1 ? " prefix, " : " prefixes, ") +
                   (left == 0 ? "" : std::to_string(left) + " refused, ") +
                   std::to_string(counted.messages - messages_before) + " messages since " +
                   clock_text(connected_at));
}

void RisLive::Impl::prime(Stamp at) {
    if (glass == nullptr || at < prime_at) return;
    for (const auto& [prefix, state] : watched) {
        if (asked.size() >= most_asked_at_once) return;
        if (!state.primed && session.follows(prefix) && !asked.contains(prefix)) ask(prefix);
    }
}

/// Not before `at`.
void RisLive::Impl::prime_anew(Stamp at) {
    asked.clear();
    for (auto& [prefix, state] : watched)
        state.primed = false;
    prime_at = at;
}

void RisLive::Impl::ask(const Prefix& prefix) {
    asked[prefix] = glass->look(
        to_string(prefix),
        if_alive([prefix](Impl& self, const LookingGlassAnswer& answer) { self.on_glass(prefix, answer); }),
        now());  // what was seen before the subscription may have changed in between
}

void RisLive::Impl::on_glass(const Prefix& prefix, const LookingGlassAnswer& answer) {
    const auto finished = asked.extract(prefix);
    const Stamp at = now();
    if (!answer.known) {
        prime_at = at + prime_pause;
        prime_pause = std::min(prime_pause * 2, settings.rhythm.reconnect_most);
        return;
    }
    prime_pause = settings.rhythm.reconnect_first;
    watched[prefix].primed = true;
    table.prime(prefix, answer.peers, at);
    prime(at);
}

void RisLive::Impl::remember(const Prefix& prefix, Watched& state, Stamp at) {
    const RouteSight seen = table.sight(prefix);
    if (seen.state != RouteSight::State::visible || !session.follows(prefix)) return;
    // While it falls, it is visible still, but how many have it is not what is usual.
    if (seen.peers_now * 1000 < seen.peers_known * settings.rule.up_above_permille) return;
    state.told = at;
    keep_usual_route(context.remembered, to_string(prefix), seen.peers_now, seen.origin, at);
}

}  // namespace sereno
