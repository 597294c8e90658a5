#include "agent/rehearsal/plan.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sereno::rehearsal {

namespace {

constexpr auto conditions = std::to_array<std::pair<Condition, std::string_view>>({
    {Condition::well, "well"},
    {Condition::silent, "silent"},
    {Condition::refused, "refused"},
    {Condition::servfail, "servfail"},
    {Condition::error_500, "500"},
    {Condition::error_503, "503"},
    {Condition::login_broken, "login-broken"},
    {Condition::busy, "busy"},
    {Condition::rejecting, "rejecting"},
    {Condition::lossy, "lossy"},
    {Condition::too_many_requests, "429"},
    {Condition::bogus, "bogus"},
    {Condition::withdrawn, "withdrawn"},
    {Condition::captive, "captive"},
    {Condition::behind, "behind"},
    {Condition::ahead, "ahead"},
    {Condition::late, "late"},
    {Condition::lies_ill, "lies-ill"},
    {Condition::lies_well, "lies-well"},
});

}  // namespace

std::string_view to_string(Condition condition) {
    for (const auto& [value, name] : conditions)
        if (value == condition) return name;
    return "?";
}

std::optional<Condition> condition_from(std::string_view text) {
    for (const auto& [value, name] : conditions)
        if (name == text) return value;
    return std::nullopt;
}

WorldPlan plain_world() {
    WorldPlan plan;
    plan.resolvers = {{"system", ""}, {"cloudflare", "cloudflare"}, {"quad9", "quad9"}};
    plan.name_controls = {
        {"apple", "apple", "captive.apple.com", "/hotspot-detect.html", 200,
         "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>"},
        {"google", "google", "connectivitycheck.gstatic.com", "/generate_204", 204, ""},
        {"microsoft", "microsoft", "www.msftconnecttest.com", "/connecttest.txt", 200,
         "Microsoft Connect Test"},
    };
    plan.address_controls = {
        {"google-dns", "google"}, {"cloudflare-dns", "cloudflare"}, {"quad9-dns", "quad9"}};
    plan.people = {PersonPlan{}};
    return plan;
}

WorldPlan small_world() {
    WorldPlan plan = plain_world();
    PlatformPlan shop;
    shop.id = "shop";
    shop.name = "Shop";
    shop.operator_id = "shop-inc";
    shop.operator_name = "Shop Inc.";
    shop.kind = "social";
    shop.zone = "shop.example";
    shop.name_servers = {{"a.ns.shop.example", "a.ns.shop.example"},
                         {"b.ns.shop.example", "b.ns.shop.example"}};
    shop.pages = {PagePlan{.host = "www.shop.example"}};
    plan.platforms = {shop};
    plan.apps = {AppPlan{"booking-bot", {"shop"}, {"systemctl", "restart", "booking-bot"}}};
    return plan;
}

std::vector<std::string> node_names(const WorldPlan& plan) {
    std::vector<std::string> names;
    const auto add = [&](const std::string& name) {
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    };
    for (const PlatformPlan& platform : plan.platforms) {
        for (const NameServerPlan& server : platform.name_servers)
            add("dns:" + server.machine);
        for (const PagePlan& page : platform.pages)
            add("web:" + page.host);
        for (const RoutePlan& route : platform.routes)
            add("route:" + route.prefix);
        add("zone:" + platform.zone);
    }
    for (const ResolverPlan& resolver : plan.resolvers)
        add("resolver:" + resolver.name);
    for (const NameControlPlan& control : plan.name_controls)
        add("control:" + control.name);
    for (const AddressControlPlan& control : plan.address_controls)
        add("control:" + control.name);
    for (const AppPlan& app : plan.apps)
        add("app:" + app.name);
    for (const char* const name : {controls_dns, alerts_dns, "mail", "sms", "gateway"})
        add(name);
    if (plan.witnesses)
        for (const char* const name : {"ris", "ripestat", "globalping"})
            add(name);
    for (const char* const name : {"clock", "isp", "router"})
        add(name);
    return names;
}

bool is_machine(std::string_view node) {
    return node != "router" && node != "isp" && node != "clock" && !node.starts_with("zone:") &&
           !node.starts_with("route:");
}

bool matches(std::string_view pattern, std::string_view text) {
    std::size_t p = 0, t = 0, star = std::string_view::npos, kept = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            kept = t;
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++kept;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*')
        ++p;
    return p == pattern.size();
}

bool means(std::string_view pattern, std::string_view node) {
    if (pattern == node) return true;
    const bool kind_named = pattern.starts_with("zone:") || pattern.starts_with("route:");
    return (is_machine(node) || kind_named) && matches(pattern, node);
}

std::vector<Condition> conditions_of(std::string_view node) {
    using enum Condition;
    if (node == "router" || node == "isp") return {well, silent};
    if (node == "clock") return {well, behind, ahead};
    if (node == "gateway") return {well, silent, refused, captive};
    if (node == "mail" || node == "sms") return {well, silent, refused, busy, rejecting};
    if (node == "ris") return {well, silent, refused, late, lies_ill, lies_well};
    if (node == "ripestat" || node == "globalping")
        return {well, silent, refused, error_500, late, lies_ill, lies_well};
    if (node.starts_with("zone:")) return {well, bogus};
    if (node.starts_with("route:")) return {well, withdrawn};
    if (node.starts_with("dns:")) return {well, silent, refused, servfail, lossy};
    if (node.starts_with("resolver:")) return {well, silent, refused, servfail};
    if (node.starts_with("web:"))
        return {well, silent, refused, error_500, error_503, too_many_requests, login_broken};
    if (node.starts_with("app:")) return {well, silent, refused, error_500, error_503};
    if (node.starts_with("control:")) return {well, silent, refused, error_500};
    return {well, silent, refused};
}

}  // namespace sereno::rehearsal
