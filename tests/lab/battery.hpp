// All that the program looks at, once: the probes that the shipped expansion makes of a configuration, run
// by the real probes in the household's host network, in a process of their own.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "agent/model/observation.hpp"
#include "config/settings.hpp"
#include "household.hpp"

namespace sereno::lab {

/// The lab's configuration, through the real loader; `proxy` as the key of that name. Throws with its
/// complaints.
Settings lab_settings(const std::string& ca_bundle, const std::string& proxy = "none");

/// Everything of `settings` that is to be observed: the host and its link first, as the later ones mean
/// little when that is broken, then the rest all at once.
class Battery {
  public:
    /// `before_look`: runs in the probing process, between the warm-up and the first look.
    explicit Battery(const Household& home, Settings settings, std::function<void()> before_look = {});
    ~Battery();
    Battery(const Battery&) = delete;
    Battery& operator=(const Battery&) = delete;

    /// A round of what runs when all is quiet; what it learns is remembered. Returns its trace.
    std::string warm_up();
    /// A round of everything, also of what is only run on suspicion. Returns its trace.
    std::string look();
    /// Of which platforms an outage would be declared if things stayed as the last look found them.
    [[nodiscard]] const std::string& declared() const { return declared_; }
    /// The process that probes.
    [[nodiscard]] pid_t pid() const { return pid_; }

    /// The two halves of look(), for what is done to that process meanwhile.
    void start_look();
    std::string end_look();

  private:
    pid_t pid_ = -1;
    int fd_ = -1;
    std::string declared_;
};

}  // namespace sereno::lab
