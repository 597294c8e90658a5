#include "agent/page/views/witness_view.hpp"

#include <algorithm>
#include <array>

#include "agent/page/views/ladder.hpp"

namespace sereno {

namespace {

constexpr std::array outside_groups{Group::routing, Group::witness, Group::vendor};

using Looks = std::vector<const ProbeState*>;

Looks looks_of(const SubjectView& view, Group group) {
    Looks looks;
    for (const auto& probe : view.probes)
        if (probe.group == group) looks.push_back(&probe);
    return looks;
}

/// Of several that look at the same: who knows nothing has no say.
Rung::State state_of(const Looks& looks) {
    std::optional<Rung::State> all;
    for (const ProbeState* look : looks) {
        const Rung::State its = state_of(*look);
        if (its == Rung::State::unknown) continue;
        all = !all || *all == its ? its : Rung::State::partly;
    }
    return all.value_or(Rung::State::unknown);
}

/// The look that says most about the whole: one that agrees with it, else one that says why not.
const ProbeState& leading(const Looks& looks, Rung::State state) {
    const auto agrees = [&](const ProbeState* look) { return state_of(*look) == state; };
    const auto seen = [](const ProbeState* look) { return !look->last.id.empty(); };
    const auto first = [&](auto wanted) { return std::find_if(looks.begin(), looks.end(), wanted); };
    if (state != Rung::State::unknown)
        if (const auto it = first(agrees); it != looks.end()) return **it;
    if (const auto it = first(seen); it != looks.end()) return **it;
    return *looks.front();
}

/// In one or two words; what lies behind them stands below.
std::string short_word(const Scene& scene, const ProbeState& look, Rung::State state) {
    if (look.last.id.empty()) return scene.text("page.not_asked");
    if (state == Rung::State::unknown) return scene.text("page.not_known");
    if (look.group == Group::vendor && !look.last.ok())
        return scene.text("page.outside_vendor." + std::string{to_string(look.last.failure)});
    if (state == Rung::State::partly) return scene.text("page.rung.partly");
    const std::string section = state == Rung::State::well ? "page.outside_well." : "page.outside_ill.";
    return scene.text(section + std::string{to_string(look.group)});
}

const WitnessHealth* health_of(const Scene& scene, const WitnessId& id) {
    const auto& all = scene.snapshot.witnesses;
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const WitnessView& view) { return view.health.id == id; });
    return found == all.end() ? nullptr : &found->health;
}

std::string name_of(const Scene& scene, const WitnessId& id) {
    const WitnessHealth* health = health_of(scene, id);
    return health == nullptr || health->name.empty() ? id.value : health->name;
}

std::string counted(const Scene& scene, int passed, int total) {
    return scene.text("page.rung_count",
                      {{"passed", std::to_string(passed)}, {"total", std::to_string(total)}});
}

/// "2 min ago", kept up to date by the script.
void ago(Html& html, const Scene& scene, Stamp at) {
    sentence_around(html, scene, "page.ago", "length", [&] { elapsed(html, scene, at); });
}

/// "15:45:02 (2 min ago)".
void time_and_age(Html& html, const Scene& scene, Stamp at) {
    time_to_second(html, scene, at);
    html << " ("_html;
    ago(html, scene, at);
    html << ")"_html;
}

/// Their words stand as a quotation under their name, never as ours.
void vendor_words(Html& html, const ProbeState& look) {
    const std::string words = look.last.voices.empty() ? std::string{} : look.last.voices.front().words;
    if (words.empty()) return;
    html << "<blockquote><q><bdi>"_html << words << "</bdi></q></blockquote>"_html;
}

/// Who said it, what exactly, and when that was true.
void look_line(Html& html, const Scene& scene, const ProbeState& look) {
    if (look.last.id.empty()) return;
    const Rung::State state = state_of(look);
    const bool speaks = state != Rung::State::unknown;
    html << "<li>"_html;
    if (look.group == Group::vendor && speaks) vendor_words(html, look);
    html << "<p class=\"quiet\"><cite>"_html << name_of(scene, look.witness) << "</cite>"_html;
    if (!speaks) html << " · "_html << word_of(scene, look);
    // Of what is well the checks below tell the numbers.
    if (speaks && look.last.routes && state != Rung::State::well)
        html << " · "_html << routes_text(scene, *look.last.routes);
    html << " · "_html;
    ago(html, scene, look.last.seen_at());
    html << "</p>"_html;
    if (look.last.failure == Failure::witness_unknown && !look.last.detail.empty())
        html << "<p class=\"quiet\"><bdi class=\"said\">"_html << look.last.detail << "</bdi></p>"_html;
    if (look.group == Group::witness && speaks && state != Rung::State::well)
        voices(html, scene, look.last.voices);
    html << "</li>"_html;
}

