// What the four languages must have in common, and every code that needs a text.
#include <algorithm>
#include <set>

#include "agent/model/event.hpp"
#include "alerting/messages/text.hpp"
#include "alerting/messages/words.hpp"
#include "catch.hpp"
#include "shipped.hpp"

using namespace sereno;

namespace {

std::vector<std::string> sorted_names(const std::string& text) {
    std::vector<std::string> names = names_in(text);
    std::sort(names.begin(), names.end());
    return names;
}

const std::map<std::string, std::vector<std::string>>& rules() {
    static const std::map<std::string, std::vector<std::string>> known{
        {"controls_pass", {"passed", "total"}},
        {"controls_fail", {"failed", "total"}},
        {"no_control", {}},
        {"no_route", {}},
        {"gateway_silent", {}},
        {"gateway_answers", {}},
        {"link_weak", {}},
        {"dns_intercepted", {}},
        {"host_unwell", {"failure"}},
        {"clock_differs", {"duration", "passed"}},
        {"host_resources", {"failed"}},
        {"clock_wrong", {"failed"}},
        {"resolver_broken", {"failed", "total"}},
        {"captive_portal", {"failed", "total"}},
        {"authoritative_silent", {"failed", "total"}},
        {"authoritative_errors", {"failed", "failure", "total"}},
        {"authoritative_answers", {"passed", "total"}},
        {"resolvers_fail", {"failed", "failure", "total"}},
        {"resolvers_answer", {"passed", "total"}},
        {"resolvers_stale", {"passed"}},
        {"edge_silent", {"failed", "failure", "total"}},
        {"edge_refuses", {"failed", "total"}},
        {"names_filtered", {"failed", "total"}},
        {"only_silence", {}},
        {"edge_tls", {"failed", "failure", "total"}},
        {"edge_errors", {"failed", "status", "total"}},
        {"edge_content", {"failed", "total"}},
        {"edge_answers", {"passed", "total"}},
        {"direct_dns_blocked", {}},
        {"app_fails", {"failure"}},
        {"app_answers", {}},
        {"needs_well", {"platforms"}},
        {"needs_unwell", {"platforms"}},
        {"persisted", {"duration"}},
        {"too_short", {"duration", "needed"}},
        {"alone", {}},
        {"siblings", {"platforms"}},
        {"routes_withdrawn", {"known", "now", "prefixes", "withdrawn"}},
        {"routes_visible", {"prefixes"}},
        {"elsewhere_fails", {"countries", "failed", "total"}},
        {"elsewhere_answers", {"countries", "passed", "total"}},
        {"elsewhere_mixed", {"countries", "failed", "total"}},
        {"vendor_reports", {"words"}},
        {"vendor_degraded", {"words"}},
        {"vendor_well", {}},
        {"vendor_maintenance", {"words"}},
        {"vendor_page_gone", {}},
        {"no_witness", {"confirmed", "needed"}},
        {"witness_awaited", {}},
    };
    return known;
}

/// Every name of an enumeration: to_string gives "?" for a value that does not exist.
template <class Enum>
std::vector<std::string> codes() {
    std::vector<std::string> all;
    for (int value = 0; value < 256; ++value) {
        const std::string_view code = to_string(static_cast<Enum>(value));
        if (code == "?") break;
        all.emplace_back(code);
    }
    return all;
}

void check_section(const std::string& section, const std::vector<std::string>& wanted) {
    REQUIRE(wanted.size() > 1);
    for (const std::string& code : wanted) {
        INFO(section << "." << code);
        CHECK(shipped::catalogue().at("en").count(section + "." + code) == 1);
    }
}

}  // namespace

TEST_CASE("the four languages have the same keys") {
    const auto& english = shipped::catalogue().at("en");
    REQUIRE(english.size() > 200);
    for (const std::string& language : shipped::languages) {
        const auto& texts = shipped::catalogue().at(language);
        for (const auto& [key, text] : english) {
            INFO(language << " lacks " << key);
            CHECK(texts.count(key) == 1);
        }
        for (const auto& [key, text] : texts) {
            INFO(language << " has a key that English lacks: " << key);
            CHECK(english.count(key) == 1);
        }
    }
}

TEST_CASE("the four languages use the same names in braces") {
    for (const auto& [key, english] : shipped::catalogue().at("en"))
        for (const std::string& language : shipped::languages) {
            const auto& texts = shipped::catalogue().at(language);
            const auto found = texts.find(key);
            if (found == texts.end()) continue;  // said by the test above
            INFO(language << " " << key << ": " << found->second);
            CHECK(sorted_names(found->second) == sorted_names(english));
        }
}

TEST_CASE("every text is one clean line") {
    for (const std::string& language : shipped::languages)
        for (const auto& [key, text] : shipped::catalogue().at(language)) {
            INFO(language << " " << key);
            CHECK_FALSE(text.empty());
            CHECK(one_line(text) == text);
        }
}

TEST_CASE("every code of the model has a text") {
    check_section("decision", codes<Decision>());
    check_section("decision_headline", codes<Decision>());
    check_section("cause", codes<Cause>());
    check_section("layer", codes<Cause>());
    check_section("scope", codes<Scope>());
    check_section("failure", codes<Failure>());
    check_section("stage", codes<Stage>());
    check_section("group", codes<Group>());
    check_section("incident_state", codes<IncidentState>());
    check_section("incident_kind", codes<IncidentKind>());
    check_section("phase", codes<Phase>());
    check_section("alert_kind", codes<AlertKind>());
    check_section("delivery", codes<DeliveryState>());
    check_section("witness_state", codes<WitnessHealth::State>());
    check_section("here", {"host", "clock", "lan", "isp", "resolver", "policy", "blocked_here", "other"});
}

TEST_CASE("every rule has a sentence that uses the facts it is given, and no sentence is without a rule") {
    const auto& english = shipped::catalogue().at("en");
    std::set<std::string> sentences;
    for (const auto& [key, text] : english)
        if (key.starts_with("evidence.")) sentences.insert(key.substr(9));
    for (const auto& [rule, facts] : rules()) {
        INFO(rule);
        REQUIRE(sentences.count(rule) == 1);
        CHECK(sorted_names(english.at("evidence." + rule)) == facts);
        sentences.erase(rule);
    }
    CHECK(sentences.empty());
}

TEST_CASE("no sentence of another language is left in English") {
    // Sentences, not words: "DNS" and "application" are the same in several languages.
    for (const char* language : {"es", "it", "fr"})
        for (const auto& [key, english] : shipped::catalogue().at("en")) {
            if (std::count(english.begin(), english.end(), ' ') < 2) continue;
            const auto& texts = shipped::catalogue().at(language);
            const auto found = texts.find(key);
            INFO(language << " " << key);
            CHECK((found == texts.end() || found->second != english));
        }
}

TEST_CASE("French has its space before a colon, and it does not break the line") {
    for (const auto& [key, text] : shipped::catalogue().at("fr")) {
        INFO(key << ": " << text);
        for (const char* mark : {" :", " ;", " ?", " !"})
            CHECK(text.find(mark) == std::string::npos);
    }
}
