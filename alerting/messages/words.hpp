// Turns rules, causes, failures and alerts into plain sentences in the reader's language. Pure.
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/model/message.hpp"
#include "agent/model/playbook.hpp"
#include "agent/model/witness.hpp"

namespace sereno {

using Substitutions = std::vector<std::pair<std::string, std::string>>;

/// Puts values in place of `{name}` (letters, digits, `_`, `-`, `.`). `{{` and `}}` stand for braces. A name
/// without a value stays as it is written; a value is never read again for names.
std::string fill(std::string_view text, const Substitutions& values);
/// The names a text uses, in order of appearance, once each.
std::vector<std::string> names_in(std::string_view text);

/// Texts by dotted key ("evidence.authoritative_silent"), one map a language. From config/messages/*.yaml.
using MessageCatalogue = std::map<std::string, std::map<std::string, std::string>>;

/// One language of a catalogue; a missing key falls back to English, then to the key itself.
/// The catalogue must outlive it.
class Words {
  public:
    Words(const MessageCatalogue& catalogue, std::string language);

    [[nodiscard]] const std::string& language() const { return language_; }
    [[nodiscard]] std::string text(std::string_view key, const Substitutions& values = {}) const;
    [[nodiscard]] std::string decision(Decision decision) const;  ///< "outage"
    [[nodiscard]] std::string cause(Cause cause) const;        ///< "their DNS servers give no usable answer"
    [[nodiscard]] std::string failure(Failure failure) const;  ///< "no answer in time"
    [[nodiscard]] std::string scope(Scope scope) const;        ///< "everything of one operator"
    [[nodiscard]] std::string stage(Stage stage) const;        ///< "connecting"
    [[nodiscard]] std::string group(Group group) const;        ///< "their own DNS servers"
    [[nodiscard]] std::string state(IncidentState state) const;                 ///< "going on"
    [[nodiscard]] std::string witness_state(WitnessHealth::State state) const;  ///< "not asked yet"
    /// The part of a platform that a cause speaks of: "DNS", "web servers".
    [[nodiscard]] std::string layer(Cause cause) const;
    /// What is broken on our side: "the Internet connection here".
    [[nodiscard]] std::string here(Cause cause) const;
    /// "Outage: Facebook, Instagram", "It's us: the Internet connection here". `names` as a person lists
    /// them.
    [[nodiscard]] std::string headline(Decision decision, Cause cause, const std::string& names) const;
    [[nodiscard]] std::string evidence(const Evidence& evidence) const;
    /// What could change a verdict's mind: "A look from another network could settle it."
    [[nodiscard]] std::string settles(const RuleId& rule) const;
    /// An explanation that was weighed as well, and the sentence that speaks most against it: "the local
    /// network or its router does not work: The router here answers." `evidence`: that of the same verdict.
    [[nodiscard]] std::string ruled_out(const Alternative& alternative,
                                        const std::vector<Evidence>& evidence) const;
    [[nodiscard]] std::string step(const PlaybookStep& step, const Substitutions& values) const;
    /// What an incident is called: the operator or app, or for local trouble what is broken here.
    [[nodiscard]] std::string title(const Incident& incident) const;
    /// duration_text() with the reader's word for days.
    [[nodiscard]] std::string length(Micros length) const;

  private:
    [[nodiscard]] std::string coded(std::string_view section, std::string_view code) const;

    const MessageCatalogue* catalogue_;
    std::string language_;
};

/// The names that texts of playbook steps may use:
///   {platforms}  "Facebook, Instagram"; for an app those it needs; the title for local trouble
///   {title}      what the incident is called: "Meta", "booking-bot"
///   {app}        the app that is sick; the title when it is none
///   {since}      "15:44 UTC"
///   {command}    the app's restart command as configured; empty when there is none
inline constexpr std::array<std::string_view, 5> step_names{"platforms", "title", "app", "since", "command"};
Substitutions step_values(const Words& words, const Incident& incident, Micros wall_offset,
                          const std::string& command = "");

/// A command as a person would read it, its arguments one space apart. For eyes only, never for a shell.
std::string command_text(const std::vector<std::string>& arguments);

/// "Facebook, Instagram, WhatsApp": those whom the incident's decision is about, in the order in which they
/// joined, as many as fit into `most` characters, then "+4". At least one, shortened if need be.
std::string subject_names(const Incident& incident, std::size_t most = 120);

/// When an incident was over: when the last of its subjects was first seen well again. Empty while it is not.
std::optional<Stamp> over_at(const Incident& incident);

/// "15:44 UTC", with the date in front when that is another day than `reference`'s.
std::string moment(Stamp at, Stamp reference, Micros wall_offset);

struct RenderedAlert {
    std::string subject;  ///< one line without control characters, at most 200 characters; empty for SMS
    std::string body;     ///< mail: the whole, lines end in "\n"; SMS: one line of at most 320 characters
};
enum class AlertForm : std::uint8_t { mail, sms };
inline constexpr std::size_t sms_most_characters = 320;  ///< UTF-16 code units, as SMS counts

/// What was decided, why, since when, and the first steps. `page` is where to look
/// ("http://127.0.0.1:8484/"), `command` restarts the sick app; either may be empty.
RenderedAlert render_alert(const Words& words, AlertForm form, AlertKind kind, const Incident& incident,
                           const std::vector<PlaybookStep>& steps, Micros wall_offset,
                           const std::string& team, const std::string& page, const std::string& command = "");

}  // namespace sereno
