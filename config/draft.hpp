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
    std::string https;
};
struct ResolversDraft {
    std::vector<Endpoint> system;  ///< empty: auto
    std::optional<std::vector<Placed<ResolverDraft>>> others;
    bool private_answers = false;
};

struct ControlDraft {
    Placed<std::string> name;
    std::string operator_id;
    Hosting hosting;
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
    Placed<Micros> retry_first, retry_most, declare_confirmed_after;
};
struct NetworkDraft {
    Endpoint gateway;                                ///< empty: that of the default route; port 0: ICMP echo
    Endpoint trap{"192.0.2.1", 53};                  ///< runs no DNS (RFC 5737); empty: off
    bool ipv6 = true;                                ///< looked at; false: off
    std::string as_origin = "origin.asn.cymru.com";  ///< empty: off
};
struct ProxyDraft {
    enum class From : std::uint8_t { environment, nowhere, file } from = From::environment;
    std::string http, https;
    Placed<std::string> user;
    Secret password;
    std::vector<std::string> except;
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
    Placed<Micros> interval{Micros{30'000'000}, {}}, timeout{Micros{5'000'000}, {}};
    std::vector<Placed<std::string>> catalogue, playbooks, recipes;
    ResolversDraft resolvers;
    ControlsDraft controls;
    NetworkDraft network;
    ProxyDraft proxy;
    WitnessSettings witnesses;
    TlsDraft tls;
    DecisionDraft decision;
    std::vector<Placed<AppDraft>> apps;
    std::vector<std::pair<Placed<std::string>, std::optional<Node>>> channels;  ///< not looked at yet
    std::vector<Placed<PersonDraft>> people;
    AlertsDraft alerts;
    PageDraft page;
    std::string data;
};

/// May there be further steps behind the first?
enum class Steps : std::uint8_t { one, several };
/// The table of keys that a URL to fetch has: url, status, contains, empty, json, max_body_bytes, redirects,
/// http_version and, with several steps, then. `initial` is what a step of `then` says when it says nothing.
Fields<HttpFetch> fetch_fields(bool url_required, const HttpFetch& initial, Steps steps = Steps::several);

/// RFC 6901; the empty one is the whole body.
Type<std::string> json_pointer();

/// On what a platform or control rests: dns_provider, edge, as.
Type<Hosting> hosting();

/// `off`, which gives `when_off`, or what `type` reads.
template <class V>
Type<V> or_off(Type<V> type, V when_off) {
    return {[type = std::move(type), when_off = std::move(when_off)](Check& check, std::string_view key,
                                                                     const Node& node) -> std::optional<V> {
        if (node.kind == Node::Kind::scalar && node.text == "off") return when_off;
        return type.read(check, key, node);
    }};
}

/// Reads the whole tree, complaining of all that can be seen without knowing other files.
Draft read_draft(Check& check, const Node& root);

}  // namespace sereno
