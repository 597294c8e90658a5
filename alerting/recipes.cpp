#include "alerting/recipes.hpp"

#include <utility>

#include "agent/loop/transfer_url.hpp"
#include "alerting/channels/reach.hpp"
#include "alerting/channels/word.hpp"

namespace sereno {

namespace {

constexpr std::size_t most_answer_bytes = 65'536;

std::string host_of(const RecipeService& service) {
    const auto call = call_of(service, OutboxMessage{}, Stamp{});
    const auto parts = call ? parts_of(call->url) : std::nullopt;
    return parts ? parts->host : std::string();
}

class RecipeChannel : public Channel {
  public:
    RecipeChannel(Loop& loop, DnsClient& dns, TransferClient& transfers, std::vector<DnsServer> resolvers,
                  RecipeChannelSettings settings)
        : loop_(loop),
          settings_(std::move(settings)),
          reach_(loop, dns, transfers, std::move(resolvers), host_of(settings_.service), settings_.timeout) {}

    const std::string& id() const override { return settings_.id; }

    std::unique_ptr<Sending> send(const OutboxMessage& message,
                                  std::function<void(DeliveryAttempt)> done) override {
        auto call = call_of(settings_.service, message, wall());
        if (!call) return refuse(call.error().why, std::move(done));
        const auto make = [this, call = std::move(*call)] { return transfer_of(call); };
        return reach_.start(make, [this, done = std::move(done)](const TransferResult& result) {
            done(attempt_of(settings_.service, result, wall()));
        });
    }

  private:
    [[nodiscard]] Stamp wall() const { return loop_.now() + loop_.wall_offset(); }

    [[nodiscard]] Transfer transfer_of(const RecipeCall& call) const {
        Transfer transfer;
        transfer.url = call.url;
        transfer.method = call.method;
        transfer.headers = call.headers;
        transfer.body = call.body;
        transfer.user = call.user;
        transfer.password = call.password;
        transfer.ca_bundle = settings_.ca_bundle;
        transfer.max_body_bytes = most_answer_bytes;
        transfer.user_agent = "sereno";
        return transfer;
    }

    std::unique_ptr<Sending> refuse(const std::string& why, std::function<void(DeliveryAttempt)> done) {
        struct Refusal : Sending {
            Loop::Timer timer;
        };
        auto refusal = std::make_unique<Refusal>();
        refusal->timer = loop_.after(Micros{0}, [done = std::move(done), word = tidy_word(why, "")] {
            done({Acceptance::permanent, word, Micros{0}});
        });
        return refusal;
    }

    Loop& loop_;
    RecipeChannelSettings settings_;
    Reach reach_;
};

}  // namespace

std::unique_ptr<Channel> make_recipe_channel(Loop& loop, DnsClient& dns, TransferClient& transfers,
                                             std::vector<DnsServer> resolvers,
                                             RecipeChannelSettings settings) {
    return std::make_unique<RecipeChannel>(loop, dns, transfers, std::move(resolvers), std::move(settings));
}

}  // namespace sereno
