#include "agent/rehearsal/plan.hpp"

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

}  // namespace sereno::rehearsal
