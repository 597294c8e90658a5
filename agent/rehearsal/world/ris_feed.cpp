#include "agent/rehearsal/world/ris_feed.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <set>

#include "agent/rehearsal/world/http_conversation.hpp"
#include "agent/rehearsal/world/ripe.hpp"
#include "agent/rehearsal/world/web_socket.hpp"

namespace sereno::rehearsal {

namespace {

namespace json = boost::json;

constexpr std::size_t most_unread = 65536, most_followed = 1024;

std::string text_at(const json::object& object, const char* key) {
    const json::value* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string{};
}

std::string message(const char* type, json::value data) {
    return json::serialize(json::object{{"type", type}, {"data", std::move(data)}});
}

/// One client: the upgrade, then frames both ways.
class RisConversation : public Conversation {
  public:
    /// Shared by those who may speak to a client that has left: then `wire` is null.
    struct Client {
        Wire* wire = nullptr;
        std::set<std::string> followed;
        void say(const std::string& text) const {
            if (wire != nullptr) wire->send(frame_of(text_frame, text));
        }
    };

    RisConversation() : client_(std::make_shared<Client>()) {}
    ~RisConversation() override { client_->wire = nullptr; }

    [[nodiscard]] std::weak_ptr<Client> client() const { return client_; }

    [[nodiscard]] int patience_seconds() const override { return 24 * 3600; }

    void begin(Wire& wire) override { wire_ = &wire; }

    void received(std::string_view bytes) override {
        unread_ += bytes;
        if (client_->wire == nullptr && !upgrade()) return;
        while (const auto frame = take_frame(unread_))
            answer(*frame);
        if (unread_.size() > most_unread) wire_->close();
    }

  private:
    /// False: not yet, or never.
    bool upgrade() {
        const std::size_t end = unread_.find("\r\n\r\n");
        if (end == std::string::npos) {
            if (unread_.size() > most_http_head_bytes) wire_->close();
            return false;
        }
        const std::string welcome = upgrade_answer(std::string_view(unread_).substr(0, end + 2));
        unread_.erase(0, end + 4);
        if (welcome.empty()) {
            wire_->send("HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n");
            wire_->close();
            return false;
        }
        wire_->send(welcome);
        client_->wire = wire_;
        return true;
    }

    void answer(const ClientFrame& frame) {
        if (frame.opcode == ping_frame) return wire_->send(frame_of(pong_frame, frame.payload));
        if (frame.opcode == close_frame) {
            wire_->send(frame_of(close_frame, frame.payload));
            return wire_->close();
        }
        if (frame.opcode != text_frame) return;
        boost::system::error_code wrong;
        const json::value said = json::parse(frame.payload, wrong);
        if (wrong || !said.is_object())
            return client_->say(message("ris_error", json::object{{"message", "no JSON object"}}));
        const std::string type = text_at(said.get_object(), "type");
        if (type == "ping") return client_->say(message("pong", nullptr));
        if (type == "ris_subscribe") subscribe(said.get_object());
    }

    void subscribe(const json::object& said) {
        const json::value* data = said.if_contains("data");
        if (data == nullptr || !data->is_object() || client_->followed.size() >= most_followed)
            return client_->say(message("ris_error", json::object{{"message", "cannot follow that"}}));
        const std::string prefix = text_at(data->get_object(), "prefix");
        if (!prefix.empty()) client_->followed.insert(prefix);
        client_->say(message("ris_subscribe_ok", json::object{{"subscription", *data}}));
    }

    Wire* wire_ = nullptr;
    std::shared_ptr<Client> client_;
    std::string unread_;
};

}  // namespace

struct RisFeed::Impl {
    struct Shown {
        std::uint32_t origin = 0;
        bool announced = true;
    };
    std::function<Stamp()> now;
    std::map<std::string, Shown> prefixes;
    std::vector<std::weak_ptr<RisConversation::Client>> clients;
};

RisFeed::RisFeed(std::function<Stamp()> now) : impl_(std::make_shared<Impl>()) {
    impl_->now = std::move(now);
}

RisFeed::~RisFeed() = default;

std::unique_ptr<Conversation> RisFeed::converse() {
    auto conversation = std::make_unique<RisConversation>();
    std::erase_if(impl_->clients, [](const auto& client) { return client.expired(); });
    impl_->clients.push_back(conversation->client());
    return conversation;
}

void RisFeed::add(const std::string& prefix, std::uint32_t origin) {
    impl_->prefixes[prefix] = {origin, true};
}

void RisFeed::show(const std::string& prefix, bool announced) {
    const auto found = impl_->prefixes.find(prefix);
    if (found == impl_->prefixes.end() || found->second.announced == announced) return;
    found->second.announced = announced;
    const Stamp now = impl_->now();
    for (const auto& weak : impl_->clients) {
        const auto client = weak.lock();
        if (!client || !client->followed.contains(prefix)) continue;
        for (const RoutePeer& peer : route_peers(is_v6(prefix)))
            client->say(announced ? ris_announcement(prefix, peer.address,
                                                     path_to(found->second.origin, peer), peer.collector, now)
                                  : ris_withdrawal(prefix, peer.address, peer.asn, peer.collector, now));
    }
}

}  // namespace sereno::rehearsal
