#include "alerting/messages/text.hpp"
#include "alerting/messages/words.hpp"
#include "catch.hpp"
#include "incidents.hpp"
#include "shipped.hpp"

using namespace sereno;

namespace {

constexpr const char* page = "http://127.0.0.1:8484/";
constexpr const char* restart = "systemctl restart booking-bot";

RenderedAlert render(const std::string& language, AlertForm form, AlertKind kind, const Incident& incident,
                     const std::vector<PlaybookStep>& steps = incidents::steps(),
                     Micros wall_offset = Micros{0}) {
    return render_alert(Words{shipped::catalogue(), language}, form, kind, incident, steps, wall_offset,
                        "Corner Shop", page, restart);
}

std::string mail(const std::string& language, AlertKind kind, const Incident& incident) {
    const RenderedAlert alert = render(language, AlertForm::mail, kind, incident);
    return alert.subject + "\n\n" + alert.body;
}

std::string sms(const std::string& language, AlertKind kind, const Incident& incident) {
    const RenderedAlert alert = render(language, AlertForm::sms, kind, incident);
    CHECK(alert.subject.empty());
    return alert.body;
}

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

/// An incident whose every free text was written by an enemy or by somebody with a very long name.
Incident with_names(const std::string& name, std::size_t subjects) {
    Incident incident = incidents::outage();
    incident.title = name;
    incident.subjects.assign(subjects, incident.subjects.front());
    for (IncidentSubject& subject : incident.subjects)
        subject.name = name;
    return incident;
}

}  // namespace

TEST_CASE("an outage as a mail in English") {
    CHECK(mail("en", AlertKind::opened, incidents::outage()) == R"(OUTAGE: Facebook, Instagram, WhatsApp

The fault is on their side: their DNS servers give no usable answer.
Since 15:44 UTC.
Seen from this computer alone; nobody elsewhere has confirmed it yet.

Why we think so:
- Asked directly, 4 of their 4 DNS servers do not answer.
- 3 of 3 lookups of their names fail: the server reports a failure.
- 6 of 6 independent sites answer from here, so our own connection works.

What to do now:
1. Restart nothing here.
2. Pause the posts on Facebook, Instagram, WhatsApp.

Where to look: http://127.0.0.1:8484/

-- 
sereno, on watch for Corner Shop
)");
}

TEST_CASE("an outage as a mail in Spanish") {
    CHECK(mail("es", AlertKind::opened, incidents::outage()) == R"(CAÍDA: Facebook, Instagram, WhatsApp

El fallo está de su lado: sus servidores DNS no dan ninguna respuesta útil.
Desde: 15:44 UTC.
Visto solo desde este ordenador; nadie lo ha confirmado aún desde fuera.

Por qué lo creemos:
- Preguntados directamente, 4 de sus 4 servidores DNS no responden.
- 3 de 3 búsquedas de sus nombres fallan: el servidor avisa de un fallo.
- 6 de 6 sitios independientes responden desde aquí: nuestra conexión funciona.

Qué hacer ahora:
1. No reinicies nada aquí.
2. Pausa las publicaciones en Facebook, Instagram, WhatsApp.

Dónde mirar: http://127.0.0.1:8484/

-- 
sereno, de guardia para Corner Shop
)");
}

TEST_CASE("the end of an outage as a mail says how long each platform was gone, and at which layer") {
    CHECK(mail("en", AlertKind::recovered, incidents::outage_over()) ==
          R"(BACK AGAIN: Facebook, Instagram, WhatsApp

Everything we check there answers again.
From 15:44 UTC to 22:45 UTC: 7 h 1 min, as seen from here.

- Facebook (DNS): 15:44 UTC to 21:20 UTC, 5 h 36 min
- Instagram (application): 15:51 UTC to 22:45 UTC, 6 h 54 min
- WhatsApp (DNS): 15:45 UTC to 21:28 UTC, 5 h 43 min

What to do now that it is back:
1. Restart nothing here.
2. Pause the posts on Facebook, Instagram, WhatsApp.

Where to look: http://127.0.0.1:8484/

-- 
sereno, on watch for Corner Shop
)");
    CHECK(mail("es", AlertKind::recovered, incidents::outage_over()) ==
          R"(DE VUELTA: Facebook, Instagram, WhatsApp

Todo lo que comprobamos allí vuelve a responder.
De 15:44 UTC a 22:45 UTC: 7 h 1 min, visto desde aquí.

- Facebook (DNS): de 15:44 UTC a 21:20 UTC, 5 h 36 min
- Instagram (aplicación): de 15:51 UTC a 22:45 UTC, 6 h 54 min
- WhatsApp (DNS): de 15:45 UTC a 21:28 UTC, 5 h 43 min

Qué hacer ahora que ha vuelto:
1. No reinicies nada aquí.
2. Pausa las publicaciones en Facebook, Instagram, WhatsApp.

Dónde mirar: http://127.0.0.1:8484/

-- 
sereno, de guardia para Corner Shop
)");
}

