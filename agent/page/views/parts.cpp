#include "agent/page/views/parts.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

namespace sereno {

namespace {

void time_element(Html& html, const Scene& scene, Stamp at, std::size_t length) {
    const std::string text = rfc3339(at + scene.snapshot.wall_offset);
    const std::string today = rfc3339(scene.snapshot.at + scene.snapshot.wall_offset);
    html << "<time datetime=\""_html << text << "\">"_html;
    if (text.substr(0, 10) != today.substr(0, 10)) html << text.substr(0, 10) << " ";
    html << text.substr(11, length) << "</time>"_html;
}

/// Four steps of how much a piece of evidence weighs, in milli-nats: e-fold, 10-fold, 100-fold.
int strength(int weight) {
    const int size = std::abs(weight);
    return size < 1000 ? 1 : size < 2300 ? 2 : size < 4600 ? 3 : 4;
}

/// In the order in which they are listed.
enum class Side { speaks_for, speaks_against, noted };

Side side_of(int weight) {
    return weight > 0 ? Side::speaks_for : weight < 0 ? Side::speaks_against : Side::noted;
}

void evidence_line(Html& html, const Scene& scene, const Evidence& it) {
    struct Look {
        std::string_view name, text;
    };
    constexpr std::array looks{Look{"for", "page.for_it"}, Look{"against", "page.against_it"},
                               Look{"noted", "page.noted"}};
    const Side side = side_of(it.weight);
    const Look& look = looks[static_cast<std::size_t>(side)];
    html << "<li class=\""_html << look.name << "\">"_html;
    symbol(html, "i-" + std::string{look.name});
    html << "<div><p>"_html << scene.words.evidence(it) << "</p><p class=\"quiet\">"_html;
    if (side != Side::noted)
        html << "<span class=\"strength s"_html << strength(it.weight)
             << "\" aria-hidden=\"true\"><i></i><i></i><i></i><i></i></span>"_html;
    html << scene.text(look.text) << " · "_html << scene.words.group(it.group) << "</p></div></li>"_html;
}

}  // namespace

const SubjectView* Scene::find(const SubjectId& subject) const {
    const auto found = std::find_if(snapshot.subjects.begin(), snapshot.subjects.end(),
                                    [&](const SubjectView& view) { return view.subject == subject; });
    return found == snapshot.subjects.end() ? nullptr : &*found;
}

std::string Scene::name_of(const SubjectId& subject) const {
    const SubjectView* view = find(subject);
    return view == nullptr ? subject.value : display_name(*view, words);
}

void symbol(Html& html, std::string_view name, std::string_view extra_class) {
    html << "<svg class=\"symbol"_html;
    if (!extra_class.empty()) html << " " << extra_class;
    html << "\" aria-hidden=\"true\" focusable=\"false\"><use href=\"#"_html << name << "\"/></svg>"_html;
}

void time(Html& html, const Scene& scene, Stamp at) {
    time_element(html, scene, at, 5);
}

void time_to_second(Html& html, const Scene& scene, Stamp at) {
    time_element(html, scene, at, 8);
}

void elapsed(Html& html, const Scene& scene, Stamp since) {
    html << "<span class=\"elapsed\" data-since=\""_html << rfc3339(since + scene.snapshot.wall_offset)
         << "\">"_html << scene.words.length(std::max(scene.snapshot.at - since, Micros{0}))
         << "</span>"_html;
}

void sentence_around(Html& html, const Scene& scene, std::string_view key, std::string_view name,
                     const std::function<void()>& piece) {
    // A mark that no text holds: it would be replaced by U+FFFD if it ever reached the page.
    constexpr std::string_view mark = "\x01";
    const std::string text = scene.text(key, {{std::string{name}, std::string{mark}}});
    const std::size_t place = text.find(mark);
    html << std::string_view{text}.substr(0, place);
    if (place == std::string::npos) return;
    piece();
    html << std::string_view{text}.substr(place + mark.size());
}

void sentence_with_time(Html& html, const Scene& scene, std::string_view key, std::string_view name,
                        Stamp at) {
    sentence_around(html, scene, key, name, [&] { time(html, scene, at); });
}

std::string latency_text(Micros length) {
    const auto micros = std::max(length, Micros{0}).count();
    char text[32];
    if (micros < 10'000)
        std::snprintf(text, sizeof text, "%lld.%lld ms", static_cast<long long>(micros / 1000),
                      static_cast<long long>(micros % 1000 / 100));
    else if (micros < 1'000'000)
        std::snprintf(text, sizeof text, "%lld ms", static_cast<long long>(micros / 1000));
    else
        std::snprintf(text, sizeof text, "%lld.%lld s", static_cast<long long>(micros / 1'000'000),
                      static_cast<long long>(micros % 1'000'000 / 100'000));
    return text;
}

std::string percent_text(int permille) {
    return std::to_string(std::clamp(permille / 10, 0, 99));
}

void evidence_list(Html& html, const Scene& scene, const std::vector<Evidence>& evidence) {
    if (evidence.empty()) {
        html << "<p class=\"quiet\">"_html << scene.text("page.no_evidence") << "</p>"_html;
        return;
    }
    std::vector<const Evidence*> sorted;
    for (const auto& each : evidence)
        sorted.push_back(&each);
    std::stable_sort(sorted.begin(), sorted.end(), [](const Evidence* a, const Evidence* b) {
        if (side_of(a->weight) != side_of(b->weight)) return side_of(a->weight) < side_of(b->weight);
        return std::abs(a->weight) > std::abs(b->weight);
    });
    html << "<ul class=\"evidence\">"_html;
    for (const Evidence* each : sorted)
        evidence_line(html, scene, *each);
    html << "</ul>"_html;
}

void reasoning(Html& html, const Scene& scene, const Verdict& verdict) {
    evidence_list(html, scene, verdict.evidence);
    if (!verdict.ruled_out.empty()) {
        html << "<h4>"_html << scene.text("ruled_out.title") << "</h4><ul class=\"weighed\">"_html;
        for (const Alternative& each : verdict.ruled_out)
            html << "<li>"_html << capitalised(scene.words.ruled_out(each, verdict.evidence)) << "</li>"_html;
        html << "</ul>"_html;
    }
    if (verdict.would_settle.empty()) return;
    html << "<h4>"_html << scene.text("settles.title") << "</h4><ul class=\"weighed\">"_html;
    for (const RuleId& each : verdict.would_settle)
        html << "<li>"_html << scene.words.settles(each) << "</li>"_html;
    html << "</ul>"_html;
}

void outside_link(Html& html, std::string_view url, std::string_view text) {
    if (!url.starts_with("https://") && !url.starts_with("http://")) {
        html << text;
        return;
    }
    html << "<a href=\""_html << url << "\" rel=\"noopener noreferrer external\">"_html << text
         << "</a>"_html;
}

}  // namespace sereno
