// Takes out of a recording what is nobody else's business, so that it can be given away and still replays.
#pragma once

#include <functional>
#include <string_view>

#include "agent/recording/codec.hpp"
#include "agent/recording/pseudonyms.hpp"

namespace sereno {

/// Names and addresses of people, addresses of hosts, names that are not public, and every text from the
/// network or written by the team become pseudonyms, the same for the same value. What is decided of redacted
/// events has to be decided anew.
class Redactor {
  public:
    /// `is_public`: words that everybody may read, as those of the built-in catalogue.
    explicit Redactor(std::function<bool(std::string_view)> is_public);
    Event redact(Event event);
    Checkpoint redact(Checkpoint checkpoint);

  private:
    template <class T>
    void replace(T& value);
    Pseudonyms pseudonyms_;
};

/// Secrets stay out of every recording: queries of URLs, where keys to services stand, become "?1", "?2" ...,
/// the same for the same one. No other secret is part of an event.
ConfigChanged without_secrets(ConfigChanged event);

}  // namespace sereno
