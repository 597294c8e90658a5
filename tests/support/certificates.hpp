// A certificate authority of the test's own, made with openssl(1).
#pragma once

#include <string>
#include <vector>

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
    /// One below `parent`. What it issues is sent with its own certificate.
    explicit Authority(const Authority& parent, Validity validity = Validity::current);
    /// The PEM file that trusts it.
    [[nodiscard]] const std::string& bundle() const { return own_.certificate; }
    /// A server's certificate for this one name.
    [[nodiscard]] Certificate issue(const std::string& name, Validity validity = Validity::current);
    /// The same with further extensions, as openssl-req(1) takes them: "extendedKeyUsage=clientAuth".
    [[nodiscard]] Certificate issue(const std::string& name, Validity validity,
                                    const std::vector<std::string>& extensions);
    /// As a server sends it that was told nothing of the authority between it and the one that is trusted; it
    /// says where that can be fetched, as public ones do.
    [[nodiscard]] Certificate issue_alone(const std::string& name);

  private:
    void prepare() const;
    [[nodiscard]] Certificate sign(const Authority& by, const std::string& subject, Validity validity,
                                   const std::vector<std::string>& extensions);

    Folder folder_;
    Certificate own_;
    std::string chain_;  ///< PEM text that is sent behind what it issues
    int issued_ = 0;
};

/// For this name, issued by itself.
Certificate self_signed(const Folder& folder, const std::string& name);

}  // namespace sereno::test