/// Voices of all looks that count: in how many networks it works.
void count_voices(Html& html, const Scene& scene, const Looks& looks) {
    int passed = 0, total = 0;
    for (const ProbeState* look : looks) {
        if (state_of(*look) == Rung::State::unknown) continue;
        for (const Voice& voice : look->last.voices) {
            total += voice.speaks() ? 1 : 0;
            passed += voice.speaks() && voice.well() ? 1 : 0;
        }
    }
    if (total > 0) html << " <span class=\"count\">"_html << counted(scene, passed, total) << "</span>"_html;
}

void outside_group(Html& html, const Scene& scene, Group group, const Looks& looks) {
    const Rung::State state = state_of(looks);
    const std::string shape{to_string(state)};
    html << "<li class=\"rung "_html << shape << "\">"_html;
    symbol(html, "r-" + shape);
    html << "<span class=\"layer\">"_html << scene.text("page.outside." + std::string{to_string(group)})
         << "</span><span class=\"says\"><span class=\"word\">"_html
         << short_word(scene, leading(looks, state), state) << "</span>"_html;
    if (group == Group::witness) count_voices(html, scene, looks);
    html << "</span>"_html;
    const bool seen = std::any_of(looks.begin(), looks.end(),
                                  [](const ProbeState* look) { return !look->last.id.empty(); });
    if (seen) {
        html << "<ul class=\"looks\">"_html;
        for (const ProbeState* look : looks)
            look_line(html, scene, *look);
        html << "</ul>"_html;
    }
    html << "</li>"_html;
}

std::string_view shape_of(WitnessHealth::State state) {
    switch (state) {
        case WitnessHealth::State::able:
            return "well";
        case WitnessHealth::State::unable:
            return "unknown";
        case WitnessHealth::State::idle:
            break;
    }
    return "unreached";
}

std::string names(const Scene& scene, const std::vector<SubjectId>& subjects) {
    std::string list;
    for (const SubjectId& subject : subjects)
        list += (list.empty() ? "" : ", ") + scene.name_of(subject);
    return list;
}

void spoken_of(Html& html, const Scene& scene, std::string_view key, const std::vector<SubjectId>& subjects) {
    if (subjects.empty()) return;
    html << "<p>"_html << capitalised(scene.text(key, {{"names", names(scene, subjects)}})) << "</p>"_html;
}

void budget(Html& html, const Scene& scene, const WitnessHealth& it) {
    if (it.budget_limit < 0) return;
    html << "<p class=\"quiet\">"_html
         << capitalised(scene.text("page.budget", {{"left", std::to_string(std::max(it.budget_left, 0))},
                                                   {"limit", std::to_string(it.budget_limit)}}));
    if (it.budget_resets != Stamp{}) {
        html << " · "_html;
        sentence_with_time(html, scene, "page.budget_resets", "time", it.budget_resets);
    }
    html << "</p>"_html;
}

void last_word(Html& html, const Scene& scene, const WitnessHealth& it) {
    html << "<p class=\"quiet\">"_html;
    if (it.last_word == Stamp{})
        html << scene.text("page.no_word");
    else
        sentence_around(html, scene, "page.last_word", "time",
                        [&] { time_and_age(html, scene, it.last_word); });
    if (!it.words.empty()) html << "<br><bdi>"_html << it.words << "</bdi>"_html;
    html << "</p>"_html;
}

