// Networks of the test's own: Linux network namespaces, entered by a forked child. Needs root.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "bench.hpp"
#include "probes/fd.hpp"

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

/// Networks in a row, joined by cables: 0 - 1 - ... - n-1. Number 0 is this host, 1 its gateway, the last the
/// target. All but the ends forward IPv4 and IPv6, everybody can reach everybody, and no router limits its
/// ICMP errors. While it exists the calling thread lives in number 0; no child process is needed.
///
/// In each of them "left" is the cable towards number 0 and "right" the other one. A router's errors come
/// from its left address: 192.168.1.1, 100.64.0.1, 198.51.100.1, 203.0.113.1, 192.0.2.1, then 10.6.0.1 and so
/// on (IPv6: 2001:db8:1::1, 2001:db8:2::1 ...).
class Chain {
  public:
    explicit Chain(std::size_t networks);
    ~Chain();
    Chain(const Chain&) = delete;
    Chain& operator=(const Chain&) = delete;

    /// Runs `body` in that network: sockets opened and servers started by it stay there.
    void in(std::size_t network, const std::function<void()>& body) const;
    void ip(std::size_t network, const std::string& arguments) const;
    void nft(std::size_t network, const std::string& rules) const;
    void set_kernel(std::size_t network, const std::string& name, const std::string& value) const;

    /// Its left address; of number 0 the only one it has.
    [[nodiscard]] std::string v4(std::size_t network) const;
    [[nodiscard]] std::string v6(std::size_t network) const;

  private:
    void build() const;

    Fd home_;
    std::vector<Fd> networks_;
};

/// Runs `ip` with these words, in the namespace of the caller.
void ip(const std::string& arguments);
/// Reads `rules` with nft(8), in the namespace of the caller.
void nft(const std::string& rules);
/// Writes a file under /proc/sys, in the namespace of the caller.
void set_kernel(const std::string& name, const std::string& value);

}  // namespace sereno::test
