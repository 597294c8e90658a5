// What the core remembers of every probe: the picture that verdicts are drawn from.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "agent/model/watch.hpp"

namespace sereno {

/// The recent past of one probe.
struct Track {
    ProbeSpec spec;
    Observation last;       ///< the last one that counts; last.id is empty before the first
    int failures = 0;       ///< in a row, of those that speak of the target or the link
    int successes = 0;      ///< in a row
    int host_failures = 0;  ///< in a row, of those that only speak of this host (EMFILE, EPERM ...)
    bool ever_ok = false;
    Stamp first_failure;  ///< when the present row of failures began
    Stamp changed;        ///< when it last turned from well to failing or back

    [[nodiscard]] bool seen() const { return !last.id.empty(); }
    [[nodiscard]] bool well() const { return seen() && successes > 0; }
    [[nodiscard]] bool failing() const { return seen() && failures > 0; }
    /// Old words are no words: what was seen longer ago than about two intervals is not known any more.
    [[nodiscard]] bool fresh(Stamp now, const Thresholds& thresholds) const;
    /// Takes one observation. True when it turned from well to failing, or back, or came first.
    bool take(const Observation& observation);
};

/// For people: "a.ns.facebook.com (129.134.30.12:53)", "https://www.facebook.com/".
std::string label_of(const ProbeSpec& spec);
/// The resolver or name server a DNS probe asks; empty for other probes.
std::string server_of(const ProbeSpec& spec);

class Picture {
  public:
    Picture() = default;
    explicit Picture(Watch watch);
    /// The same watch list changed: tracks of probes that are still there are kept.
    void replace(Watch watch);

    [[nodiscard]] const Watch& watch() const { return watch_; }
    [[nodiscard]] std::span<const Track> tracks() const { return tracks_; }
    [[nodiscard]] std::vector<const Track*> of(const SubjectId& subject) const;
    [[nodiscard]] std::vector<const Track*> of(const SubjectId& subject, Group group) const;
    [[nodiscard]] const Track* find(const ProbeId& probe) const;

    /// Null when the probe is not on the watch list (any more). `turned`: see Track::take.
    const Track* take(const Observation& observation, bool& turned);

  private:
    Watch watch_;
    std::vector<Track> tracks_;  ///< in the watch list's order
    std::map<ProbeId, std::size_t> index_;
    std::map<SubjectId, std::vector<std::size_t>> by_subject_;
};

}  // namespace sereno
