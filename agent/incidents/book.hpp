// The book of incidents: groups verdicts that have one cause and follows each incident to its end. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/model/incident.hpp"
#include "agent/model/watch.hpp"

namespace sereno {

/// The newest verdict on one subject, and where an incident about it belongs.
struct Standing {
    Verdict verdict;
    std::string name;                   ///< of the subject, for people
    std::string key;                    ///< "operator:meta", "app:booking-bot"; "local" for the host
    std::string title;                  ///< of an incident with that key: "Meta"
    std::string shared_title;           ///< of an incident of its verdict's shared fate: "fastly"
    std::optional<LayerSights> layers;  ///< of a platform
};

struct IncidentChange {
    enum class What : std::uint8_t {
        suspected,
        opened,
        changed,
        recovering,
        relapsed,
        closed,
        dismissed
    } what;
    Incident incident;  ///< as it is now
};

/// What keeps an incident from closing too soon, or on no evidence:
///  - a subject that cannot be judged (our own link is down, nothing fresh) is neither well nor ill: it
///  waits;
///  - all its subjects must be seen well for recover_after; one relapse opens it again, without a second
///  alert;
///  - a suspicion that turns out to be our own fault, or nothing, is dismissed: closed without ever having
///  opened;
///  - what fails together with strangers that rest on the same (Verdict::shared_fate) is one incident: the
///  first of them lends it its own, the others join it while they are only suspected. Who opened alone stays
///  alone, and who joined stays.
class IncidentBook {
  public:
    /// What earlier runs left. `last` is the highest number ever given.
    void restore(std::vector<Incident> unfinished, IncidentId last);

    /// `standings`: every subject, in the watch list's order.
    std::vector<IncidentChange> update(const std::vector<Standing>& standings, const Thresholds& thresholds,
                                       Stamp now);

    /// Notes that nobody is told of this unfinished incident for now, or that they are from now on.
    void set_quiet(IncidentId id, bool quiet);

    [[nodiscard]] const std::vector<Incident>& unfinished() const { return unfinished_; }
    [[nodiscard]] const std::vector<Incident>& recent() const {
        return recent_;
    }  ///< closed, newest first, at most 20
    void add_recent(std::vector<Incident> closed);
    /// The highest number ever given.
    [[nodiscard]] IncidentId last() const { return last_; }
    /// The unfinished incident in which this subject has this decision; 0: none.
    [[nodiscard]] IncidentId incident_of(const SubjectId& subject) const;

  private:
    /// The key of the incident that this subject belongs to now.
    std::string place(const Standing& standing);
    /// What the layers of those did who leave a suspicion for an incident of many.
    using Moved = std::map<SubjectId, std::vector<LayerTimeline>>;
    Moved move_out(const std::map<SubjectId, std::string>& places);

    std::vector<Incident> unfinished_;  ///< oldest first
    std::vector<Incident> recent_;
    IncidentId last_;
};

}  // namespace sereno
