// RSS 2.0 and Atom (RFC 4287). A feed tells stories, not states: an item that is not over goes on. Where it
// says its state in an element of its own (Microsoft 365), that is believed before its words.
#include <algorithm>
#include <array>
#include <cstring>

#include <pugixml.hpp>

#include "agent/loop/transfer_url.hpp"
#include "agent/model/ascii.hpp"
#include "probes/witness/status/findings.hpp"

namespace sereno {

namespace {

using namespace status;
using Words = std::string_view;

constexpr std::size_t most_items = 200, most_text = 16384;
constexpr Micros old{std::chrono::hours{24}};
/// Dated later than this, an item speaks of what is to come; less is a clock that is wrong.
constexpr Micros ahead{std::chrono::hours{1}};

template <std::size_t N>
bool holds_any(std::string_view text, const std::array<Words, N>& words) {
    return std::any_of(words.begin(), words.end(), [&](Words one) { return text.find(one) != text.npos; });
}

constexpr std::array<Words, 7> over_words{"resolved",          "recovered",       "mitigated",
                                          "restored",          "no known issues", "back to normal",
                                          "operating normally"};
constexpr std::array<Words, 10> not_over_words{"not ",  "n't ",  " be ", "being ",     "until ",
                                               "when ", "once ", "yet ", "partially ", "unable to "};
/// Beside "recovered" they say that something has not.
constexpr std::array<Words, 5> partly_before{"some ", "most ", "many ", "partly ", "still "};
constexpr std::array<Words, 10> partly_after{" still ",   " other",    " remain",  " partially", " partly",
                                             " for some", " for most", " in some", " in most",   " except "};
constexpr std::array<Words, 8> outage_words{"major outage",      "full outage",         "complete outage",
                                            "widespread outage", "major disruption",    "high disruption",
                                            "service outage",    "service interruption"};
constexpr std::array<Words, 2> milder_words{"partial", "intermittent"};
/// Near "outage" they only announce or deny one.
constexpr std::array<Words, 10> announcing_words{" may ", " might ",  " could ", " will ",   " no ",
                                                 " not ", "without ", "expect",  "possible", "potential"};
constexpr std::array<Words, 4> started_words{"in progress", "under maintenance", "has started", "has begun"};

/// What stands before `at` in its sentence; at most `most` bytes.
std::string_view before(std::string_view text, std::size_t at, std::size_t most) {
    const std::size_t from = at > most ? at - most : 0;
    const std::string_view near = text.substr(from, at - from);
    const std::size_t end = near.find_last_of(".!?");
    return end == near.npos ? near : near.substr(end + 1);
}

/// From `at` to the end of the sentence, or of a heading as in "Resolved: ", "[Resolved] " and "Resolved - ";
/// at most `most` bytes.
std::string_view after(std::string_view text, std::size_t at, std::size_t most) {
    const std::string_view near = text.substr(at, most);
    return near.substr(0, std::min(near.find_first_of(".!?:]"), near.find(" - ")));
}

/// "has been resolved", and neither "until it is resolved" nor "some have recovered, others have not".
bool says_it_is_over(std::string_view text) {
    for (const Words word : over_words)
        for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1))
            if (!holds_any(before(text, at, 20), not_over_words) &&
                !holds_any(before(text, at, 28), partly_before) &&
                !holds_any(after(text, at, 80), partly_after))
                return true;
    return false;
}

/// An outage that is there, and none that announced work may bring.
bool speaks_of_an_outage(std::string_view text) {
    constexpr std::size_t near = 32;
    for (const Words word : {Words{"outage"}, Words{"disruption"}, Words{"service interruption"}})
        for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1))
            if (!holds_any(before(text, at, near), announcing_words) &&
                !holds_any(after(text, at, near), announcing_words))
                return true;
    return false;
}

/// Announced work is no word about now; it counts when it is said to have begun, and excuses no outage.
Failure severity(std::string_view text) {
    if (text.find("maintenance") != text.npos && !speaks_of_an_outage(text))
        return holds_any(text, started_words) ? Failure::reported_maintenance : Failure::none;
    if (holds_any(text, outage_words) && !holds_any(text, milder_words)) return Failure::reported_outage;
    return Failure::reported_degraded;
}