TEST_CASE("our own network as a mail in English and Spanish") {
    CHECK(mail("en", AlertKind::opened, incidents::local()) == R"(IT'S US: the Internet connection

The fault is on our side: the router works, but the Internet behind it does not.
Since 09:10 UTC.

Why we think so:
- 6 of 6 independent sites fail from here as well.
- The router here answers.

What to do now:
1. Restart nothing here.
2. Pause the posts on the Internet connection.

Where to look: http://127.0.0.1:8484/

-- 
sereno, on watch for Corner Shop
)");
    const std::string spanish = mail("es", AlertKind::opened, incidents::local());
    CHECK(contains(spanish,
                   "ES COSA NUESTRA: la conexión a Internet\n\nEl fallo está de nuestro lado: el router "
                   "funciona, pero no hay Internet más allá.\nDesde: 09:10 UTC.\n\n"));
}

TEST_CASE("a sick app as a mail shows the command that restarts it") {
    CHECK(mail("en", AlertKind::opened, incidents::app()) == R"(RESTART YOUR APP: booking-bot

The fault is in the app: the platforms answer, your app does not.
Since 11:02 UTC.

Why we think so:
- The app's own health check fails: connection refused.
- What the app depends on works from this very computer: WhatsApp.

Restart it with: "systemctl restart booking-bot"

What to do now:
1. Restart nothing here.
2. Pause the posts on WhatsApp.

Where to look: http://127.0.0.1:8484/

-- 
sereno, on watch for Corner Shop
)");
    CHECK(contains(
        mail("es", AlertKind::opened, incidents::app()),
        "REINICIA TU APLICACIÓN: booking-bot\n\nEl fallo está en la aplicación: las plataformas responden, "
        "tu aplicación no.\nDesde: 11:02 UTC.\n"));
}

TEST_CASE("short messages say the most important first") {
    CHECK(
        sms("en", AlertKind::opened, incidents::outage()) ==
        "OUTAGE: Facebook, Instagram, WhatsApp. Since 15:44 UTC. The fault is on their side: their DNS "
        "servers give "
        "no usable answer. First: Restart nothing here. Seen from this computer alone; nobody elsewhere has "
        "confirmed it yet. http://127.0.0.1:8484/");
    CHECK(sms("en", AlertKind::recovered, incidents::outage_over()) ==
          "BACK AGAIN: Facebook, Instagram, WhatsApp. From 15:44 UTC to 22:45 UTC: 7 h 1 min, as seen from "
          "here. "
          "Everything we check there answers again. First: Restart nothing here. http://127.0.0.1:8484/");
    CHECK(sms("en", AlertKind::opened, incidents::local()) ==
          "IT'S US: the Internet connection. Since 09:10 UTC. The fault is on our side: the router works, "
          "but the "
          "Internet behind it does not. First: Restart nothing here. http://127.0.0.1:8484/");
    CHECK(sms("en", AlertKind::recovered, incidents::over(incidents::local(), "09:40")) ==
          "WORKS AGAIN: the Internet connection. From 09:10 UTC to 09:40 UTC: 30 min, as seen from here. The "
          "connection here works again. First: Restart nothing here. http://127.0.0.1:8484/");
    CHECK(sms("en", AlertKind::opened, incidents::app()) ==
          "RESTART YOUR APP: booking-bot. Since 11:02 UTC. The fault is in the app: the platforms answer, "
          "your app "
          "does not. Restart it with: \"systemctl restart booking-bot\" First: Restart nothing here. "
          "http://127.0.0.1:8484/");
    CHECK(sms("en", AlertKind::recovered, incidents::over(incidents::app(), "11:05")) ==
          "RUNS AGAIN: booking-bot. From 11:02 UTC to 11:05 UTC: 3 min, as seen from here. The app answers "
          "again. "
          "First: Restart nothing here. http://127.0.0.1:8484/");
}

TEST_CASE("short messages in Spanish keep to the GSM alphabet") {
    CHECK(sms("es", AlertKind::opened, incidents::outage()) ==
          "CAIDA: Facebook, Instagram, WhatsApp. Desde: 15:44 UTC. El fallo esta de su lado: sus servidores "
          "DNS no dan "
          "ninguna respuesta util. Primero: No reinicies nada aqui. Visto solo desde este ordenador; nadie "
          "lo ha "
          "confirmado aun desde fuera. http://127.0.0.1:8484/");
    CHECK(sms("es", AlertKind::recovered, incidents::outage_over()) ==
          "DE VUELTA: Facebook, Instagram, WhatsApp. De 15:44 UTC a 22:45 UTC: 7 h 1 min, visto desde aqui. "
          "Todo lo "
          "que comprobamos alli vuelve a responder. Primero: No reinicies nada aqui. http://127.0.0.1:8484/");
    CHECK(
        sms("es", AlertKind::opened, incidents::local()) ==
        "ES COSA NUESTRA: la conexion a Internet. Desde: 09:10 UTC. El fallo esta de nuestro lado: el router "
        "funciona, pero no hay Internet mas alla. Primero: No reinicies nada aqui. http://127.0.0.1:8484/");
}

