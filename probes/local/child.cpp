#include "probes/local/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace sereno {

namespace {

constexpr std::size_t most_output_bytes = 4096;
/// A killed process is gone within a millisecond; one that is not hangs in the kernel and is left to it.
constexpr int most_milliseconds_to_die = 50;

/// posix_spawn's two kinds of options, with an owner.
struct SpawnOptions {
    SpawnOptions() {
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawnattr_init(&attributes);
    }
    ~SpawnOptions() {
        ::posix_spawn_file_actions_destroy(&actions);
        ::posix_spawnattr_destroy(&attributes);
    }
    SpawnOptions(const SpawnOptions&) = delete;
    SpawnOptions& operator=(const SpawnOptions&) = delete;

    posix_spawn_file_actions_t actions{};
    posix_spawnattr_t attributes{};
};

/// The daemon's own signal handling and descriptors are not the child's business.
void prepare(SpawnOptions& options, int output) {
    ::posix_spawn_file_actions_addopen(&options.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&options.actions, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&options.actions, output, STDERR_FILENO);
    ::posix_spawn_file_actions_addclosefrom_np(&options.actions, STDERR_FILENO + 1);
    sigset_t none, all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&options.attributes, &none);
    ::posix_spawnattr_setsigdefault(&options.attributes, &all);
    ::posix_spawnattr_setflags(&options.attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

}  // namespace

Child::Child(Loop& loop, const std::vector<std::string>& argv, std::function<void(Ended)> done)
    : loop_(loop), done_(std::move(done)) {
    spawn(argv);
}

Child::~Child() {
    pipe_watch_ = {};
    process_watch_ = {};
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    pollfd ended{.fd = process_.get(), .events = POLLIN, .revents = 0};
    if (process_.is_open()) ::poll(&ended, 1, most_milliseconds_to_die);
    ::waitpid(pid_, nullptr, WNOHANG);
}

void Child::spawn(const std::vector<std::string>& argv) {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        error_ = errno;
        return;
    }
    pipe_ = Fd{ends[0]};
    const Fd output{ends[1]};
    ::fcntl(pipe_.get(), F_SETFL, O_NONBLOCK);

    SpawnOptions options;
    prepare(options, output.get());
    std::vector<char*> arguments;
    for (const std::string& argument : argv)
        arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    error_ =
        ::posix_spawnp(&pid_, arguments[0], &options.actions, &options.attributes, arguments.data(), environ);
    if (error_ != 0) {
        pid_ = -1;
        return;
    }
    // A descriptor for the process instead of SIGCHLD: signals belong to the whole program, this child is
    // ours.
    process_ = Fd{static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0))};
    if (!process_.is_open()) {
        error_ = errno;
        return;
    }
    pipe_watch_ =
        loop_.watch(pipe_.get(), {.read = true, .write = false}, [this](Loop::Ready) { read_output(); });
    process_watch_ =
        loop_.watch(process_.get(), {.read = true, .write = false}, [this](Loop::Ready) { on_exit(); });
}

void Child::read_output() {
    std::array<char, 1024> buffer;
    for (;;) {
        const auto size = ::read(pipe_.get(), buffer.data(), buffer.size());
        if (size < 0 && errno == EINTR) continue;
        if (size < 0 && errno == EAGAIN) return;
        if (size <= 0) break;
        // The rest is read and dropped, so that the child does not wait for us.
        const auto room = most_output_bytes - output_.size();
        output_.append(buffer.data(), std::min(room, static_cast<std::size_t>(size)));
    }
    pipe_watch_ = {};
    pipe_.reset();
}

void Child::on_exit() {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == 0) return;
    pid_ = -1;
    process_watch_ = {};
    if (pipe_.is_open()) read_output();
    pipe_watch_ = {};
    const auto done = std::move(done_);
    done({.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1, .output = std::move(output_)});
}

}  // namespace sereno
