// What all languages must have in common, and every code that needs a text.
#include <algorithm>
#include <set>

#include "agent/diagnosis/likelihoods.hpp"
#include "agent/diagnosis/settles.hpp"
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
        {"resolvers_deny", {"failed", "failure", "total"}},
        {"resolvers_differ", {"failed", "failure", "total"}},
        {"validation_fails", {"failed", "total"}},
        {"resolvers_answer", {"passed", "total"}},
        {"resolvers_stale", {"passed"}},
        {"edge_silent", {"failed", "failure", "total"}},
        {"edge_refuses", {"failed", "total"}},
        {"edge_never_answered", {"failed", "total"}},
        {"edge_unavailable", {"failed", "status", "total"}},
        {"edge_partly", {"failed", "failure", "total"}},
        {"edge_partly_errors", {"failed", "status", "total"}},
        {"edge_shaky", {"duration", "failed"}},
        {"edge_slow", {"failed", "total"}},
        {"edge_turned_away", {"failed", "total"}},
        {"proxy_speaks", {"failed"}},
        {"names_filtered", {"failed", "total"}},
        {"only_silence", {}},
        {"edge_tls", {"failed", "failure", "total"}},
        {"edge_certificate", {"failed", "failure", "total"}},
        {"edge_breaks_off", {"failed", "failure", "total"}},
        {"edge_errors", {"failed", "status", "total"}},
        {"edge_content", {"failed", "total"}},
        {"edge_answers", {"passed", "total"}},
        {"direct_dns_blocked", {}},
        {"other_name_answers", {}},
        {"other_name_fails", {}},
        {"small_segments_answer", {}},
        {"remembered_answers", {}},
        {"path_ends_near", {}},
        {"path_ends_beyond", {}},
        {"trust_store_old", {"failed"}},
        {"same_issuer_everywhere", {"failed"}},
        {"ipv6_broken", {"failed"}},
        {"big_packets_lost", {"failed"}},
        {"public_resolver_fails", {"server"}},
        {"app_fails", {"failure"}},
        {"app_answers", {}},
        {"needs_well", {"platforms"}},
        {"needs_unwell", {"platforms"}},
        {"persisted", {"duration"}},
        {"too_short", {"duration", "needed"}},
        {"alone", {}},
        {"siblings", {"platforms"}},
        {"strangers_silent", {"platforms"}},
        {"shared_fate", {"platforms"}},
        {"routes_withdrawn", {"known", "now", "prefixes", "withdrawn"}},
        {"routes_visible", {"prefixes"}},
        {"elsewhere_fails", {"countries", "failed", "total"}},
        {"elsewhere_answers", {"countries", "passed", "total"}},
        {"elsewhere_passes", {"countries", "passed", "total"}},
        {"elsewhere_mixed", {"countries", "failed", "total"}},
        {"vendor_reports", {"words"}},
        {"vendor_lags", {"words"}},
        {"vendor_degraded", {"words"}},
        {"vendor_well", {}},
        {"vendor_maintenance", {"words"}},
        {"vendor_page_gone", {}},
        {"own_resolver_denies", {}},
        {"edge_hangs", {"failed", "total"}},
        {"elsewhere_mostly_fails", {"countries", "failed", "total"}},
        {"interception_began", {}},
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

