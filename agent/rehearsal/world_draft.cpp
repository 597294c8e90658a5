// `world:` of a scenario file.
#include <algorithm>

#include "agent/rehearsal/scenario_draft.hpp"

namespace sereno::rehearsal {

namespace {

struct Operator {
    std::string id, name;
};
struct NameControls {
    std::vector<NameControlPlan> names;
    std::vector<AddressControlPlan> addresses;
};
struct Rests {
    std::string edge, dns_provider;
};
struct PlatformDraft {
    std::string name, kind, zone;
    Operator operated_by;
    Placed<std::vector<NameServerPlan>> name_servers;
    std::vector<PagePlan> pages;
    Micros ttl{60'000'000};
    std::vector<Placed<RoutePlan>> routes;
    Rests rests;
};
struct WorldDraft {
    Placed<std::string> same_as;
    std::vector<PlatformPlan> platforms;
    std::optional<std::vector<ResolverPlan>> resolvers;
    std::optional<NameControls> controls;
    std::optional<std::vector<AppPlan>> apps;
    std::optional<std::vector<PersonPlan>> people;
    std::optional<bool> witnesses;
};

/// "a.ns.facebook.com", or {name: a.ns.whatsapp.net, machine: a.ns.facebook.com}.
Type<NameServerPlan> name_server() {
    return {[](Check& check, std::string_view key, const Node& node) -> std::optional<NameServerPlan> {
        if (node.kind == Node::Kind::map) {
            static const Fields<NameServerPlan> fields{
                required("name", &NameServerPlan::name, host_name()),
                required("machine", &NameServerPlan::machine, host_name()),
            };
            return object<NameServerPlan>("name server", fields).read(check, key, node);
        }
        const auto host = host_name().read(check, key, node);
        if (!host) return {};
        return NameServerPlan{*host, *host};
    }};
}

Type<PagePlan> page() {
    static const Fields<PagePlan> fields{
        required("host", &PagePlan::host, host_name()),
        field("path", &PagePlan::path, text(200)),
        field("status", &PagePlan::status, status_ranges()),
        field("answer", &PagePlan::answer, integer(200, 499)),
        field("then", &PagePlan::then, plain_list_of(text(200), 1, 8)),
    };
    return object<PagePlan>("page", fields);
}

Type<RoutePlan> route() {
    static const Fields<RoutePlan> fields{
        required("prefix", &RoutePlan::prefix, prefix()),
        required("origin", &RoutePlan::origin, as_number()),
        required("leads_to", &RoutePlan::leads_to, plain_list_of(host_name(), 1, 8)),
    };
    return object<RoutePlan>("route", fields);
}

Type<PlatformDraft> platform() {
    static const Fields<Rests> rests{
        field("edge", &Rests::edge, name()),
        field("dns_provider", &Rests::dns_provider, name()),
    };
    static const Fields<Operator> operated_by{
        required("id", &Operator::id, name()),
        field("name", &Operator::name, text(80)),
    };
    static const Fields<PlatformDraft> fields{
        field("name", &PlatformDraft::name, text(80)),
        field("operator", &PlatformDraft::operated_by, object<Operator>("operator", operated_by)),
        field("kind", &PlatformDraft::kind, name()),
        required("zone", &PlatformDraft::zone, host_name()),
        required("name_servers", &PlatformDraft::name_servers, plain_list_of(name_server(), 1, 8)),
        required("pages", &PlatformDraft::pages, plain_list_of(page(), 1, 8)),
        field("ttl", &PlatformDraft::ttl, duration(Micros{1'000'000}, Micros{172'800'000'000})),
        field("routes", &PlatformDraft::routes, list_of(route(), 0, 16)),
        field("hosting", &PlatformDraft::rests, object<Rests>("hosting", rests)),
    };
    return object<PlatformDraft>("platform", fields);
}

/// Complains of routes to machines that are none of this platform's.
std::vector<RoutePlan> routes_of(Check& check, const PlatformDraft& draft) {
    std::vector<std::string> machines;
    for (const NameServerPlan& server : draft.name_servers.value)
        machines.push_back(server.machine);
    std::vector<RoutePlan> routes;
    for (const Placed<RoutePlan>& one : draft.routes) {
        for (const std::string& machine : one.value.leads_to)
            if (std::find(machines.begin(), machines.end(), machine) == machines.end())
                check.complaints.refuse(one.place, "route " + quoted(one.value.prefix) + " leads to " +
                                                       quoted(machine) +
                                                       ", which is no name server of this platform" +
                                                       suggestion(machine, machines));
        routes.push_back(one.value);
    }
    return routes;
}

Type<std::vector<PlatformPlan>> platforms() {
    return {[](Check& check, std::string_view key,
               const Node& node) -> std::optional<std::vector<PlatformPlan>> {
        std::vector<PlatformPlan> plans;
        for (auto& [id, draft] : read_named(check, key, node, platform())) {
            if (!draft) continue;
            for (PagePlan& page : draft->pages)
                page.edge = draft->rests.edge;
            plans.push_back({id.value, draft->name, draft->operated_by.id, draft->operated_by.name,
                             draft->kind, draft->zone, draft->name_servers.value, draft->pages, draft->ttl,
                             routes_of(check, *draft), draft->rests.edge, draft->rests.dns_provider});
        }
        return plans;
    }};
}

Type<NameControls> controls() {
    static const Fields<NameControlPlan> by_name{
        required("name", &NameControlPlan::name, name()),
        required("operator", &NameControlPlan::operator_id, name()),
        required("host", &NameControlPlan::host, host_name()),
        field("path", &NameControlPlan::path, text(200)),
        field("status", &NameControlPlan::status, integer(200, 299)),
        field("body", &NameControlPlan::body, text(200)),
    };
    static const Fields<AddressControlPlan> by_address{
        required("name", &AddressControlPlan::name, name()),
        required("operator", &AddressControlPlan::operator_id, name()),
    };
    static const Fields<NameControls> fields{
        required("names", &NameControls::names,
                 plain_list_of(object<NameControlPlan>("control", by_name), 1, 8)),
        required("addresses", &NameControls::addresses,
                 plain_list_of(object<AddressControlPlan>("control", by_address), 1, 8)),
    };
    return object<NameControls>("controls", fields);
}

Type<std::vector<ResolverPlan>> resolvers() {
    static const Fields<ResolverPlan> fields{
        required("name", &ResolverPlan::name, name()),
        field("operator", &ResolverPlan::operator_id, name()),
        field("validates", &ResolverPlan::validates, flag()),
    };
    return plain_list_of(object<ResolverPlan>("resolver", fields), 1, 8);
}

Type<std::vector<AppPlan>> apps() {
    static const Fields<AppPlan> fields{
        required("name", &AppPlan::name, name()),
        field("needs", &AppPlan::needs, plain_list_of(name(), 0, 16)),
        field("restart", &AppPlan::restart_command, plain_list_of(argument(), 1, 32)),
    };
    return plain_list_of(object<AppPlan>("app", fields), 0, 16);
}

Type<std::vector<PersonPlan>> people() {
    static const Fields<PersonPlan> fields{
        required("name", &PersonPlan::name, text(80)),
        field("language", &PersonPlan::language, language()),
        field("mail", &PersonPlan::mail, mail_address()),
        field("sms", &PersonPlan::sms, phone()),
    };
    return plain_list_of(object<PersonPlan>("person", fields), 1, 16);
}

WorldPlan begin_from(Check& check, const WorldDraft& draft) {
    if (!draft.same_as.given()) {
        WorldPlan plan = plain_world();
        plan.witnesses = true;
        return plan;
    }
    if (const auto other = builtin_scenario(draft.same_as.value); other && other->ok())
        return other->scenario.world;
    check.complaints.refuse(draft.same_as.place, "same_as " + quoted(draft.same_as.value) +
                                                     " is no built-in scenario" +
                                                     suggestion(draft.same_as.value, builtin_scenarios()));
    return plain_world();
}

}  // namespace

WorldPlan world_from(Check& check, const Node& node) {
    static const Fields<WorldDraft> fields{
        field("same_as", &WorldDraft::same_as, name()),
        field("platforms", &WorldDraft::platforms, platforms()),
        field("resolvers", &WorldDraft::resolvers, resolvers()),
        field("controls", &WorldDraft::controls, controls()),
        field("apps", &WorldDraft::apps, apps()),
        field("people", &WorldDraft::people, people()),
        field("witnesses", &WorldDraft::witnesses, flag()),
    };
    WorldDraft draft;
    if (!expect_map(check, "world", node)) return {};
    read_fields(check, "world", node, fields, draft);
    WorldPlan plan = begin_from(check, draft);
    if (!draft.platforms.empty()) plan.platforms = std::move(draft.platforms);
    if (draft.resolvers) plan.resolvers = std::move(*draft.resolvers);
    if (draft.controls) {
        plan.name_controls = std::move(draft.controls->names);
        plan.address_controls = std::move(draft.controls->addresses);
    }
    if (draft.apps) plan.apps = std::move(*draft.apps);
    if (draft.people) plan.people = std::move(*draft.people);
    if (draft.witnesses) plan.witnesses = *draft.witnesses;
    if (plan.platforms.empty() && !check.complaints.refused())
        check.complaints.refuse(node.place,
                                "world has no platforms; add platforms: or same_as: facebook-2021");
    for (const AppPlan& app : plan.apps)
        for (const std::string& need : app.needs)
            if (std::none_of(plan.platforms.begin(), plan.platforms.end(),
                             [&](const PlatformPlan& one) { return one.id == need; }) &&
                !check.complaints.refused())
                check.complaints.refuse(node.place, "app " + quoted(app.name) + " needs " + quoted(need) +
                                                        ", which is no platform of this world; add it");
    return plan;
}

}  // namespace sereno::rehearsal
