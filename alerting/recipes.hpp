// Runs a service that a recipe describes: the request that a message becomes, and what an answer means, both
// pure; and a channel that puts them on the wire.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

#include "agent/loop/dns_client.hpp"
#include "agent/loop/transfer_client.hpp"
#include "agent/model/recipe.hpp"
#include "alerting/channels/channel.hpp"

namespace sereno {

/// A recipe, and what the configuration says of one channel of its kind.
struct RecipeService {
    Recipe recipe;
    std::string base_url;                         ///< instead of the recipe's scheme and host; may be empty
    std::map<std::string, std::string> settings;  ///< by name; those that may be left out may be missing
    std::map<std::string, std::string> secrets;
};

/// A request as it goes out: everything is in its place, escaped for it.
struct RecipeCall {
    std::string method, url;
    std::vector<std::string> headers;  ///< "Name: value", without control characters
    std::string body;
    std::string user, password;  ///< HTTP Basic; empty: none
};

struct RecipeRefusal {
    std::string why;  ///< "header X-Title would hold a line break"; no secret
};

/// What `message` becomes at `now` (wall clock). The text is cut to what the service takes; bytes that are
/// not UTF-8 become U+FFFD. Refused: a header that would hold a control character, a call of more than 256
/// KiB.
///
/// {key} is the same for every attempt at one message and different for any other, 32 hexadecimal digits.
boost::system::result<RecipeCall, RecipeRefusal> call_of(const RecipeService& service,
                                                         const OutboxMessage& message, Stamp now);

/// What became of it: by the first rule that fits, else temporary. The word has the status, the id and the
/// service's own words, and none of the secrets. retry_after is at most a day; only of what is temporary.
DeliveryAttempt attempt_of(const RecipeService& service, const TransferResult& result, Stamp now);

/// Everything in `text` that gives a secret away, replaced by ***.
std::string without_secrets(const RecipeService& service, std::string text);

/// HMAC-SHA256 of `bytes` (RFC 2104); 32 bytes.
std::string hmac_sha256(std::string_view secret, std::string_view bytes);
/// 32 bytes.
std::string sha256(std::string_view bytes);

struct RecipeChannelSettings {
    std::string id;
    RecipeService service;
    std::string ca_bundle;  ///< empty: Debian's
    Micros timeout{20'000'000};
};

/// A wrong address, or whatever else makes call_of refuse, is permanent.
std::unique_ptr<Channel> make_recipe_channel(Loop& loop, DnsClient& dns, TransferClient& transfers,
                                             std::vector<DnsServer> resolvers,
                                             RecipeChannelSettings settings);

}  // namespace sereno
