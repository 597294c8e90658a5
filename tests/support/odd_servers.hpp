// Servers that misbehave on purpose, on loopback, as no real daemon would.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "agent/model/probe_spec.hpp"

namespace sereno::test {

/// Bound, and never answers: UDP questions arrive and nothing comes back.
class SilentUdp {
  public:
    SilentUdp();
    ~SilentUdp();
    SilentUdp(const SilentUdp&) = delete;
    SilentUdp& operator=(const SilentUdp&) = delete;
    [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }

  private:
    Endpoint endpoint_;
    int fd_ = -1;
};

/// Accepts TCP connections (the kernel does, into the backlog) and never says a word on them.
class SilentTcp {
  public:
    SilentTcp();
    ~SilentTcp();
    SilentTcp(const SilentTcp&) = delete;
    SilentTcp& operator=(const SilentTcp&) = delete;
    [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }

  private:
    Endpoint endpoint_;
    int fd_ = -1;
};

/// Packets to it vanish: a listener with a backlog of 0 whose one place is taken. Linux then drops every SYN,
/// so a connection attempt gets no answer at all, just as behind a withdrawn route.
class BlackHole {
  public:
    BlackHole();
    ~BlackHole();
    BlackHole(const BlackHole&) = delete;
    BlackHole& operator=(const BlackHole&) = delete;
    [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }

  private:
    Endpoint endpoint_;
    int fd_ = -1;
    std::vector<int> taken_;
};

/// Runs `script` on each connection, one after the other, on a thread of its own.
class ScriptedTcp {
  public:
    explicit ScriptedTcp(std::function<void(int fd)> script);
    ~ScriptedTcp();
    ScriptedTcp(const ScriptedTcp&) = delete;
    ScriptedTcp& operator=(const ScriptedTcp&) = delete;
    [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }

  private:
    Endpoint endpoint_;
    int fd_ = -1, stop_ = -1;
    std::thread thread_;
};

/// Answers each UDP packet with what `script` makes of it; nothing: no answer.
class ScriptedUdp {
  public:
    using Packet = std::vector<unsigned char>;
    explicit ScriptedUdp(std::function<std::optional<Packet>(Packet)> script);
    ~ScriptedUdp();
    ScriptedUdp(const ScriptedUdp&) = delete;
    ScriptedUdp& operator=(const ScriptedUdp&) = delete;
    [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }

  private:
    Endpoint endpoint_;
    int fd_ = -1, stop_ = -1;
    std::thread thread_;
};

/// Waits until something can be read, at most 5 s, and reads it.
std::string read_some(int fd);
void write_all(int fd, const std::string& text);
/// Makes the close that follows a reset (RST) instead of a FIN.
void reset_on_close(int fd);

}  // namespace sereno::test
