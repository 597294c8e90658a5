// What a miniature Internet consists of, as plain data: a scenario file or a test makes it, World builds it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/model/time.hpp"

namespace sereno::rehearsal {

/// What one machine of the world does with whoever asks it.
enum class Condition : std::uint8_t {
    well,     ///< does its job
    silent,   ///< no answer at all: datagrams swallowed, TCP a black hole, conversations under way stall
    refused,  ///< TCP: connection refused. A name server or resolver answers REFUSED (RFC 1035 section 4.1.1)
    servfail,      ///< a name server or resolver answers SERVFAIL
    error_500,     ///< HTTP 500
    error_503,     ///< HTTP 503 as Meta's edge gave it: `server: proxygen-bolt`, `proxy-status: ...`
    login_broken,  ///< HTTP 200 on the landing page, 500 on everything below it
    busy,          ///< mail: 451; SMS: HTTP 429
    rejecting,     ///< mail: 550 for each recipient; SMS: HTTP 400
    lossy,  ///< a name server: of 60 datagrams 59 are lost, always the same ones; TCP does not come about
    too_many_requests,  ///< HTTP 429 with Retry-After, for this household only
    bogus,              ///< a zone: its signatures do not validate (RFC 4035)
    withdrawn,          ///< a route: nobody announces the prefix any more
    captive,            ///< the gateway: a portal takes all web traffic; DNS passes, nothing else does
    behind,             ///< the household's clock stands in 1970: everybody else is decades ahead
    ahead,              ///< the household's clock is a year ahead
    late,               ///< a route collector's witness: an hour behind; Globalping: its tests never end
    lies_ill,           ///< a witness: everything is down
    lies_well,          ///< a witness: everything is well
};
inline constexpr Condition last_condition = Condition::lies_well;
std::string_view to_string(Condition condition);  ///< as scenarios write it: "well", "503", "login-broken"
std::optional<Condition> condition_from(std::string_view text);

/// A page that tells whether a platform works; each host is a front end with an address and certificate of
/// its own.
struct PagePlan {
    std::string host;  ///< "www.facebook.com": the node "web:www.facebook.com"
    std::string path = "/";
    std::vector<std::pair<int, int>> status{
        {200, 399}};                ///< what the agent is told to expect, inclusive ranges
    int answer = 200;               ///< what the front end answers when well
    std::vector<std::string> then;  ///< further paths that must answer with one of `status`, in this order
    std::string
        edge;  ///< whose front end it is: "meta", "fastly", "cloudflare"; empty: nobody's in particular
};

/// A name of a name server, and the machine behind it: one machine may have several names.
struct NameServerPlan {
    std::string name;     ///< "a.ns.whatsapp.net"
    std::string machine;  ///< "a.ns.facebook.com": the node "dns:a.ns.facebook.com"
};

/// A BGP prefix: the node "route:129.134.30.0/24". A machine to which routes lead can be reached as long as
/// one of them is announced.
struct RoutePlan {
    std::string prefix;
    std::uint32_t origin = 0;           ///< AS number
    std::vector<std::string> leads_to;  ///< machines
};

struct PlatformPlan {
    std::string id;                                ///< "facebook", as in the catalogue or new
    std::string name;                              ///< "Facebook"; empty: as in the catalogue
    std::string operator_id, operator_name, kind;  ///< empty: as in the catalogue
    std::string zone;                              ///< "facebook.com"
    std::vector<NameServerPlan> name_servers;
    std::vector<PagePlan> pages;  ///< at least one
    Micros ttl{60'000'000};       ///< of address records, in scenario time
    std::vector<RoutePlan> routes;
    std::string edge, dns_provider;  ///< what the catalogue says it rests on; empty: as in the catalogue
};

/// The HTTP control `control:<name>`, found by name.
struct NameControlPlan {
    std::string name, operator_id;
    std::string host, path = "/";
    int status = 200;
    std::string body;  ///< empty: an empty body is expected
};
/// The TCP control `control:<name>`, found by literal address.
struct AddressControlPlan {
    std::string name, operator_id;
};
/// The resolver `resolver:<name>`; the one named "system" is the host's own.
struct ResolverPlan {
    std::string name, operator_id;
    bool validates = true;  ///< DNSSEC
};
/// A program of the team's own with an HTTP health page: the node `app:<name>`. Not beyond the router.
struct AppPlan {
    std::string name;
    std::vector<std::string> needs;            ///< ids of platforms
    std::vector<std::string> restart_command;  ///< argv; shown, never run
};
struct PersonPlan {
    std::string name = "Ana", language = "en", mail = "ana@example.org", sms = "+34600111222";
};

struct WorldPlan {
    std::vector<PlatformPlan> platforms;
    std::vector<NameControlPlan> name_controls;
    std::vector<AddressControlPlan> address_controls;
    std::vector<ResolverPlan> resolvers;
    std::vector<AppPlan> apps;
    std::vector<PersonPlan> people;
    /// RIS Live, RIPEstat's looking glass and Globalping: the nodes "ris", "ripestat", "globalping".
    bool witnesses = false;
};

/// Resolvers (system, cloudflare, quad9), controls (apple, google, microsoft; three literal addresses) and
/// one person, as an agent without a configuration file has them; no platforms, no apps.
WorldPlan plain_world();

/// plain_world() with one platform "shop" (zone shop.example, two name servers, one page) and one app
/// "booking-bot" that needs it: the smallest world in which every decision can be made.
WorldPlan small_world();

/// Name servers that every world has: for the controls' zones, and for those of the mail server, the SMS
/// gateway and the witnesses.
inline constexpr const char* controls_dns = "dns:ns.controls.example";
inline constexpr const char* alerts_dns = "dns:ns.world.example";

/// The names of all nodes that World makes of a plan, "router" last. Each once.
std::vector<std::string> node_names(const WorldPlan& plan);

/// False for what has a condition but no address: "router", "isp", "clock", zones and routes.
bool is_machine(std::string_view node);

/// True when `pattern`, in which "*" stands for any run of characters, is the whole of `text`.
bool matches(std::string_view pattern, std::string_view text);
/// True when a scenario that sets `pattern` means this node: "*" alone reaches machines only, "route:*"
/// routes.
bool means(std::string_view pattern, std::string_view node);

/// What a node of this name can be set to.
std::vector<Condition> conditions_of(std::string_view node);

}  // namespace sereno::rehearsal
