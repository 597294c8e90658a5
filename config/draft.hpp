// One configuration file as written: typed, each value with its place, nothing completed or looked up yet.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "config/schema.hpp"

namespace sereno {

struct ResolverDraft {
    Placed<std::string> name;
    std::string operator_id;
    Endpoint address;
};
struct ResolversDraft {
    std::vector<Endpoint> system;  ///< empty: auto
    std::optional<std::vector<Placed<ResolverDraft>>> others;
    bool private_answers = false;
};

struct ControlDraft {
    Placed<std::string> name;
    std::string operator_id;
    HttpFetch fetch{.url = {}, .expected_status = {{200, 299}}, .contains = {}};  ///< of a name control
    Endpoint address;                                                             ///< of a literal one
};
struct ControlsDraft {
    std::optional<std::vector<Placed<ControlDraft>>> names, addresses;
};

struct HealthDraft {
    HttpFetch fetch;
    Endpoint tcp;
    std::string unit;
};
struct AppDraft {
    Placed<std::string> name;
    std::vector<Placed<std::string>> needs;
    ProbeTask health;
    std::vector<std::string> restart;
};

struct ChannelDraft {
    std::variant<SmtpConfig, TwilioConfig> service;
};
struct PersonDraft {
    Placed<std::string> name;
    std::string language;                          ///< empty: the team's
    std::vector<std::pair<Node, Node>> addresses;  ///< channel and address, not looked at yet
};

struct AlertsDraft {
    Placed<Micros> retry_first, retry_most, give_up;
};
struct DecisionDraft {
    Thresholds thresholds;
    Placed<Micros> retry_first, retry_most;
};
struct NetworkDraft {
    Endpoint gateway;  ///< empty: that of the default route; port 0: ICMP echo
};
struct TlsDraft {
    std::string ca_bundle;
};
struct PageDraft {
    Placed<Endpoint> listen{{"127.0.0.1", 8484}, {}};
    bool enabled = true;
};

struct Draft {
    std::string team = "our team";
    std::string language = "en";
    std::optional<std::vector<Placed<std::string>>> watch;
    Placed<Micros> interval{Micros{60'000'000}, {}}, timeout{Micros{5'000'000}, {}};
    std::vector<Placed<std::string>> catalogue, playbooks;
    ResolversDraft resolvers;
    ControlsDraft controls;
    NetworkDraft network;
    TlsDraft tls;
    DecisionDraft decision;
    std::vector<Placed<AppDraft>> apps;
    std::vector<std::pair<Placed<std::string>, std::optional<ChannelDraft>>> channels;  ///< empty: a bad one
    std::vector<Placed<PersonDraft>> people;
    AlertsDraft alerts;
    PageDraft page;
    std::string data;
};

/// The table of keys that a URL to fetch has: url, status, contains, empty.
const Fields<HttpFetch>& fetch_fields(bool url_required);

/// One entry under `channels:`; its `kind` decides about its other keys.
Type<ChannelDraft> channel();

/// Reads the whole tree, complaining of all that can be seen without knowing other files.
Draft read_draft(Check& check, const Node& root);

}  // namespace sereno
