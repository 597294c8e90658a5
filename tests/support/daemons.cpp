#include "daemons.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace sereno::test {

namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto longest_start = 20s;
constexpr auto longest_end = 5s;

sockaddr_in socket_address_of(const Endpoint& endpoint) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(endpoint.port);
    ::inet_pton(AF_INET, endpoint.address.c_str(), &address.sin_addr);
    return address;
}

std::string find_program(const std::string& name, const std::string& package) {
    const char* path = ::getenv("PATH");
    std::istringstream folders(std::string{path != nullptr ? path : ""} + ":/usr/sbin:/sbin");
    for (std::string folder; std::getline(folders, folder, ':');)
        if (const std::string file = folder + "/" + name; ::access(file.c_str(), X_OK) == 0) return file;
    throw std::runtime_error(name + " is not installed: apt-get install " + package);
}

/// Starts a program with its output in `log`, in a process group of its own, and bound to our life.
pid_t spawn(const std::vector<std::string>& argv, const std::string& program, const std::string& log) {
    std::vector<char*> arguments;
    for (const std::string& argument : argv)
        arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const int input = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::setpgid(0, 0);
        ::prctl(PR_SET_PDEATHSIG, SIGTERM);
        ::dup2(input, STDIN_FILENO);
        ::dup2(output, STDOUT_FILENO);
        ::dup2(output, STDERR_FILENO);
        ::execv(program.c_str(), arguments.data());
        ::_exit(127);
    }
    ::close(output);
    ::close(input);
    if (pid < 0) throw std::runtime_error("fork: " + std::string{::strerror(errno)});
    return pid;
}

std::string read_file(const std::string& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

bool is_free(const Endpoint& endpoint) {
    const sockaddr_in address = socket_address_of(endpoint);
    for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
        const int fd = ::socket(AF_INET, type | SOCK_CLOEXEC, 0);
        const bool bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
        ::close(fd);
        if (!bound) return false;
    }
    return true;
}

std::string at_sign(const Endpoint& endpoint) {
    return endpoint.address + "@" + std::to_string(endpoint.port);
}

std::string nsd_configuration(const Folder& folder, const Endpoint& endpoint,
                              const std::vector<Zone>& zones) {
    std::ostringstream text;
    text << "server:\n  ip-address: " << at_sign(endpoint) << "\n  username: \"\"\n  chroot: \"\"\n"
         << "  zonesdir: \"" << folder.path() << "\"\n  database: \"\"\n  pidfile: \"\"\n"
         << "  xfrdfile: \"" << folder.path() << "/xfrd.state\"\n  zonelistfile: \"" << folder.path()
         << "/zone.list\"\n  cookie-secret-file: \"\"\n  server-count: 1\n  do-ip6: no\n"
         << "remote-control:\n  control-enable: no\n";
    for (std::size_t i = 0; i < zones.size(); ++i) {
        const std::string file = "zone" + std::to_string(i);
        text << "zone:\n  name: \"" << zones[i].name << "\"\n  zonefile: \"" << file << "\"\n";
        if (!zones[i].records.empty())
            folder.write(file, "$ORIGIN " + zones[i].name + ".\n$TTL 300\n" +
                                   "@ SOA ns hostmaster 1 3600 600 86400 60\n@ NS ns\nns A " +
                                   endpoint.address + "\n" + zones[i].records + "\n");
    }
    return folder.write("nsd.conf", text.str());
}

std::string unbound_configuration(const Folder& folder, const Endpoint& endpoint,
                                  const std::vector<Upstream>& upstreams, const std::string& options) {
    std::ostringstream text;
    text << "server:\n  interface: " << at_sign(endpoint) << "\n  port: " << endpoint.port
         << "\n  username: \"\"\n  chroot: \"\"\n  directory: \"" << folder.path() << "\"\n  pidfile: \"\"\n"
         << "  use-syslog: no\n  logfile: \"\"\n  do-daemonize: no\n  do-ip6: no\n  num-threads: 1\n"
         << "  do-not-query-localhost: no\n"
         << "  " << options << "\n"
         << "  module-config: \"iterator\"\n  qname-minimisation: no\n  outbound-msg-retry: 1\n  "
            "msg-cache-size: 1m\n  "
            "rrset-cache-size: 1m\n"
         << "remote-control:\n  control-enable: no\n";
    const bool knows_all = std::any_of(upstreams.begin(), upstreams.end(),
                                       [](const Upstream& upstream) { return upstream.zone == "."; });
    // Whatever its upstreams do not know ends here: it must never ask the Internet's root servers.
    if (!knows_all)
        text << "forward-zone:\n  name: \".\"\n  forward-addr: " << at_sign(free_endpoint()) << "\n";
    for (const Upstream& upstream : upstreams) {
        const std::string kind = upstream.forward ? "forward" : "stub";
        text << kind << "-zone:\n  name: \"" << upstream.zone << "\"\n  " << kind
             << "-addr: " << at_sign(upstream.server) << "\n";
    }
    return folder.write("unbound.conf", text.str());
}

