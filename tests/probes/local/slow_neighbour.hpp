// A machine on the link that answers IPv4 echo requests after a while: what a sleepy Wi-Fi link looks like.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>

namespace sereno::test {

/// Gives this namespace the interface tun0 with `address` ("192.0.2.2/24"), and answers there for everybody
/// else, `delay` late, from a process of its own. Needs root.
class SlowNeighbour {
  public:
    SlowNeighbour(const std::string& address, std::chrono::milliseconds delay);
    ~SlowNeighbour();
    SlowNeighbour(const SlowNeighbour&) = delete;
    SlowNeighbour& operator=(const SlowNeighbour&) = delete;

  private:
    pid_t pid_ = -1;
};

}  // namespace sereno::test
