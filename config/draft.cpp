// The configuration file's schema: every key, its type, its range. Defaults are the initial values in
// draft.hpp.
#include "config/draft.hpp"

#include <algorithm>

#include "config/proxy.hpp"
#include "config/witnesses.hpp"

namespace sereno {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_items = 200;
constexpr std::size_t most_watched = 2000;
constexpr Micros a_day = 24h;

const Fields<ControlDraft> control_head{
    required("name", &ControlDraft::name, name()),
    required("operator", &ControlDraft::operator_id, name()),
    field("hosting", &ControlDraft::hosting, hosting()),
};

Type<std::string> https_url() {
    return {
        [any = url()](Check& check, std::string_view key, const Node& node) -> std::optional<std::string> {
            auto value = any.read(check, key, node);
            if (!value || value->starts_with("https://")) return value;
            complain_of_value(check, key, node,
                              "is not encrypted; write it as 'https://dns.example.org/dns-query' (RFC 8484)");
            return {};
        }};
}

/// Empty for `auto`.
Type<std::vector<Endpoint>> system_servers() {
    return {[list = plain_list_of(endpoint(53), 1, 8)](
                Check& check, std::string_view key,
                const Node& node) -> std::optional<std::vector<Endpoint>> {
        if (node.kind == Node::Kind::scalar && node.text == "auto") return std::vector<Endpoint>{};
        if (node.kind == Node::Kind::list) return list.read(check, key, node);
        if (node.kind == Node::Kind::scalar)
            complain_of_value(check, key, node, "is neither auto nor a list; write [192.0.2.1]");
        else
            check.complaints.refuse(node.place, std::string(key) + " must be auto or a list of addresses");
        return {};
    }};
}

Type<Endpoint> gateway() {
    return {[address = address_with_optional_port()](Check& check, std::string_view key,
                                                     const Node& node) -> std::optional<Endpoint> {
        if (node.kind == Node::Kind::scalar && node.text == "auto") return Endpoint{};
        return address.read(check, key, node);
    }};
}

Type<PageDraft> page() {
    const Fields<PageDraft> fields{field("listen", &PageDraft::listen, listening_endpoint(8484))};
    return {[map = object<PageDraft>("page", fields)](Check& check, std::string_view key,
                                                      const Node& node) -> std::optional<PageDraft> {
        if (node.kind != Node::Kind::scalar) return map.read(check, key, node);
        PageDraft off;
        off.enabled = false;
        if (node.text == "off") return off;
        complain_of_value(check, key, node, "is not a page; write off, or {listen: \"127.0.0.1:8484\"}");
        return {};
    }};
}

/// Exactly one of url, tcp and unit.
Type<ProbeTask> health() {
    const Fields<HealthDraft> fields = within(&HealthDraft::fetch, fetch_fields(false, {})) +
                                       Fields<HealthDraft>{field("tcp", &HealthDraft::tcp, local_endpoint()),
                                                           field("unit", &HealthDraft::unit, text(128))};
    return {[map = object<HealthDraft>("health", fields), fields](
                Check& check, std::string_view key, const Node& node) -> std::optional<ProbeTask> {
        const auto is_known = [&](const std::string& one) {
            return std::any_of(fields.begin(), fields.end(), [&](const auto& f) { return f.key == one; });
        };
        const auto draft = map.read(check, key, node);
        if (!draft) return {};
        const auto given = [&](std::string_view one) { return node.find(one) != nullptr ? 1 : 0; };
        if (given("url") + given("tcp") + given("unit") != 1) {
            check.complaints.refuse(node.place, std::string(key) + " needs exactly one of url, tcp and unit");
            return {};
        }
        if (given("url") == 0)
            for (const Node& one : node.keys)
                if (one.text != "tcp" && one.text != "unit" && is_known(one.text))
                    check.complaints.refuse(one.place, std::string(key) + " has " + quoted(one.text) +
                                                           " without a url; remove it");
        if (given("tcp") == 1) return ProbeTask{TcpConnect{draft->tcp}};
        if (given("unit") == 1) {
            // An argument of systemctl: must not be taken for an option.
            if (draft->unit.starts_with('-'))
                check.complaints.refuse(
                    node.find("unit")->place,
                    "unit " + quoted(draft->unit) + " starts with '-'; write a unit's name");
            return ProbeTask{UnitState{draft->unit}};
        }
        return ProbeTask{draft->fetch};
    }};
}

Type<PersonDraft> person() {
    const Fields<PersonDraft> fields{required("name", &PersonDraft::name, text(80)),
                                     field("language", &PersonDraft::language, language())};
    return {[fields](Check& check, std::string_view, const Node& node) -> std::optional<PersonDraft> {
        if (!expect_map(check, "person", node)) return {};
        PersonDraft out;
        Node own;  // what the table knows; every other key is a channel
        own.kind = Node::Kind::map;
        own.place = node.place;
        for (std::size_t i = 0; i < node.keys.size(); ++i) {
            if (node.keys[i].text == "name" || node.keys[i].text == "language") {
                own.keys.push_back(node.keys[i]);
                own.items.push_back(node.items[i]);
            } else {
                out.addresses.emplace_back(node.keys[i], node.items[i]);
            }
        }
        read_fields(check, "person", own, fields, out);
        return out;
    }};
}

const Fields<Draft>& settings_fields() {
    static const Fields<ResolverDraft> resolver{
        required("name", &ResolverDraft::name, name()),
        required("address", &ResolverDraft::address, endpoint(53)),
        field("operator", &ResolverDraft::operator_id, name()),
        field("https", &ResolverDraft::https, https_url()),
    };
    static const Fields<ResolversDraft> resolvers{
        field("system", &ResolversDraft::system, system_servers()),
        field("public", &ResolversDraft::others, list_of(object<ResolverDraft>("resolver", resolver), 0, 16)),
        field("private_answers", &ResolversDraft::private_answers,
              choice<bool>({{"suspect", false}, {"accept", true}})),
    };
    static const Fields<ControlDraft> named =
        control_head + within(&ControlDraft::fetch, fetch_fields(true, ControlDraft{}.fetch));
    static const Fields<ControlDraft> literal =
        control_head + Fields<ControlDraft>{required("address", &ControlDraft::address, endpoint(443))};
    static const Fields<ControlsDraft> controls{
        field("names", &ControlsDraft::names, list_of(object<ControlDraft>("control", named), 0, 32)),
        field("addresses", &ControlsDraft::addresses,
              list_of(object<ControlDraft>("control", literal), 0, 32)),
    };
    static const Fields<NetworkDraft> network{
        field("gateway", &NetworkDraft::gateway, gateway()),
        field("trap", &NetworkDraft::trap, or_off(endpoint(53), Endpoint{})),
        field("ipv6", &NetworkDraft::ipv6, choice<bool>({{"auto", true}, {"off", false}})),
        field("as_origin", &NetworkDraft::as_origin, or_off(host_name(), std::string{})),
    };
    static const Fields<TlsDraft> tls{field("ca_bundle", &TlsDraft::ca_bundle, readable_file())};
    static const Fields<Thresholds> thresholds{
        field("failures", &Thresholds::failures, integer(1, 20)),
        field("declare_after", &Thresholds::declare_after, duration(0s, a_day)),
        field("local_after", &Thresholds::local_after, duration(0s, a_day)),
        field("recover_after", &Thresholds::recover_after, duration(0s, a_day)),
    };
    static const Fields<DecisionDraft> decision =
        within(&DecisionDraft::thresholds, thresholds) +
        Fields<DecisionDraft>{
            field("retry_first", &DecisionDraft::retry_first, duration(10ms, 1h)),
            field("retry_most", &DecisionDraft::retry_most, duration(10ms, 1h)),
            field("declare_confirmed_after", &DecisionDraft::declare_confirmed_after, duration(5s, a_day)),
        };
    static const Fields<AppDraft> app{
        required("name", &AppDraft::name, name()),
        field("needs", &AppDraft::needs, list_of(name(), 0, 32)),
        required("health", &AppDraft::health, health()),
        field("restart", &AppDraft::restart, plain_list_of(argument(), 1, 32)),
    };
    static const Fields<AlertsDraft> alerts{
        field("retry_first", &AlertsDraft::retry_first, duration(10ms, 1h)),
        field("retry_most", &AlertsDraft::retry_most, duration(10ms, a_day)),
        field("give_up", &AlertsDraft::give_up, duration(1s, 7 * a_day)),
    };
    static const Field<Draft> channels{
        "channels", false, [](Check& check, const Node& node, Draft& into) {
            // Their keys depend on recipes, which are read later.
            const Type<Node> as_written{
                [](Check&, std::string_view, const Node& one) { return std::optional(one); }};
            into.channels = read_named(check, "channels", node, as_written);
        }};
    static const Fields<Draft> settings{
        field("team", &Draft::team, text(80)),
        field("language", &Draft::language, language()),
        field("watch", &Draft::watch, list_of(name(), 1, most_watched)),
        field("interval", &Draft::interval, duration(100ms, 1h)),
        field("timeout", &Draft::timeout, duration(10ms, 1min)),
        field("catalogue", &Draft::catalogue, list_of(path(), 0, 32)),
        field("resolvers", &Draft::resolvers, object<ResolversDraft>("resolvers", resolvers)),
        field("controls", &Draft::controls, object<ControlsDraft>("controls", controls)),
        field("network", &Draft::network, object<NetworkDraft>("network", network)),
        field("proxy", &Draft::proxy, proxy()),
        field("witnesses", &Draft::witnesses, witnesses()),
        field("tls", &Draft::tls, object<TlsDraft>("tls", tls)),
        field("decision", &Draft::decision, object<DecisionDraft>("decision", decision)),
        field("apps", &Draft::apps, list_of(object<AppDraft>("app", app), 0, 64)),
        channels,
        field("people", &Draft::people, list_of(person(), 0, most_items)),
        field("alerts", &Draft::alerts, object<AlertsDraft>("alerts", alerts)),
        field("playbooks", &Draft::playbooks, list_of(path(), 0, 32)),
        field("recipes", &Draft::recipes, list_of(path(), 0, 64)),
        field("page", &Draft::page, page()),
        field("data", &Draft::data, path()),
    };
    return settings;
}

}  // namespace

Draft read_draft(Check& check, const Node& root) {
    Draft draft;
    if (root.kind == Node::Kind::null) return draft;
    if (root.kind != Node::Kind::map) {
        check.complaints.refuse(root.place, "a configuration must be a map of keys, not " +
                                                std::string(to_string(root.kind)) +
                                                "; write 'key: value' lines");
        return draft;
    }
    read_fields(check, "configuration", root, settings_fields(), draft);
    return draft;
}

}  // namespace sereno
