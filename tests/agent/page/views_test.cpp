#include <algorithm>
#include <regex>

#include "agent/model/watch.hpp"
#include "agent/page/views/answer.hpp"
#include "agent/page/views/ladder.hpp"
#include "agent/page/views/page_view.hpp"
#include "agent/page/views/parts.hpp"
#include "agent/page/views/subject_view.hpp"
#include "catch.hpp"
#include "scenes.hpp"

using namespace sereno;
using namespace std::chrono_literals;

namespace {

const Stamp now = *parse_rfc3339("2021-10-04T16:05:00Z");

Words english() {
    return {scenes::messages(), "en"};
}
std::string page_of(std::string_view scene, const std::string& language = "en") {
    return render_page(*scenes::make(scene, 1, now), Words{scenes::messages(), language}, "Corner Shop");
}
bool holds(const std::string& page, std::string_view text) {
    return page.find(text) != std::string::npos;
}

const SubjectView& subject(const Snapshot& snapshot, std::string_view id) {
    return *std::find_if(snapshot.subjects.begin(), snapshot.subjects.end(),
                         [&](const SubjectView& view) { return view.subject.value == id; });
}

Rung rung(std::string_view scene, std::string_view platform, std::size_t index) {
    const auto snapshot = scenes::make(scene, 1, now);
    return ladder_of(subject(*snapshot, platform), &subject(*snapshot, "host")).at(index);
}
enum { own_network, resolver, servers, connection, tls, http, content };

}  // namespace

TEST_CASE("each state of the world has one answer") {
    const auto sentence = [](std::string_view scene) {
        return answer_of(*scenes::make(scene, 1, now), english()).sentence;
    };
    CHECK(sentence("well") == "All is well");
    CHECK(sentence("watch") == "Looking into it: WhatsApp");
    CHECK(sentence("restart_app") == "Restart your app: booking-bot");
    CHECK(sentence("local") == "It's us: the local network");
    CHECK(sentence("outage") == "Outage: Facebook, Instagram, WhatsApp");
    CHECK(sentence("recovering") == "Coming back: Facebook, Instagram, WhatsApp");
    CHECK(sentence("starting") == "Not enough seen yet to judge");
    CHECK(answer_of(Snapshot{}, english()).tone == Tone::unknown);
}

TEST_CASE("an answer says since when, counted from the first who was touched") {
    CHECK(answer_of(*scenes::make("outage", 1, now), english()).since == now - 21min);
    CHECK(answer_of(*scenes::make("well", 1, now), english()).since == now - 3h - 12min);
}

TEST_CASE("a declared outage stays the answer while its incident is open, whatever a moment's verdict says") {
    Snapshot snapshot = *scenes::make("outage", 1, now);
    for (auto& view : snapshot.subjects)
        view.verdict.decision = Decision::none;
    CHECK(answer_of(snapshot, english()).sentence == "Outage: Facebook, Instagram, WhatsApp");
}

TEST_CASE("a lesser answer that holds at the same time is said too") {
    Snapshot snapshot = *scenes::make("outage", 1, now);
    for (auto& view : snapshot.subjects)
        if (view.role == SubjectView::Role::app) view.verdict.decision = Decision::restart_app;
    const PlainAnswer answer = answer_of(snapshot, english());
    CHECK(answer.tone == Tone::outage);
    CHECK(answer.also == std::vector<std::string>{"Restart your app: booking-bot"});
}

TEST_CASE("nobody is called well of whom nothing is known") {
    Snapshot snapshot = *scenes::make("well", 1, now);
    snapshot.subjects.front().verdict.cause = Cause::insufficient_evidence;
    CHECK(answer_of(snapshot, english()).tone == Tone::unknown);
}

TEST_CASE("a doubt says what else was weighed, and what could settle it") {
    const std::string page = page_of("watch");
    CHECK(holds(page, "Other explanations, and what speaks against them"));
    CHECK(holds(page, "<li>A brief hiccup that means nothing"));
    CHECK(holds(page, "The answer that others in other networks still owe could settle it."));
    CHECK_FALSE(holds(page_of("well"), "What could settle it"));
}

namespace {

/// The rows of the table of layers that begins with this name, without their tags.
std::vector<std::string> layer_rows(const std::string& page, const std::string& name) {
    const std::size_t begin = page.find("<caption>" + name);
    if (begin == std::string::npos) return {};
    const std::string table = page.substr(begin, page.find("</table>", begin) - begin);
    std::vector<std::string> rows;
    const std::regex row{"<tr><th scope=\"row\">(.*?)</tr>"};
    for (std::sregex_iterator it{table.begin(), table.end(), row}, end; it != end; ++it) {
        const std::string cells = std::regex_replace(it->str(1), std::regex{"</t[hd]><td>"}, " | ");
        rows.push_back(std::regex_replace(cells, std::regex{"<[^>]*>"}, ""));
    }
    return rows;
}

}  // namespace

