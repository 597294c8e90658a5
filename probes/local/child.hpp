// A child process on the loop: started by argv, its output collected, ended with its owner.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "agent/loop/loop.hpp"
#include "probes/fd.hpp"

namespace sereno {

/// Runs a program found in PATH, without a shell, with its standard output and error in one pipe.
class Child {
  public:
    struct Ended {
        int exit_code = -1;  ///< -1: ended by a signal
        std::string output;  ///< the first 4096 bytes
    };
    /// `done` is called once, from the loop, when the process has ended.
    Child(Loop& loop, const std::vector<std::string>& argv, std::function<void(Ended)> done);
    /// Kills the process if it still runs.
    ~Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    /// The errno that kept it from starting; 0: it runs. ENOENT: no such program.
    [[nodiscard]] int error() const { return error_; }

  private:
    void spawn(const std::vector<std::string>& argv);
    void read_output();
    void on_exit();

    Loop& loop_;
    std::function<void(Ended)> done_;
    int error_ = 0;
    pid_t pid_ = -1;
    std::string output_;
    Fd pipe_, process_;
    Loop::Watch pipe_watch_, process_watch_;  ///< after their descriptors: they go first
};

}  // namespace sereno
