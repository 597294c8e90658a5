// The names of enumerators, and the few facts about them.
#include <algorithm>
#include <array>

#include "agent/model/ascii.hpp"
#include "agent/model/event.hpp"
#include "agent/model/fact.hpp"
#include "agent/model/snapshot.hpp"

namespace sereno {

namespace {

template <class Enum, std::size_t N>
using Names = std::array<std::pair<Enum, std::string_view>, N>;

template <class Enum, std::size_t N>
constexpr std::string_view name_of(const Names<Enum, N>& names, Enum value) {
    for (const auto& [key, name] : names)
        if (key == value) return name;
    return "?";
}

template <class Enum, std::size_t N>
constexpr std::optional<Enum> value_of(const Names<Enum, N>& names, std::string_view text) {
    for (const auto& [key, name] : names)
        if (name == text) return key;
    return std::nullopt;
}

constexpr auto stages = std::to_array<std::pair<Stage, std::string_view>>({
    {Stage::schedule, "schedule"},
    {Stage::link, "link"},
    {Stage::dns, "dns"},
    {Stage::connect, "connect"},
    {Stage::tls, "tls"},
    {Stage::http, "http"},
    {Stage::content, "content"},
    {Stage::done, "done"},
});

constexpr auto failures = std::to_array<std::pair<Failure, std::string_view>>({
    {Failure::none, "none"},
    {Failure::cancelled, "cancelled"},
    {Failure::overrun, "overrun"},
    {Failure::address_unknown, "address_unknown"},
    {Failure::host_resources, "host_resources"},
    {Failure::host_refused, "host_refused"},
    {Failure::host_slow, "host_slow"},
    {Failure::host_memory, "host_memory"},
    {Failure::host_resumed, "host_resumed"},
    {Failure::no_ipv6, "no_ipv6"},
    {Failure::witness_unknown, "witness_unknown"},
    {Failure::no_route, "no_route"},
    {Failure::link_down, "link_down"},
    {Failure::gateway_silent, "gateway_silent"},
    {Failure::link_weak, "link_weak"},
    {Failure::dns_timeout, "dns_timeout"},
    {Failure::dns_unreachable, "dns_unreachable"},
    {Failure::dns_refused, "dns_refused"},
    {Failure::dns_servfail, "dns_servfail"},
    {Failure::dns_nxdomain, "dns_nxdomain"},
    {Failure::dns_nodata, "dns_nodata"},
    {Failure::dns_lame, "dns_lame"},
    {Failure::dns_malformed, "dns_malformed"},
    {Failure::dns_mismatch, "dns_mismatch"},
    {Failure::dns_truncated, "dns_truncated"},
    {Failure::dns_bogus, "dns_bogus"},
    {Failure::dns_intercepted, "dns_intercepted"},
    {Failure::dns_inconsistent, "dns_inconsistent"},
    {Failure::connect_timeout, "connect_timeout"},
    {Failure::connect_refused, "connect_refused"},
    {Failure::connect_reset, "connect_reset"},
    {Failure::connect_unreachable, "connect_unreachable"},
    {Failure::tls_timeout, "tls_timeout"},
    {Failure::tls_handshake, "tls_handshake"},
    {Failure::tls_reset, "tls_reset"},
    {Failure::certificate_expired, "certificate_expired"},
    {Failure::certificate_not_yet_valid, "certificate_not_yet_valid"},
    {Failure::certificate_name, "certificate_name"},
    {Failure::certificate_issuer_expired, "certificate_issuer_expired"},
    {Failure::certificate_self_signed, "certificate_self_signed"},
    {Failure::certificate_invalid, "certificate_invalid"},
    {Failure::certificate_untrusted, "certificate_untrusted"},
    {Failure::http_timeout, "http_timeout"},
    {Failure::http_reset, "http_reset"},
    {Failure::http_malformed, "http_malformed"},
    {Failure::http_server_error, "http_server_error"},
    {Failure::http_status, "http_status"},
    {Failure::http_redirect, "http_redirect"},
    {Failure::http_too_large, "http_too_large"},
    {Failure::http_blocked, "http_blocked"},
    {Failure::proxy_refused, "proxy_refused"},
    {Failure::content_mismatch, "content_mismatch"},
    {Failure::unit_inactive, "unit_inactive"},
    {Failure::path_ends_lan, "path_ends_lan"},
    {Failure::path_ends_isp, "path_ends_isp"},
    {Failure::path_ends_beyond, "path_ends_beyond"},
    {Failure::route_withdrawn, "route_withdrawn"},
    {Failure::reported_outage, "reported_outage"},
    {Failure::reported_degraded, "reported_degraded"},
    {Failure::reported_maintenance, "reported_maintenance"},
    {Failure::status_page_gone, "status_page_gone"},
});

constexpr auto kinds = std::to_array<std::pair<ProbeKind, std::string_view>>({
    {ProbeKind::dns, "dns"},
    {ProbeKind::http, "http"},
    {ProbeKind::tcp, "tcp"},
    {ProbeKind::route, "route"},
    {ProbeKind::gateway, "gateway"},
    {ProbeKind::unit, "unit"},
    {ProbeKind::tls, "tls"},
    {ProbeKind::path, "path"},
    {ProbeKind::zone, "zone"},
    {ProbeKind::health, "health"},
    {ProbeKind::visibility, "visibility"},
    {ProbeKind::looking_glass, "looking_glass"},
    {ProbeKind::elsewhere, "elsewhere"},
    {ProbeKind::status_page, "status_page"},
});

constexpr auto groups = std::to_array<std::pair<Group, std::string_view>>({
    {Group::link, "link"},
    {Group::controls, "controls"},
    {Group::resolver, "resolver"},
    {Group::authoritative, "authoritative"},
    {Group::edge, "edge"},
    {Group::app, "app"},
    {Group::witness, "witness"},
    {Group::host, "host"},
    {Group::network, "network"},
    {Group::path, "path"},
    {Group::second_look, "second_look"},
    {Group::routing, "routing"},
    {Group::vendor, "vendor"},
});

constexpr auto decisions = std::to_array<std::pair<Decision, std::string_view>>({
    {Decision::none, "none"},
    {Decision::watch, "watch"},
    {Decision::restart_app, "restart_app"},
    {Decision::fix_local, "fix_local"},
    {Decision::declare_outage, "declare_outage"},
});

constexpr auto causes = std::to_array<std::pair<Cause, std::string_view>>({
    {Cause::all_well, "all_well"},
    {Cause::insufficient_evidence, "insufficient_evidence"},
    {Cause::suspicion, "suspicion"},
    {Cause::own_app, "own_app"},
    {Cause::host, "host"},
    {Cause::clock, "clock"},
    {Cause::lan, "lan"},
    {Cause::isp, "isp"},
    {Cause::resolver, "resolver"},
    {Cause::policy, "policy"},
    {Cause::platform_dns, "platform_dns"},
    {Cause::platform_routing, "platform_routing"},
    {Cause::platform_network, "platform_network"},
    {Cause::platform_edge, "platform_edge"},
    {Cause::platform_application, "platform_application"},
    {Cause::blocked_here, "blocked_here"},
    {Cause::trust_store, "trust_store"},
    {Cause::ipv6, "ipv6"},
    {Cause::path_mtu, "path_mtu"},
    {Cause::public_resolver, "public_resolver"},
    {Cause::transit, "transit"},
    {Cause::platform_dnssec, "platform_dnssec"},
    {Cause::degraded, "degraded"},
    {Cause::regional, "regional"},
    {Cause::shared_cdn, "shared_cdn"},
    {Cause::shared_dns_provider, "shared_dns_provider"},
    {Cause::cloud_region, "cloud_region"},
});

constexpr auto scopes = std::to_array<std::pair<Scope, std::string_view>>({
    {Scope::none, "none"},
    {Scope::app, "app"},
    {Scope::host, "host"},
    {Scope::network, "network"},
    {Scope::platform, "platform"},
    {Scope::operator_wide, "operator"},
});

constexpr auto incident_states = std::to_array<std::pair<IncidentState, std::string_view>>({
    {IncidentState::suspected, "suspected"},
    {IncidentState::open, "open"},
    {IncidentState::recovering, "recovering"},
    {IncidentState::closed, "closed"},
});

constexpr auto incident_kinds = std::to_array<std::pair<IncidentKind, std::string_view>>({
    {IncidentKind::unknown, "unknown"},
    {IncidentKind::outage, "outage"},
    {IncidentKind::local, "local"},
    {IncidentKind::app, "app"},
});

constexpr auto layer_names = std::to_array<std::pair<Layer, std::string_view>>({
    {Layer::routes, "routes"},
    {Layer::dns, "dns"},
    {Layer::edge, "edge"},
    {Layer::application, "application"},
});

constexpr auto layer_states = std::to_array<std::pair<LayerState, std::string_view>>({
    {LayerState::unknown, "unknown"},
    {LayerState::failing, "failing"},
    {LayerState::well, "well"},
});

constexpr auto phases = std::to_array<std::pair<Phase, std::string_view>>({
    {Phase::open, "open"},
    {Phase::recovered, "recovered"},
});

constexpr auto alert_kinds = std::to_array<std::pair<AlertKind, std::string_view>>({
    {AlertKind::opened, "opened"},
    {AlertKind::recovered, "recovered"},
});

constexpr auto delivery_states = std::to_array<std::pair<DeliveryState, std::string_view>>({
    {DeliveryState::waiting, "waiting"},
    {DeliveryState::sent, "sent"},
    {DeliveryState::failed, "failed"},
});

constexpr auto fact_kinds = std::to_array<std::pair<FactKind, std::string_view>>({
    {FactKind::name_server, "name_server"},
    {FactKind::zone_servers, "zone_servers"},
    {FactKind::front_end, "front_end"},
    {FactKind::path, "path"},
    {FactKind::as_origin, "as_origin"},
    {FactKind::route, "route"},
    {FactKind::budget, "budget"},
});

constexpr auto witness_states = std::to_array<std::pair<WitnessHealth::State, std::string_view>>({
    {WitnessHealth::State::idle, "idle"},
    {WitnessHealth::State::able, "able"},
    {WitnessHealth::State::unable, "unable"},
});

constexpr auto status_formats = std::to_array<std::pair<StatusFormat, std::string_view>>({
    {StatusFormat::statuspage, "statuspage"},
    {StatusFormat::slack, "slack"},
    {StatusFormat::google, "google"},
    {StatusFormat::aws, "aws"},
    {StatusFormat::feed, "feed"},
});

constexpr auto roles = std::to_array<std::pair<SubjectView::Role, std::string_view>>({
    {SubjectView::Role::host, "host"},
    {SubjectView::Role::control, "control"},
    {SubjectView::Role::platform, "platform"},
    {SubjectView::Role::app, "app"},
});

}  // namespace

std::string_view to_string(Stage v) {
    return name_of(stages, v);
}
std::string_view to_string(Failure v) {
    return name_of(failures, v);
}
std::string_view to_string(ProbeKind v) {
    return name_of(kinds, v);
}
std::string_view to_string(Group v) {
    return name_of(groups, v);
}
std::string_view to_string(Decision v) {
    return name_of(decisions, v);
}
std::string_view to_string(Cause v) {
    return name_of(causes, v);
}
std::string_view to_string(Scope v) {
    return name_of(scopes, v);
}
std::string_view to_string(IncidentState v) {
    return name_of(incident_states, v);
}
std::string_view to_string(IncidentKind v) {
    return name_of(incident_kinds, v);
}
std::string_view to_string(Layer v) {
    return name_of(layer_names, v);
}
std::string_view to_string(LayerState v) {
    return name_of(layer_states, v);
}
std::string_view to_string(Phase v) {
    return name_of(phases, v);
}
std::string_view to_string(AlertKind v) {
    return name_of(alert_kinds, v);
}
std::string_view to_string(DeliveryState v) {
    return name_of(delivery_states, v);
}
std::string_view to_string(FactKind v) {
    return name_of(fact_kinds, v);
}
std::string_view to_string(SubjectView::Role v) {
    return name_of(roles, v);
}

std::string_view to_string(WitnessHealth::State v) {
    return name_of(witness_states, v);
}
std::string_view to_string(StatusFormat v) {
    return name_of(status_formats, v);
}

std::optional<Stage> stage_from(std::string_view t) {
    return value_of(stages, t);
}
std::optional<Failure> failure_from(std::string_view t) {
    return value_of(failures, t);
}
std::optional<Group> group_from(std::string_view t) {
    return value_of(groups, t);
}
std::optional<Decision> decision_from(std::string_view t) {
    return value_of(decisions, t);
}
std::optional<Cause> cause_from(std::string_view t) {
    return value_of(causes, t);
}
std::optional<Scope> scope_from(std::string_view t) {
    return value_of(scopes, t);
}
std::optional<IncidentState> incident_state_from(std::string_view t) {
    return value_of(incident_states, t);
}
std::optional<IncidentKind> incident_kind_from(std::string_view t) {
    return value_of(incident_kinds, t);
}
std::optional<Layer> layer_from(std::string_view t) {
    return value_of(layer_names, t);
}
std::optional<LayerState> layer_state_from(std::string_view t) {
    return value_of(layer_states, t);
}
std::optional<Phase> phase_from(std::string_view t) {
    return value_of(phases, t);
}
std::optional<AlertKind> alert_kind_from(std::string_view t) {
    return value_of(alert_kinds, t);
}
std::optional<DeliveryState> delivery_state_from(std::string_view t) {
    return value_of(delivery_states, t);
}

std::optional<FactKind> fact_kind_from(std::string_view t) {
    return value_of(fact_kinds, t);
}

std::optional<StatusFormat> status_format_from(std::string_view t) {
    return value_of(status_formats, t);
}

bool speaks_of_target(Failure failure) {
    switch (failure) {
        case Failure::none:
        case Failure::cancelled:
        case Failure::overrun:
        case Failure::address_unknown:
        case Failure::host_resources:
        case Failure::host_refused:
        case Failure::host_slow:
        case Failure::host_memory:
        case Failure::host_resumed:
        case Failure::no_ipv6:
        case Failure::witness_unknown:
        case Failure::no_route:
        case Failure::link_down:
        case Failure::gateway_silent:
        case Failure::link_weak:
        case Failure::proxy_refused:
            return false;
        default:
            return true;
    }
}

bool is_reachable(Failure failure) {
    return failure == Failure::http_blocked;
}

bool is_silence(Failure failure) {
    switch (failure) {
        case Failure::dns_timeout:
        case Failure::dns_unreachable:
        case Failure::connect_timeout:
        case Failure::connect_unreachable:
        case Failure::tls_timeout:
        case Failure::http_timeout:
            return true;
        default:
            return false;
    }
}

std::string to_string(const Endpoint& endpoint) {
    const bool v6 = endpoint.address.find(':') != std::string::npos;
    return (v6 ? "[" + endpoint.address + "]" : endpoint.address) + ":" + std::to_string(endpoint.port);
}

ProbeKind kind_of(const ProbeTask& task) {
    constexpr std::array by_index{ProbeKind::dns,       ProbeKind::http,       ProbeKind::tcp,
                                  ProbeKind::route,     ProbeKind::gateway,    ProbeKind::unit,
                                  ProbeKind::tls,       ProbeKind::path,       ProbeKind::zone,
                                  ProbeKind::health,    ProbeKind::visibility, ProbeKind::looking_glass,
                                  ProbeKind::elsewhere, ProbeKind::status_page};
    static_assert(by_index.size() == std::variant_size_v<ProbeTask> && by_index.size() == probe_kinds);
    return by_index[task.index()];
}

bool shares_fate(const Control& control, const Platform& platform) {
    const auto names = [](const OperatorId& runs, const Hosting& on) {
        return std::array{&runs, &on.dns_provider, &on.edge};
    };
    for (const OperatorId* ours : names(control.operator_id, control.hosting))
        for (const OperatorId* theirs : names(platform.operator_id, platform.hosting))
            if (!ours->empty() && *ours == *theirs) return true;
    const auto& theirs = platform.hosting.as_numbers;
    return std::any_of(
        control.hosting.as_numbers.begin(), control.hosting.as_numbers.end(),
        [&](std::uint32_t as) { return std::find(theirs.begin(), theirs.end(), as) != theirs.end(); });
}

const LayerTimeline* first_failed(const std::vector<LayerTimeline>& layers) {
    const LayerTimeline* first = nullptr;
    for (const LayerTimeline& one : layers)
        if (one.failed && (!first || *one.failed < *first->failed)) first = &one;
    return first;
}

WitnessId status_witness(std::string_view url) {
    const auto scheme = url.find("://");
    const std::string_view rest = url.substr(scheme == url.npos ? 0 : scheme + 3);
    return WitnessId{"status:" + lower_ascii(rest.substr(0, rest.find_first_of("/?#")))};
}

SubjectId host_subject() {
    return SubjectId{"host"};
}

std::string message_key(const OutboxMessage& message) {
    return std::to_string(message.incident.value) + "/" + std::string{to_string(message.kind)} + "/" +
           message.recipient.channel + "/" + message.recipient.address;
}

Stamp time_of(const Event& event) {
    return std::visit([](const auto& e) { return e.at; }, event);
}

namespace {

constexpr std::size_t most_steps = 8;

void line_up(const HttpFetch& fetch, std::vector<const HttpFetch*>& steps) {
    if (steps.size() == most_steps) return;
    steps.push_back(&fetch);
    for (const HttpFetch& next : fetch.then)
        line_up(next, steps);
}

}  // namespace

std::vector<const HttpFetch*> steps_of(const HttpFetch& fetch) {
    std::vector<const HttpFetch*> steps;
    line_up(fetch, steps);
    return steps;
}

}  // namespace sereno
