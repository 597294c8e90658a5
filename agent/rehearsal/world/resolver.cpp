#include "agent/rehearsal/world/resolver.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <random>

#include "agent/model/ascii.hpp"
#include "agent/rehearsal/world/dns_cache.hpp"
#include "agent/rehearsal/world/dns_wire.hpp"

namespace sereno::rehearsal {

namespace asio = boost::asio;
using asio::ip::udp;
using boost::system::error_code;

namespace {

/// One question on its way through the servers of its zone.
class Search : public std::enable_shared_from_this<Search> {
  public:
    using Done = std::function<void(const DnsMessage&)>;

    Search(asio::io_context& context, DnsQuestion question, std::vector<Endpoint> servers, unsigned first,
           Done done)
        : context_(context),
          question_(std::move(question)),
          servers_(std::move(servers)),
          next_(first),
          timer_(context),
          done_(std::move(done)) {}

    void try_next() {
        if (tries_++ >= Resolver::most_tries || servers_.empty()) return finish({.rcode = Rcode::servfail});
        const Endpoint& server = servers_[next_++ % servers_.size()];
        socket_.emplace(context_);
        error_code error;
        socket_->connect({asio::ip::make_address(server.address), server.port}, error);
        query_ = {.id = static_cast<std::uint16_t>(random_()), .question = question_};
        const std::string bytes = encode_dns(query_);
        if (!error) socket_->send(asio::buffer(bytes), 0, error);
        if (error) return try_next();
        timer_.expires_after(Resolver::try_timeout);
        timer_.async_wait([self = shared_from_this(), turn = tries_](error_code cancelled) {
            if (!cancelled && !self->finished_ && turn == self->tries_) self->try_next();
        });
        listen(tries_);
    }

    void abandon() {
        finished_ = true;
        done_ = {};
        timer_.cancel();
        socket_.reset();
    }

  private:
    void listen(int turn) {
        socket_->async_receive(asio::buffer(bytes_),
                               [self = shared_from_this(), turn](error_code error, std::size_t n) {
                                   if (self->finished_ || turn != self->tries_) return;
                                   if (error) return self->try_next();
                                   self->heard({self->bytes_.data(), n}, turn);
                               });
    }

    void heard(std::string_view bytes, int turn) {
        const auto reply = decode_dns(bytes);
        // Anybody may send to this socket; only the answer to this very question counts (RFC 5452 section 9).
        if (!reply || !reply->response || reply->id != query_.id || reply->question != query_.question)
            return listen(turn);
        if (reply->rcode != Rcode::noerror && reply->rcode != Rcode::nxdomain) return try_next();
        if (!reply->authoritative) return try_next();
        finish(*reply);
    }

    void finish(const DnsMessage& answer) {
        const Done done = std::exchange(done_, {});
        abandon();
        if (done) done(answer);
    }

    asio::io_context& context_;
    DnsQuestion question_;
    std::vector<Endpoint> servers_;
    unsigned next_;
    asio::steady_timer timer_;
    Done done_;
    std::optional<udp::socket> socket_;
    DnsMessage query_;
    std::array<char, most_dns_bytes> bytes_{};
    std::random_device random_;
    int tries_ = 0;
    bool finished_ = false;
};

}  // namespace

struct Resolver::Impl : std::enable_shared_from_this<Resolver::Impl> {
    Impl(asio::io_context& loop, Delegations zones, std::function<Stamp()> clock, Bogus wrong)
        : context(loop), delegations(std::move(zones)), now(std::move(clock)), bogus(std::move(wrong)) {}

    /// The longest zone that holds this name.
    const Delegations::value_type* delegation_of(const std::string& name) const {
        const Delegations::value_type* best = nullptr;
        for (const auto& one : delegations)
            if (lies_in(name, one.first) && (best == nullptr || one.first.size() >= best->first.size()))
                best = &one;
        return best;
    }

    void ask(const std::string& bytes, const std::function<void(std::string)>& reply) {
        const auto query = decode_dns(bytes);
        if (!query) return reply(refuse_dns(bytes, Rcode::formerr));
        if (query->response) return;
        if (query->opcode != 0) return reply(refuse_dns(bytes, Rcode::notimp));
        if (!query->question) return reply(refuse_dns(bytes, Rcode::formerr));
        const DnsQuestion question = *query->question;
        const auto answer = [query = *query, reply](DnsMessage found) {
            found.id = query.id;
            found.response = found.recursion_available = true;
            found.authoritative = false;
            found.recursion_desired = query.recursion_desired;
            found.checking_disabled = query.checking_disabled;
            found.question = query.question;
            for (AddressRecord& record : found.answers)
                record.name = query.question->name;
            reply(encode_dns(found));
        };
        const auto* delegation = delegation_of(lower_ascii(question.name));
        const std::string zone = delegation == nullptr ? std::string{} : delegation->first;
        const bool is_bogus = bogus && bogus(zone);
        // What was asked without checking must not be taken for what was checked.
        const bool cached = !(is_bogus && query->checking_disabled);
        if (const auto remembered = cached ? cache.find(question, now()) : std::nullopt)
            return answer(*remembered);
        if (delegation == nullptr) return answer({.rcode = Rcode::nxdomain});
        if (pending.size() >= most_pending) return answer({.rcode = Rcode::servfail});

        const std::uint64_t number = ++searches;
        auto search = std::make_shared<Search>(
            context, question, delegation->second, static_cast<unsigned>(number),
            [weak = weak_from_this(), number, question, answer, cached, is_bogus](const DnsMessage& heard) {
                const auto self = weak.lock();
                if (!self) return;
                self->pending.erase(number);
                const DnsMessage found = cached && is_bogus ? DnsMessage{.rcode = Rcode::servfail} : heard;
                if (cached) self->cache.keep(question, found, self->now());
                answer(found);
            });
        pending[number] = search;
        search->try_next();
    }

    asio::io_context& context;
    Delegations delegations;
    std::function<Stamp()> now;
    Bogus bogus;
    DnsCache cache;
    std::map<std::uint64_t, std::shared_ptr<Search>> pending;
    std::uint64_t searches = 0;
};

Resolver::Resolver(asio::io_context& context, Delegations delegations, std::function<Stamp()> now,
                   Bogus bogus)
    : impl_(std::make_shared<Impl>(context, std::move(delegations), std::move(now), std::move(bogus))) {}

Resolver::~Resolver() {
    for (const auto& [number, search] : impl_->pending)
        search->abandon();
}

void Resolver::ask(const std::string& query, const std::function<void(std::string)>& reply) {
    impl_->ask(query, reply);
}

}  // namespace sereno::rehearsal
