// SMS through an API that speaks as Twilio's Messages resource does
// (twilio.com/docs/messaging/api/message-resource).
#pragma once

#include <memory>
#include <string>

#include "agent/loop/dns_client.hpp"
#include "agent/loop/transfer_client.hpp"
#include "alerting/channels/channel.hpp"

namespace sereno {

struct TwilioSettings {
    std::string id;
    std::string base_url = "https://api.twilio.com";
    std::string account_sid, auth_token;
    std::string from;       ///< E.164 number, or a messaging service's id ("MG...")
    std::string ca_bundle;  ///< empty: Debian's
    Micros timeout{20'000'000};
};

/// Accepted only on 201 with a message `sid` and a status that is not failed or undelivered.
std::unique_ptr<Channel> make_twilio_channel(Loop& loop, DnsClient& dns, TransferClient& transfers,
                                             std::vector<DnsServer> resolvers, TwilioSettings settings);

}  // namespace sereno
