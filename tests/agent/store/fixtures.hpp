// Rows to store, a directory of one's own, and a loop that runs until something is true.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>

#include "agent/store/store.hpp"

namespace sereno::test {

class TempDir {
  public:
    TempDir() {
        std::string pattern = (std::filesystem::temp_directory_path() / "sereno-store-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
        path_ = pattern;
    }
    ~TempDir() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

  private:
    std::string path_;
};

/// Runs the loop until `condition` holds; false when it did not within the limit.
inline bool run_until(Loop& loop, const std::function<bool()>& condition, Micros limit = Micros{20'000'000}) {
    const Stamp deadline = loop.now() + limit;
    Loop::Timer timer;
    std::function<void()> look = [&] {
        if (condition() || loop.now() >= deadline) return loop.stop();
        timer = loop.after(Micros{2'000}, look);
    };
    timer = loop.after(Micros{0}, look);
    loop.run();
    return condition();
}

inline Stamp at(std::int64_t seconds) {
    return Stamp{Micros{(1'633'361'947 + seconds) * 1'000'000}};
}

inline DecisionRecord decision(std::uint64_t sequence) {
    DecisionRecord record;
    record.sequence = sequence;
    record.incident.value = 7;
    Verdict& verdict = record.verdict;
    verdict.subject = SubjectId{"facebook"};
    verdict.decision = Decision::declare_outage;
    verdict.cause = Cause::platform_dns;
    verdict.scope = Scope::operator_wide;
    verdict.confidence_permille = 973;
    verdict.from_this_host_alone = false;
    verdict.at = at(static_cast<std::int64_t>(sequence));
    verdict.since = at(static_cast<std::int64_t>(sequence) - 60);
    verdict.evidence = {{"authoritative_silent",
                         Group::authoritative,
                         4200,
                         {ObservationId{11}, ObservationId{12}},
                         {{"failed", "4"}, {"total", "4"}, {"failure", "dns_timeout"}}},
                        {"controls_pass", Group::controls, 900, {}, {{"passed", "3"}}}};
    verdict.ruled_out = {{Cause::platform_routing, 20, "routes_visible"}, {Cause::isp, 1, ""}};
    verdict.would_settle = {"witness", "time"};
    verdict.shared_fate = "dns:ultradns";
    return record;
}

inline Incident incident(std::uint64_t id, IncidentState state = IncidentState::open) {
    Incident incident;
    incident.id.value = id;
    incident.kind = IncidentKind::outage;
    incident.state = state;
    incident.key = "operator:meta";
    incident.title = "Meta “the ñandú”";
    incident.subjects = {
        {SubjectId{"facebook"}, "Facebook", Decision::declare_outage, Cause::platform_dns, at(1), {}, {}},
        {SubjectId{"whatsapp"}, "WhatsApp", Decision::watch, Cause::suspicion, at(2), at(40), {}}};
    incident.subjects[0].layers = {{Layer::routes, LayerState::well, at(90), at(3), at(90)},
                                   {Layer::dns, LayerState::failing, at(1), at(1), {}},
                                   {Layer::edge, LayerState::unknown, at(2), {}, {}},
                                   {Layer::application, LayerState::unknown, at(2), {}, {}}};
    incident.decision = Decision::declare_outage;
    incident.cause = Cause::platform_dns;
    incident.confidence_permille = 950;
    incident.from_this_host_alone = false;
    incident.quiet = true;
    incident.evidence = decision(1).verdict.evidence;
    incident.suspected = at(1);
    incident.opened = at(30);
    if (state == IncidentState::closed) incident.closed = at(100 + static_cast<std::int64_t>(id));
    return incident;
}

inline OutboxMessage message(std::uint64_t incident, AlertKind kind, const std::string& address,
                             const std::string& channel = "mail") {
    OutboxMessage message;
    message.incident.value = incident;
    message.kind = kind;
    message.recipient = {"Ána", "es", channel, address};
    message.subject = "Facebook no responde";
    message.body = "línea uno\nlínea dos, 'comillas' y \"más\"\n";
    message.created = at(31);
    message.next_try = at(31);
    return message;
}

}  // namespace sereno::test
