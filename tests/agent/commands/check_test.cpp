// `sereno check` in a miniature Internet on loopback, with others to ask.
#include "agent/commands/check.hpp"

#include <fstream>
#include <iostream>
#include <sstream>

#include "agent/rehearsal/world.hpp"
#include "catch.hpp"
#include "certificates.hpp"
#include "daemons.hpp"
#include "globalping_service.hpp"
#include "json_service.hpp"

using namespace sereno;
using namespace sereno::rehearsal;
using namespace sereno::test;

namespace {

std::string slurp(const std::string& path) {
    std::ifstream in(path);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

bool holds(const std::string& text, std::string_view piece) {
    return text.find(piece) != std::string::npos;
}

/// A shop that is watched, probes in other networks and the shop's own status page.
struct Surroundings {
    Surroundings() {
        file = world.write_configuration(folder.path(), AgentPace{}, 0);
        std::ofstream(folder.path() + "/both.pem")
            << slurp(folder.path() + "/ca.pem") << slurp(authority.bundle());
        std::string text = slurp(file);
        text = replaced(text, "witnesses: none",
                        "witnesses:\n  ris_live: false\n  ripestat: false\n  globalping: {url: \"" +
                            networks.base_url() + "\"}");
        std::ofstream(file) << replaced(text, "/ca.pem", "/both.pem");
        const std::string catalogue = folder.path() + "/catalogue.yaml";
        const std::string with_page = replaced(slurp(catalogue), "  shop:\n",
                                               "  shop:\n    status: [{format: statuspage, url: \"" +
                                                   vendor.url("/api/v2/summary.json") + "\"}]\n");
        std::ofstream(catalogue) << with_page;
    }

    int look(std::vector<std::string> platforms = {}) {
        std::ostringstream said;
        auto* const before = std::cout.rdbuf(said.rdbuf());
        const int code = check({.config = file, .platforms = std::move(platforms), .json = false});
        std::cout.rdbuf(before);
        out = said.str();
        return code;
    }

    Folder folder;
    Authority authority;
    World world{small_world()};
    GlobalpingService networks{authority.issue("localhost")};
    JsonService vendor{
        [](const JsonService::Request&) {
            return JsonService::Reply{
                .body =
                    R"({"page":{"name":"Shop"},"status":{"indicator":"none","description":"All \u001b[31mwell"},)"
                    R"("components":[],"incidents":[],"scheduled_maintenances":[]})"};
        },
        authority.issue("localhost")};
    std::string file, out;
};

}  // namespace

TEST_CASE("while all is well nobody who counts his answers is asked, but about the platforms named") {
    Surroundings here;
    CHECK(here.look() == 0);
    INFO(here.out);
    CHECK(here.networks.tests() == 0);
    CHECK(holds(here.out, "Globalping"));
    CHECK_FALSE(holds(here.out, "also weighed"));  // of what is well nothing else need be said
    CHECK_FALSE(holds(here.out, "\x1b"));

    CHECK(here.look({"shop"}) == 0);
    INFO(here.out);
    CHECK(here.networks.tests() > 0);
    CHECK(holds(here.out, "6/6"));  // a name and a page, three networks each
    CHECK(holds(here.out, "budget"));
}

TEST_CASE("an outage that others see is confirmed from other networks") {
    Surroundings here;
    here.networks.set_eyes([](const auto&, const auto&) { return GlobalpingService::page(503); });
    here.world.set("web:*", Condition::error_503);
    CHECK(here.look() == 2);
    INFO(here.out);
    CHECK(holds(here.out, "confirmed from other networks"));
    CHECK(here.networks.tests() <= 6);
}

TEST_CASE("what others reach is no outage, and check does not wait for it to become one") {
    Surroundings here;
    here.world.set("web:*", Condition::error_503);
    CHECK(here.look() == 3);
    INFO(here.out);
    CHECK(holds(here.out, "others reach it, this network does not"));
}

TEST_CASE("with nobody to ask it rests on this computer alone") {
    Surroundings here;
    here.networks.set_reply(GlobalpingService::Part::create, JsonService::status_only(500));
    here.world.set("web:*", Condition::error_503);
    CHECK(here.look() == 2);
    INFO(here.out);
    CHECK(holds(here.out, "from this computer alone"));
    CHECK(holds(here.out, "\n  ~ also weighed: "));
    CHECK(holds(here.out, "\n  ? A look from another network could settle it"));
    CHECK(holds(here.out, "unknown"));
}