/// The closed list of Microsoft 365's `status` element. Empty: a word that is none of it.
std::optional<Failure> stated(std::string_view state) {
    const std::string word = lower_ascii(state);
    if (word == "available" || word == "operational" || word == "service restored" || word == "resolved" ||
        word == "information")
        return Failure::none;
    if (word == "service interruption" || word == "outage") return Failure::reported_outage;
    if (word == "service degradation" || word == "investigating" || word == "restoring service" ||
        word == "extended recovery" || word == "degraded")
        return Failure::reported_degraded;
    return {};
}

/// RFC 822 in RSS, RFC 3339 in Atom.
std::optional<Stamp> date_of(const std::string& text) {
    if (const auto at = parse_rfc3339(text)) return at;
    if (const auto seconds = http_date(text)) return Stamp{std::chrono::seconds{*seconds}};
    return {};
}

struct Item {
    std::string title, text, state;
    std::optional<Stamp> when;
    std::vector<std::string> categories;
};

std::string_view bounded(const char* text) {
    return {text, ::strnlen(text, most_text)};
}

Item item_of(const pugi::xml_node& node) {
    Item out;
    out.title = without_markup(bounded(node.child_value("title")), most_text);
    for (const char* body : {"description", "summary", "content"})
        if (const std::string_view text = bounded(node.child_value(body)); out.text.empty())
            out.text = without_markup(text, most_text);
    out.state = without_markup(bounded(node.child_value("status")), 64);
    for (const char* date : {"updated", "pubDate", "published"})
        if (!out.when) out.when = date_of(without_markup(bounded(node.child_value(date)), 64));
    for (const pugi::xml_node& category : node.children("category")) {
        if (out.categories.size() == 16) break;
        const char* term = category.attribute("term").value();
        out.categories.push_back(without_markup(bounded(*term != '\0' ? term : category.child_value()), 80));
    }
    return out;
}

/// By a category, or by its title when that has the word.
bool concerns_us(const StatusPage& page, const Item& item) {
    if (page.components.empty()) return true;
    for (const std::string& category : item.categories)
        if (counts(page, category)) return true;
    const std::string title = lower_ascii(item.title);
    return std::any_of(page.components.begin(), page.components.end(), [&](const std::string& one) {
        std::string wanted = lower_ascii(one);
        if (wanted.ends_with('*')) wanted.pop_back();
        return title.find(wanted) != std::string::npos;
    });
}

/// Empty: a state that is not known.
std::optional<Failure> meaning(const Item& item, Stamp wall_now) {
    if (!item.state.empty()) return stated(item.state);
    if (item.when && (wall_now - *item.when > old || *item.when - wall_now > ahead)) return Failure::none;
    const std::string all = lower_ascii(item.title + " . " + item.text);
    return says_it_is_over(all) ? Failure::none : severity(all);
}

struct Feed {
    pugi::xml_node list;
    const char* item = nullptr;
};
/// Without an item name: it is no feed.
Feed feed_in(const pugi::xml_document& document) {
    if (const pugi::xml_node channel = document.child("rss").child("channel")) return {channel, "item"};
    if (const pugi::xml_node atom = document.child("feed")) return {atom, "entry"};
    return {};
}

}  // namespace

StatusReport read_feed(const StatusPage& page, std::string_view body, Stamp wall_now) {
    if (body.size() > most_body_bytes)
        return not_understood("it is " + std::to_string(body.size()) + " bytes long, more than is read");
    pugi::xml_document document;
    const pugi::xml_parse_result parsed = document.load_buffer(body.data(), body.size());
    const Feed feed = feed_in(document);
    if (!parsed || feed.item == nullptr)
        return not_understood("expected RSS or Atom, came " + std::string{looks_like(body)} +
                              (parsed ? "" : std::string{" ("} + parsed.description() + ")"));
    Findings found;
    std::size_t items = 0;
    for (const pugi::xml_node& node : feed.list.children(feed.item)) {
        if (++items > most_items) break;
        const Item item = item_of(node);
        if (!concerns_us(page, item)) continue;
        const auto says = meaning(item, wall_now);
        if (!says)
            return not_understood("an item's status is '" + item.state + "', which is none that is known");
        if (*says == Failure::none) continue;
        found.add(*says, item.state.empty() ? item.title : item.state + ": " + item.text);
        for (const std::string& category : item.categories)
            if (counts(page, category)) found.affect(category);
    }
    return found.report("nothing is reported");
}

}  // namespace sereno
