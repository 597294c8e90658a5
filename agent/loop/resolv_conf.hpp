// The resolvers of this host: the `nameserver` lines of resolv.conf(5).
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>
#include <vector>

#include "agent/model/probe_spec.hpp"

namespace sereno {

/// At most three, as in the C library; this machine when there is none. Anything that is no address is
/// skipped.
std::vector<Endpoint> nameservers_in(std::string_view resolv_conf);

class ResolvConf {
  public:
    explicit ResolvConf(std::string path) : path_(std::move(path)) {}

    /// Reads the file again when it is another one or was changed (DHCP, NetworkManager, a VPN).
    const std::vector<Endpoint>& servers();

  private:
    std::string path_;
    struct stat seen_ {};
    std::vector<Endpoint> servers_;
};

}  // namespace sereno
