#include "servers.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace sereno::test {

namespace {

std::string at_sign(const Endpoint& endpoint) {
    return endpoint.address + "@" + std::to_string(endpoint.port);
}

std::string nsd_configuration(const Folder& folder, const Endpoint& at, const std::vector<ZoneFile>& zones,
                              const std::optional<Endpoint>& also_at) {
    std::ostringstream text;
    text << "server:\n  ip-address: " << at_sign(at) << "\n";
    if (also_at) text << "  ip-address: " << at_sign(*also_at) << "\n";
    text << "  username: \"\"\n  chroot: \"\"\n  zonesdir: \"" << folder.path()
         << "\"\n  database: \"\"\n  pidfile: \"\"\n  xfrdfile: \"" << folder.path()
         << "/xfrd.state\"\n  zonelistfile: \"" << folder.path()
         << "/zone.list\"\n  cookie-secret-file: \"\"\n  server-count: 1\nremote-control:\n  control-enable: "
            "no\n";
    for (std::size_t i = 0; i < zones.size(); ++i) {
        const std::string file = "zone" + std::to_string(i);
        const std::string origin = zones[i].name == "." ? "." : zones[i].name + ".";
        text << "zone:\n  name: \"" << zones[i].name << "\"\n  zonefile: \"" << file << "\"\n";
        folder.write(file, "$ORIGIN " + origin + "\n$TTL 300\n" + zones[i].text + "\n");
    }
    return folder.write("nsd.conf", text.str());
}

std::string unbound_configuration(const Folder& folder, const Endpoint& at,
                                  const std::vector<Upstream>& upstreams, const Resolving::Options& options) {
    std::ostringstream text;
    text << "server:\n  interface: " << at_sign(at) << "\n  username: \"\"\n  chroot: \"\"\n  directory: \""
         << folder.path() << "\"\n  pidfile: \"\"\n  use-syslog: no\n  logfile: \"\"\n  do-daemonize: no\n"
         << "  do-ip6: no\n  num-threads: 1\n  do-not-query-localhost: no\n  qname-minimisation: no\n"
         << "  msg-cache-size: 1m\n  rrset-cache-size: 1m\n  access-control: 0.0.0.0/0 allow\n";
    if (options.https)
        text << "  interface: " << at_sign(*options.https) << "\n  https-port: " << options.https->port
             << "\n  tls-service-pem: \"" << options.certificate->certificate << "\"\n  tls-service-key: \""
             << options.certificate->key << "\"\n";
    text << options.server_lines << "\nremote-control:\n  control-enable: no\n";
    for (const Upstream& upstream : upstreams) {
        const std::string kind = upstream.forward ? "forward" : "stub";
        text << kind << "-zone:\n  name: \"" << upstream.zone << "\"\n  " << kind
             << "-addr: " << at_sign(upstream.server) << "\n";
    }
    return folder.write("unbound.conf", text.str());
}

std::string contents(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

}  // namespace

std::string zone_head(unsigned serial, const std::vector<std::string>& name_servers) {
    std::string text = "@ SOA ns hostmaster " + std::to_string(serial) + " 3600 600 86400 60\n";
    for (const std::string& name : name_servers)
        text += "@ NS " + name + ".\n";
    return text;
}

NameServer::NameServer(const Endpoint& at, const std::vector<ZoneFile>& zones,
                       const std::optional<Endpoint>& also_at)
    : daemon_({"nsd", "-d", "-c", nsd_configuration(folder_, at, zones, also_at)}, "nsd",
              [&at] { return answers_dns(at); }) {}

Resolving::Resolving(const Endpoint& at, const std::vector<Upstream>& upstreams, const Options& options)
    : daemon_({"unbound", "-d", "-p", "-c", unbound_configuration(folder_, at, upstreams, options)},
              "unbound", [&] { return answers_dns(at) && (!options.https || accepts(*options.https)); }) {}

SignedZone::SignedZone(const ZoneFile& zone) {
    const std::string origin = zone.name + ".";
    const std::string file = folder_.write("zone", "$ORIGIN " + origin + "\n$TTL 300\n" + zone.text + "\n");
    run({"ldns-keygen", "-v"}, "ldnsutils");  // env(1) below could not say what is missing
    std::string key = run(
        {"env", "-C", folder_.path(), "ldns-keygen", "-a", "ECDSAP256SHA256", "-k", zone.name}, "coreutils");
    key = folder_.path() + "/" + key.substr(0, key.find('\n'));
    run({"ldns-signzone", "-f", file + ".signed", file, key}, "ldnsutils");
    signed_ = {zone.name, contents(file + ".signed")};
    anchor_ = key + ".key";
}

Endpoint free_v6_endpoint() {
    for (int tries = 0; tries < 20; ++tries) {
        sockaddr_in6 address{};
        socklen_t size = sizeof address;
        address.sin6_family = AF_INET6;
        address.sin6_addr = in6addr_loopback;
        auto* raw = reinterpret_cast<sockaddr*>(&address);
        const int datagrams = ::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        const int stream = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const bool bound = ::bind(datagrams, raw, size) == 0 && ::getsockname(datagrams, raw, &size) == 0 &&
                           ::bind(stream, raw, size) == 0;
        ::close(datagrams);
        ::close(stream);
        if (bound) return {"::1", ntohs(address.sin6_port)};
    }
    throw std::runtime_error("no free port on ::1: is IPv6 switched off?");
}

}  // namespace sereno::test
