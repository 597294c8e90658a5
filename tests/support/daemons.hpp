// Real servers for tests: nsd, unbound, nginx, each in a folder and on loopback addresses of its own, ended
// by its owner. A missing program is an exception that names Debian's package.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "agent/model/probe_spec.hpp"

namespace sereno::test {

/// A temporary folder, removed with all it holds.
class Folder {
  public:
    Folder();
    ~Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }
    /// Writes `text` to a file in it and returns the file's path.
    std::string write(const std::string& name, const std::string& text) const;

  private:
    std::string path_;
};

/// A loopback address of 127/8 chosen at random with a port that nobody has there, neither TCP nor UDP.
/// Programs that run at the same time do not meet.
Endpoint free_endpoint();

/// Runs a program to its end and returns its output. Throws with that output when it fails, and with
/// `package` when the program is missing.
std::string run(const std::vector<std::string>& argv, const std::string& package);

/// A server process in the foreground, its output in a file.
class Daemon {
  public:
    /// Starts it and waits until `ready` says so; throws with the log when it does not come up.
    Daemon(std::vector<std::string> argv, const std::string& package, const std::function<bool()>& ready);
    /// Asks it to end, then makes it.
    ~Daemon();
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;

    [[nodiscard]] std::string log() const;
    [[nodiscard]] pid_t pid() const { return pid_; }

  private:
    void wait_until(const std::function<bool()>& ready);
    void end();

    Folder folder_;
    pid_t pid_ = -1;
    std::string name_;
};

struct Zone {
    std::string name;  ///< "shop.example"
    std::string
        records;  ///< lines of a zone file without $ORIGIN; SOA and NS are added. Empty: no zone file at all
};

/// An authoritative server (apt package nsd).
class Nsd {
  public:
    explicit Nsd(const std::vector<Zone>& zones);
    Nsd(const std::string& zone, const std::string& records) : Nsd(std::vector<Zone>{{zone, records}}) {}
    [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }

  private:
    Folder folder_;
    Endpoint endpoint_;
    Daemon daemon_;
};

struct Upstream {
    std::string zone;  ///< "." for everything
    Endpoint server;
    bool forward =
        false;  ///< forward-zone (a resolver behind it) instead of stub-zone (an authoritative server)
};

/// A recursive resolver (apt package unbound) that knows no root servers, only its upstreams.
class Unbound {
  public:
    /// `options`: further lines of the configuration's server section.
    explicit Unbound(const std::vector<Upstream>& upstreams,
                     const std::string& options = "access-control: 127.0.0.0/8 allow");
    [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }

  private:
    Folder folder_;
    Endpoint endpoint_;
    Daemon daemon_;
};

struct Site {
    Endpoint listen;
    std::string certificate, key;  ///< PEM files; empty: plain HTTP
    std::string directives;        ///< of nginx, within server {}
};

/// A web server (apt package nginx-light).
class Nginx {
  public:
    explicit Nginx(const std::vector<Site>& sites);

  private:
    Folder folder_;
    Daemon daemon_;
};

/// Does anybody accept connections there?
bool accepts(const Endpoint& endpoint);
/// Does anybody answer a DNS question there, whatever the answer?
bool answers_dns(const Endpoint& endpoint);

}  // namespace sereno::test
