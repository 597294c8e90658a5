// A box on the way that reads the name in each ClientHello (RFC 6066 section 3) and resets the connections to
// one of them: what censors do.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace sereno::lab {

/// A process that listens in the network of the caller and takes connections that the kernel was told to
/// redirect to its port; those that may pass are relayed to where they were going.
class SniFilter {
  public:
    SniFilter(std::string forbidden, std::uint16_t port);
    ~SniFilter();
    SniFilter(const SniFilter&) = delete;
    SniFilter& operator=(const SniFilter&) = delete;

  private:
    pid_t pid_ = -1;
};

}  // namespace sereno::lab
