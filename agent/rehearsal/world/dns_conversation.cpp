#include "agent/rehearsal/world/dns_conversation.hpp"

#include "agent/rehearsal/world/dns_wire.hpp"

namespace sereno::rehearsal {

namespace {

class DnsConversation : public Conversation {
  public:
    explicit DnsConversation(DnsHandler handler) : handler_(std::move(handler)) {}

    void begin(Wire& wire) override { wire_ = std::make_shared<Wire*>(&wire); }

    void received(std::string_view bytes) override {
        buffer_ += bytes;
        while (buffer_.size() >= 2) {
            const std::size_t length = static_cast<std::size_t>(static_cast<std::uint8_t>(buffer_[0])) << 8 |
                                       static_cast<std::uint8_t>(buffer_[1]);
            if (length > most_dns_bytes) {
                (*wire_)->close();
                return;
            }
            if (buffer_.size() < 2 + length) return;
            std::string query = buffer_.substr(2, length);
            buffer_.erase(0, 2 + length);
            handler_(std::move(query), [weak = std::weak_ptr<Wire*>(wire_)](const std::string& reply) {
                const auto wire = weak.lock();  // gone: the asker hung up while a resolver was still looking
                if (!wire || reply.empty()) return;
                std::string framed;
                framed += static_cast<char>(reply.size() >> 8 & 0xFF);
                framed += static_cast<char>(reply.size() & 0xFF);
                (*wire)->send(framed + reply);
            });
        }
    }

  private:
    DnsHandler handler_;
    std::shared_ptr<Wire*> wire_;
    std::string buffer_;
};

}  // namespace

std::unique_ptr<Conversation> make_dns_conversation(DnsHandler handler) {
    return std::make_unique<DnsConversation>(std::move(handler));
}

}  // namespace sereno::rehearsal
