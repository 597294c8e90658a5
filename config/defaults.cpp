// Three operators for names, three for literal addresses: none of them runs a platform of the default watch
// list.
#include "config/defaults.hpp"

namespace sereno {

namespace {

Control named(const std::string& name, std::string url, int status, std::string contains, bool empty) {
    Control control;
    control.id = SubjectId("control:" + name);
    control.name = name;
    control.operator_id = OperatorId(name);
    control.fetch = HttpFetch{.url = std::move(url),
                              .expected_status = {{status, status}},
                              .contains = std::move(contains),
                              .empty_body = empty};
    return control;
}

Control literal(const std::string& name, std::string address, const std::string& operator_id) {
    Control control;
    control.id = SubjectId("control:" + name);
    control.name = name;
    control.operator_id = OperatorId(operator_id);
    control.connect = TcpConnect{{std::move(address), 443}};
    return control;
}

}  // namespace

std::vector<Resolver> default_public_resolvers() {
    return {{{"cloudflare", {"1.1.1.1", 53}}, OperatorId("cloudflare")},
            {{"quad9", {"9.9.9.9", 53}}, OperatorId("quad9")}};
}

std::vector<Control> default_name_controls() {
    return {
        named("apple", "http://captive.apple.com/hotspot-detect.html", 200, "Success", false),
        named("google", "http://connectivitycheck.gstatic.com/generate_204", 204, "", true),
        named("microsoft", "http://www.msftconnecttest.com/connecttest.txt", 200, "Microsoft Connect Test",
              false),
    };
}

std::vector<Control> default_address_controls() {
    return {
        literal("google-dns", "8.8.8.8", "google"),
        literal("cloudflare-dns", "1.1.1.1", "cloudflare"),
        literal("quad9-dns", "9.9.9.9", "quad9"),
    };
}

std::vector<std::string> default_watch_list() {
    return {"facebook", "instagram", "whatsapp"};
}

}  // namespace sereno
