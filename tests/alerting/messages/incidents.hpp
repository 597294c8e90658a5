// Incidents as the brain would hand them over, for tests of what is said about them.
#pragma once

#include "alerting/messages/words.hpp"

namespace incidents {

using namespace sereno;

inline Stamp at(const std::string& clock, const std::string& day = "2021-10-04") {
    return *parse_rfc3339(day + "T" + clock + ":00Z");
}

inline IncidentSubject subject(std::string id, std::string name, Decision decision, Cause cause,
                               Stamp since) {
    return {SubjectId{std::move(id)}, std::move(name), decision, cause, since, {}, {}};
}

/// The Facebook outage of 4 October 2021, as one host saw it.
inline Incident outage() {
    Incident made;
    made.id = {7};
    made.kind = IncidentKind::outage;
    made.state = IncidentState::open;
    made.key = "operator:meta";
    made.title = "Meta";
    made.decision = Decision::declare_outage;
    made.cause = Cause::platform_dns;
    made.suspected = at("15:44");
    made.opened = at("15:46");
    made.subjects = {
        subject("facebook", "Facebook", made.decision, Cause::platform_dns, at("15:44")),
        subject("instagram", "Instagram", made.decision, Cause::platform_application, at("15:51")),
        subject("whatsapp", "WhatsApp", made.decision, Cause::platform_dns, at("15:45")),
    };
    made.evidence = {
        {"authoritative_silent", Group::authoritative, 4600, {}, {{"failed", "4"}, {"total", "4"}}},
        {"resolvers_fail",
         Group::resolver,
         2300,
         {},
         {{"failed", "3"}, {"total", "3"}, {"failure", "dns_servfail"}}},
        {"controls_pass", Group::controls, 2300, {}, {{"passed", "6"}, {"total", "6"}}},
        {"alone", Group::witness, 100, {}, {}},
        {"edge_answers", Group::edge, -700, {}, {{"passed", "1"}, {"total", "2"}}},
    };
    return made;
}

inline Incident outage_over() {
    Incident made = outage();
    made.state = IncidentState::closed;
    made.recovering = at("21:20");
    made.closed = at("22:50");
    made.subjects[0].over = at("21:20");
    made.subjects[1].over = at("22:45");
    made.subjects[2].over = at("21:28");
    return made;
}

inline Incident local() {
    Incident made;
    made.id = {8};
    made.kind = IncidentKind::local;
    made.state = IncidentState::open;
    made.key = "local";
    made.title = "this network";
    made.decision = Decision::fix_local;
    made.cause = Cause::isp;
    made.suspected = at("09:10");
    made.opened = at("09:11");
    made.subjects = {subject("host", "host", made.decision, Cause::isp, at("09:10"))};
    made.evidence = {
        {"controls_fail", Group::controls, 4600, {}, {{"failed", "6"}, {"total", "6"}}},
        {"gateway_answers", Group::link, 700, {}, {}},
    };
    return made;
}

inline Incident app() {
    Incident made;
    made.id = {9};
    made.kind = IncidentKind::app;
    made.state = IncidentState::open;
    made.key = "app:booking-bot";
    made.title = "booking-bot";
    made.decision = Decision::restart_app;
    made.cause = Cause::own_app;
    made.suspected = at("11:02");
    made.opened = at("11:03");
    made.subjects = {subject("app:booking-bot", "booking-bot", made.decision, Cause::own_app, at("11:02"))};
    made.evidence = {
        {"app_fails", Group::app, 4600, {}, {{"failure", "connect_refused"}}},
        {"needs_well", Group::edge, 2300, {}, {{"platforms", "WhatsApp"}}},
    };
    return made;
}

inline Incident over(Incident incident, const std::string& clock) {
    incident.state = IncidentState::closed;
    incident.recovering = incident.closed = at(clock);
    for (IncidentSubject& subject : incident.subjects)
        subject.over = at(clock);
    return incident;
}

/// Two steps, as a playbook would give them.
inline std::vector<PlaybookStep> steps() {
    return {{"confirm",
             Phase::open,
             {{"en", "Restart nothing here."},
              {"es", "No reinicies nada aquí."},
              {"it", "Non riavviare nulla."},
              {"fr", "Ne redémarrez rien."},
              {"pt", "Não reinicie nada aqui."},
              {"de", "Starten Sie hier nichts neu."}}},
            {"pause",
             Phase::open,
             {{"en", "Pause the posts on {platforms}."},
              {"es", "Pausa las publicaciones en {platforms}."},
              {"it", "Ferma i post su {platforms}."},
              {"fr", "Suspendez les publications sur {platforms}."},
              {"pt", "Ponha em pausa as publicações em {platforms}."},
              {"de", "Halten Sie die Beiträge auf {platforms} an."}}}};
}

}  // namespace incidents
