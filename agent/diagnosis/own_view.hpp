// What this host's own probes of one platform say, counted by group. Pure.
#pragma once

#include <map>
#include <set>
#include <string_view>
#include <vector>

#include "agent/diagnosis/belief.hpp"
#include "agent/diagnosis/diagnosis.hpp"

namespace sereno {

/// The probes of one group, counted.
struct Tally {
    int known = 0, well = 0, failing = 0;
    int lost = 0;                      ///< of those failing: answered as they should before
    std::map<Failure, int> kinds;      ///< last failures of those failing
    int most_status = 0;               ///< the highest HTTP status among those failing
    std::vector<int> depths;           ///< failures in a row, of those failing
    std::vector<Stamp> beginnings;     ///< of those failing
    Stamp last_tried;                  ///< when the last attempt of those failing began
    std::vector<Stamp> last_well;      ///< of those failing, in the same order
    std::set<std::string_view> asked;  ///< names of the servers that were asked, of DNS probes
    std::vector<ObservationId> well_basis, failing_basis;

    /// `not_before`: what it seemed to be before says nothing.
    void add(const Track& track, Stamp not_before = {});
    [[nodiscard]] bool most_failing() const { return known > 0 && failing * 2 > known; }
    [[nodiscard]] bool all_failing() const { return known > 0 && failing == known; }
    /// So often in a row has more than half of it failed; 0: it has not.
    [[nodiscard]] int most_depth() const;
    /// So often in a row has all of it failed; 0: it has not.
    [[nodiscard]] int all_depth() const;
    /// When more than half began to fail, as far as nothing was seen well since; Stamp::max(), while they
    /// have not.
    [[nodiscard]] Stamp since() const;
    [[nodiscard]] Failure commonest() const;
    [[nodiscard]] bool any(bool (*holds)(Failure)) const;
    [[nodiscard]] bool all(bool (*holds)(Failure)) const;
};

/// What the platform's probes say, without those that cannot be believed just now.
struct OwnView {
    Tally resolvers, authoritative, edge;
    int stale = 0;        ///< resolvers that serve old answers while the name servers are silent
    int edge_unsaid = 0;  ///< canaries whose failure says nothing of the platform: a proxy that refuses
    bool edge_once_well = false;
    int edge_in_dns = 0;               ///< canaries that failed because their name did not resolve
    int turned_away = 0;               ///< canaries that answer: not for this address
    int slow = 0;                      ///< canaries that answer much later than usual, again and again
    int relapses = 0;                  ///< rows of failures of the worst canary within ten minutes
    bool own_resolver_denies = false;  ///< only that of this network says that there is no such name
    Stamp odd_since =
        Stamp::max();  ///< the earliest of what is odd without failing: unsaid, turned away, slow
    bool unvalidated_answers = false;  ///< where a resolver fails, it answers with checking disabled

    /// Somebody on the way answers for the platform, or keeps us from it: no evidence against it.
    [[nodiscard]] bool names_filtered() const;
    [[nodiscard]] bool only_unsaid() const { return edge_unsaid > 0 && edge.known == 0; }
    [[nodiscard]] bool mostly_slow() const { return edge.known > 0 && slow * 2 > edge.known; }
    /// Two resolvers that have nothing to do with each other, or one that cannot be answering for a filter.
    [[nodiscard]] bool names_fail_for_sure() const;
    /// Anything that deserves a closer look. One lost packet to one of several servers does not.
    [[nodiscard]] bool symptoms() const;
    /// It fails again and again, if never for long.
    [[nodiscard]] bool shaky() const;
    /// When the first layer of which most fails began to; else when the first symptom was seen;
    /// Stamp::max() without any.
    [[nodiscard]] Stamp beginning() const;
    /// When the last attempt that failed began; zero without any.
    [[nodiscard]] Stamp last_failure() const;
    /// When the first page that fails began to; Stamp::max() without any.
    [[nodiscard]] Stamp first_page() const;
};

OwnView view_of(const Picture& picture, const Platform& platform, const PlatformContext& context, Stamp now);

/// It answers, so many times in a row: by its pages, or by its names when no page of it is known.
bool answers(const Picture& picture, const Platform& platform, const PlatformContext& context, Stamp now,
             int times);

/// As findings, with the rule that says most in each group.
std::vector<Sighting> findings_of(const OwnView& view, bool direct_dns_works, bool has_name_servers);
/// What was looked at a second time, in another way, since the trouble began.
std::vector<Sighting> second_looks(const Picture& picture, const Platform& platform, const OwnView& view,
                                   Stamp now);

bool is_server_error(Failure failure);
/// It connected, and then nothing came.
bool is_stall(Failure failure);
bool is_wrong_page(Failure failure);

}  // namespace sereno
