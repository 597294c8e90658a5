#include "agent/loop/resolv_conf.hpp"

#include <arpa/inet.h>

#include <fstream>

#include "agent/loop/address.hpp"

namespace sereno {

namespace {

constexpr std::size_t most_servers = 3;        // MAXNS in resolv.h
constexpr std::size_t most_bytes = 64 * 1024;  // a real one has a few hundred
constexpr std::uint16_t dns_port = 53;

std::string_view word(std::string_view& line) {
    constexpr std::string_view blanks = " \t\r";
    line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
    const std::string_view found = line.substr(0, line.find_first_of(blanks));
    line.remove_prefix(found.size());
    return found;
}

bool unchanged(const struct stat& a, const struct stat& b) {
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
           a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

}  // namespace

std::vector<Endpoint> nameservers_in(std::string_view text) {
    std::vector<Endpoint> servers;
    while (!text.empty() && servers.size() < most_servers) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (word(line) != "nameserver") continue;
        std::string address{word(line)};
        if (is_literal(address)) servers.push_back({std::move(address), dns_port});
    }
    if (servers.empty()) servers.push_back({"127.0.0.1", dns_port});
    return servers;
}

const std::vector<Endpoint>& ResolvConf::servers() {
    struct stat now {};
    const bool readable = ::stat(path_.c_str(), &now) == 0;
    if (!servers_.empty() && (!readable || unchanged(now, seen_))) return servers_;
    std::ifstream file(path_);
    std::string text(most_bytes, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    servers_ = nameservers_in(text);
    seen_ = now;
    return servers_;
}

}  // namespace sereno
