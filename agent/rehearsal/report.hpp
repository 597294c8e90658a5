// What a rehearsal tells people and programs at its end.
#pragma once

#include <boost/json/object.hpp>
#include <iosfwd>
#include <string>
#include <vector>

#include "agent/rehearsal/judge.hpp"
#include "alerting/messages/words.hpp"

namespace sereno::rehearsal {

struct Outcome {
    Record record;
    std::vector<Judgement> judgements;
    std::string trouble;  ///< why it did not run to its end; empty: it did
    [[nodiscard]] bool as_expected() const;
    /// "as expected", or "NOT as expected: " and the first reasons.
    [[nodiscard]] std::string summary() const;
};

/// "Facebook: outage, their DNS servers do not answer (97 %)"
std::string decision_line(const Scenario& scenario, const Words& words, const Verdict& verdict);
/// The text for people of a subject's id.
std::string subject_name(const Scenario& scenario, const std::string& subject);
std::string first_line(const std::string& text);
/// At most `width` columns, an ellipsis at the end when something was cut.
std::string shortened(const std::string& text, std::size_t width);

/// What happened beside what the agent said, the alerts, each expectation.
void print_report(std::ostream& out, const Scenario& scenario, const ScenarioClock& clock, const Words& words,
                  const Outcome& outcome, bool colour);

/// scenario, ok, expected[] (expected, met, why), decisions[] (as the API has them, and `at`), alerts[] (at,
/// channel, to, kind, incident, text), trouble when there was any. `at` is scenario time.
boost::json::object report_json(const Scenario& scenario, const Words& words, const Outcome& outcome);

}  // namespace sereno::rehearsal
