// What is built in is whole and well-formed, platform by platform.
#include <algorithm>
#include <set>

#include "config/catalogue.hpp"
#include "config/values.hpp"
#include "tests/config/support.hpp"

#include "catch.hpp"

using namespace sereno;

namespace {

const std::vector<std::string>& shipped() {
    static const std::vector<std::string> ids{
        "facebook", "instagram", "whatsapp",         "messenger",     "threads",  "x",          "tiktok",
        "youtube",  "linkedin",  "pinterest",        "snapchat",      "reddit",   "telegram",   "discord",
        "slack",    "github",    "google-workspace", "microsoft-365", "aws",      "cloudflare", "shopify",
        "stripe",   "paypal",    "amazon",           "ebay",          "mailchimp"};
    return ids;
}

const Platform& platform(const std::string& id) {
    const Platform* found = builtin_catalogue().find(id);
    INFO(id);
    REQUIRE(found != nullptr);
    return *found;
}

std::vector<const HttpFetch*> steps_of(const Platform& one) {
    std::vector<const HttpFetch*> out;
    for (const HttpFetch& canary : one.canaries) {
        out.push_back(&canary);
        for (const HttpFetch& next : canary.then)
            out.push_back(&next);
    }
    return out;
}

}  // namespace

TEST_CASE("all twenty-six platforms are shipped, and nothing else") {
    CHECK(shipped().size() == 26);
    for (const std::string& id : shipped())
        (void)platform(id);
    CHECK(builtin_catalogue().size() == shipped().size());
}

TEST_CASE("each can be watched as it is, together with all others") {
    std::string list;
    for (const std::string& id : shipped())
        list += (list.empty() ? "" : ", ") + id;
    const Loaded loaded = load_text("watch: [" + list + "]\n", "s");
    CHECK(test::lines(loaded.complaints) == test::Lines{});
    CHECK(loaded.settings.watch.platforms.size() == shipped().size());
}

TEST_CASE("each is looked at in more than one place") {
    for (const std::string& id : shipped()) {
        INFO(id);
        const Platform& one = platform(id);
        CHECK(one.canaries.size() >= 2);
        std::set<std::string> hosts;
        for (const HttpFetch* step : steps_of(one)) {
            hosts.insert(host_of_url(step->url));
            CHECK(step->url.starts_with("https://"));
            CHECK_FALSE(is_address(host_of_url(step->url)));
            CHECK(step->then.size() <= 7);
        }
        CHECK(hosts.size() >= 2);
    }
}

TEST_CASE("an answer without a login counts as life, a server's error never does") {
    const auto expects = [](const HttpFetch& step, int status) {
        return std::any_of(step.expected_status.begin(), step.expected_status.end(), [&](const auto& range) {
            return range.first <= status && status <= range.second;
        });
    };
    for (const std::string& id : shipped())
        for (const HttpFetch* step : steps_of(platform(id))) {
            INFO(step->url);
            for (const int status : {500, 502, 503, 504, 511})
                CHECK_FALSE(expects(*step, status));
            CHECK((expects(*step, 200) || expects(*step, 204) || expects(*step, 401)));
        }
    CHECK(expects(platform("facebook").canaries.at(1), 400));
    CHECK(expects(platform("linkedin").canaries.at(0), 999));
}

TEST_CASE("a login outage behind a healthy landing page is met") {
    for (const std::string id : {"facebook", "instagram", "threads", "x", "tiktok", "youtube", "linkedin",
                                 "pinterest", "snapchat", "reddit", "discord", "slack", "github",
                                 "google-workspace", "aws", "shopify", "paypal", "ebay", "mailchimp"}) {
        INFO(id);
        const Platform& one = platform(id);
        CHECK(std::any_of(one.canaries.begin(), one.canaries.end(),
                          [](const HttpFetch& canary) { return !canary.then.empty(); }));
    }
}

