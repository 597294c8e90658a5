// Sends one message over a channel and waits for what became of it.
#pragma once

#include <optional>
#include <stdexcept>

#include "agent/loop/dns_client.hpp"
#include "agent/loop/transfer_client.hpp"
#include "alerting/channels/channel.hpp"

namespace sereno::test {

struct ChannelBench {
    explicit ChannelBench(std::vector<DnsServer> servers = {}) : resolvers(std::move(servers)) {
        dns.set_private_answers_are_real(true);  // all names here have loopback addresses
    }

    DeliveryAttempt deliver(Channel& channel, const OutboxMessage& message) {
        std::optional<DeliveryAttempt> result;
        int calls = 0;
        bool returned = false;
        auto sending = channel.send(message, [&](DeliveryAttempt attempt) {
            if (!returned) throw std::logic_error("called before send() returned");
            ++calls;
            result = std::move(attempt);
            // One more turn, to see a second call.
            settle = loop.after(Micros{20'000}, [this] { loop.stop(); });
        });
        returned = true;
        const auto limit = loop.after(Micros{30'000'000}, [this] { loop.stop(); });
        loop.run();
        if (!result) throw std::runtime_error("no answer from the channel in 30 s");
        if (calls != 1) throw std::runtime_error("the channel answered twice");
        return *result;
    }

    Loop loop;
    Loop::Timer settle;
    DnsClient dns{loop, {}};
    TransferClient transfers{loop};
    std::vector<DnsServer> resolvers;
};

inline OutboxMessage alert(const std::string& channel, const std::string& address) {
    OutboxMessage message;
    message.id.value = 41;
    message.incident.value = 7;
    message.recipient = {"Ána Muñoz", "es", channel, address};
    message.subject = "Facebook no responde: es una avería suya, no nuestra — 15:44";
    message.body =
        "Facebook no responde desde las 15:39 UTC.\r\n\r\n.punto\nFrom aquí: señal «débil» = 100 %\t\n" +
        std::string(200, 'x') + "\n1. Pausar campañas 🙂\n";
    message.created = Stamp{Micros{1'633'362'247'000'000}};
    return message;
}

}  // namespace sereno::test
