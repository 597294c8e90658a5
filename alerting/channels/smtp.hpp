// E-mail by SMTP (RFC 5321) with STARTTLS (RFC 3207) or TLS from the start (RFC 8314) and a login (RFC 4954).
#pragma once

#include <memory>
#include <string>

#include "agent/loop/dns_client.hpp"
#include "agent/loop/transfer_client.hpp"
#include "alerting/channels/channel.hpp"

namespace sereno {

struct SmtpSettings {
    std::string id;
    std::string host;
    std::uint16_t port = 587;
    MailSecurity security = MailSecurity::starttls;
    std::string user, password;  ///< empty: no login
    std::string from;
    std::string ca_bundle;  ///< empty: Debian's
    Micros timeout{30'000'000};
};

/// Resolves the server with `resolvers` and remembers its last good address, so that mail leaves while DNS is
/// broken.
std::unique_ptr<Channel> make_smtp_channel(Loop& loop, DnsClient& dns, TransferClient& transfers,
                                           std::vector<DnsServer> resolvers, SmtpSettings settings);

}  // namespace sereno