void witness(Html& html, const Scene& scene, const WitnessView& view) {
    const WitnessHealth& it = view.health;
    const std::string_view shape = shape_of(it.state);
    html << "<li class=\"witness "_html << shape << " "_html << to_string(it.state) << "\">"_html;
    symbol(html, "r-" + std::string{shape});
    html << "<div><p><strong><bdi>"_html << (it.name.empty() ? it.id.value : it.name)
         << "</bdi></strong> <span class=\"quiet\">"_html << scene.words.group(it.group)
         << "</span></p><p><span class=\"word\">"_html << capitalised(scene.words.witness_state(it.state))
         << "</span>"_html;
    if (it.state != WitnessHealth::State::idle && it.since != Stamp{}) {
        html << " <span class=\"quiet\">· "_html;
        sentence_with_time(html, scene, "page.since", "time", it.since);
        html << "</span>"_html;
    }
    html << "</p>"_html;
    if (it.state == WitnessHealth::State::unable && !it.why.empty())
        html << "<p><bdi class=\"said\">"_html << it.why << "</bdi></p>"_html;
    spoken_of(html, scene, "page.speaks_ill", view.ill);
    spoken_of(html, scene, "page.speaks_well", view.well);
    if (it.state != WitnessHealth::State::idle || it.last_word != Stamp{}) last_word(html, scene, it);
    budget(html, scene, it);
    html << "</div></li>"_html;
}

}  // namespace

std::string word_of(const Scene& scene, const ProbeState& probe) {
    const Observation& last = probe.last;
    if (last.id.empty()) return scene.text(from_outside(probe) ? "page.not_asked" : "page.none_yet");
    // What said nothing does not become a word by its age.
    if (!probe.fresh && (last.ok() || speaks_of_target(last.failure))) return scene.text("page.too_old");
    if (!last.ok()) return scene.words.failure(last.failure);
    if (!from_outside(probe)) return scene.text("page.answered");
    return scene.text("page.outside_well." + std::string{to_string(probe.group)});
}

bool from_outside(const ProbeState& probe) {
    return std::find(outside_groups.begin(), outside_groups.end(), probe.group) != outside_groups.end();
}

std::string routes_text(const Scene& scene, const RoutesSeen& seen) {
    return scene.text("page.routes_seen", {{"seen", std::to_string(seen.prefixes - seen.withdrawn)},
                                           {"total", std::to_string(seen.prefixes)}}) +
           ", " +
           scene.text("page.observers",
                      {{"now", std::to_string(seen.peers_now)}, {"known", std::to_string(seen.peers_known)}});
}

void seen_outside(Html& html, const Scene& scene, const SubjectView& view) {
    if (std::none_of(view.probes.begin(), view.probes.end(), from_outside)) return;
    html << "<h4>"_html << scene.text("page.seen_outside") << "</h4><ul class=\"ladder outside-view\">"_html;
    for (const Group group : outside_groups)
        if (const Looks looks = looks_of(view, group); !looks.empty())
            outside_group(html, scene, group, looks);
    html << "</ul>"_html;
}

void voices(Html& html, const Scene& scene, const std::vector<Voice>& said) {
    if (said.empty()) return;
    html << "<ul class=\"voices\">"_html;
    for (const Voice& voice : said) {
        const std::string_view shape = !voice.speaks() ? "unknown" : voice.well() ? "well" : "failing";
        const Vantage& from = voice.vantage;
        html << "<li class=\""_html << shape << "\">"_html;
        symbol(html, "r-" + std::string{shape});
        html << "<span><bdi>"_html << from.name;
        if (!from.country.empty()) html << (from.name.empty() ? "" : ", ") << from.country;
        html << "</bdi>"_html;
        if (from.asn != 0)
            html << " <span class=\"quiet\">AS"_html << std::uint64_t{from.asn} << "</span>"_html;
        html << ": "_html
             << (voice.failure == Failure::none ? scene.text("page.answered")
                                                : scene.words.failure(voice.failure));
        if (voice.http_status != 0) html << " (HTTP "_html << voice.http_status << ")"_html;
        html << "</span></li>"_html;
    }
    html << "</ul>"_html;
}

void witnesses(Html& html, const Scene& scene) {
    if (scene.snapshot.witnesses.empty()) return;
    html
        << "<section class=\"witnesses\" aria-labelledby=\"witnesses-title\"><h2 id=\"witnesses-title\">"_html
        << scene.text("page.witnesses") << "</h2><p class=\"quiet\">"_html
        << scene.text("page.witnesses_lead") << "</p><ul class=\"card tone-quiet\">"_html;
    for (const auto& view : scene.snapshot.witnesses)
        witness(html, scene, view);
    html << "</ul></section>\n"_html;
}

}  // namespace sereno