TEST_CASE("all languages have the same keys") {
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

TEST_CASE("all languages use the same names in braces") {
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
    check_section("here", {"host", "clock", "lan", "isp", "resolver", "policy", "blocked_here", "trust_store",
                           "ipv6", "path_mtu", "public_resolver", "transit", "other"});
    std::vector<std::string> settling{"title"};
    settling.insert(settling.end(), settles::all.begin(), settles::all.end());
    check_section("settles", settling);
    check_section("layers", codes<Layer>());
    check_section("layers", {"title", "layer", "failed", "over", "lasted", "first", "still", "hidden",
                             "unseen", "answers"});
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

TEST_CASE("every rule that is weighed has a sentence in every language") {
    for (const Model* model : {&platform_model(), &local_model()}) {
        REQUIRE(model->findings.size() > 10);
        for (const Finding& finding : model->findings)
            for (const std::string& language : shipped::languages) {
                INFO(language << " " << finding.rule);
                CHECK(shipped::catalogue().at(language).contains("evidence." + std::string{finding.rule}));
            }
    }
}

TEST_CASE("no sentence of another language is left in English") {
    // Sentences, not words: "DNS" and "application" are the same in several languages.
    for (const std::string& language : shipped::languages)
        for (const auto& [key, english] : shipped::catalogue().at("en")) {
            if (language == "en") continue;
            if (std::count(english.begin(), english.end(), ' ') < 2) continue;
            const auto& texts = shipped::catalogue().at(language);
            const auto found = texts.find(key);
            INFO(language << " " << key);
            CHECK((found == texts.end() || found->second != english));
        }
}

TEST_CASE("every alternative that is weighed can be told, with and without what speaks against it") {
    for (const std::string& language : shipped::languages) {
        const Words words{shipped::catalogue(), language};
        const std::vector<Evidence> evidence{{"gateway_answers", Group::link, 900, {}, {}}};
        const std::string sentence = words.evidence(evidence.front());
        for (const std::string& code : codes<Cause>()) {
            INFO(language << " " << code);
            const Cause cause = cause_from(code).value();
            const std::string line = words.ruled_out({cause, 10, "gateway_answers"}, evidence);
            const std::string rarer = words.ruled_out({cause, 10, ""}, evidence);
            CHECK(line.find(sentence) != std::string::npos);
            CHECK(line.size() > sentence.size() + 5);
            CHECK(rarer != line);
            for (const std::string& text : {line, rarer}) {
                CHECK(text.find('{') == std::string::npos);
                CHECK(text.find("ruled_out.") == std::string::npos);
                CHECK(text.find("cause.") == std::string::npos);
            }
        }
    }
}

TEST_CASE("what is broken on our side or in between is named, and never only called the network here") {
    for (const Cause cause : {Cause::host, Cause::clock, Cause::lan, Cause::isp, Cause::resolver,
                              Cause::policy, Cause::trust_store, Cause::ipv6, Cause::path_mtu,
                              Cause::blocked_here, Cause::public_resolver, Cause::transit})
        for (const std::string& language : shipped::languages) {
            const Words words{shipped::catalogue(), language};
            INFO(language << " " << to_string(cause));
            CHECK(words.here(cause) != words.here(Cause::suspicion));
            CHECK(words.here(cause) == words.text("here." + std::string{to_string(cause)}));
        }
}

TEST_CASE("in German nothing of theirs is called yours") {
    // "Ihre" at the beginning of a sentence reads as "your", and "Sie melden" as "you report".
    const std::set<std::string> yours{"page.apps"};
    for (const auto& [key, text] : shipped::catalogue().at("de")) {
        INFO(key << ": " << text);
        if (!yours.contains(key)) CHECK_FALSE((text.starts_with("Ihr") || text.starts_with("Sie ")));
    }
}

TEST_CASE("quotation marks are those of the language") {
    const std::map<std::string, std::string> opening{{"en", "\""}, {"es", "\""}, {"it", "\""},
                                                     {"fr", "\""}, {"pt", "“"},  {"de", "„"}};
    const std::map<std::string, std::string> closing{{"en", "\""}, {"es", "\""}, {"it", "\""},
                                                     {"fr", "\""}, {"pt", "”"},  {"de", "“"}};
    for (const std::string& language : shipped::languages)
        for (const char* key :
             {"evidence.vendor_reports", "evidence.vendor_degraded", "evidence.vendor_maintenance"}) {
            const std::string quoted = opening.at(language) + "{words}" + closing.at(language);
            INFO(language << " " << key);
            CHECK(shipped::catalogue().at(language).at(key).ends_with(quoted));
        }
}

TEST_CASE("a percent sign has its space where the language wants one, and it does not break the line") {
    for (const char* language : {"fr", "de"})
        CHECK(shipped::catalogue().at(language).at("page.confidence").find("{percent}\u00a0%") !=
              std::string::npos);
    CHECK(shipped::catalogue().at("pt").at("page.confidence").starts_with("{percent}%"));
}

TEST_CASE("what short messages are made of keeps to the GSM alphabet in every language") {
    // 3GPP TS 23.038 section 6.2.1: one character beyond it halves what an SMS holds.
    const std::string beyond_ascii = "£¥èéùìòÇØøÅåÆæßÉ¤¡ÄÖÑÜ§¿äöñüà";
    for (const std::string& language : shipped::languages)
        for (const auto& [key, text] : shipped::catalogue().at(language)) {
            if (!key.starts_with("alert.") && !key.starts_with("cause.") && !key.starts_with("here."))
                continue;
            const std::string friendly = gsm_friendly(text);
            INFO(language << " " << key << ": " << friendly);
            for (std::size_t at = 0; at < friendly.size(); ++at) {
                if (static_cast<unsigned char>(friendly[at]) < 0x80) continue;
                REQUIRE(at + 1 < friendly.size());
                CHECK(beyond_ascii.find(friendly.substr(at, 2)) != std::string::npos);
                ++at;
            }
        }
}

TEST_CASE("French has its space before a colon, and it does not break the line") {
    for (const auto& [key, text] : shipped::catalogue().at("fr")) {
        INFO(key << ": " << text);
        for (const char* mark : {" :", " ;", " ?", " !"})
            CHECK(text.find(mark) == std::string::npos);
    }
}
