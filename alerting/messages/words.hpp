// Turns rules, causes, failures and alerts into plain sentences in the reader's language. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/model/message.hpp"
#include "agent/model/playbook.hpp"

namespace sereno {

using Substitutions = std::vector<std::pair<std::string, std::string>>;

/// Puts values in place of `{name}`. `{{` and `}}` stand for braces. A name without a value stays as it is written.
std::string fill(std::string_view text, const Substitutions& values);
/// The names a text uses, in order of appearance, once each.
std::vector<std::string> names_in(std::string_view text);

/// Texts by dotted key ("evidence.authoritative_silent"), one map a language. From config/messages/*.yaml.
using MessageCatalogue = std::map<std::string, std::map<std::string, std::string>>;

/// One language of a catalogue; a missing key falls back to English, then to the key itself.
class Words {
  public:
    Words(const MessageCatalogue& catalogue, std::string language);

    [[nodiscard]] const std::string& language() const { return language_; }
    [[nodiscard]] std::string text(std::string_view key, const Substitutions& values = {}) const;
    [[nodiscard]] std::string decision(Decision decision) const;  ///< "Outage"
    [[nodiscard]] std::string cause(Cause cause) const;           ///< "their DNS servers do not answer"
    [[nodiscard]] std::string failure(Failure failure) const;     ///< "no answer in time"
    [[nodiscard]] std::string evidence(const Evidence& evidence) const;
    [[nodiscard]] std::string step(const PlaybookStep& step, const Substitutions& values) const;

  private:
    const MessageCatalogue* catalogue_;
    std::string language_;
};

struct RenderedAlert {
    std::string subject;  ///< one line, for mail
    std::string body;     ///< mail: the whole; SMS: at most 320 characters
};
enum class AlertForm : std::uint8_t { mail, sms };

/// What was decided, why, since when, and the first steps. `page` is where to look ("http://127.0.0.1:8484/").
RenderedAlert render_alert(const Words& words, AlertForm form, AlertKind kind, const Incident& incident,
                           const std::vector<PlaybookStep>& steps, Micros wall_offset, const std::string& team,
                           const std::string& page);

}  // namespace sereno
