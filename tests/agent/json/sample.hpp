// The Facebook outage as the model holds it, for tests.
#pragma once

#include "agent/model/snapshot.hpp"
#include "alerting/messages/words.hpp"

namespace sample {

inline sereno::Stamp at(const char* clock) {
    return *sereno::parse_rfc3339("2021-10-04T" + std::string{clock} + "Z");
}

inline const sereno::MessageCatalogue& catalogue() {
    static const sereno::MessageCatalogue texts{
        {"en",
         {{"decision_headline.none", "All is well"},
          {"decision_headline.no_verdict", "No verdict yet"},
          {"decision_headline.watch", "Looking into it: {name}"},
          {"decision_headline.restart_app", "Restart your app: {name}"},
          {"decision_headline.fix_local", "It's us: {cause}"},
          {"decision_headline.declare_outage", "Outage: {name}"},
          {"here.isp", "the Internet connection"},
          {"cause.platform_dns", "their DNS servers give no usable answer"},
          {"failure.dns_timeout", "no answer in time"},
          {"incident_state.open", "going on"},
          {"evidence.authoritative_silent", "{failed} of {total} DNS servers do not answer: {failure}."}}}};
    return texts;
}

inline sereno::Words words() {
    return {catalogue(), "en"};
}

inline sereno::Evidence silent() {
    return {"authoritative_silent",
            sereno::Group::authoritative,
            2300,
            {{7}, {9}},
            {{"failed", "4"}, {"total", "4"}, {"failure", "dns_timeout"}}};
}

inline sereno::Verdict verdict(std::string subject, sereno::Decision decision, sereno::Cause cause) {
    sereno::Verdict made;
    made.subject = sereno::SubjectId{std::move(subject)};
    made.decision = decision;
    made.cause = cause;
    made.scope = sereno::Scope::operator_wide;
    made.confidence_permille = 970;
    made.evidence = {silent()};
    made.at = at("15:46:07.120");
    made.since = at("15:44:00");
    return made;
}

inline sereno::Incident incident() {
    sereno::Incident made;
    made.id = {7};
    made.kind = sereno::IncidentKind::outage;
    made.state = sereno::IncidentState::open;
    made.key = "operator:meta";
    made.title = "Meta";
    made.decision = sereno::Decision::declare_outage;
    made.cause = sereno::Cause::platform_dns;
    made.confidence_permille = 970;
    made.suspected = at("15:44:00");
    made.opened = at("15:46:07");
    made.evidence = {silent()};
    made.subjects = {
        {sereno::SubjectId{"facebook"}, "Facebook", made.decision, made.cause, at("15:44:00"), {}, {}},
        {sereno::SubjectId{"instagram"},
         "Instagram",
         made.decision,
         sereno::Cause::platform_application,
         at("15:51:00"),
         {},
         {}}};
    return made;
}

}  // namespace sample
