#include "namespace.hpp"

#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "daemons.hpp"

namespace sereno::test {

namespace {

std::vector<std::string> words(const std::string& program, const std::string& arguments) {
    std::vector<std::string> argv{program};
    std::istringstream text(arguments);
    for (std::string word; text >> word;)
        argv.push_back(word);
    return argv;
}

void enter_new_network() {
    if (::unshare(CLONE_NEWNET) != 0)
        throw std::runtime_error(std::string{"a network namespace cannot be made ("} + ::strerror(errno) +
                                 "): run this test as root");
}

}  // namespace

Observation in_namespace(const std::function<Observation()>& body) {
    return in_child([&body] {
        enter_new_network();
        ip("link set lo up");
        return body();
    });
}

Neighbourhood::Neighbourhood() {
    std::array<int, 2> ends{-1, -1};
    if (::pipe(ends.data()) != 0) throw std::runtime_error("pipe failed");
    pid_ = ::fork();
    if (pid_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        const char word = ::unshare(CLONE_NEWNET) == 0 ? 'y' : 'n';
        if (::write(ends[1], &word, 1) == 1 && word == 'y') ::pause();
        ::_exit(0);
    }
    ::close(ends[1]);
    char word = 'n';
    const bool told = ::read(ends[0], &word, 1) == 1;
    ::close(ends[0]);
    if (!told || word != 'y') throw std::runtime_error("a second network namespace cannot be made");
}

Neighbourhood::~Neighbourhood() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

void Neighbourhood::ip(const std::string& arguments) const {
    run(words("nsenter", "-t " + pid() + " -n ip " + arguments), "util-linux");
}

void ip(const std::string& arguments) {
    run(words("ip", arguments), "iproute2");
}

void nft(const std::string& rules) {
    const Folder folder;
    run({"nft", "-f", folder.write("rules", rules)}, "nftables");
}

void set_kernel(const std::string& name, const std::string& value) {
    std::ofstream file("/proc/sys/" + name);
    file << value << std::flush;
    if (!file) throw std::runtime_error("/proc/sys/" + name + " cannot be written: run this test as root");
}

}  // namespace sereno::test
