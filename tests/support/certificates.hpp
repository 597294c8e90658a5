// A certificate authority of the test's own, made with openssl(1).
#pragma once

#include <string>

#include "daemons.hpp"

namespace sereno::test {

enum class Validity : std::uint8_t { current, expired, not_yet };

/// PEM files.
struct Certificate {
    std::string certificate, key;
};

class Authority {
  public:
    Authority();
    /// The PEM file that trusts it.
    [[nodiscard]] const std::string& bundle() const { return own_.certificate; }
    /// A server's certificate for this one name.
    [[nodiscard]] Certificate issue(const std::string& name, Validity validity = Validity::current);

  private:
    Folder folder_;
    Certificate own_;
    int issued_ = 0;
};

}  // namespace sereno::test
