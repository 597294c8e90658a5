#include "probes/witness/status/findings.hpp"

#include <algorithm>
#include <array>

#include "agent/model/ascii.hpp"
#include "probes/attempt.hpp"

namespace sereno::status {

namespace {

/// A page takes about four times its length.
constexpr BoundedJson::Bounds bounds{.deepest = 32, .most_bytes = 16'777'216};
constexpr std::size_t most_affected = 16, longest_name = 80, most_words = 200;
constexpr std::size_t most_findings = 16;

/// How bad. Maintenance that was announced is better than trouble that was not.
int rank(Failure says) {
    switch (says) {
        case Failure::reported_outage:
            return 3;
        case Failure::reported_degraded:
            return 2;
        case Failure::reported_maintenance:
            return 1;
        default:
            return 0;
    }
}

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v';
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_space(text.front()))
        text.remove_prefix(1);
    return text;
}

struct Entity {
    std::string_view written;
    char meant;
};
/// And the apostrophe that is none in ASCII: "isn't" must stay one word.
constexpr std::array<Entity, 10> entities{{{"&amp;", '&'},
                                           {"&lt;", '<'},
                                           {"&gt;", '>'},
                                           {"&quot;", '"'},
                                           {"&#39;", '\''},
                                           {"&apos;", '\''},
                                           {"&rsquo;", '\''},
                                           {"&#8217;", '\''},
                                           {"\xE2\x80\x99", '\''},
                                           {"&nbsp;", ' '}}};

/// A '<' that is followed by neither a letter nor one of "/!?" is a sign like any other.
bool opens_tag(std::string_view rest) {
    if (rest.size() < 2 || rest[0] != '<') return false;
    const char next = lower_ascii(rest[1]);
    return (next >= 'a' && next <= 'z') || next == '/' || next == '!' || next == '?';
}

}  // namespace

StatusReport not_understood(std::string why) {
    StatusReport out;
    out.why = plain_text(why, most_words);
    return out;
}

std::string_view looks_like(std::string_view body) {
    const std::string_view text = trimmed(body);
    if (text.empty()) return "nothing";
    const std::string start = lower_ascii(text.substr(0, 15));
    if (start.starts_with("<!doctype html") || start.starts_with("<html")) return "an HTML page";
    if (start.front() == '<') return "another kind of XML";
    if (start.front() == '{' || start.front() == '[') return "other JSON, or a part of it";
    return "other text";
}

Document read_json(std::string_view body) {
    Document document{BoundedJson{bounds}, nullptr, {}};
    if (body.size() > most_body_bytes) {
        document.why = "it is " + std::to_string(body.size()) + " bytes long, more than is read";
        return document;
    }
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    if (body.starts_with(mark)) body.remove_prefix(mark.size());
    document.value = document.json.read(body);
    if (document.value == nullptr)
        document.why = "expected JSON, came " + std::string{looks_like(body)} + " of " +
                       std::to_string(body.size()) + " bytes: " + document.json.why();
    return document;
}

std::string without_markup(std::string_view html, std::size_t most) {
    std::string out;
    const auto put = [&](char c) {
        if (!is_space(c))
            out += c;
        else if (!out.empty() && out.back() != ' ')
            out += ' ';
    };
    for (std::size_t at = 0; at < html.size() && out.size() < most;) {
        const std::string_view rest = html.substr(at);
        if (opens_tag(rest)) {
            put(' ');
            at += std::min(rest.find('>'), rest.size() - 1) + 1;
            continue;
        }
        const auto entity = std::find_if(entities.begin(), entities.end(),
                                         [&](const Entity& one) { return rest.starts_with(one.written); });
        if (entity == entities.end()) {
            put(rest[0]);
            ++at;
        } else {
            put(entity->meant);
            at += entity->written.size();
        }
    }
    return plain_text(out, most);
}

void Findings::add(Failure says, std::string_view words) {
    if (rank(says) > rank(worst_)) worst_ = says;
    std::string plain = without_markup(words, most_words);
    if (plain.empty()) return;
    const Finding found{says, std::move(plain)};
    const auto known = [&](const Finding& one) { return one.words == found.words; };
    if (std::any_of(findings_.begin(), findings_.end(), known)) return;
    // The worst first, else in the page's order; what comes too late is the least.
    const auto place = std::find_if(findings_.begin(), findings_.end(),
                                    [&](const Finding& one) { return rank(one.says) < rank(found.says); });
    findings_.insert(place, found);
    if (findings_.size() > most_findings) findings_.pop_back();
}

void Findings::affect(std::string_view name) {
    std::string plain = without_markup(name, longest_name);
    if (plain.empty() || affected_.size() == most_affected) return;
    if (std::find(affected_.begin(), affected_.end(), plain) == affected_.end())
        affected_.push_back(std::move(plain));
}

StatusReport Findings::report(std::string_view otherwise) const {
    StatusReport out;
    out.understood = true;
    out.says = worst_;
    out.affected = affected_;
    for (const Finding& one : findings_)
        out.words += (out.words.empty() ? "" : "; ") + one.words;
    if (out.words.empty() && worst_ != Failure::none)
        for (const std::string& name : affected_)
            out.words += (out.words.empty() ? "" : ", ") + name;
    if (out.words.empty()) out.words = without_markup(otherwise, most_words);
    if (out.words.empty())
        out.words = worst_ == Failure::none ? "nothing is reported" : "trouble, without a word about it";
    out.words = plain_text(out.words, most_words);
    return out;
}

}  // namespace sereno::status