TEST_CASE("each layer has its own length of time, and the first that failed is named") {
    const std::string page = page_of("outage");
    CHECK(layer_rows(page, "Facebook") ==
          std::vector<std::string>{"Routes | 15:46 | answers since 16:03, not yet steadily | –",
                                   "DNS first | 15:44 | still failing | 21 min",
                                   "Web servers | 15:45 | hidden now | –"});
    CHECK(layer_rows(page, "Instagram") ==
          std::vector<std::string>{"Web servers first | 15:45 | 15:56 | 11 min",
                                   "Application | 15:56 | still failing | 9 min"});
    CHECK(layer_rows(page, "WhatsApp · ").size() == 2);  // of the past incident alone
    CHECK(layer_rows(page_of("local"), "Facebook").empty());
}

TEST_CASE("of an incident that is over, a layer whose end nobody saw has none") {
    CHECK(layer_rows(page_of("well"), "WhatsApp") ==
          std::vector<std::string>{"Web servers | 2021-10-01 13:10 | end not seen | –",
                                   "Application first | 2021-10-01 13:05 | 2021-10-01 15:05 | 2 h"});
}

TEST_CASE("the ladder shows on which layer the way ends") {
    CHECK(rung("well", "facebook", content).state == Rung::State::well);
    CHECK(rung("outage", "facebook", own_network).state == Rung::State::well);
    CHECK(rung("outage", "facebook", resolver).state == Rung::State::failing);
    CHECK(rung("outage", "facebook", resolver).failure == Failure::dns_servfail);
    CHECK(rung("outage", "facebook", servers).total == 4);
    CHECK(rung("outage", "facebook", connection).state == Rung::State::unreached);
    CHECK(rung("outage", "instagram", resolver).state == Rung::State::well);
    CHECK(rung("outage", "instagram", tls).state == Rung::State::well);
    CHECK(rung("outage", "instagram", http).failure == Failure::http_server_error);
    CHECK(rung("outage", "instagram", content).state == Rung::State::unreached);
    CHECK(rung("watch", "whatsapp", connection).state == Rung::State::partly);
    CHECK(rung("local", "facebook", own_network).state == Rung::State::partly);
}

TEST_CASE("what is too old, or no word at all, is neither well nor failing") {
    ProbeState probe;
    CHECK(state_of(probe) == Rung::State::unknown);
    probe.last.id = {1};
    CHECK(state_of(probe) == Rung::State::well);
    probe.fresh = false;
    CHECK(state_of(probe) == Rung::State::unknown);
    probe.last.failure = Failure::route_withdrawn;
    CHECK(state_of(probe) == Rung::State::unknown);
    probe.fresh = true;
    CHECK(state_of(probe) == Rung::State::failing);
    probe.last.failure = Failure::witness_unknown;
    CHECK(state_of(probe) == Rung::State::unknown);
}

TEST_CASE("half an outage, announced work and networks that differ are neither well nor failing") {
    ProbeState probe;
    probe.last.id = {1};
    for (const Failure failure :
         {Failure::reported_degraded, Failure::reported_maintenance, Failure::status_page_gone}) {
        probe.last.failure = failure;
        CHECK(state_of(probe) == Rung::State::partly);
    }
    probe.last.failure = Failure::none;
    probe.last.voices = {{{"a", 1, "DE"}, Stage::done, Failure::none, 200, ""}};
    CHECK(state_of(probe) == Rung::State::well);
    probe.last.voices.push_back({{"b", 2, "BR"}, Stage::schedule, Failure::witness_unknown, 0, ""});
    CHECK(state_of(probe) == Rung::State::well);
    probe.last.voices.push_back({{"c", 3, "SG"}, Stage::http, Failure::http_timeout, 0, ""});
    CHECK(state_of(probe) == Rung::State::partly);
}

TEST_CASE("each platform shows routes, other networks and the vendor's own words") {
    const std::string page = page_of("outage");
    CHECK(holds(page, "networks seen: 0 of 4, the least seen by 3 of 310 observers"));
    CHECK(holds(page, "<bdi>Falkenstein, DE</bdi> <span class=\"quiet\">AS24940</span>: no page in time"));
    CHECK(holds(page, "<span class=\"word\">fail too</span> <span class=\"count\">0 of 3</span>"));
    CHECK(holds(page, "<q><bdi>We are aware that some people have trouble accessing our apps"));
    CHECK(holds(page, "<cite>metastatus.com</cite>"));
    CHECK(holds(page, "Confirmed from other networks"));
    CHECK(holds(page, "Seen from this computer alone"));
}

