#include "agent/rehearsal/agent_config.hpp"

#include <algorithm>

namespace sereno::rehearsal {

namespace {

/// A double-quoted YAML scalar, so that no text is ever read as something else.
std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        if (c == '\n') {
            out += "\\n";
            continue;
        }
        out += c;
    }
    return out + "\"";
}

std::string millis(Micros length) {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(length).count()) + "ms";
}

std::string list(const std::vector<std::string>& items) {
    std::string out = "[";
    for (const std::string& item : items)
        out += (out.size() > 1 ? ", " : "") + quoted(item);
    return out + "]";
}

std::string status_list(const std::vector<std::pair<int, int>>& ranges) {
    std::string out = "[";
    for (const auto& [low, high] : ranges) {
        if (out.size() > 1) out += ", ";
        out += low == high ? std::to_string(low)
                           : "\"" + std::to_string(low) + "-" + std::to_string(high) + "\"";
    }
    return out + "]";
}

class Writer {
  public:
    Writer(const WorldPlan& plan, const std::function<Endpoint(const std::string&)>& endpoint_of)
        : plan_(plan), endpoint_of_(endpoint_of) {}

    void line(const std::string& text) { out_ += text + "\n"; }

    [[nodiscard]] std::string at(const std::string& node) const {
        return quoted(to_string(endpoint_of_(node)));
    }
    [[nodiscard]] std::string port(const std::string& node) const {
        return std::to_string(endpoint_of_(node).port);
    }

    void resolvers() {
        line("resolvers:");
        line("  private_answers: accept   # every address of a rehearsal lies in 127.0.0.0/8");
        for (const ResolverPlan& one : plan_.resolvers)
            if (one.name == "system") line("  system: [" + at("resolver:system") + "]");
        line("  public:");
        for (const ResolverPlan& one : plan_.resolvers)
            if (one.name != "system")
                line("    - {name: " + quoted(one.name) + ", address: " + at("resolver:" + one.name) +
                     ", operator: " + quoted(one.operator_id) + "}");
    }

    void controls() {
        line("controls:");
        line("  names:");
        for (const NameControlPlan& one : plan_.name_controls)
            line("    - {name: " + quoted(one.name) + ", operator: " + quoted(one.operator_id) +
                 ", url: " + quoted("http://" + one.host + ":" + port("control:" + one.name) + one.path) +
                 ", status: " + std::to_string(one.status) +
                 (one.body.empty() ? ", empty: true}"
                                   : ", contains: " + quoted(one.body.substr(0, 100)) + "}"));
        line("  addresses:");
        for (const AddressControlPlan& one : plan_.address_controls)
            line("    - {name: " + quoted(one.name) + ", address: " + at("control:" + one.name) +
                 ", operator: " + quoted(one.operator_id) + "}");
    }

    void apps() {
        if (plan_.apps.empty()) return;
        line("apps:");
        for (const AppPlan& one : plan_.apps) {
            line("  - name: " + quoted(one.name));
            line("    needs: " + list(one.needs));
            line("    health: {url: " +
                 quoted("http://" + to_string(endpoint_of_("app:" + one.name)) + "/health") + "}");
            if (!one.restart_command.empty()) line("    restart: " + list(one.restart_command));
        }
    }

    void platforms() {
        line("platforms:");
        for (const PlatformPlan& one : plan_.platforms) {
            line("  " + one.id + ":");
            if (!one.name.empty()) line("    name: " + quoted(one.name));
            if (!one.operator_id.empty())
                line("    operator: {id: " + quoted(one.operator_id) +
                     (one.operator_name.empty() ? "}" : ", name: " + quoted(one.operator_name) + "}"));
            if (!one.kind.empty()) line("    kind: " + quoted(one.kind));
            hosting(one);
            line("    zone: " + quoted(one.zone));
            line("    names: " + list(hosts_of(one)));
            line("    name_servers:");
            for (const NameServerPlan& server : one.name_servers)
                line("      - {name: " + quoted(server.name) + ", address: " + at("dns:" + server.machine) +
                     "}");
            // Instead of what the catalogue says; without witnesses nobody is asked about it.
            if (plan_.witnesses) line("    dns_prefixes: " + list(prefixes_of(one)));
            line("    canaries:");
            for (const PagePlan& page : one.pages)
                canary(page);
        }
    }

    void witnesses() {
        if (!plan_.witnesses) return line("witnesses: none");
        line("witnesses:");
        line("  ris_live: {url: " + quoted("wss://" + std::string(ris_host) + ":" + port("ris") + "/v1/ws/") +
             "}");
        line("  ripestat: {url: " +
             quoted("https://" + std::string(ripestat_host) + ":" + port("ripestat") + "/") + "}");
        line("  globalping: {url: " +
             quoted("https://" + std::string(globalping_host) + ":" + port("globalping") + "/") + "}");
        line("  status_pages: false");
    }

    std::string take() { return std::move(out_); }

  private:
    void hosting(const PlatformPlan& platform) {
        std::string rests;
        if (!platform.edge.empty()) rests += "edge: " + quoted(platform.edge);
        if (!platform.dns_provider.empty())
            rests += (rests.empty() ? "" : ", ") + ("dns_provider: " + quoted(platform.dns_provider));
        if (!rests.empty()) line("    hosting: {" + rests + "}");
    }

