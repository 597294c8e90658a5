// Playbook files.
#include <algorithm>

#include "tests/config/support.hpp"

#include "catch.hpp"

using namespace sereno;
using test::Lines;

namespace {

const std::string ours =
    "playbook: ours\n"
    "for: outage\n"
    "platform_kinds: [social]\n"
    "title: {en: Our plan, es: Nuestro plan}\n"
    "steps:\n"
    "  - id: tell\n"
    "    phase: open\n"
    "    text:\n"
    "      en: >\n"
    "        Put the notice\n"
    "        on our own site.\n"
    "  - {id: thank, phase: recovered, text: {en: \"Say thanks for {duration}.\"}}\n"
    "---\n"
    "playbook: second\n"
    "for: app\n"
    "title: {en: Bot}\n"
    "steps: [{id: look, phase: open, text: {en: Look.}}]\n";

Loaded load_with(const test::PrivateFolder& folder, const std::string& playbook) {
    (void)folder.write("p.yaml", playbook);
    return load_file(folder.write("sereno.yaml", "playbooks: [p.yaml]\n"));
}

}  // namespace

TEST_CASE("own playbooks come first, in the order written") {
    const test::PrivateFolder folder;
    const Loaded loaded = load_with(folder, ours);
    REQUIRE(test::lines(loaded.complaints) == Lines{});
    REQUIRE(loaded.settings.playbooks.size() == builtin_files("playbooks").size() + 2);
    const Playbook& first = loaded.settings.playbooks[0];
    CHECK(first.id == "ours");
    CHECK(first.kind == IncidentKind::outage);
    CHECK(first.platform_kinds == std::vector<std::string>{"social"});
    CHECK(first.title.at("es") == "Nuestro plan");
    REQUIRE(first.steps.size() == 2);
    CHECK(first.steps[0].phase == Phase::open);
    CHECK(first.steps[0].text.at("en") == "Put the notice on our own site.");
    CHECK(first.steps[1].phase == Phase::recovered);
    CHECK(loaded.settings.playbooks[1].kind == IncidentKind::app);
}

TEST_CASE("an own playbook takes the place of a built-in one of its name") {
    for (const Playbook& one : default_settings().playbooks) {
        const test::PrivateFolder folder;
        const Loaded loaded = load_with(folder, "playbook: " + one.id +
                                                    "\nfor: local\ntitle: {en: Mine}\n"
                                                    "steps: [{id: a, phase: open, text: {en: A.}}]\n");
        REQUIRE(test::lines(loaded.complaints) == Lines{});
        const auto& all = loaded.settings.playbooks;
        CHECK(std::count_if(all.begin(), all.end(), [&](const Playbook& p) { return p.id == one.id; }) == 1);
        CHECK(all.front().title.at("en") == "Mine");
    }
}

TEST_CASE("mistakes in a playbook are told with its file, line and column") {
    const test::PrivateFolder folder;
    const std::string file = folder / "p.yaml";
    CHECK(
        test::lines(load_with(folder,
                              "playbook: a b\n"
                              "for: outages\n"
                              "title: {es: Plan, nl: Plan}\n"
                              "steps:\n"
                              "  - {id: x, phase: closed, text: {en: X}}\n"
                              "  - {id: y, phase: open, text: {en: Y}}\n"
                              "  - {id: y, phase: open, text: {en: no}}\n")
                        .complaints) ==
        Lines{
            file +
                ":1:11: playbook 'a b' is not a usable name; write 1 to 64 letters, digits, '-', '_' or '.'",
            file + ":2:6: for 'outages' is not one of outage, local, app; did you mean 'outage'?",
            file + ":3:8: title has no 'en'; add it",
            file + ":3:19: unknown key 'nl'; known here: de, en, es, fr, it, pt",
            file + ":5:20: phase 'closed' is not one of open, recovered; write one of these",
            file + ":7:5: step 'y' is there twice; give one another id",
            file + ":7:37: en 'no' could be read as true or false; write it in quotes, \"no\""});
}

TEST_CASE("two own playbooks have two names") {
    const test::PrivateFolder folder;
    const std::string one =
        "playbook: a\nfor: app\ntitle: {en: A}\nsteps: [{id: a, phase: open, text: {en: A.}}]\n";
    CHECK(test::lines(load_with(folder, one + "---\n" + one).complaints) ==
          Lines{(folder / "p.yaml") + ":6:11: playbook 'a' is there twice; remove one or rename it"});
}

TEST_CASE("a playbook file that cannot be read is told where it is named") {
    CHECK(test::said("playbooks: [nowhere.yaml]\n") ==
          Lines{"s:1:13: playbooks 'nowhere.yaml' cannot be read (No such file or directory); mend the path, "
                "which "
                "starts at this file's folder"});
}
