// A certificate authority of one's own (OpenSSL), made anew for each world and gone with it.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace sereno::rehearsal {

/// PEM texts of one server: its certificate and its private key.
struct ServerIdentity {
    std::string certificate, key;
};

class CertificateAuthority {
  public:
    /// A P-256 key and a self-signed certificate, valid from yesterday for 30 days.
    /// Throws std::runtime_error when OpenSSL refuses.
    CertificateAuthority();
    ~CertificateAuthority();

    [[nodiscard]] const std::string& certificate() const;  ///< PEM

    /// A certificate for these host names and this IPv4 address, valid as long as the authority's, but so
    /// much later. Without an address: for the names only.
    [[nodiscard]] ServerIdentity issue(const std::vector<std::string>& hosts, const std::string& address,
                                       std::chrono::seconds later = {}) const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace sereno::rehearsal