std::string nginx_configuration(const Folder& folder, const std::vector<Site>& sites) {
    std::ostringstream text;
    text << "daemon off;\nmaster_process off;\nuser root;\npid " << folder.path()
         << "/pid;\nerror_log stderr;\n"
         << "events { worker_connections 64; }\nhttp {\n  access_log off;\n  default_type text/plain;\n";
    for (const std::string kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
        text << "  " << kind << "_temp_path " << folder.path() << "/" << kind << ";\n";
    for (const Site& site : sites) {
        const bool tls = !site.certificate.empty();
        text << "  server {\n    listen " << to_string(site.listen) << (tls ? " ssl" : "") << ";\n";
        if (tls)
            text << "    ssl_certificate " << site.certificate << ";\n    ssl_certificate_key " << site.key
                 << ";\n";
        text << "    " << site.directives << "\n  }\n";
    }
    text << "}\n";
    return folder.write("nginx.conf", text.str());
}

}  // namespace

Folder::Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sereno-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr)
        throw std::runtime_error("mkdtemp: " + std::string{::strerror(errno)});
    path_ = pattern;
}

Folder::~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string Folder::write(const std::string& name, const std::string& text) const {
    const std::string file = path_ + "/" + name;
    std::ofstream(file) << text;
    return file;
}

Endpoint free_endpoint() {
    static std::mt19937 random{std::random_device{}()};
    for (int tries = 0; tries < 100; ++tries) {
        std::uniform_int_distribution<int> octet(1, 250), port(10000, 30000);
        const Endpoint endpoint{"127." + std::to_string(octet(random)) + "." + std::to_string(octet(random)) +
                                    "." + std::to_string(octet(random)),
                                static_cast<std::uint16_t>(port(random))};
        if (is_free(endpoint)) return endpoint;
    }
    throw std::runtime_error("no free port on loopback");
}

std::string run(const std::vector<std::string>& argv, const std::string& package) {
    const Folder folder;
    const std::string log = folder.path() + "/output";
    const pid_t pid = spawn(argv, find_program(argv.at(0), package), log);
    int status = 0;
    ::waitpid(pid, &status, 0);
    std::string output = read_file(log);
    if (status != 0) throw std::runtime_error(argv[0] + " " + argv.at(1) + " failed: " + output);
    return output;
}

Daemon::Daemon(std::vector<std::string> argv, const std::string& package, const std::function<bool()>& ready)
    : name_(argv.at(0)) {
    pid_ = spawn(argv, find_program(name_, package), folder_.path() + "/log");
    try {
        wait_until(ready);
    } catch (...) {
        end();
        throw;
    }
}

Daemon::~Daemon() {
    end();
}

std::string Daemon::log() const {
    return read_file(folder_.path() + "/log");
}

void Daemon::wait_until(const std::function<bool()>& ready) {
    for (const auto deadline = steady_clock::now() + longest_start; !ready();) {
        if (::waitpid(pid_, nullptr, WNOHANG) != 0) {
            pid_ = -1;
            throw std::runtime_error(name_ + " ended at once: " + log());
        }
        if (steady_clock::now() > deadline) throw std::runtime_error(name_ + " does not answer: " + log());
        std::this_thread::sleep_for(10ms);  // between two looks; the deadline above ends it
    }
}

void Daemon::end() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGTERM);
    for (const auto deadline = steady_clock::now() + longest_end; ::waitpid(pid_, nullptr, WNOHANG) == 0;) {
        if (steady_clock::now() > deadline) {
            ::kill(-pid_, SIGKILL);  // its own group: the server and the processes that it started
            ::waitpid(pid_, nullptr, 0);
            break;
        }
        std::this_thread::sleep_for(2ms);
    }
    pid_ = -1;
}

Nsd::Nsd(const std::vector<Zone>& zones)
    : endpoint_(free_endpoint()),
      daemon_({"nsd", "-d", "-c", nsd_configuration(folder_, endpoint_, zones)}, "nsd",
              [this] { return answers_dns(endpoint_); }) {}

Unbound::Unbound(const std::vector<Upstream>& upstreams, const std::string& options)
    : endpoint_(free_endpoint()),
      daemon_({"unbound", "-d", "-p", "-c", unbound_configuration(folder_, endpoint_, upstreams, options)},
              "unbound", [this] { return answers_dns(endpoint_); }) {}

Nginx::Nginx(const std::vector<Site>& sites)
    : daemon_({"nginx", "-e", "stderr", "-p", folder_.path(), "-c", nginx_configuration(folder_, sites)},
              "nginx-light", [&sites] {
                  for (const Site& site : sites)
                      if (!accepts(site.listen)) return false;
                  return true;
              }) {}

bool accepts(const Endpoint& endpoint) {
    const sockaddr_in address = socket_address_of(endpoint);
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool connected = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(fd);
    return connected;
}

bool answers_dns(const Endpoint& endpoint) {
    // ". NS IN", recursion not desired: nobody needs to ask anybody else for it.
    constexpr std::array<unsigned char, 17> question{0x5e, 0x0e, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1};
    const sockaddr_in address = socket_address_of(endpoint);
    const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool answered = false;
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
        ::send(fd, question.data(), question.size(), 0) > 0) {
        pollfd readable{.fd = fd, .events = POLLIN, .revents = 0};
        std::array<unsigned char, 512> answer{};
        answered = ::poll(&readable, 1, 200) == 1 && ::recv(fd, answer.data(), answer.size(), 0) > 0;
    }
    ::close(fd);
    return answered;
}

}  // namespace sereno::test
