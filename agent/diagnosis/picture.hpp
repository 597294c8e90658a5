// What the core remembers of every probe: the picture that verdicts are drawn from.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "agent/model/watch.hpp"

namespace sereno {

/// RFC 8767 section 4 recommends 30 s for what is served stale.
inline constexpr int stale_ttl = 30;

/// The recent past of one probe.
struct Track {
    ProbeSpec spec;
    Observation last;       ///< the last one that counts; last.id is empty before the first
    int failures = 0;       ///< in a row, of those that speak of the target or the link
    int successes = 0;      ///< in a row
    int host_failures = 0;  ///< in a row, of those that only speak of this host (EMFILE, EPERM ...)
    bool ever_ok = false;
    bool ever_served = false;  ///< it once answered as it should, and did not turn us away
    Stamp asked_at;            ///< when its last run ended, also one that is not kept in `last`
    Stamp first_failure;       ///< when the present row of failures began
    Stamp well_at;             ///< when it was last seen well; zero: never
    Stamp changed;             ///< when it last turned from well to failing or back
    std::string issuer;        ///< of the certificate of its last good answer; empty: none came yet
    int longest_ttl = -1;      ///< of its answers so far, in seconds
    Stamp short_since;    ///< since when no answer had longer to live than stale_ttl; zero: the last one had
    int unrenewed = 0;    ///< answers since then that no cache that still renews could have given
    Stamp refused_since;  ///< since when it turns us away; zero: it does not
    std::vector<Stamp> relapses;  ///< when the last rows of failures began, the newest first, at most 4
    Micros usual{0};              ///< how long it takes when well, as a slow mean; 0: not known yet
    int slow = 0;                 ///< in a row: well, but much slower than usual
    Stamp slow_since;             ///< when that row began; zero: it is not slow

    [[nodiscard]] bool seen() const { return !last.id.empty(); }
    [[nodiscard]] bool well() const { return seen() && successes > 0; }
    [[nodiscard]] bool failing() const { return seen() && failures > 0; }
    /// It was run to an end since then, whatever came of it.
    [[nodiscard]] bool asked_since(Stamp since) const { return asked_at >= since && asked_at != Stamp{}; }
    /// Answers that should have been renewed by now and were not: for as long as the longest life seen, each
    /// had stale_ttl or less left. A resolver that cannot reach the name servers serves them so (RFC 8767).
    [[nodiscard]] bool stale() const;
    /// How many rows of failures began since then, at most 4.
    [[nodiscard]] int relapses_since(Stamp since) const;
    /// Old words are no words: what was seen longer ago than about two intervals is not known any more.
    [[nodiscard]] bool fresh(Stamp now, const Thresholds& thresholds) const;
    /// Takes one observation, and gives it `id` unless that is empty. True when it turned from well to
    /// failing, or back, or came first.
    bool take(const Observation& observation, ObservationId id = {});

  private:
    void time(Stamp started, Micros took);
};

/// For people: "a.ns.facebook.com (129.134.30.12:53)", "https://www.facebook.com/".
std::string label_of(const ProbeSpec& spec);
/// The resolver or name server a DNS probe asks; empty for other probes.
std::string_view server_of(const ProbeSpec& spec);

using Tracks = std::span<const Track* const>;

/// Not copied: it looks names up in its own tracks.
class Picture {
  public:
    using Position = std::uint32_t;  ///< in tracks()

    Picture() = default;
    explicit Picture(Watch watch);
    Picture(const Picture&) = delete;
    Picture& operator=(const Picture&) = delete;
    Picture(Picture&&) = default;
    Picture& operator=(Picture&&) = default;
    /// The same watch list changed: tracks of probes that are still there are kept.
    void replace(Watch watch);
    /// Goes on with these tracks, one for each probe of the watch list, in its order; their specs are not
    /// looked at. False, and nothing changed, when they are more or fewer.
    bool restore(std::vector<Track> tracks);

    /// Without its probes: those are in the tracks.
    [[nodiscard]] const Watch& watch() const { return watch_; }
    [[nodiscard]] std::span<const Track> tracks() const { return tracks_; }

    // These are in the watch list's order, and valid until replace() or restore().

    /// Our own with a rhythm; not what runs on suspicion only and may never have run, nor witnesses.
    [[nodiscard]] Tracks of(const SubjectId& subject) const;
    /// Also those that run on suspicion only.
    [[nodiscard]] Tracks of(const SubjectId& subject, Group group) const;
    /// The same of everybody.
    [[nodiscard]] Tracks of(Group group) const {
        return everybody_.by_group[static_cast<std::size_t>(group)];
    }
    /// Of platforms and controls.
    [[nodiscard]] Tracks pages_over_tls() const { return pages_over_tls_; }
    /// Those who look from elsewhere, also those asked on suspicion only.
    [[nodiscard]] Tracks witnesses_of(const SubjectId& subject) const;
    /// All of them.
    [[nodiscard]] std::span<const Position> positions_of(const SubjectId& subject) const;
    /// Those whose last run failed for want of something of this host's.
    [[nodiscard]] bool any_starved() const { return starved_ > 0; }

    [[nodiscard]] const Track* find(const ProbeId& probe) const;
    [[nodiscard]] std::optional<Position> position_of(const ProbeId& probe) const;

    /// Null when the probe is not on the watch list (any more). `turned`: see Track::take.
    const Track* take(const Observation& observation, bool& turned);
    /// The same for a position that position_of() told; the observation becomes number `id`.
    const Track& take(Position position, const Observation& observation, ObservationId id, bool& turned);

  private:
    /// The tracks of one subject, or of all.
    struct Members {
        std::vector<Position> positions;
        std::vector<const Track*> own, witnesses;
        std::array<std::vector<const Track*>, group_count> by_group;
    };
    void index();
    [[nodiscard]] const Members& members(const SubjectId& subject) const;

    Watch watch_;
    std::vector<Track> tracks_;                             ///< in the watch list's order
    std::unordered_map<std::string_view, Position> index_;  ///< looked up, never gone through
    std::unordered_map<std::string_view, Members> by_subject_;
    std::vector<const Track*> pages_over_tls_;
    Members everybody_;        ///< by_group only
    std::size_t starved_ = 0;  ///< tracks with host failures
};

}  // namespace sereno
