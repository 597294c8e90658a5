// Platforms from the built-in catalogue and from the team's own files.
#include <algorithm>

#include "tests/config/support.hpp"

#include "catch.hpp"

using namespace sereno;
using test::Lines;

namespace {

const Platform& platform(const Settings& settings, const std::string& id) {
    const auto& all = settings.watch.platforms;
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const Platform& one) { return one.id.value == id; });
    REQUIRE(found != all.end());
    return *found;
}

}  // namespace

TEST_CASE("the built-in catalogue knows Facebook's name servers at their addresses") {
    const Settings settings = default_settings();
    const Platform& facebook = platform(settings, "facebook");
    CHECK(facebook.name == "Facebook");
    CHECK(facebook.operator_id.value == "meta");
    CHECK(facebook.operator_name == "Meta");
    CHECK(facebook.kind == "social");
    CHECK(facebook.name_servers ==
          std::vector<DnsServer>{{"a.ns.facebook.com", {"129.134.30.12", 53}, {}},
                                 {"b.ns.facebook.com", {"129.134.31.12", 53}, {}},
                                 {"c.ns.facebook.com", {"185.89.218.12", 53}, {}},
                                 {"d.ns.facebook.com", {"185.89.219.12", 53}, {}},
                                 {"a.ns.facebook.com", {"2a03:2880:f0fc:c:face:b00c:0:35", 53}, {}},
                                 {"b.ns.facebook.com", {"2a03:2880:f0fd:c:face:b00c:0:35", 53}, {}},
                                 {"c.ns.facebook.com", {"2a03:2880:f1fc:c:face:b00c:0:35", 53}, {}},
                                 {"d.ns.facebook.com", {"2a03:2880:f1fd:c:face:b00c:0:35", 53}, {}}});
    CHECK(facebook.hosting == Hosting{OperatorId("meta"), OperatorId("meta"), {32934}});
    CHECK(facebook.edges == std::vector<std::string>{"meta"});
    CHECK(facebook.dns_prefixes.size() == 6);
    CHECK(facebook.canaries.size() == 2);
    CHECK(platform(settings, "whatsapp").name_servers.at(0) == DnsServer{"a.ns.whatsapp.net", {}, {}});
    CHECK(platform(settings, "whatsapp").kind == "messaging");
}

TEST_CASE("a canary accepts every answer of the application unless it says otherwise") {
    for (const Platform& one : default_settings().watch.platforms)
        for (const HttpFetch& canary : one.canaries)
            CHECK(canary.expected_status == std::vector<std::pair<int, int>>{{200, 499}});
}

TEST_CASE("a catalogue file overrides the keys it gives and adds platforms") {
    const test::PrivateFolder folder;
    (void)folder.write("lab.yaml",
                       "platforms:\n"
                       "  facebook:\n"
                       "    name_servers:\n"
                       "      - {name: a.ns.facebook.com, address: \"127.0.0.2:5301\"}\n"
                       "      - {name: b.ns.facebook.com, address: \"[::1]:5302\"}\n"
                       "  pay:\n"
                       "    kind: payments\n"
                       "    names: [Pay.Example.com]\n"
                       "    canaries: [{url: \"https://pay.example.com/health\", status: [204, \"300-302\"], "
                       "contains: ok}]\n");
    const Loaded loaded =
        load_file(folder.write("sereno.yaml", "watch: [pay, facebook]\ncatalogue: [lab.yaml]\n"));
    REQUIRE(test::lines(loaded.complaints).empty());
    const Platform& facebook = platform(loaded.settings, "facebook");
    CHECK(facebook.name == "Facebook");
    CHECK(facebook.zone == "facebook.com");
    CHECK(facebook.canaries.size() == 2);
    CHECK(facebook.name_servers == std::vector<DnsServer>{{"a.ns.facebook.com", {"127.0.0.2", 5301}, {}},
                                                          {"b.ns.facebook.com", {"::1", 5302}, {}}});
    CHECK(facebook.hosting.edge.value == "meta");
    const Platform& pay = platform(loaded.settings, "pay");
    CHECK(&pay == &loaded.settings.watch.platforms.at(0));
    CHECK(pay.name == "pay");
    CHECK(pay.operator_id.value == "pay");
    CHECK(pay.names == std::vector<std::string>{"pay.example.com"});
    CHECK(pay.canaries.at(0).expected_status == std::vector<std::pair<int, int>>{{204, 204}, {300, 302}});
    CHECK(pay.canaries.at(0).contains == "ok");
}

TEST_CASE("mistakes in a catalogue file are told with that file's name, after the configuration's own") {
    const test::PrivateFolder folder;
    const std::string lab =
        folder.write("lab.yaml",
                     "platforms:\n"
                     "  pay: {kind: payments}\n"
                     "  shop: {names: [a.example.org], name_servers: [{name: ns.example.net}]}\n"
                     "  host: {names: [b.example.org]}\n"
                     "  y: {nmaes: [], dns_prefixes: [192.0.2.1/24]}\n");
    const std::string file =
        folder.write("sereno.yaml", "intervall: 1s\ncatalogue: [lab.yaml]\nwatch: [pya]\n");
    CHECK(
        test::lines(load_file(file).complaints) ==
        Lines{file + ":1:1: unknown key 'intervall'; did you mean 'interval'?",
              file + ":3:9: unknown platform 'pya'; did you mean 'pay'?",
              lab + ":2:3: platform 'pay' has nothing to observe; add names or canaries",
              lab + ":3:3: platform 'shop' has name servers but no name in their zone ''; mend names or zone",
              lab + ":4:3: platform 'host' has the name of this computer; choose another",
              lab + ":5:3: platform 'y' has nothing to observe; add names or canaries",
              lab + ":5:7: unknown key 'nmaes'; did you mean 'names'?",
              lab + ":5:33: dns_prefixes '192.0.2.1/24' has bits behind its length; write '192.0.2.0/24'"});
}

