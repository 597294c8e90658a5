// Who else fails at the same time, and what those who fail have in common. Pure.
#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "agent/diagnosis/picture.hpp"

namespace sereno {

/// A platform that fails, as far as the others are concerned.
struct Failing {
    const Platform* platform = nullptr;
    Stamp since = Stamp::max();   ///< when the first of what fails began to
    bool confirmed = false;       ///< others see it fail, too; left to the caller
    bool theirs = false;          ///< judged or suspected to be the platform's own fault
    bool silent = false;          ///< its front ends do not answer at all
    bool unserved = false;        ///< its front ends break off, or do not answer, before any page comes
    bool names = false;           ///< its names do not resolve, or its name servers do not answer
    bool served = false;          ///< its front ends answer, with errors
    std::set<std::string> edges;  ///< fingerprints of the front ends that answered with errors
};

/// How this platform fails just now, as far as others may fail alike. `theirs` is left to the caller.
Failing failing_of(const Picture& picture, const Platform& platform, Stamp blind_until, Stamp now);

/// Who fails together with one platform.
struct Company {
    std::vector<std::string> siblings;  ///< names of the operator's other platforms
    std::vector<std::string>
        strangers;  ///< names of unrelated platforms that are silent while it is silent too
    std::vector<std::string> sharers;  ///< names of unrelated platforms that rest on the same and fail alike
    std::string shared_fate;           ///< on what: "edge:fastly", "dns:dyn", "as:16509"; empty: on nothing
    bool operator==(const Company&) const = default;
};
Company company_of(const Failing& self, std::span<const Failing> all);

}  // namespace sereno