TEST_CASE("short messages in Portuguese and German keep to the GSM alphabet") {
    CHECK(sms("pt", AlertKind::opened, incidents::outage()) ==
          "FORA DE SERVIÇO: Facebook, Instagram, WhatsApp. Desde: 15:44 UTC. A falha é do lado deles: os "
          "servidores DNS deles nao dao nenhuma resposta util. Primeiro: Nao reinicie nada aqui. Visto so "
          "deste computador; ninguém o confirmou ainda de fora. http://127.0.0.1:8484/");
    CHECK(sms("de", AlertKind::opened, incidents::local()) ==
          "ES LIEGT AN UNS: die Internetverbindung. Seit 09:10 UTC. Der Fehler liegt auf unserer Seite: der "
          "Router funktioniert, aber dahinter ist kein Internet. Zuerst: Starten Sie hier nichts neu. "
          "http://127.0.0.1:8484/");
    CHECK(sms("de", AlertKind::opened, incidents::app()) ==
          "STARTEN SIE IHRE APP NEU: booking-bot. Seit 11:02 UTC. Der Fehler liegt an der App: die "
          "Plattformen antworten, Ihre App nicht. Neu starten mit: \"systemctl restart booking-bot\" Zuerst: "
          "Starten Sie hier nichts neu. http://127.0.0.1:8484/");
}

TEST_CASE("each kind of alert is complete in each language") {
    for (const std::string& language : shipped::languages)
        for (const AlertKind kind : {AlertKind::opened, AlertKind::recovered})
            for (Incident incident : {incidents::outage(), incidents::local(), incidents::app()}) {
                if (kind == AlertKind::recovered) incident = incidents::over(incident, "23:59");
                INFO(language << " " << to_string(kind) << " " << to_string(incident.kind));
                const std::string text = mail(language, kind, incident);
                const std::string brief = sms(language, kind, incident);
                const auto first_step = incidents::steps()[0].text.at(language);
                CHECK(contains(text, first_step));
                CHECK(contains(brief, gsm_friendly(first_step)));
                CHECK(contains(text, page));
                CHECK(contains(text, clock_text(incident.suspected) + " UTC"));
                CHECK(contains(brief, clock_text(incident.suspected) + " UTC"));
                CHECK(contains(text, "Corner Shop"));
                // No name left unfilled, no key in place of a text.
                CHECK_FALSE(contains(text, "{"));
                CHECK_FALSE(contains(text, "alert."));
                CHECK_FALSE(contains(text, "evidence."));
                CHECK_FALSE(contains(brief, "{"));
                CHECK(sms_length(brief) <= sms_most_characters);
            }
}

TEST_CASE("a subject never carries a line end or another control character, whatever a name holds") {
    const Incident hostile =
        with_names("Shop\r\nBcc: all@example.org\r\n\r\nbody\x01\xC2\x85\xE2\x80\xA8", 2);
    for (const std::string& language : shipped::languages) {
        const RenderedAlert alert = render(language, AlertForm::mail, AlertKind::opened, hostile);
        for (const char c : alert.subject)
            CHECK(static_cast<unsigned char>(c) >= 0x20);
        CHECK_FALSE(contains(alert.subject, "\xC2\x85"));
        CHECK_FALSE(contains(alert.subject, "\xE2\x80\xA8"));
        CHECK(contains(alert.subject, "Shop Bcc: all@example.org body"));
        CHECK_FALSE(contains(alert.body, "\nBcc:"));
        CHECK_FALSE(contains(alert.body, "\r"));
        CHECK_FALSE(contains(render(language, AlertForm::sms, AlertKind::opened, hostile).body, "\n"));
    }
}

TEST_CASE("a subject stays one line even when a language file holds a line end") {
    MessageCatalogue broken = shipped::catalogue();
    broken["en"]["alert.subject.outage"] = "OUTAGE:\n{names}\n";
    const RenderedAlert alert = render_alert(Words{broken, "en"}, AlertForm::mail, AlertKind::opened,
                                             incidents::outage(), {}, Micros{0}, "", "");
    CHECK(alert.subject == "OUTAGE: Facebook, Instagram, WhatsApp");
}

