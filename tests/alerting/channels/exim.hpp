// A real mail server on a loopback address, with recipients that it refuses in different ways.
#pragma once

#include <string>
#include <vector>

#include "certificates.hpp"
#include "daemons.hpp"

namespace sereno::test {

/// Exim (apt package exim4-daemon-light). It takes mail for everybody but later@ (450), nobody@ (550), and
/// heavy@ (554 after the message), and delivers into a maildir.
class Exim {
  public:
    struct Options {
        Certificate certificate;      ///< empty: no STARTTLS on offer
        bool tls_at_once = false;     ///< smtps
        bool login_required = false;  ///< user "watchman", password "s3cret", only over TLS
    };
    explicit Exim(const Options& options);
    Exim() : Exim(Options{}) {}

    [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }
    /// Files of delivered mails, once there are that many; throws when they do not come in time.
    [[nodiscard]] std::vector<std::string> mails(std::size_t count) const;
    [[nodiscard]] std::string log() const;

  private:
    std::vector<std::string> command(const Options& options);

    Folder folder_;
    Endpoint endpoint_;
    Daemon daemon_;
};

/// The mail as Python's email package reads it: lines "Header: decoded value" of those asked for, then the
/// body.
std::string decoded(const std::string& file, const std::string& headers);

}  // namespace sereno::test
