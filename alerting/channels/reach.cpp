#include "alerting/channels/reach.hpp"

#include <algorithm>
#include <utility>

namespace sereno {

namespace {

constexpr std::size_t most_addresses = 3;

bool is_dns(Failure failure) {
    return failure >= Failure::dns_timeout && failure <= Failure::dns_bogus;
}

// Nothing of the message was said yet: another address may be tried.
bool before_any_word(const TransferResult& result) {
    return result.failure != Failure::none && result.reached <= Stage::tls;
}

// Somebody who speaks the protocol is there.
bool answered(const TransferResult& result) {
    return result.reached >= Stage::http;
}

}  // namespace

struct Reach::Shared {
    Loop& loop;
    DnsClient& dns;
    TransferClient& transfers;
    std::vector<DnsServer> resolvers;
    std::string host;
    Micros timeout;
    std::string last_good;  // empty: none answered yet
};

class Reach::Attempt : public Sending {
  public:
    Attempt(std::shared_ptr<Shared> shared, std::function<Transfer()> make,
            std::function<void(TransferResult)> done)
        : shared_(std::move(shared)),
          make_(std::move(make)),
          done_(std::move(done)),
          deadline_(shared_->loop.now() + shared_->timeout) {
        // A third for the name, so that there is time left for the last good address.
        lookup_ = shared_->dns.resolve(shared_->host, shared_->resolvers,
                                       shared_->loop.now() + shared_->timeout / 3,
                                       [this](DnsReply reply) { resolved(std::move(reply)); });
    }

  private:
    void resolved(DnsReply reply) {
        if (reply.failure == Failure::none) addresses_ = std::move(reply.addresses);
        // The last resort when there is no answer, and also when the answer is a lie (a captive portal's).
        const std::string& known = shared_->last_good;
        const std::size_t room = known.empty() ? most_addresses : most_addresses - 1;
        if (addresses_.size() > room) addresses_.resize(room);
        if (!known.empty() && std::find(addresses_.begin(), addresses_.end(), known) == addresses_.end())
            addresses_.push_back(known);
        if (!addresses_.empty()) return try_next();
        TransferResult result;
        result.reached = Stage::dns;
        result.failure = reply.failure == Failure::none ? Failure::dns_nodata : reply.failure;
        result.detail = reply.detail;
        finish(std::move(result));
    }

    // Each address gets its share of the time that is left, so that a dead first one does not use it up.
    void try_next() {
        const std::size_t left = addresses_.size() - next_;
        const std::string address = addresses_[next_++];
        const Stamp now = shared_->loop.now();
        const Stamp until = left == 1 ? deadline_ : now + (deadline_ - now) / static_cast<int>(left);
        Transfer transfer = make_();
        transfer.address = address;
        transfer_ =
            shared_->transfers.start(std::move(transfer), until, [this, address](TransferResult result) {
                if (before_any_word(result) && next_ < addresses_.size() && shared_->loop.now() < deadline_) {
                    // Not from inside the callback of the transfer that is replaced.
                    again_ = shared_->loop.after(Micros{0}, [this] { try_next(); });
                    return;
                }
                if (answered(result)) shared_->last_good = address;
                finish(std::move(result));
            });
    }

    // The owner may destroy this object in the callback.
    void finish(TransferResult result) {
        const auto done = std::move(done_);
        done(std::move(result));
    }

    std::shared_ptr<Shared> shared_;
    std::function<Transfer()> make_;
    std::function<void(TransferResult)> done_;
    Stamp deadline_;
    std::vector<std::string> addresses_;
    std::size_t next_ = 0;
    std::unique_ptr<DnsRequest> lookup_;
    std::unique_ptr<TransferHandle> transfer_;
    Loop::Timer again_;
};

Reach::Reach(Loop& loop, DnsClient& dns, TransferClient& transfers, std::vector<DnsServer> resolvers,
             std::string host, Micros timeout)
    : shared_(std::make_shared<Shared>(
          Shared{loop, dns, transfers, std::move(resolvers), std::move(host), timeout, {}})) {}

Reach::~Reach() = default;

std::unique_ptr<Sending> Reach::start(std::function<Transfer()> make,
                                      std::function<void(TransferResult)> done) {
    return std::make_unique<Attempt>(shared_, std::move(make), std::move(done));
}

std::string failure_word(const TransferResult& result) {
    std::string word = is_dns(result.failure) ? "the server's name does not resolve: " : "";
    word += to_string(result.failure);
    std::replace(word.begin(), word.end(), '_', ' ');
    // The stage that is called http carries mail as well.
    if (word.starts_with("http ")) word.replace(0, 4, "answer");
    if (!result.address.empty()) word += " at " + result.address;
    if (!result.detail.empty()) word += " (" + result.detail + ")";
    return word;
}

}  // namespace sereno