TEST_CASE("a team's name, a page's address or a command cannot add lines to the mail") {
    const RenderedAlert alert =
        render_alert(Words{shipped::catalogue(), "en"}, AlertForm::mail, AlertKind::opened, incidents::app(),
                     {}, Micros{0}, "a\nTeam: b", "http://x/\nPage: y", "c\r\nCommand: d");
    CHECK_FALSE(contains(alert.body, "\nTeam:"));
    CHECK_FALSE(contains(alert.body, "\nPage:"));
    CHECK_FALSE(contains(alert.body, "\nCommand:"));
}

TEST_CASE("braces in a name stay what they are") {
    const RenderedAlert alert =
        render("en", AlertForm::mail, AlertKind::opened, with_names("{cause} {{x}}", 1));
    CHECK(alert.subject == "OUTAGE: {cause} {{x}}");
}

TEST_CASE("a short message never exceeds its limit nor cuts a character, however long the names and steps") {
    std::string wide;
    for (int n = 0; n < 120; ++n)
        wide += n % 2 ? "ñ" : "\xF0\x9F\x98\x80";
    for (const std::string& name : {std::string(400, 'x'), wide, std::string{"Ж"}, std::string(90, '\xFF')})
        for (const std::size_t subjects : {std::size_t{1}, std::size_t{3}, std::size_t{200}})
            for (const std::string& language : shipped::languages)
                for (const AlertKind kind : {AlertKind::opened, AlertKind::recovered}) {
                    Incident incident = with_names(name, subjects);
                    if (kind == AlertKind::recovered) incident = incidents::over(incident, "23:00");
                    const std::string text = render(language, AlertForm::sms, kind, incident).body;
                    CHECK(sms_length(text) <= sms_most_characters);
                    CHECK(valid_utf8(text) == text);
                    CHECK(contains(text, "15:44 UTC"));
                    const std::string subject = render(language, AlertForm::mail, kind, incident).subject;
                    CHECK(sms_length(subject) <= 200);
                    CHECK(valid_utf8(subject) == subject);
                }
}

TEST_CASE("a step too long for a short message is left out whole, and what is shorter still goes in") {
    const std::vector<PlaybookStep> steps{{"long", Phase::open, {{"en", std::string(300, 'y')}}}};
    const std::string text = render("en", AlertForm::sms, AlertKind::opened, incidents::outage(), steps).body;
    CHECK_FALSE(contains(text, "yyy"));
    CHECK(contains(text, "Seen from this computer alone"));
    CHECK(contains(text, page));
}

TEST_CASE("what speaks against the decision is not given as its reason, and four reasons are enough") {
    Incident incident = incidents::outage();
    incident.evidence.insert(incident.evidence.begin(), 6, {"no_route", Group::link, 9000, {}, {}});
    const std::string text = mail("en", AlertKind::opened, incident);
    CHECK_FALSE(contains(text, "as they should"));
    std::size_t reasons = 0;
    for (std::size_t at = text.find("\n- "); at != std::string::npos; at = text.find("\n- ", at + 1))
        ++reasons;
    CHECK(reasons == 4);
}

TEST_CASE("without evidence, steps, page or team the mail has no empty headings") {
    Incident bare = incidents::outage();
    bare.evidence.clear();
    bare.from_this_host_alone = false;
    const RenderedAlert alert = render_alert(Words{shipped::catalogue(), "en"}, AlertForm::mail,
                                             AlertKind::opened, bare, {}, Micros{0}, "", "");
    CHECK(alert.body ==
          "The fault is on their side: their DNS servers give no usable answer.\nSince 15:44 UTC.\n"
          "Confirmed from other networks.\n");
}

TEST_CASE("an app without a restart command gets no line about one") {
    const RenderedAlert alert = render_alert(Words{shipped::catalogue(), "en"}, AlertForm::mail,
                                             AlertKind::opened, incidents::app(), {}, Micros{0}, "", page);
    CHECK_FALSE(contains(alert.body, "Restart it with"));
}

TEST_CASE("times follow the wall clock, and another day is named") {
    const RenderedAlert moved =
        render("en", AlertForm::sms, AlertKind::opened, incidents::outage(), {}, Micros{3'600'000'000});
    CHECK(contains(moved.body, "Since 16:44 UTC."));
    Incident long_ago = incidents::outage_over();
    for (IncidentSubject& subject : long_ago.subjects)
        subject.over = incidents::at("03:00", "2021-10-06");
    CHECK(contains(render("en", AlertForm::sms, AlertKind::recovered, long_ago).body,
                   "From 2021-10-04 15:44 UTC to 03:00 UTC: 1 d 11 h"));
}

TEST_CASE("a language that is not there is answered in English") {
    CHECK(render("nl", AlertForm::mail, AlertKind::opened, incidents::outage()).subject ==
          "OUTAGE: Facebook, Instagram, WhatsApp");
}