TEST_CASE("a platform that nobody else looks at has no empty view from outside") {
    Snapshot snapshot = *scenes::make("well", 1, now);
    for (auto& view : snapshot.subjects)
        std::erase_if(view.probes, [](const ProbeState& probe) { return !probe.witness.empty(); });
    snapshot.witnesses.clear();
    const std::string page = render_page(snapshot, english(), "");
    CHECK_FALSE(holds(page, "Seen from outside"));
    CHECK_FALSE(holds(page, "class=\"witnesses\""));
}

TEST_CASE("a witness shows its state, reason, last word with its age, budget and of whom it speaks") {
    const std::string page = page_of("outage");
    CHECK(holds(page, "stat.ripe.net answered HTTP 502; asked again in 60 s"));
    CHECK(holds(page, "<li class=\"witness unknown unable\">"));
    CHECK(holds(page, "<li class=\"witness unreached idle\">"));
    CHECK(holds(page, "Questions left: 12 of 250"));
    CHECK(holds(page, "In trouble: Facebook"));
    CHECK(std::regex_search(
        page,
        std::regex{R"(last word <time[^>]*>2021-10-03 14:05:00</time> \(<span[^>]*>1 d 2 h</span> ago\))"}));
    CHECK(holds(page_of("well"), "Well: Facebook, Instagram, WhatsApp"));
}

TEST_CASE("an unknown witness or word is never drawn as well or failing") {
    Snapshot snapshot = *scenes::make("well", 1, now);
    for (auto& view : snapshot.subjects)
        for (auto& probe : view.probes)
            if (!probe.witness.empty()) {
                probe.last.id = {1};
                probe.last.failure = Failure::witness_unknown;
                probe.last.routes.reset();
            }
    const std::string page = render_page(snapshot, english(), "");
    std::size_t at = 0, rows = 0;
    while ((at = page.find("outside-view", at)) != std::string::npos) {
        const std::string part = page.substr(at, page.find("<details", at) - at);
        CHECK_FALSE(holds(part, "#r-well"));
        CHECK_FALSE(holds(part, "#r-failing"));
        CHECK(holds(part, "#r-unknown"));
        ++rows;
        ++at;
    }
    CHECK(rows == 3);
}

TEST_CASE("an incident during announced work says that nobody was woken, and so does the headline") {
    CHECK(answer_of(*scenes::make("maintenance", 1, now), english()).also ==
          std::vector<std::string>{"They announced maintenance; nobody was woken for this."});
    CHECK(holds(page_of("maintenance"), "class=\"hush\""));
    CHECK(holds(page_of("maintenance"), "announced maintenance"));
    CHECK(answer_of(*scenes::make("outage", 1, now), english()).also.empty());
    CHECK_FALSE(holds(page_of("outage"), "class=\"hush\""));
}

TEST_CASE("a ladder without any observation claims nothing") {
    const auto snapshot = scenes::make("starting", 1, now);
    for (const auto& it : ladder_of(snapshot->subjects.front(), nullptr))
        CHECK(it.state == Rung::State::unknown);
}

TEST_CASE("attempts that say nothing about the target are not counted against it") {
    Snapshot snapshot = *scenes::make("well", 1, now);
    auto& view = snapshot.subjects.front();
    for (auto& probe : view.probes) {
        probe.last.failure = Failure::host_resources;
        probe.last.reached = Stage::schedule;
    }
    CHECK(ladder_of(view, nullptr)[resolver].state == Rung::State::unknown);
}

TEST_CASE("plain HTTP has no rung of encryption") {
    Snapshot snapshot = *scenes::make("well", 1, now);
    auto& view = snapshot.subjects.front();
    std::erase_if(view.probes, [](const ProbeState& probe) { return probe.group == Group::authoritative; });
    for (auto& probe : view.probes) {
        probe.label = "http://plain.example/";
        probe.last.tls = Micros{0};
    }
    CHECK(ladder_of(view, nullptr)[tls].state == Rung::State::unused);
    CHECK(ladder_of(view, nullptr)[servers].state == Rung::State::unused);
}

TEST_CASE("an incident shows its steps with names filled in, its reasons and who was told") {
    const std::string page = page_of("outage");
    CHECK(holds(page, "Stay calm: Facebook, Instagram, WhatsApp is down for everyone."));
    CHECK(holds(page, "Asked directly, 4 of their 4 DNS servers do not answer."));
    CHECK(holds(page, "speaks against it"));
    CHECK(holds(page, "delivered <time"));
    CHECK(holds(page, "waiting to be delivered"));
    CHECK(holds(page, "not delivered: 21211 invalid number"));
    CHECK_FALSE(holds(page, "Ana@example.org"));  // whom, not where
}

