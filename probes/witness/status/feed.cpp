// RSS 2.0 and Atom (RFC 4287). A feed tells stories, not states: an item that is not over goes on. Where it
// says its state in an element of its own (Microsoft 365), that is believed before its words.
#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include <pugixml.hpp>

#include "agent/loop/transfer_url.hpp"
#include "agent/model/ascii.hpp"
#include "probes/witness/status/findings.hpp"

namespace sereno {

namespace {

using namespace status;
using Words = std::string_view;

constexpr std::size_t most_items = 200, most_text = 16384;
/// How much of a sentence is looked at for what belongs to a word.
constexpr std::size_t near_words = 160;
constexpr Micros old{std::chrono::hours{24}};
/// Dated later than this, an item speaks of what is to come; less is a clock that is wrong.
constexpr Micros ahead{std::chrono::hours{1}};

template <std::size_t N>
bool holds_any(std::string_view text, const std::array<Words, N>& words) {
    return std::any_of(words.begin(), words.end(), [&](Words one) { return text.find(one) != text.npos; });
}

constexpr std::array<Words, 9> over_words{"resolved",           "recovered",        "mitigated",
                                          "restored",           "no known issues",  "back to normal",
                                          "operating normally", "no longer affect", "no longer impact"};
constexpr std::array<Words, 10> not_over_words{"not ",  "n't ",  " be ", "being ",     "until ",
                                               "when ", "once ", "yet ", "partially ", "unable to "};
/// Beside "recovered" they say that something has not.
constexpr std::array<Words, 5> partly_before{"some ", "most ", "many ", "partly ", "still "};
constexpr std::array<Words, 10> partly_after{" other",   " remained", " remaining", " partially",
                                             " partly",  " for some", " for most",  " in some",
                                             " in most", " except "};
/// Right before "recovered": it is denied, not hoped for.
constexpr std::array<Words, 3> denying_words{"not ", "n't ", "unable to "};

// The tables from here to the headings hold whole words, see words_of().
/// It goes on, whatever else has recovered ...
constexpr std::array<Words, 20> going_on_words{"still",
                                               "continue",
                                               "continues",
                                               "continuing",
                                               "remain",
                                               "remains",
                                               "persist",
                                               "persists",
                                               "ongoing",
                                               "on-going",
                                               "yet",
                                               "not yet",
                                               "is down",
                                               "are down",
                                               "is unreachable",
                                               "are unreachable",
                                               "is unavailable",
                                               "are unavailable",
                                               "is impacted",
                                               "are impacted"};
/// ... unless that word follows one of these: it did, or it does not;
constexpr std::array<Words, 6> ended_before{"was", "were", "had", "no", "not", "longer"};
/// or one of these stands earlier in its sentence: what to do in a case that need not be there;
constexpr std::array<Words, 2> in_case_words{"if", "should you"};
/// or one of these follows: what goes on is health, or the work that follows trouble;
constexpr std::array<Words, 21> harmless_words{
    "resolved", "recovered",  "restored", "mitigated", "fixed",       "stable",     "healthy",
    "normal",   "normally",   "expected", "available", "operational", "unaffected", "closed",
    "monitor",  "monitoring", "watch",    "watching",  "cause",       "causes",     "postmortem"};
/// with nothing but these in between.
constexpr std::array<Words, 24> joining_words{
    "to",       "be",      "being", "at",   "as",      "in",          "for",           "into",
    "the",      "all",     "our",   "its",  "this",    "root",        "fully",         "closely",
    "actively", "operate", "work",  "look", "looking", "investigate", "investigating", "levels"};
/// "Some users cannot log in": some, and in the same sentence what they do now.
constexpr std::array<Words, 3> some_words{"some", "others", "a few"};
constexpr std::array<Words, 8> now_words{"are",     "cannot", "can't",      "have not",
                                         "haven't", "see",    "experience", "fail"};

/// The state that heads an update, where an item holds several.
constexpr std::array<Words, 8> update_headings{"Investigating - ", "Identified - ", "Update - ",
                                               "Monitoring - ",    "Resolved - ",   "In progress - ",
                                               "Verifying - ",     "Completed - "};

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

/// Letters, digits and what joins them, each word between blanks; a full stop is a word of its own.
std::string words_of(std::string_view text) {
    std::string out = " ";
    for (const char c : text) {
        const bool in_word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '\'' || c == '-';
        if (in_word)
            out += c;
        else if (c == '.' || c == '!' || c == '?')
            out += " . ";
        else if (out.back() != ' ')
            out += ' ';
    }
    return out + ' ';
}

/// Where these whole words stand, from `from` on.
std::size_t find_words(std::string_view text, Words words, std::size_t from = 0) {
    for (auto at = text.find(words, from); at != text.npos; at = text.find(words, at + 1)) {
        const std::size_t end = at + words.size();
        if ((at == 0 || text[at - 1] == ' ') && (end == text.size() || text[end] == ' ')) return at;
    }
    return text.npos;
}

template <std::size_t N>
bool holds_words(std::string_view text, const std::array<Words, N>& list) {
    return std::any_of(list.begin(), list.end(),
                       [&](Words words) { return find_words(text, words) != text.npos; });
}

template <std::size_t N>
bool is_one_of(Words word, const std::array<Words, N>& list) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

/// "remains resolved", "still looking for the cause".
bool goes_on_harmlessly(std::string_view rest) {
    for (;;) {
        rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
        const Words word = rest.substr(0, rest.find(' '));
        if (!is_one_of(word, joining_words)) return is_one_of(word, harmless_words);
        rest.remove_prefix(word.size());
    }
}

/// "was still", "if you still see errors".
bool is_not_said_of_now(std::string_view sentence) {
    sentence = sentence.substr(0, sentence.find_last_not_of(' ') + 1);
    return is_one_of(sentence.substr(sentence.find_last_of(' ') + 1), ended_before) ||
           holds_words(sentence, in_case_words);
}

bool some_do_now(std::string_view words) {
    for (const Words some : some_words)
        for (auto at = find_words(words, some); at != words.npos; at = find_words(words, some, at + 1))
            if (holds_words(after(words, at, near_words), now_words)) return true;
    return false;
}

/// "Asia is still unreachable", and neither "was still unreachable" nor "we continue to monitor".
bool says_it_goes_on(std::string_view text) {
    for (const Words over : over_words)
        for (auto at = text.find(over); at != text.npos; at = text.find(over, at + 1))
            if (holds_any(before(text, at, 20), denying_words)) return true;
    const std::string all = words_of(text);
    for (const Words word : going_on_words)
        for (auto at = find_words(all, word); at != all.npos; at = find_words(all, word, at + 1))
            if (!is_not_said_of_now(before(all, at, near_words)) &&
                !goes_on_harmlessly(std::string_view{all}.substr(at + word.size())))
                return true;
    return some_do_now(all);
}

/// "has been resolved", and neither "until it is resolved" nor "some have recovered, others have not".
bool says_it_is_over(std::string_view text) {
    for (const Words word : over_words)
        for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1))
            if (!holds_any(before(text, at, 20), not_over_words) &&
                !holds_any(before(text, at, 28), partly_before) &&
                !holds_any(after(text, at, 80), partly_after) && !says_it_goes_on(after(text, at, 80)))
                return true;
    return false;
}

/// Where an item holds its whole story, the newest part comes first.
std::string_view newest_update(std::string_view text) {
    std::size_t first = text.npos, second = text.npos;
    for (const Words heading : update_headings)
        for (auto at = text.find(heading); at != text.npos; at = text.find(heading, at + 1))
            if (at < first)
                second = std::exchange(first, at);
            else
                second = std::min(second, at);
    return text.substr(0, second);
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
Failure severity(std::string_view text, std::string_view newest) {
    if (text.find("maintenance") != text.npos && !speaks_of_an_outage(text))
        return holds_any(newest, started_words) ? Failure::reported_maintenance : Failure::none;
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
    // A title often keeps what was said at the beginning: it may end the story, not go on with it.
    const std::string title = lower_ascii(item.title), text = lower_ascii(item.text);
    const std::string newest = lower_ascii(newest_update(item.text));
    if ((says_it_is_over(title) || says_it_is_over(newest)) && !says_it_goes_on(newest)) return Failure::none;
    return severity(title + " . " + text, title + " . " + newest);
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
