// The program itself, run as a user runs it.
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <csignal>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

extern char** environ;

namespace sereno::test {

/// `sereno run`, ended by its pid when this goes.
class Agent {
  public:
    Agent(std::string config, std::string log) : config_(std::move(config)), log_(std::move(log)) {}
    ~Agent() { kill_now(); }
    Agent(const Agent&) = delete;
    Agent& operator=(const Agent&) = delete;

    void start() {
        posix_spawn_file_actions_t files;
        posix_spawn_file_actions_init(&files);
        posix_spawn_file_actions_addopen(&files, 2, log_.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
        std::string program = SERENO_PROGRAM, run = "run", option = "--config";
        char* argv[] = {program.data(), run.data(), option.data(), config_.data(), nullptr};
        const int failed = posix_spawn(&pid_, program.c_str(), &files, nullptr, argv, environ);
        posix_spawn_file_actions_destroy(&files);
        if (failed != 0) throw std::runtime_error("cannot start " + program);
    }
    void kill_now() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }
    [[nodiscard]] bool alive() const {
        int status = 0;
        return pid_ > 0 && ::waitpid(pid_, &status, WNOHANG) == 0;
    }
    [[nodiscard]] std::string log() const {
        std::ifstream in(log_);
        std::ostringstream out;
        out << in.rdbuf();
        return out.str();
    }

  private:
    std::string config_, log_;
    pid_t pid_ = -1;
};

}  // namespace sereno::test