TEST_CASE("every fact is well-formed and says something") {
    for (const std::string& id : shipped()) {
        INFO(id);
        const Platform& one = platform(id);
        CHECK_FALSE(one.name.empty());
        CHECK_FALSE(one.operator_id.empty());
        CHECK_FALSE(one.operator_name.empty());
        CHECK(one.kind != "other");
        REQUIRE_FALSE(one.names.empty());
        CHECK(one.zone.empty() == one.name_servers.empty());
        CHECK(one.name_servers.empty() == name_in_zone(one).empty());
        std::set<std::pair<std::string, Endpoint>> servers;
        for (const DnsServer& server : one.name_servers) {
            CHECK(servers.emplace(server.name, server.endpoint).second);
            CHECK(server.https_url.empty());
            if (server.endpoint.empty()) continue;
            CHECK(server.endpoint.port == 53);
            CHECK(is_address(server.endpoint.address));
        }
        for (const std::string& edge : one.edges)
            CHECK(parse_host_name(edge).value == edge);
        std::set<std::uint32_t> networks(one.hosting.as_numbers.begin(), one.hosting.as_numbers.end());
        CHECK(networks.size() == one.hosting.as_numbers.size());
    }
}

TEST_CASE("exact prefixes hold the name servers that they are there for") {
    const Platform& facebook = platform("facebook");
    for (const std::string prefix :
         {"129.134.30.0/24", "129.134.31.0/24", "185.89.218.0/24", "185.89.219.0/24"})
        CHECK(std::count(facebook.dns_prefixes.begin(), facebook.dns_prefixes.end(), prefix) == 1);
    for (const std::string& id : shipped())
        if (!platform(id).dns_prefixes.empty()) CHECK(platform(id).operator_id.value == "meta");
}

TEST_CASE("what one company runs has one operator") {
    const auto of = [](const std::string& id) { return platform(id).operator_id.value; };
    for (const std::string id : {"instagram", "whatsapp", "messenger", "threads"})
        CHECK(of(id) == of("facebook"));
    CHECK(of("youtube") == of("google-workspace"));
    CHECK(of("linkedin") == of("github"));
    CHECK(of("github") == of("microsoft-365"));
    CHECK(of("aws") == of("amazon"));
    CHECK(of("mailchimp") == "intuit");
    std::set<std::string> operators;
    for (const std::string& id : shipped())
        operators.insert(of(id));
    CHECK(operators.size() == builtin_files("catalogue").size());
}

TEST_CASE("the default controls judge every platform, each by three operators unrelated to it") {
    const Settings settings = default_settings();
    for (const std::string& id : shipped()) {
        INFO(id);
        std::set<std::string> unrelated;
        bool by_name = false;
        for (const Control& control : settings.watch.controls) {
            if (shares_fate(control, platform(id))) continue;
            unrelated.insert(control.operator_id.value);
            by_name = by_name || control.fetch.has_value();
        }
        CHECK(unrelated.size() >= 3);
        CHECK(by_name);
    }
}

TEST_CASE("no platform is judged by what runs it or stands in front of it") {
    const Settings settings = default_settings();
    const auto related = [&](const std::string& control, const std::string& id) {
        const auto& all = settings.watch.controls;
        const auto found =
            std::find_if(all.begin(), all.end(), [&](const Control& one) { return one.name == control; });
        REQUIRE(found != all.end());
        return shares_fate(*found, platform(id));
    };
    CHECK(related("cloudflare-dns", "discord"));
    CHECK(related("cloudflare-dns", "x"));
    CHECK(related("cloudflare-dns", "shopify"));
    CHECK(related("google", "youtube"));
    CHECK(related("google-dns", "google-workspace"));
    CHECK(related("microsoft", "github"));
    CHECK_FALSE(related("cloudflare-dns", "facebook"));
    CHECK_FALSE(related("quad9-dns", "cloudflare"));
}

TEST_CASE("a status is read where a document of it is known, on the vendor's own host") {
    const std::set<std::string> read_of{
        "facebook", "instagram",        "whatsapp",      "linkedin", "reddit",     "discord", "slack",
        "github",   "google-workspace", "microsoft-365", "aws",      "cloudflare", "shopify"};
    for (const std::string& id : shipped()) {
        INFO(id);
        CHECK(platform(id).status.empty() != read_of.contains(id));
        for (const StatusPage& page : platform(id).status)
            CHECK(host_of_url(page.url) == host_of_url(platform(id).status_page));
    }
    // Without these they would be in trouble every day.
    CHECK_FALSE(platform("cloudflare").status.front().components.empty());
    CHECK_FALSE(platform("aws").status.front().components.empty());
    CHECK_FALSE(platform("google-workspace").status.front().components.empty());
}