TEST_CASE("what weighs nothing is only noted") {
    Snapshot snapshot = *scenes::make("outage", 1, now);
    auto& evidence = snapshot.incidents.front().incident.evidence;
    evidence = {{"vendor_page_gone", Group::vendor, 0, {}, {}}};
    const std::string page = render_page(snapshot, english(), "");
    CHECK(holds(page, "<li class=\"noted\">"));
    CHECK(holds(
        page, "</svg><div><p>Their own status page does not answer.</p><p class=\"quiet\">noted; it counts"));
}

TEST_CASE("the next step stands beside the answer, but not on a mere suspicion") {
    CHECK(holds(page_of("outage"), "class=\"next\""));
    Snapshot snapshot = *scenes::make("outage", 1, now);
    snapshot.incidents.front().incident.state = IncidentState::suspected;
    CHECK_FALSE(holds(render_page(snapshot, english(), ""), "class=\"next\""));
}

TEST_CASE("the app's restart command is shown as one would type it") {
    CHECK(holds(page_of("restart_app"), "<code>systemctl restart booking-bot</code>"));
}

TEST_CASE("a subject without observations is shown as not yet checked") {
    const std::string page = page_of("starting");
    CHECK(holds(page, "Not checked yet"));
    CHECK_FALSE(holds(page, "All is well"));
}

TEST_CASE("times are shifted to the wall clock and marked up") {
    Snapshot snapshot = *scenes::make("outage", 1, now);
    snapshot.wall_offset = 1h;
    const std::string page = render_page(snapshot, english(), "");
    CHECK(holds(page, "<time datetime=\"2021-10-04T16:44:00.000Z\">16:44</time>"));
    CHECK_FALSE(holds(page, "2021-10-04T15:44:00.000Z"));
}

TEST_CASE("hostile text is text, wherever it stands") {
    for (const std::string language : {"en", "es"}) {
        const std::string page = page_of("hostile", language);
        CHECK(holds(page, "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&#39;&amp;"));
        CHECK_FALSE(holds(page, "<script>"));
        CHECK_FALSE(holds(page, "javascript:"));
        CHECK_FALSE(holds(page, "\x1b"));
        CHECK_FALSE(holds(page, "\xff"));
        CHECK_FALSE(holds(page, "\u202e"));
        // The one script element is ours, and no attribute handles an event.
        const std::regex script{"<script src=\"/assets/app\\.js\\?v=[0-9a-f]{16}\" defer></script>"};
        std::string rest = std::regex_replace(page, script, "");
        CHECK_FALSE(holds(rest, "<script"));
        CHECK_FALSE(std::regex_search(rest, std::regex{"<[^>]*\\son[a-z]+="}));
        CHECK_FALSE(std::regex_search(rest, std::regex{"<[^>]*\\sstyle="}));
    }
}

TEST_CASE("the page names its language") {
    CHECK(holds(page_of("well", "it"), "<html lang=\"it\">"));
}

TEST_CASE("every language has every text of the page") {
    const auto& all = scenes::messages();
    for (const std::string language : {"en", "es", "it", "fr", "pt", "de"}) {
        REQUIRE(all.count(language) == 1);
        for (const auto& [key, text] : all.at("en")) {
            if (!key.starts_with("page.")) continue;
            INFO(language << " " << key);
            REQUIRE(all.at(language).count(key) == 1);
            CHECK(names_in(all.at(language).at(key)).size() == names_in(text).size());
        }
    }
}

TEST_CASE("no key of a text is shown in place of a text") {
    for (const auto scene : scenes::names()) {
        if (scene == "hostile") continue;
        INFO(scene);
        const std::string page = page_of(scene);
        for (const auto* section : {"page", "alert", "decision", "cause", "failure", "group", "phase",
                                    "evidence", "incident_state", "ruled_out", "settles", "layers"})
            CHECK_FALSE(
                std::regex_search(page, std::regex{">[^<]*\\b" + std::string{section} + "\\.[a-z_]+[^<]*<"}));
    }
}

TEST_CASE("ids are unique, so that labels and links lead where they say") {
    for (const auto scene : scenes::names()) {
        const std::string page = page_of(scene);
        std::vector<std::string> ids;
        const std::regex id{"\\sid=\"([^\"]+)\""};
        for (std::sregex_iterator it{page.begin(), page.end(), id}, end; it != end; ++it)
            ids.push_back((*it)[1]);
        std::sort(ids.begin(), ids.end());
        INFO(scene);
        CHECK(std::adjacent_find(ids.begin(), ids.end()) == ids.end());
    }
}

TEST_CASE("latencies are short to read") {
    CHECK(latency_text(Micros{420}) == "0.4 ms");
    CHECK(latency_text(Micros{9'960}) == "9.9 ms");
    CHECK(latency_text(Micros{23'400}) == "23 ms");
    CHECK(latency_text(Micros{5'000'000}) == "5.0 s");
    CHECK(percent_text(1000) == "99");
}