TEST_CASE("a platform is not called unknown when the file that may hold it could not be read") {
    CHECK(test::said("catalogue: [nowhere.yaml]\nwatch: [pay]\n").size() == 1);
}

TEST_CASE("a name server's IPv6 address comes after all others") {
    const test::PrivateFolder folder;
    (void)folder.write("lab.yaml",
                       "platforms:\n"
                       "  pay:\n"
                       "    names: [pay.example.com]\n"
                       "    zone: example.com\n"
                       "    name_servers:\n"
                       "      - {name: ns1.example.com, ipv6: \"2001:db8::1\"}\n"
                       "      - {name: ns2.example.com, address: 192.0.2.2}\n");
    const Loaded loaded = load_file(folder.write("sereno.yaml", "watch: [pay]\ncatalogue: [lab.yaml]\n"));
    REQUIRE(test::lines(loaded.complaints).empty());
    CHECK(platform(loaded.settings, "pay").name_servers ==
          std::vector<DnsServer>{{"ns1.example.com", {}, {}},
                                 {"ns2.example.com", {"192.0.2.2", 53}, {}},
                                 {"ns1.example.com", {"2001:db8::1", 53}, {}}});
}

TEST_CASE("of a page that no rule reads only the beginning is fetched") {
    const test::PrivateFolder folder;
    (void)folder.write(
        "lab.yaml",
        "platforms:\n"
        "  pay:\n"
        "    canaries:\n"
        "      - {url: \"http://a.example/\", then: [{url: \"http://b.example/\", contains: x}]}\n"
        "      - {url: \"http://a.example/\", json: [{at: /a, present: true}]}\n"
        "      - {url: \"http://a.example/\", max_body_bytes: 100000}\n");
    const Loaded loaded = load_file(folder.write("sereno.yaml", "watch: [pay]\ncatalogue: [lab.yaml]\n"));
    REQUIRE(test::lines(loaded.complaints).empty());
    const std::vector<HttpFetch>& canaries = platform(loaded.settings, "pay").canaries;
    CHECK(canaries.at(0).max_body_bytes == 16384);
    CHECK(canaries.at(0).then.at(0).max_body_bytes == 262144);
    CHECK(canaries.at(1).max_body_bytes == 262144);
    CHECK(canaries.at(2).max_body_bytes == 100000);
}

TEST_CASE("what programs read of a status has a format, and a URL that is fetched safely") {
    const test::PrivateFolder folder;
    const auto said = [&](const std::string& status) {
        const std::string lab =
            folder.write("lab.yaml", "platforms:\n  pay: {names: [a.example.org], status: " + status + "}\n");
        Lines out = test::lines(load_file(folder.write("sereno.yaml", "catalogue: [lab.yaml]\n")).complaints);
        for (std::string& line : out)
            line.erase(0, lab.size() + 1);
        return out;
    };
    CHECK(said("[]").empty());
    CHECK(said("[{format: slack, url: \"https://a.example/\"}, {format: aws, url: \"https://b.example/\"}]")
              .empty());
    CHECK(said("[{url: \"https://a.example/\"}]") == Lines{"2:42: status has no 'format'; add it"});
    CHECK(said("[{format: rss, url: \"https://a.example/\"}]") ==
          Lines{"2:51: format 'rss' is not one of statuspage, slack, google, aws, feed; write one of these"});
    CHECK(said("[{format: feed, url: \"http://a.example/\"}]") ==
          Lines{"2:62: url 'http://a.example/' is not encrypted; write it with https, http is only for this "
                "computer itself"});
    CHECK(
        said("[{format: feed, url: \"https://a.example/\"}, {format: slack, url: \"https://a.example/\"}]") ==
        Lines{"2:85: status has 'https://a.example/' twice; remove one of them"});
    CHECK(said("[{format: feed, url: \"https://a.example/\", components: [A, A]}]") ==
          Lines{"2:100: components has 'A' twice; remove one of them"});
}

TEST_CASE("a team's own file can change what is read of a status, or read nothing") {
    const test::PrivateFolder folder;
    (void)folder.write("lab.yaml", "platforms:\n  github: {status: []}\n");
    const Loaded loaded = load_file(folder.write("sereno.yaml", "watch: [github]\ncatalogue: [lab.yaml]\n"));
    REQUIRE(loaded.ok());
    CHECK(platform(loaded.settings, "github").status.empty());
    CHECK(platform(load_text("watch: [github]\n", "s").settings, "github").status.size() == 1);
}

TEST_CASE("two thousand platforms are known at once, and one too many is refused") {
    const test::PrivateFolder folder;
    std::string text = "platforms:\n";
    for (int i = 0; i < 1990; ++i)
        text += "  p" + std::to_string(i) + ": {names: [a.example.org]}\n";
    (void)folder.write("many.yaml", text);
    const std::string file = folder.write("sereno.yaml", "catalogue: [many.yaml]\nwatch: [p0, p1900]\n");
    const Lines all = test::lines(load_file(file).complaints);
    REQUIRE(all.size() == 1);
    CHECK(all.front().ends_with("is one too many; at most 2000 are known at once"));
}

TEST_CASE("an empty catalogue file is worth a warning") {
    const test::PrivateFolder folder;
    const std::string lab = folder.write("lab.yaml", "# later\n");
    const Loaded loaded = load_file(folder.write("sereno.yaml", "catalogue: [lab.yaml]\n"));
    CHECK(loaded.ok());
    CHECK(test::lines(loaded.complaints) ==
          Lines{lab + ":1:1: warning: this catalogue is empty; write platforms: and what is below it"});
}
