// Local or global? From the picture to a verdict on each subject, with every reason. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/diagnosis/company.hpp"
#include "agent/diagnosis/picture.hpp"
#include "agent/diagnosis/testimony.hpp"
#include "agent/model/verdict.hpp"

namespace sereno {

/// What is known of this host and its network.
struct LocalView {
    std::optional<Verdict> finding;   ///< settled: fix_local with its cause
    bool blinded = false;             ///< by the finding: nothing can be said of anybody else
    bool trouble = false;             ///< something here is or may be wrong right now: say nothing of others
    bool resolver_broken = false;     ///< the system's resolver fails on all names: ignore its word
    bool clock_wrong = false;         ///< ignore what certificates' dates say
    bool issuers_unknown = false;     ///< ignore what certificates' issuers are
    bool direct_dns_works = false;    ///< questions to servers of our choice get through, to them
    bool interception_began = false;  ///< they do not any more: somebody answers in others' place
    std::vector<std::string> deaf_resolvers;  ///< resolvers that fail on controls too: ignore their word
    Verdict verdict;                          ///< on the host itself: none, watch or the finding
};

/// Looks at link, gateway and controls, all operators.
LocalView look_around(const Picture& picture, Stamp now);

/// Controls as one platform may use them.
struct ControlCount {
    int total = 0, known = 0, well = 0, failing = 0;
    int operators_well = 0;  ///< different operators among those well
    std::vector<ObservationId> well_basis, failing_basis;
};
/// Leaves out those that share the platform's fate. `since`: older successes do not count.
ControlCount count_controls(const Picture& picture, const Platform& platform, Stamp now, Stamp since);

/// What else a platform's verdict depends on.
struct PlatformContext {
    const LocalView& local;
    Stamp blind_until;        ///< observations begun before this say nothing: our own network was in doubt
    const Verdict& previous;  ///< the last verdict on the same subject
    const WitnessStates& witnesses;  ///< who can be asked
    const Company& company;          ///< who else fails
    Stamp undated_until{};  ///< what certificates seemed to be before this says nothing: our clock, or our
                            ///< list of issuers, was wrong
    Stamp over{};           ///< when the last outage that was declared of it ended; zero: none did
    bool in_flux = false;   ///< more may be seen at this very instant: nothing is declared, nor over, before
                            ///< all of it is heard, in whatever order it comes
};
Verdict judge_platform(const Picture& picture, const Platform& platform, const PlatformContext& context,
                       Stamp now);

/// Everything of it is well and was so lately, also in the eyes of others: who was found at rest would be
/// found so again. False where that takes a closer look.
bool rests(const Picture& picture, const Platform& platform, Stamp blind_until, Stamp now);

/// Names the cause; what is named is not among what was ruled out.
void set_cause(Verdict& verdict, Cause cause);

/// `needs`: the verdicts on the platforms the app depends on. `needs_unwell_until`: when one of them, or our
/// own network, was last not well; zero: never.
Verdict judge_app(const Picture& picture, const App& app, const std::vector<Verdict>& needs,
                  const LocalView& local, Stamp needs_unwell_until, Stamp now);

}  // namespace sereno
