// The watch list: who is watched, from what the core decides, and when it may. Plain data made from
// configuration.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/model/probe_spec.hpp"
#include "agent/model/verdict.hpp"

namespace sereno {

/// On what a platform or control rests beside its operator. What rests on the same falls together.
struct Hosting {
    OperatorId dns_provider;                ///< runs its name servers; empty: not known
    OperatorId edge;                        ///< runs its front ends; empty: not known
    std::vector<std::uint32_t> as_numbers;  ///< announces its addresses
    bool operator==(const Hosting&) const = default;
};

/// Something the team depends on. From the catalogue.
struct Platform {
    SubjectId id;                    ///< "facebook"
    std::string name;                ///< "Facebook"
    OperatorId operator_id;          ///< "meta"
    std::string operator_name;       ///< "Meta"
    std::string kind;                ///< "social", "messaging", "payments" ...
    std::vector<std::string> names;  ///< host names asked from resolvers and name servers
    std::string zone;                ///< the zone the name servers serve, "facebook.com"; empty: none known
    std::vector<DnsServer> name_servers;    ///< of that zone
    std::vector<std::string> dns_prefixes;  ///< exact BGP prefixes of the name servers
    std::vector<StatusPage> status;         ///< what programs can read of its status
    std::vector<HttpFetch> canaries;        ///< pages whose failing means the platform fails
    std::string status_page;                ///< for people
    Hosting hosting;
    std::vector<std::string> edges;  ///< fingerprints its front ends are known by (Observation::edge)
};

/// A reference of another operator. `fetch` and `connect`: exactly one is set.
struct Control {
    SubjectId id;  ///< "control:apple"
    std::string name;
    OperatorId operator_id;
    Hosting hosting;
    std::optional<HttpFetch> fetch;
    std::optional<TcpConnect> connect;
};

/// True when one operator, DNS provider, edge or AS of the one is also one of the other's: then it cannot be
/// its control.
bool shares_fate(const Control& control, const Platform& platform);

/// A public resolver, asked beside the system's own.
struct Resolver {
    DnsServer server;
    OperatorId operator_id;  ///< empty for the system's
};

/// A program of the team's own.
struct App {
    SubjectId id;  ///< "app:booking-bot"
    std::string name;
    std::vector<SubjectId> needs;              ///< platforms it depends on
    ProbeTask health;                          ///< HttpFetch, TcpConnect or UnitState
    std::vector<std::string> restart_command;  ///< argv, shown to people; empty: none
};

struct Thresholds {
    int failures = 3;                            ///< consecutive failures before a probe counts as failed
    Micros declare_after{60'000'000};            ///< how long an outage must last when no witness can agree
    Micros declare_confirmed_after{10'000'000};  ///< the same when one in another network agrees
    Micros local_after{10'000'000};              ///< the same for our own network and apps
    Micros recover_after{300'000'000};           ///< how long all must be well before an incident closes
    Micros retry_first{1'000'000};               ///< first repeat after a failure; then doubled
    Micros retry_most{15'000'000};               ///< repeats are never further apart than this while in doubt
    int declare_permille = 900;                  ///< confidence needed to declare
};

struct Watch {
    std::vector<Platform> platforms;
    std::vector<Control> controls;
    std::vector<Resolver> resolvers;  ///< the system's first
    std::vector<App> apps;
    std::vector<ProbeSpec> probes;  ///< everything that is observed, in a stable order
    Thresholds thresholds;
};

/// The host itself, subject of link probes.
SubjectId host_subject();

}  // namespace sereno
