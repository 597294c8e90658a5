// The playbooks of config/playbooks as they are shipped, read straight from the files.
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "alerting/messages/text.hpp"
#include "alerting/messages/words.hpp"
#include "alerting/playbook/select.hpp"
#include "catch.hpp"

using namespace sereno;

namespace {

std::map<std::string, std::string> translations(const YAML::Node& node) {
    std::map<std::string, std::string> text;
    for (const auto& entry : node)
        text[entry.first.as<std::string>()] = entry.second.as<std::string>();
    return text;
}

/// In the order of the files' names, as they are built in.
std::vector<Playbook> shelf() {
    std::set<std::filesystem::path> files;
    for (const auto& file : std::filesystem::directory_iterator{"config/playbooks"})
        if (file.path().extension() == ".yaml") files.insert(file.path());
    std::vector<Playbook> read;
    for (const auto& file : files) {
        const YAML::Node node = YAML::LoadFile(file.string());
        Playbook playbook;
        playbook.id = node["playbook"].as<std::string>();
        playbook.kind = incident_kind_from(node["for"].as<std::string>()).value();
        if (node["platform_kinds"])
            playbook.platform_kinds = node["platform_kinds"].as<std::vector<std::string>>();
        playbook.title = translations(node["title"]);
        for (const auto& step : node["steps"])
            playbook.steps.push_back({step["id"].as<std::string>(),
                                      phase_from(step["phase"].as<std::string>()).value(),
                                      translations(step["text"])});
        read.push_back(std::move(playbook));
    }
    return read;
}

std::string chosen(IncidentKind kind, const std::vector<std::string>& platform_kinds) {
    const std::vector<Playbook> playbooks = shelf();
    const Playbook* playbook = choose_playbook(playbooks, kind, platform_kinds);
    return playbook ? playbook->id : "none";
}

std::vector<std::string> ids(const std::string& playbook, Phase phase) {
    std::vector<std::string> found;
    for (const Playbook& one : shelf())
        if (one.id == playbook)
            for (const PlaybookStep& step : steps_of(one, phase))
                found.push_back(step.id);
    return found;
}

void check_text(const std::map<std::string, std::string>& text) {
    for (const char* language : {"en", "es", "it", "fr", "pt", "de"}) {
        INFO(language);
        REQUIRE(text.count(language) == 1);
        const std::string& words = text.at(language);
        CHECK_FALSE(words.empty());
        CHECK(one_line(words) == words);
        CHECK(sms_length(words) <= 220);
        auto names = names_in(words), english = names_in(text.at("en"));
        std::sort(names.begin(), names.end());
        std::sort(english.begin(), english.end());
        CHECK(names == english);
        for (const std::string& name : names)
            CHECK(std::find(step_names.begin(), step_names.end(), name) != step_names.end());
    }
    CHECK(text.size() == 6);
}

}  // namespace

TEST_CASE("every kind of incident finds the built-in playbook made for it") {
    CHECK(chosen(IncidentKind::outage, {"social"}) == "social-platform-down");
    CHECK(chosen(IncidentKind::outage, {"messaging"}) == "social-platform-down");
    CHECK(chosen(IncidentKind::outage, {"payments"}) == "platform-down");
    CHECK(chosen(IncidentKind::outage, {}) == "platform-down");
    CHECK(chosen(IncidentKind::local, {}) == "own-network-down");
    CHECK(chosen(IncidentKind::app, {}) == "app-restart");
}

TEST_CASE("every playbook has steps for both phases, each with an id of its own, in six languages") {
    REQUIRE(shelf().size() == 4);
    for (const Playbook& playbook : shelf()) {
        INFO(playbook.id);
        check_text(playbook.title);
        CHECK_FALSE(steps_of(playbook, Phase::open).empty());
        CHECK_FALSE(steps_of(playbook, Phase::recovered).empty());
        std::set<std::string> seen;
        for (const PlaybookStep& step : playbook.steps) {
            INFO(step.id);
            CHECK(seen.insert(step.id).second);
            check_text(step.text);
        }
    }
}

TEST_CASE(
    "when a network is down, confirming comes before telling, telling before posting, mail comes last") {
    CHECK(ids("social-platform-down", Phase::open) ==
          std::vector<std::string>{"confirm", "tell-team", "pause-posts", "pause-campaigns", "hold-launch",
                                   "own-site", "other-networks", "mail-list"});
    CHECK(ids("social-platform-down", Phase::recovered) ==
          std::vector<std::string>{"welcome-back", "answer-backlog", "resume-campaigns", "ad-credits",
                                   "tell-launch", "lessons"});
}

TEST_CASE("a sick app's first step is to restart it, and our own network's to announce nothing") {
    CHECK(ids("app-restart", Phase::open).front() == "restart");
    CHECK(ids("own-network-down", Phase::open).front() == "no-announcement");
}
