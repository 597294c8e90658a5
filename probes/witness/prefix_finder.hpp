// In which exact prefixes are a platform's name servers announced? Those of the catalogue, or what the origin
// service (probes/path/as_origin.hpp) says of their remembered addresses.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "probes/probe.hpp"
#include "probes/witness/asker.hpp"

namespace sereno {

class PrefixFinder {
  public:
    explicit PrefixFinder(ProbeContext& context);
    ~PrefixFinder();
    /// Each once, sorted; empty when nothing is known yet. `done` is called once, from the loop, not before
    /// find() returns, at the latest at `deadline`. What it learns is kept for a week (FactKind::as_origin).
    [[nodiscard]] std::unique_ptr<Asked> find(const std::vector<DnsServer>& servers, Stamp deadline,
                                              std::function<void(std::vector<std::string>)> done);

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace sereno
