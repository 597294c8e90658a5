#include "household.hpp"

#include <filesystem>

namespace sereno::lab {

using test::Daemon;

namespace {

constexpr auto nsd_package = "nsd", unbound_package = "unbound", nginx_package = "nginx-light";

void lay_cables(const Household& home) {
    join(home.host, "eth0", home.router, "lan");
    join(home.router, "wan", home.provider, "customer");
    join(home.provider, "upstream", home.transit, "provider");
    join(home.transit, "platforms", home.platforms, "eth0");
    join(home.transit, "others", home.others, "eth0");
}

void give_addresses(const Household& home) {
    home.host.ip(
        "address add 192.168.77.2/24 dev eth0\n"
        "address add 2620:4f:77::2/64 dev eth0 nodad\n"
        "route add default via 192.168.77.1\n"
        "route add ::/0 via 2620:4f:77::1");
    home.router.ip(
        "address add 192.168.77.1/24 dev lan\n"
        "address add 2620:4f:77::1/64 dev lan nodad\n"
        "address add 192.52.193.2/30 dev wan\n"
        "address add 2620:4f:0:1::2/64 dev wan nodad\n"
        "route add default via 192.52.193.1\n"
        "route add ::/0 via 2620:4f:0:1::1");
    home.provider.ip(
        "address add 192.52.193.1/30 dev customer\n"
        "address add 2620:4f:0:1::1/64 dev customer nodad\n"
        "address add 192.175.48.1/30 dev upstream\n"
        "address add 2620:4f:0:2::1/64 dev upstream nodad\n"
        "route add 2620:4f:77::/64 via 2620:4f:0:1::2\n"
        "route add default via 192.175.48.2\n"
        "route add ::/0 via 2620:4f:0:2::2");
    // Has no default route: what it does not know, it says so of, but for the address that runs no DNS.
    home.transit.ip(
        "address add 192.175.48.2/30 dev provider\n"
        "address add 2620:4f:0:2::2/64 dev provider nodad\n"
        "address add 192.52.192.1/30 dev platforms\n"
        "address add 2620:4f:0:3::1/64 dev platforms nodad\n"
        "address add 192.52.195.1/30 dev others\n"
        "address add 2620:4f:0:4::1/64 dev others nodad\n"
        "route add 192.52.193.0/30 via 192.175.48.1\n"
        "route add 2620:4f:0:1::/64 via 2620:4f:0:2::1\n"
        "route add 2620:4f:77::/64 via 2620:4f:0:2::1\n"
        "route add 192.88.99.0/24 via 192.52.192.2\n"
        "route add 2620:4f:203::/48 via 2620:4f:0:3::2\n"
        "route add 192.31.196.0/24 via 192.52.195.2\n"
        "route add 2620:4f:198::/48 via 2620:4f:0:4::2\n"
        "route add blackhole 192.0.2.0/24");
    std::string own =
        "address add 192.52.192.2/30 dev eth0\naddress add 2620:4f:0:3::2/64 dev eth0 nodad\n"
        "route add default via 192.52.192.1\nroute add ::/0 via 2620:4f:0:3::1\n";
    for (const char* last : {"53", "54", "80", "153", "154", "180"})
        own += std::string{"address add 192.88.99."} + last + "/32 dev lo\naddress add 2620:4f:203::" + last +
               "/128 dev lo\n";
    home.platforms.ip(own);
    own =
        "address add 192.52.195.2/30 dev eth0\naddress add 2620:4f:0:4::2/64 dev eth0 nodad\n"
        "route add default via 192.52.195.1\nroute add ::/0 via 2620:4f:0:4::1\n";
    for (const char* last : {"1", "2", "11", "12", "13", "250"})
        own += std::string{"address add 192.31.196."} + last +
               "/32 dev lo\naddress add 2620:4f:198::" + last + "/128 dev lo\n";
    for (const std::string& landmark : at::ipv6_landmarks)
        own += "address add " + landmark + "/128 dev lo\n";
    home.others.ip(own);
    std::string routes;
    for (const std::string& landmark : at::ipv6_landmarks)
        routes += "route add " + landmark + "/128 via 2620:4f:0:4::2\n";
    home.transit.ip(routes);
}

void forward(const Household& home) {
    for (const Network* network : {&home.router, &home.provider, &home.transit}) {
        network->set_kernel("net/ipv4/ip_forward", "1");
        network->set_kernel("net/ipv6/conf/all/forwarding", "1");
    }
    home.router.nft(
        "table ip nat { chain out { type nat hook postrouting priority 100; oifname wan masquerade; }; }");
    home.host.set_kernel("net/ipv4/ping_group_range", "0 2147483647");
}

std::string six(const std::string& v4) {
    const std::string last = v4.substr(v4.rfind('.') + 1);
    return (v4.starts_with("192.88.") ? "2620:4f:203::" : "2620:4f:198::") + last;
}

std::string both(const std::string& name, const std::string& v4) {
    return name + " A " + v4 + "\n" + name + " AAAA " + six(v4) + "\n";
}

std::string listen(const std::string& v4, int port, const std::string& more = {}) {
    const std::string rest = std::to_string(port) + more + ";\n";
    return "listen " + v4 + ":" + rest + "listen [" + six(v4) + "]:" + rest;
}

std::string https(const std::string& v4, const test::Certificate& certificate) {
    return listen(v4, 443, " ssl") + "ssl_certificate " + certificate.certificate +
           ";\nssl_certificate_key " + certificate.key + ";\n";
}

}  // namespace

Household::Household()
    : agora_certificate_(authority.issue("*.agora.example")),
      bazar_certificate_(authority.issue("*.bazar.example")),
      correo_certificate_(authority.issue("*.correo.example")),
      resolver_certificate_(authority.issue("*.resolver.example")) {
    lay_cables(*this);
    give_addresses(*this);
    forward(*this);
    serve_parent();
    serve_platform_zones();
    // Longer than any packet: that it arrives says that long packets do.
    folder_.write("index.html", std::string(30'000, '.') + "agora");
    serve_platform_sites(agora_site(), edge_site("bazar") + edge_site("correo"));
    serve_controls();
    serve_app();
    resolve_at_router();
    resolve_in_public();
}

std::vector<ZoneText> Household::platform_zones(int ttl_seconds) {
    const std::string ttl = "$TTL " + std::to_string(ttl_seconds) + "\n";
    const std::string shared = ttl + "@ NS ns1.dnshost.example.\n@ NS ns2.dnshost.example.\n";
    return {
        {"agora.example", ttl + "@ NS ns1\n@ NS ns2\nns1 A " + at::agora_dns1 + "\nns2 A " + at::agora_dns2 +
                              "\n" + both("www", at::agora) + both("login", at::agora) + "mail A " +
                              at::agora + "\n"},
        {"bazar.example", shared + both("www", at::edge)},
        {"correo.example", shared + both("www", at::edge)},
        {"dnshost.example", shared + "ns1 A " + at::shared_dns1 + "\nns2 A " + at::shared_dns2 + "\n"},
    };
}

std::vector<ZoneText> Household::parent_zones() {
    std::string records = "$TTL 300\n@ NS ns\nns A " + at::parent_dns +
                          "\n"
                          "agora NS ns1.agora\nagora NS ns2.agora\n"
                          "ns1.agora A " +
                          at::agora_dns1 + "\nns2.agora A " + at::agora_dns2 + "\n";
    for (const std::string zone : {"bazar", "correo", "dnshost"})
        records += zone + " NS ns1.dnshost\n" + zone + " NS ns2.dnshost\n";
    records += "ns1.dnshost A " + at::shared_dns1 + "\nns2.dnshost A " + at::shared_dns2 + "\n";
    records += both("uno", at::uno) + both("dos", at::dos) + both("tres", at::tres);
    records += both("one.resolver", at::resolver1) + both("two.resolver", at::resolver2);
    // Team Cymru's format: who announces an address.
    records +=
        "*.99.88.192.origin TXT \"64501 | 192.88.99.0/24 | ZZ | test |\"\n"
        "*.196.31.192.origin TXT \"64502 | 192.31.196.0/24 | ZZ | test |\"\n"
        "*.193.52.192.origin TXT \"64510 | 192.52.193.0/24 | ZZ | test |\"\n"
        "*.48.175.192.origin TXT \"64520 | 192.175.48.0/24 | ZZ | test |\"\n";
    return {{"example", records}};
}

std::string Household::agora_site(const std::string& locations) const {
    const std::string more = locations.empty() ? "root " + folder_.path() +
                                                     ";\nlocation /login { return 200 \"please log in\"; }\n"
                                               : locations;
    return "server {\n" + https(at::agora, agora_certificate_) + "server_name .agora.example;\n" + more +
           "}\n";
}

std::string Household::edge_site(const std::string& name, const std::string& locations) const {
    return "server {\n" + https(at::edge, name == "bazar" ? bazar_certificate_ : correo_certificate_) +
           "server_name ." + name + ".example;\nadd_header X-Served-By edgeone always;\n" +
           (locations.empty() ? "location / { return 200 \"" + name + "\"; }\n" : locations) + "}\n";
}

void Household::serve_parent(const std::vector<ZoneText>& zones) {
    parent_.reset();
    parent_ = name_server("parent", others, {at::parent_dns}, zones);
}

void Household::serve_platform_zones(const std::vector<ZoneText>& zones) {
    zones_.reset();
    zones_ = name_server("zones", platforms,
                         {at::agora_dns1, at::agora_dns2, at::shared_dns1, at::shared_dns2}, zones);
}

void Household::serve_platform_sites(const std::string& agora_servers, const std::string& edge_servers) {
    sites_.reset();
    sites_ = web(platforms, agora_servers + edge_servers, {at::edge, 443});
}

void Household::serve_controls(const std::string& all_servers_directives) {
    controls_.reset();
    std::string servers;
    for (const auto& [address, page] : {std::pair{at::uno, "return 204;"},
                                        {at::dos, "return 200 \"dos is well\";"},
                                        {at::tres, "return 200 \"tres is well\";"}})
        servers += "server {\nserver_tokens off;\n" + listen(address, 80) + listen(address, 443) +
                   all_servers_directives + "location / { " + page + " }\n}\n";
    for (const std::string& landmark : at::ipv6_landmarks)
        servers += "server { listen [" + landmark + "]:443; }\n";
    controls_ = web(others, servers, {at::tres, 80});
}

void Household::serve_app(const std::string& location) {
    app_.reset();
    app_ = web(host, "server { listen 127.0.0.1:3000; location / { " + location + " } }\n", {at::app, 3000});
}

void Household::resolve_at_router(const std::string& options, bool validate) {
    router_resolver_.reset();
    router_resolver_ = resolver(router, at::gateway, "192.168.77.0/24", options, validate);
}

void Household::resolve_in_public(const std::string& options, bool validate) {
    resolver1_.reset();
    resolver2_.reset();
    resolver1_ = resolver(others, at::resolver1, "0.0.0.0/0", options, validate);
    resolver2_ = resolver(others, at::resolver2, "0.0.0.0/0", options, validate);
}

void Household::empty_caches() {
    if (router_resolver_) resolve_at_router();
    resolve_in_public();
}

std::unique_ptr<Daemon> Household::web(const Network& network, const std::string& servers,
                                       const Endpoint& probe, const std::string& log) {
    const std::string folder = folder_.path() + "/web" + std::to_string(++files_);
    std::filesystem::create_directory(folder);
    std::string text = "daemon off;\nmaster_process off;\nuser root;\npid " + folder +
                       "/pid;\nerror_log stderr;\nevents { worker_connections 256; }\nhttp {\naccess_log " +
                       log + ";\ndefault_type text/plain;\n";
    for (const std::string kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
        text += kind + "_temp_path " + folder + "/" + kind + ";\n";
    const std::string file =
        folder_.write("web" + std::to_string(files_) + "/nginx.conf", text + servers + "}\n");
    std::unique_ptr<Daemon> daemon;
    network.in([&] {
        daemon = std::make_unique<Daemon>(
            std::vector<std::string>{"nginx", "-e", "stderr", "-p", folder, "-c", file}, nginx_package,
            [&probe] { return test::accepts(probe); });
    });
    return daemon;
}

std::unique_ptr<Daemon> Household::name_server(const std::string& label, const Network& network,
                                               const std::vector<std::string>& addresses,
                                               const std::vector<ZoneText>& zones) {
    std::string text = "server:\n";
    for (const std::string& address : addresses)
        text += "  ip-address: " + address + "\n  ip-address: " + six(address) + "\n";
    text += "  username: \"\"\n  chroot: \"\"\n  zonesdir: \"" + folder_.path() +
            "\"\n  database: \"\"\n  pidfile: \"\"\n  xfrdfile: \"" + folder_.path() + "/" + label +
            ".xfrd\"\n  zonelistfile: \"" + folder_.path() + "/" + label +
            ".list\"\n  cookie-secret-file: \"\"\n  server-count: 1\n"
            "remote-control:\n  control-enable: no\n";
    for (const ZoneText& zone : zones) {
        const std::string file = label + "-" + zone.name + "-" + std::to_string(++files_);
        text += "zone:\n  name: \"" + zone.name + "\"\n  zonefile: \"" + file + "\"\n";
        if (!zone.records.empty())
            folder_.write(file, "$ORIGIN " + zone.name + ".\n@ 300 SOA ns hostmaster 1 3600 600 86400 60\n" +
                                    zone.records);
    }
    const std::string file = folder_.write(label + ".conf", text);
    std::unique_ptr<Daemon> daemon;
    network.in([&] {
        daemon =
            std::make_unique<Daemon>(std::vector<std::string>{"nsd", "-d", "-c", file}, nsd_package, [&] {
                return test::answers_dns({addresses.front(), 53});
            });
    });
    return daemon;
}

std::unique_ptr<Daemon> Household::resolver(const Network& network, const std::string& address,
                                            const std::string& clients, const std::string& options,
                                            bool validate) {
    const bool is_public = address != at::gateway;
    std::string text = "server:\n  interface: " + address + "\n  interface: 127.0.0.1\n";
    if (is_public)
        text += "  interface: " + six(address) + "\n  interface: " + address +
                "@443\n  interface: " + six(address) +
                "@443\n  https-port: 443\n  tls-service-key: " + resolver_certificate_.key +
                "\n  tls-service-pem: " + resolver_certificate_.certificate +
                "\n  access-control: ::/0 allow\n";
    else
        text += "  interface: " + at::gateway6 + "\n  access-control: 2620:4f:77::/64 allow\n";
    if (is_public) text.erase(text.find("  interface: 127.0.0.1\n"), 23);  // two of them live there
    text += "  username: \"\"\n  chroot: \"\"\n  directory: \"" + folder_.path() +
            "\"\n  pidfile: \"\"\n  use-syslog: no\n  logfile: \"\"\n  do-daemonize: no\n  num-threads: 1\n"
            "  prefer-ip4: yes\n  access-control: 127.0.0.0/8 allow\n  access-control: " +
            clients + " allow\n  do-not-query-localhost: no\n  qname-minimisation: no\n  module-config: \"" +
            (validate ? "validator iterator" : "iterator") +
            "\"\n  msg-cache-size: 1m\n  rrset-cache-size: 1m\n" + options +
            "remote-control:\n  control-enable: no\nstub-zone:\n  name: \"example\"\n  stub-addr: " +
            at::parent_dns + "\n";
    const std::string file = folder_.write("resolver" + std::to_string(++files_) + ".conf", text);
    std::unique_ptr<Daemon> daemon;
    network.in([&] {
        daemon = std::make_unique<Daemon>(std::vector<std::string>{"unbound", "-d", "-p", "-c", file},
                                          unbound_package, [&address] {
                                              return test::answers_dns({address, 53});
                                          });
    });
    return daemon;
}

}  // namespace sereno::lab
