// The agent under rehearsal: `sereno run` as a child process.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>

namespace sereno::rehearsal {

class AgentProcess {
  public:
    /// Starts `program run --config <config>` with its standard error and output appended to `log`. Proxies
    /// of the environment are not passed on. Throws std::runtime_error when it cannot be started.
    AgentProcess(const std::string& program, const std::string& config, const std::string& log);
    ~AgentProcess();  ///< as stop()
    AgentProcess(const AgentProcess&) = delete;
    AgentProcess& operator=(const AgentProcess&) = delete;

    [[nodiscard]] pid_t pid() const { return pid_; }
    /// How it ended, "exit code 70" or "signal 11"; empty while it runs.
    [[nodiscard]] std::optional<std::string> ended();
    /// SIGTERM, and SIGKILL when it still runs after `patience`. Waits for its end.
    void stop(std::chrono::milliseconds patience = std::chrono::seconds{5});

  private:
    pid_t pid_ = -1;
    std::optional<std::string> ended_;
};

/// The running program itself (/proc/self/exe).
std::string own_program();
/// The last `lines` lines of a text file, at most 8 kB; empty when it cannot be read.
std::string last_lines(const std::string& path, int lines);

}  // namespace sereno::rehearsal
