#include "agent/rehearsal/agent_process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <vector>

namespace sereno::rehearsal {

namespace {

std::vector<char*> environment_without_proxies() {
    constexpr std::array<std::string_view, 8> left_out{
        "http_proxy=", "https_proxy=", "all_proxy=", "no_proxy=",
        "HTTP_PROXY=", "HTTPS_PROXY=", "ALL_PROXY=", "NO_PROXY="};
    std::vector<char*> kept;
    for (char** one = environ; *one != nullptr; ++one) {
        bool keep = true;
        for (const std::string_view prefix : left_out)
            keep = keep && !std::string_view(*one).starts_with(prefix);
        if (keep) kept.push_back(*one);
    }
    kept.push_back(nullptr);
    return kept;
}

std::string ending_text(int status) {
    if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
    return "exit code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

AgentProcess::AgentProcess(const std::string& program, const std::string& config, const std::string& log) {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
    // A group of its own: Ctrl-C is for us, and we end it in order. No signal stays blocked that we blocked.
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);

    std::array<std::string, 4> words{program, "run", "--config", config};
    std::array<char*, 5> argv{};
    for (std::size_t i = 0; i < words.size(); ++i)
        argv[i] = words[i].data();
    const int error = posix_spawn(&pid_, program.c_str(), &files, &attributes, argv.data(),
                                  environment_without_proxies().data());
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    if (error != 0) {
        pid_ = -1;
        throw std::runtime_error(program + ": cannot be started: " + std::strerror(error));
    }
}

AgentProcess::~AgentProcess() {
    stop();
}

std::optional<std::string> AgentProcess::ended() {
    if (ended_ || pid_ < 0) return ended_;
    int status = 0;
    const pid_t which = ::waitpid(pid_, &status, WNOHANG);
    if (which == pid_) ended_ = ending_text(status);
    if (which < 0 && errno == ECHILD) ended_ = "an unknown end";
    return ended_;
}

void AgentProcess::stop(std::chrono::milliseconds patience) {
    if (pid_ < 0 || ended()) return;
    ::kill(pid_, SIGTERM);
    const auto until = std::chrono::steady_clock::now() + patience;
    while (!ended() && std::chrono::steady_clock::now() < until)
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
    if (ended()) return;
    ::kill(pid_, SIGKILL);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    ended_ = ending_text(status);
}

std::string own_program() {
    std::array<char, 4096> path{};
    const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size() - 1);
    if (length <= 0) throw std::runtime_error("/proc/self/exe cannot be read; is /proc mounted?");
    return {path.data(), static_cast<std::size_t>(length)};
}

std::string last_lines(const std::string& path, int lines) {
    constexpr std::streamoff most = 8192;
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    if (!file) return {};
    const std::streamoff size = file.tellg(), from = size > most ? size - most : 0;
    file.seekg(from);
    std::string text(static_cast<std::size_t>(size - from), '\0');
    file.read(text.data(), size - from);
    std::size_t at = text.size();
    if (at > 0 && text[at - 1] == '\n') --at;
    for (; lines > 0 && at != 0; --lines) {
        const std::size_t end = text.rfind('\n', at - 1);
        if (end == std::string::npos) return text;
        at = end;
    }
    return text.substr(at == 0 ? 0 : at + 1);
}

}  // namespace sereno::rehearsal