    void canary(const PagePlan& page) {
        const std::string base = "https://" + page.host + ":" + port("web:" + page.host);
        const std::string status = ", status: " + status_list(page.status);
        std::string then;
        for (const std::string& path : page.then)
            then += (then.empty() ? "" : ", ") + ("{url: " + quoted(base + path) + status + "}");
        line("      - {url: " + quoted(base + page.path) + status +
             (then.empty() ? "}" : ", then: [" + then + "]}"));
    }

    static std::vector<std::string> hosts_of(const PlatformPlan& platform) {
        std::vector<std::string> hosts;
        for (const PagePlan& page : platform.pages)
            if (std::find(hosts.begin(), hosts.end(), page.host) == hosts.end()) hosts.push_back(page.host);
        return hosts;
    }

    static std::vector<std::string> prefixes_of(const PlatformPlan& platform) {
        std::vector<std::string> prefixes;
        for (const RoutePlan& route : platform.routes)
            prefixes.push_back(route.prefix);
        return prefixes;
    }

    const WorldPlan& plan_;
    const std::function<Endpoint(const std::string&)>& endpoint_of_;
    std::string out_;
};

/// This much scenario time in real time, within bounds.
Micros scaled(std::int64_t scenario_seconds, int speed, Micros least, Micros most) {
    return std::clamp(Micros{scenario_seconds * 1'000'000 / speed}, least, most);
}

}  // namespace

AgentPace pace_for(int speed) {
    using std::chrono::milliseconds;
    using std::chrono::seconds;
    AgentPace pace;
    pace.interval = scaled(60, speed, milliseconds{700}, seconds{60});
    pace.timeout = scaled(30, speed, milliseconds{500}, seconds{5});
    pace.retry_first = scaled(9, speed, milliseconds{150}, seconds{1});
    pace.retry_most = pace.interval;
    pace.declare_after = scaled(180, speed, seconds{2}, seconds{60});
    pace.local_after = scaled(90, speed, seconds{1}, seconds{10});
    pace.recover_after = scaled(300, speed, milliseconds{3500}, seconds{300});
    pace.alert_retry_first = scaled(30, speed, milliseconds{500}, seconds{2});
    pace.alert_retry_most = scaled(120, speed, seconds{2}, seconds{60});
    return pace;
}

AgentFiles agent_files(const WorldPlan& plan, const std::function<Endpoint(const std::string&)>& endpoint_of,
                       const std::string& sms_account, const std::string& folder, const AgentPace& pace,
                       std::uint16_t page_port) {
    Writer catalogue(plan, endpoint_of);
    catalogue.platforms();

    Writer file(plan, endpoint_of);
    std::vector<std::string> watched;
    for (const PlatformPlan& one : plan.platforms)
        watched.push_back(one.id);
    file.line("# Written by a rehearsal: everything this agent asks answers on loopback.");
    file.line("team: Rehearsal");
    file.line("watch: " + list(watched));
    file.line("interval: " + millis(pace.interval));
    file.line("timeout: " + millis(pace.timeout));
    file.line("catalogue: [catalogue.yaml]");
    file.resolvers();
    file.controls();
    // Nothing may leave the world: no address or witness outside of it, and no proxy of the person who
    // rehearses.
    file.line("network: {gateway: " + file.at("gateway") + ", trap: off, ipv6: off, as_origin: off}");
    file.line("proxy: none");
    file.witnesses();
    file.line("tls: {ca_bundle: " + quoted(folder + "/ca.pem") + "}");
    file.line("decision:");
    file.line("  declare_after: " + millis(pace.declare_after));
    file.line("  local_after: " + millis(pace.local_after));
    file.line("  recover_after: " + millis(pace.recover_after));
    file.line("  retry_first: " + millis(pace.retry_first));
    file.line("  retry_most: " + millis(pace.retry_most));
    file.apps();
    file.line("channels:");
    file.line("  mail: {kind: smtp, server: " + quoted(std::string(mail_host) + ":" + file.port("mail")) +
              ", security: starttls, from: \"sereno@rehearsal.example\"}");
    file.line("  sms: {kind: twilio, account: " + sms_account +
              ", token: {file: " + quoted(folder + "/sms-token") + "}, from: \"+15005550006\", base_url: " +
              quoted("https://" + std::string(sms_host) + ":" + file.port("sms")) + "}");
    file.line("people:");
    for (const PersonPlan& one : plan.people)
        file.line("  - {name: " + quoted(one.name) + ", language: " + one.language +
                  ", mail: " + quoted(one.mail) + ", sms: " + quoted(one.sms) + "}");
    file.line("alerts: {retry_first: " + millis(pace.alert_retry_first) +
              ", retry_most: " + millis(pace.alert_retry_most) + "}");
    file.line("page: {listen: \"127.0.0.1:" + std::to_string(page_port) + "\"}");
    file.line("data: " + quoted(folder + "/data"));
    return {file.take(), catalogue.take()};
}

}  // namespace sereno::rehearsal
