// nsd and unbound with everything in the test's hands: addresses and ports, whole zone files, DNSSEC, HTTPS.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "certificates.hpp"
#include "daemons.hpp"

namespace sereno::test {

struct ZoneFile {
    std::string name;  ///< "shop.example"; "." for the root
    std::string text;  ///< the whole of it, without $ORIGIN
};

/// A zone file's beginning: SOA with this serial, then NS records for these names.
std::string zone_head(unsigned serial, const std::vector<std::string>& name_servers);

/// An authoritative server (apt package nsd).
class NameServer {
  public:
    /// `also_at`: a further address, with a port of its own.
    NameServer(const Endpoint& at, const std::vector<ZoneFile>& zones,
               const std::optional<Endpoint>& also_at = {});

  private:
    Folder folder_;
    Daemon daemon_;
};

/// A recursive resolver (apt package unbound) that knows its upstreams only, and may validate.
class Resolving {
  public:
    struct Options {
        std::string server_lines;       ///< of the configuration's server section
        std::optional<Endpoint> https;  ///< serves DNS over HTTPS there
        std::optional<Certificate> certificate;
    };
    Resolving(const Endpoint& at, const std::vector<Upstream>& upstreams, const Options& options);
    [[nodiscard]] std::string log() const { return daemon_.log(); }

  private:
    Folder folder_;
    Daemon daemon_;
};

/// A zone signed with a key of its own (apt package ldnsutils).
class SignedZone {
  public:
    explicit SignedZone(const ZoneFile& zone);
    [[nodiscard]] const ZoneFile& zone() const { return signed_; }
    /// The file that makes a resolver trust it.
    [[nodiscard]] const std::string& anchor() const { return anchor_; }

  private:
    Folder folder_;
    ZoneFile signed_;
    std::string anchor_;
};

/// A port that nobody has on ::1, neither TCP nor UDP.
Endpoint free_v6_endpoint();

}  // namespace sereno::test
