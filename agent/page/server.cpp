#include "agent/page/server.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>
#include <stdexcept>

#include "agent/log.hpp"

namespace sereno {

namespace asio = boost::asio;

namespace {

constexpr Micros accept_pause{1'000'000};
constexpr int backlog = 128;

asio::ip::address loopback_address(const Endpoint& listen) {
    boost::system::error_code error;
    auto address = asio::ip::make_address(listen.address, error);
    if (error)
        throw std::runtime_error("page: listen address '" + listen.address +
                                 "' is not an IP address; write 127.0.0.1 or ::1");
    if (!address.is_loopback())
        throw std::runtime_error("page: listen address '" + listen.address +
                                 "' can be reached by others, and the page has no login yet; listen on "
                                 "127.0.0.1 and reach it with 'ssh -L " +
                                 std::to_string(listen.port) + ":127.0.0.1:" + std::to_string(listen.port) +
                                 " HOST' or through a reverse proxy that asks for a login");
    return address;
}

/// Often enough that no patience is overdrawn by more than a quarter, never oftener than the shortest
/// demands.
Micros period_for(const PageLimits& limits) {
    const Micros shortest = std::min(
        {limits.header_time, limits.idle_time, limits.answer_time, limits.write_time, limits.heartbeat});
    return std::clamp(shortest / 4, Micros{5'000}, Micros{1'000'000});
}

}  // namespace

Server::Server(Loop& loop, PageSettings settings, const MessageCatalogue& catalogue, PageHistory history)
    : loop_(loop),
      settings_(std::move(settings)),
      history_(std::move(history)),
      display_(settings_.team, Words{catalogue, settings_.language}),
      acceptor_(loop.context()),
      incoming_(loop.context()),
      sweep_period_(period_for(settings_.limits)) {
    listen();
}

Server::~Server() = default;

void Server::listen() {
    const asio::ip::tcp::endpoint wanted{loopback_address(settings_.listen), settings_.listen.port};
    boost::system::error_code error;
    acceptor_.open(wanted.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(wanted, error);
    if (!error) acceptor_.listen(backlog, error);
    if (error)
        throw std::runtime_error("page: cannot listen on " + to_string(settings_.listen) + ": " +
                                 error.message() +
                                 "; choose another port under 'page: {listen: ...}', or 'page: off'");
    const auto bound = acceptor_.local_endpoint(error);
    endpoint_ = {bound.address().to_string(), bound.port()};
}

void Server::start() {
    accept();
}

void Server::stop() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    sweep_timer_.cancel();
    accept_again_.cancel();
    const auto sessions = std::move(sessions_);
    sessions_.clear();
    for (const auto& session : sessions)
        session->orphan();
}

void Server::accept() {
    acceptor_.async_accept(incoming_, [weak = weak_from_this()](const boost::system::error_code& error) {
        const auto self = weak.lock();
        if (!self || !self->acceptor_.is_open()) return;
        if (!error) {
            self->admit(std::move(self->incoming_));
            self->incoming_ = PageSocket{self->loop_.context()};
            return self->accept();
        }
        // Out of descriptors, most likely: trying again at once would burn the processor.
        log::warning("page: cannot accept a connection: " + error.message());
        self->accept_again_ = self->loop_.after(accept_pause, [again = self.get()] { again->accept(); });
    });
}

void Server::admit(PageSocket socket) {
    if (sessions_.size() >= settings_.max_connections && !make_room()) return turn_away(std::move(socket));
    sessions_.push_back(std::make_shared<Session>(std::move(socket), *this));
    sessions_.back()->start();
    arm_sweep();
}

bool Server::make_room() {
    const std::shared_ptr<Session>* oldest = nullptr;
    for (const auto& session : sessions_)
        if (session->idle() && (oldest == nullptr || session->since() < (*oldest)->since()))
            oldest = &session;
    if (oldest == nullptr) return false;
    const std::shared_ptr<Session> leaving = *oldest;
    leaving->close();
    return true;
}

void Server::turn_away(PageSocket socket) {
    Response full = text_response(503, "too many connections; try again soon");
    full.retry_seconds = 10;
    const std::string text = head_of(full, {.head_only = false, .close = true}, wall_now()) + *full.body;
    boost::system::error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(text), ignored);  // a fresh socket's buffer takes it whole
    socket.shutdown(PageSocket::shutdown_send, ignored);
}

void Server::forget(const Session& session) {
    const auto found = std::find_if(sessions_.begin(), sessions_.end(),
                                    [&](const auto& each) { return each.get() == &session; });
    if (found == sessions_.end()) return;
    std::swap(*found, sessions_.back());
    sessions_.pop_back();
}

void Server::arm_sweep() {
    if (sweep_timer_.armed() || sessions_.empty()) return;
    sweep_timer_ = loop_.after(sweep_period_, [this] { sweep(); });
}

void Server::sweep() {
    const auto now = loop_.now();
    const auto sessions = sessions_;  // checking one may close it
    for (const auto& session : sessions)
        session->check(now);
    arm_sweep();
}

void Server::show(SnapshotPtr snapshot) {
    display_.show(std::move(snapshot));
    const auto sessions = sessions_;
    for (const auto& session : sessions)
        if (session->streaming()) session->announce(version());
}

Outcome Server::outcome(const Request& request) {
    return route(request, endpoint_.address, display_);
}

bool Server::admits_viewer() const {
    const auto viewers = std::count_if(sessions_.begin(), sessions_.end(),
                                       [](const auto& session) { return session->streaming(); });
    return static_cast<std::size_t>(viewers) < settings_.limits.viewers;
}

void Server::ask_decisions(Stamp since, Deliver deliver) {
    if (!history_.decisions) {
        std::vector<DecisionRecord> records;
        const auto& recent = display_.snapshot().recent_decisions;
        std::copy_if(recent.rbegin(), recent.rend(), std::back_inserter(records),
                     [&](const DecisionRecord& record) { return record.verdict.at >= since; });
        return deliver(decisions_response(records, display_));
    }
    // The query speaks of the wall clock, the rows of the timeline.
    const Micros offset = display_.snapshot().wall_offset;
    const Stamp from = since == Stamp{} ? since : since - offset;
    history_.decisions(
        from, most_decisions,
        [weak = weak_from_this(), deliver = std::move(deliver)](std::vector<DecisionRecord> records) {
            if (const auto self = weak.lock()) deliver(decisions_response(records, self->display_));
        });
}

void Server::ask_incidents(Deliver deliver) {
    if (!history_.incidents) {
        std::vector<Incident> incidents;
        const Snapshot& snapshot = display_.snapshot();
        for (auto it = snapshot.incidents.rbegin(); it != snapshot.incidents.rend(); ++it)
            incidents.push_back(it->incident);
        for (const auto& view : snapshot.recent_incidents)
            incidents.push_back(view.incident);
        return deliver(incidents_response(incidents, display_));
    }
    history_.incidents(most_incidents, [weak = weak_from_this(),
                                        deliver = std::move(deliver)](std::vector<Incident> incidents) {
        if (const auto self = weak.lock()) deliver(incidents_response(incidents, self->display_));
    });
}

}  // namespace sereno
