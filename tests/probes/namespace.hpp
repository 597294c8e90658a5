// Networks of the test's own: Linux network namespaces, entered by a forked child. Needs root.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

#include "bench.hpp"

namespace sereno::test {

/// Runs `body` in a child process whose network has nothing but a loopback interface, switched on. Throws,
/// naming what is missing, when this host does not permit that.
Observation in_namespace(const std::function<Observation()>& body);

/// A second network, held by a process that does nothing else. Make it from within in_namespace().
class Neighbourhood {
  public:
    Neighbourhood();
    ~Neighbourhood();
    Neighbourhood(const Neighbourhood&) = delete;
    Neighbourhood& operator=(const Neighbourhood&) = delete;
    /// Runs `ip` in it.
    void ip(const std::string& arguments) const;
    [[nodiscard]] std::string pid() const { return std::to_string(pid_); }

  private:
    pid_t pid_ = -1;
};

/// Runs `ip` with these words, in the namespace of the caller.
void ip(const std::string& arguments);
/// Reads `rules` with nft(8), in the namespace of the caller.
void nft(const std::string& rules);
/// Writes a file under /proc/sys, in the namespace of the caller.
void set_kernel(const std::string& name, const std::string& value);

}  // namespace sereno::test
