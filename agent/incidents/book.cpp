#include "agent/incidents/book.hpp"

#include <algorithm>
#include <map>

#include "agent/incidents/timeline.hpp"

namespace sereno {

namespace {

constexpr std::size_t most_recent = 20;
const std::string local_key = "local";

enum class Condition : std::uint8_t { well, unknown, suspected, ill };

IncidentKind kind_of(Decision decision) {
    switch (decision) {
        case Decision::declare_outage:
            return IncidentKind::outage;
        case Decision::fix_local:
            return IncidentKind::local;
        case Decision::restart_app:
            return IncidentKind::app;
        default:
            return IncidentKind::unknown;
    }
}

/// Between us and them: others are not concerned.
bool lies_between(Cause cause) {
    return cause == Cause::blocked_here || cause == Cause::transit || cause == Cause::public_resolver;
}

/// How a subject stands towards the incident with `key`; `opened`: its team was told of it.
Condition condition_of(const Standing& standing, const std::string& key, bool opened) {
    const Verdict& verdict = standing.verdict;
    const bool ours = verdict.decision == Decision::fix_local;
    if (key == local_key) {
        if (ours) return Condition::ill;
        if (standing.key != local_key) return Condition::well;  // platforms only follow the host here
        if (verdict.decision == Decision::watch) return Condition::suspected;
        return verdict.cause == Cause::all_well ? Condition::well : Condition::unknown;
    }
    switch (verdict.decision) {
        case Decision::declare_outage:
        case Decision::restart_app:
            return Condition::ill;
        case Decision::watch:
            // An outage is over for the world when others are answered; that it goes on here is another
            // story.
            return opened && lies_between(verdict.cause) ? Condition::well : Condition::suspected;
        case Decision::fix_local:
            return Condition::unknown;
        case Decision::none:
            break;
    }
    return verdict.cause == Cause::all_well ? Condition::well : Condition::unknown;
}

IncidentSubject* find_subject(Incident& incident, const SubjectId& id) {
    const auto it = std::find_if(incident.subjects.begin(), incident.subjects.end(),
                                 [&](const IncidentSubject& s) { return s.subject == id; });
    return it == incident.subjects.end() ? nullptr : &*it;
}

const Standing* find_standing(const std::vector<Standing>& standings, const SubjectId& id) {
    const auto it = std::find_if(standings.begin(), standings.end(),
                                 [&](const Standing& s) { return s.verdict.subject == id; });
    return it == standings.end() ? nullptr : &*it;
}

/// Takes what the standings say into the incident's list of subjects. True when a reader would notice.
bool merge(Incident& incident, const std::vector<const Standing*>& members, Stamp now) {
    bool changed = false;
    for (const Standing* member : members) {
        const Verdict& verdict = member->verdict;
        const Condition condition = condition_of(*member, incident.key, incident.opened.has_value());
        IncidentSubject* subject = find_subject(incident, verdict.subject);
        if (condition == Condition::ill || condition == Condition::suspected) {
            if (!subject) {
                incident.subjects.push_back({verdict.subject,
                                             member->name,
                                             verdict.decision,
                                             verdict.cause,
                                             verdict.since,
                                             std::nullopt,
                                             {}});
                changed = true;
                continue;
            }
            changed |= subject->over.has_value() || subject->decision != verdict.decision ||
                       subject->cause != verdict.cause;
            subject->over.reset();
            // Doubt does not take back what was declared.
            if (condition == Condition::ill || subject->decision == Decision::watch) {
                subject->decision = verdict.decision;
                subject->cause = verdict.cause;
            }
        } else if (condition == Condition::well && subject && !subject->over) {
            subject->over = now;
            changed = true;
        }
    }
    return changed;
}

/// The same for their layers. What our own network does to a platform is no word on them.
bool follow_layers(Incident& incident, const std::vector<const Standing*>& members,
                   const std::map<SubjectId, std::vector<LayerTimeline>>& moved, Micros steady, Stamp now) {
    if (incident.key == local_key) return false;
    bool changed = false;
    for (const Standing* member : members) {
        IncidentSubject* subject = find_subject(incident, member->verdict.subject);
        if (!subject || !member->layers) continue;
        const auto before = moved.find(subject->subject);
        if (subject->layers.empty() && before != moved.end()) subject->layers = before->second;
        const bool ours = member->verdict.decision == Decision::fix_local;
        changed |= follow(subject->layers, ours ? LayerSights{} : *member->layers, steady, now);
    }
    return changed;
}

void close(Incident& incident, Stamp now) {
    incident.state = IncidentState::closed;
    incident.closed = now;
    for (IncidentSubject& subject : incident.subjects)
        settle(subject.layers);
}

void describe(Incident& incident, const Verdict& verdict) {
    incident.decision = verdict.decision;
    incident.cause = verdict.cause;
    incident.confidence_permille = verdict.confidence_permille;
    incident.from_this_host_alone = verdict.from_this_host_alone;
    incident.evidence = verdict.evidence;
}

/// The verdict that speaks for the incident: the most certain among the ill, else among the suspected.
const Verdict* spokesman(const std::vector<const Standing*>& members, const std::string& key, bool opened,
                         Condition wanted) {
    const Verdict* best = nullptr;
    for (const Standing* member : members) {
        if (condition_of(*member, key, opened) != wanted) continue;
        if (!best || member->verdict.confidence_permille > best->confidence_permille) best = &member->verdict;
    }
    return best;
}

}  // namespace

void IncidentBook::restore(std::vector<Incident> unfinished, IncidentId last) {
    unfinished_ = std::move(unfinished);
    last_ = last;
}

void IncidentBook::add_recent(std::vector<Incident> closed) {
    recent_.insert(recent_.end(), std::make_move_iterator(closed.begin()),
                   std::make_move_iterator(closed.end()));
    if (recent_.size() > most_recent) recent_.resize(most_recent);
}

void IncidentBook::set_quiet(IncidentId id, bool quiet) {
    for (Incident& incident : unfinished_)
        if (incident.id == id) incident.quiet = quiet;
}

IncidentId IncidentBook::incident_of(const SubjectId& subject) const {
    // The newest first: a local incident that began during an outage is what the verdict now speaks of.
    for (auto it = unfinished_.rbegin(); it != unfinished_.rend(); ++it)
        for (const IncidentSubject& member : it->subjects)
            if (member.subject == subject && !member.over) return it->id;
    return {};
}

std::string IncidentBook::place(const Standing& standing) {
    const auto with_key = [this](const std::string& key) {
        return std::find_if(unfinished_.begin(), unfinished_.end(),
                            [&key](const Incident& i) { return i.key == key; });
    };
    const SubjectId& subject = standing.verdict.subject;
    for (const Incident& incident : unfinished_) {
        if (incident.key == local_key || incident.key == standing.key) continue;
        const auto member =
            std::find_if(incident.subjects.begin(), incident.subjects.end(),
                         [&](const IncidentSubject& s) { return s.subject == subject && !s.over; });
        if (member != incident.subjects.end()) return incident.key;
    }
    const std::string& fate = standing.verdict.shared_fate;
    if (fate.empty()) return standing.key;
    const auto own = with_key(standing.key);
    const bool opened_alone = own != unfinished_.end() && own->state != IncidentState::suspected;
    if (with_key(fate) != unfinished_.end()) return opened_alone ? standing.key : fate;
    if (own == unfinished_.end()) return fate;
    own->key = fate;
    own->title = standing.shared_title;
    return fate;
}

/// Suspicions of single subjects end where these have joined an incident of many.
IncidentBook::Moved IncidentBook::move_out(const std::map<SubjectId, std::string>& places) {
    Moved moved;
    for (Incident& incident : unfinished_) {
        if (incident.state != IncidentState::suspected || incident.key == local_key) continue;
        std::erase_if(incident.subjects, [&](const IncidentSubject& s) {
            const auto now_at = places.find(s.subject);
            const bool leaves = now_at != places.end() && now_at->second != incident.key;
            if (leaves) moved[s.subject] = s.layers;
            return leaves;
        });
    }
    return moved;
}

std::vector<IncidentChange> IncidentBook::update(const std::vector<Standing>& standings,
                                                 const Thresholds& thresholds, Stamp now) {
    using What = IncidentChange::What;
    std::vector<IncidentChange> changes;

    // Who belongs to which incident: to that of its place always, and to "local" when the verdict says it is
    // us.
    std::map<SubjectId, std::string> places;
    std::map<std::string, std::vector<const Standing*>> members;
    for (const Standing& standing : standings) {
        const std::string key = place(standing);
        places[standing.verdict.subject] = key;
        members[key].push_back(&standing);
        if (standing.verdict.decision == Decision::fix_local && key != local_key)
            members[local_key].push_back(&standing);
    }
    const Moved moved = move_out(places);
    const Micros steady = thresholds.recover_after;

    for (const auto& [key, group] : members) {
        const auto existing = std::find_if(unfinished_.begin(), unfinished_.end(),
                                           [&key = key](const Incident& i) { return i.key == key; });
        if (existing != unfinished_.end()) continue;
        const Verdict* ill = spokesman(group, key, false, Condition::ill);
        const Verdict* doubtful = ill ? ill : spokesman(group, key, false, Condition::suspected);
        if (!doubtful) continue;
        Incident incident;
        incident.id = IncidentId{++last_.value};
        incident.key = key;
        const Standing& first = *group.front();
        incident.title = key == local_key ? "" : key == first.key ? first.title : first.shared_title;
        incident.suspected = now;
        for (const Standing* member : group)
            if (const Condition c = condition_of(*member, key, false);
                c == Condition::ill || c == Condition::suspected)
                incident.suspected = std::min(incident.suspected, member->verdict.since);
        describe(incident, *doubtful);
        merge(incident, group, now);
        follow_layers(incident, group, moved, steady, now);
        unfinished_.push_back(incident);
        if (!ill) changes.push_back({What::suspected, incident});
    }

    for (Incident& incident : unfinished_) {
        std::vector<const Standing*> group = members[incident.key];
        // Platforms that the local fault drew in, and that are judged on their own again.
        for (const IncidentSubject& subject : incident.subjects) {
            const Standing* standing = find_standing(standings, subject.subject);
            if (standing && std::find(group.begin(), group.end(), standing) == group.end())
                group.push_back(standing);
        }
        bool changed = merge(incident, group, now);
        changed |= follow_layers(incident, group, moved, steady, now);
        for (IncidentSubject& subject : incident.subjects) {
            if (!subject.over && !find_standing(standings, subject.subject)) {
                subject.over = now;  // no longer on the watch list
                changed = true;
            }
        }

        const Verdict* ill = spokesman(group, incident.key, incident.opened.has_value(), Condition::ill);
        const bool doubtful =
            spokesman(group, incident.key, incident.opened.has_value(), Condition::suspected) != nullptr;
        const bool all_over = std::all_of(incident.subjects.begin(), incident.subjects.end(),
                                          [](const IncidentSubject& s) { return s.over.has_value(); });
        switch (incident.state) {
            case IncidentState::suspected:
                if (ill) {
                    describe(incident, *ill);
                    incident.kind = kind_of(ill->decision);
                    incident.state = IncidentState::open;
                    incident.opened = now;
                    changes.push_back({What::opened, incident});
                } else if (all_over ||
                           (!doubtful && std::any_of(group.begin(), group.end(), [](const Standing* s) {
                               return s->verdict.decision == Decision::fix_local;
                           }))) {
                    close(incident, now);
                    changes.push_back({What::dismissed, incident});
                } else if (changed) {
                    if (const Verdict* v =
                            spokesman(group, incident.key, incident.opened.has_value(), Condition::suspected))
                        describe(incident, *v);
                    changes.push_back({What::changed, incident});
                }
                break;
            case IncidentState::open:
                if (ill && ill->cause != incident.cause) {
                    describe(incident, *ill);
                    changed = true;
                }
                if (all_over) {
                    incident.state = IncidentState::recovering;
                    incident.recovering = now;
                    changes.push_back({What::recovering, incident});
                } else if (changed) {
                    changes.push_back({What::changed, incident});
                }
                break;
            case IncidentState::recovering: {
                const bool unknown = std::any_of(group.begin(), group.end(), [&](const Standing* s) {
                    return condition_of(*s, incident.key, true) == Condition::unknown &&
                           find_subject(incident, s->verdict.subject);
                });
                if (!all_over) {
                    incident.state = IncidentState::open;
                    incident.recovering.reset();
                    changes.push_back({What::relapsed, incident});
                } else if (unknown) {
                    incident.recovering =
                        now;  // what cannot be seen is not recovering: the wait begins again
                } else if (now - *incident.recovering >= thresholds.recover_after) {
                    close(incident, now);
                    changes.push_back({What::closed, incident});
                }
                break;
            }
            case IncidentState::closed:
                break;
        }
    }

    for (const Incident& incident : unfinished_)
        if (incident.state == IncidentState::closed && incident.opened)
            recent_.insert(recent_.begin(), incident);
    if (recent_.size() > most_recent) recent_.resize(most_recent);
    std::erase_if(unfinished_, [](const Incident& i) { return i.state == IncidentState::closed; });
    return changes;
}

}  // namespace sereno
