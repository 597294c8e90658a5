// Three operators for names, three for literal addresses: none of them runs a platform of the default watch
// list.
#include "config/defaults.hpp"

namespace sereno {

namespace {

struct Page {
    std::string url;
    int status;
    std::string contains;  ///< empty: so must be the body
};

Control control(const std::string& name, const std::string& operator_id, Hosting hosting) {
    Control out;
    out.id = SubjectId("control:" + name);
    out.name = name;
    out.operator_id = OperatorId(operator_id);
    out.hosting = std::move(hosting);
    return out;
}

Control named(const std::string& name, Hosting hosting, Page page) {
    Control out = control(name, name, std::move(hosting));
    out.fetch = HttpFetch{.url = std::move(page.url),
                          .expected_status = {{page.status, page.status}},
                          .contains = page.contains,
                          .empty_body = page.contains.empty()};
    return out;
}

Control literal(const std::string& name, std::string address, const std::string& operator_id,
                std::uint32_t as_number) {
    Control out = control(name, operator_id, {.dns_provider = {}, .edge = {}, .as_numbers = {as_number}});
    out.connect = TcpConnect{{std::move(address), 443}};
    return out;
}

}  // namespace

std::vector<Resolver> default_public_resolvers() {
    const auto resolver = [](const char* name, const char* address, const char* https_url) {
        Resolver out;
        out.server.name = name;
        out.server.endpoint.address = address;
        out.server.endpoint.port = 53;
        out.server.https_url = https_url;
        out.operator_id = OperatorId(name);
        return out;
    };
    std::vector<Resolver> resolvers;
    resolvers.push_back(resolver("cloudflare", "1.1.1.1", "https://cloudflare-dns.com/dns-query"));
    resolvers.push_back(resolver("quad9", "9.9.9.9", "https://dns.quad9.net/dns-query"));
    return resolvers;
}

std::vector<Control> default_name_controls() {
    const OperatorId google("google");
    return {
        // Its name leads through Akamai's DNS (captive-cdn.origin-apple.com.akadns.net) to Apple's own
        // servers.
        named("apple", {.dns_provider = OperatorId("akamai"), .edge = OperatorId("apple"), .as_numbers = {}},
              {"http://captive.apple.com/hotspot-detect.html", 200, "Success"}),
        named("google", {.dns_provider = google, .edge = google, .as_numbers = {15169}},
              {"http://connectivitycheck.gstatic.com/generate_204", 204, ""}),
        // Front ends of its own and of others by turns, so only the operator is certain.
        named("microsoft", {},
              {"http://www.msftconnecttest.com/connecttest.txt", 200, "Microsoft Connect Test"}),
    };
}

std::vector<Control> default_address_controls() {
    return {
        literal("google-dns", "8.8.8.8", "google", 15169),
        literal("cloudflare-dns", "1.1.1.1", "cloudflare", 13335),
        literal("quad9-dns", "9.9.9.9", "quad9", 19281),
    };
}

std::vector<std::string> default_watch_list() {
    return {"facebook", "instagram", "whatsapp"};
}

}  // namespace sereno
