// The small pieces that every part of the page is made of.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "agent/model/snapshot.hpp"
#include "agent/page/html.hpp"
#include "agent/page/views/answer.hpp"
#include "alerting/messages/words.hpp"

namespace sereno {

/// What all views need to see. Lives as long as one rendering.
struct Scene {
    const Snapshot& snapshot;
    const Words& words;
    const std::string& team;

    [[nodiscard]] std::string text(std::string_view key, const Substitutions& values = {}) const {
        return words.text(key, values);
    }
    /// The view of a subject, or null.
    [[nodiscard]] const SubjectView* find(const SubjectId& subject) const;
    [[nodiscard]] std::string name_of(const SubjectId& subject) const;
};

/// A symbol of the sprite, beside a word that says the same: hidden from screen readers.
void symbol(Html& html, std::string_view name, std::string_view extra_class = "");

/// `<time>`: hours and minutes, the date too when it is not the snapshot's; "15:44".
void time(Html& html, const Scene& scene, Stamp at);
/// The same with seconds.
void time_to_second(Html& html, const Scene& scene, Stamp at);
/// How long since: rendered here, kept up to date by the script.
void elapsed(Html& html, const Scene& scene, Stamp since);

/// A sentence of the catalogue with what `piece` writes in place of its {name}.
void sentence_around(Html& html, const Scene& scene, std::string_view key, std::string_view name,
                     const std::function<void()>& piece);
/// A sentence of the catalogue with one `<time>` in place of its {time}, {since} or {until}.
void sentence_with_time(Html& html, const Scene& scene, std::string_view key, std::string_view name,
                        Stamp at);

/// "12 ms", "0.4 ms", "1.3 s".
std::string latency_text(Micros length);
/// "97": never 100, which would claim more than anyone knows.
std::string percent_text(int permille);

/// Evidence: what speaks for it first, then what speaks against, then what is only noted.
void evidence_list(Html& html, const Scene& scene, const std::vector<Evidence>& evidence);
/// The evidence, what else was weighed and why it is not believed, and what could settle the matter.
void reasoning(Html& html, const Scene& scene, const Verdict& verdict);

/// A link only when it is http or https; else plain text.
void outside_link(Html& html, std::string_view url, std::string_view text);

}  // namespace sereno
