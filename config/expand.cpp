// The one place that gives probes their ids and groups.
#include "config/expand.hpp"

#include "config/catalogue.hpp"
#include "config/values.hpp"

namespace sereno {

namespace {

class Expansion {
  public:
    Expansion(const Watch& watch, Rhythm rhythm) : watch_(watch), rhythm_(rhythm) {}

    void host(const Endpoint& gateway) {
        add(host_subject(), "route", Group::link, RouteLookup{gateway.address});
        add(host_subject(), "gateway", Group::link, GatewayEcho{gateway.address, gateway.port});
    }

    void control(const Control& one) {
        if (one.connect) {
            add(one.id, "tcp", Group::controls, *one.connect);
            return;
        }
        // A literal address in a URL leaves nothing to ask a resolver.
        if (const std::string host = host_of_url(one.fetch->url); !is_address(host))
            for (const Resolver& resolver : watch_.resolvers)
                add(one.id, "dns/" + resolver.server.name, Group::controls, question(resolver.server, host));
        add(one.id, "http", Group::controls, *one.fetch);
    }

    void platform(const Platform& one) {
        for (const Resolver& resolver : watch_.resolvers)
            for (const std::string& name : one.names)
                add(one.id, "dns/" + resolver.server.name + "/" + name, Group::resolver,
                    question(resolver.server, name));
        const std::string asked = name_in_zone(one);
        for (const DnsServer& server : one.name_servers) {
            DnsQuery query = question(server, asked);
            query.recursion = false;
            add(one.id, "ns/" + server.name, Group::authoritative, query);
        }
        int number = 0;
        for (const HttpFetch& canary : one.canaries)
            add(one.id, "http/" + std::to_string(++number), Group::edge, canary);
    }

    void app(const App& one) { add(one.id, "health", Group::app, one.health); }

    std::vector<ProbeSpec> take() { return std::move(probes_); }

  private:
    static DnsQuery question(const DnsServer& server, const std::string& name) {
        DnsQuery query;
        query.server = server;
        query.name = name;
        return query;
    }

    void add(const SubjectId& subject, const std::string& rest, Group group, ProbeTask task) {
        ProbeSpec spec;
        spec.id = ProbeId(subject.value + "/" + rest);
        spec.subject = subject;
        spec.group = group;
        spec.task = std::move(task);
        spec.interval = rhythm_.interval;
        spec.timeout = rhythm_.timeout;
        probes_.push_back(std::move(spec));
    }

    const Watch& watch_;
    Rhythm rhythm_;
    std::vector<ProbeSpec> probes_;
};

}  // namespace

std::vector<ProbeSpec> expand(const Watch& watch, const Endpoint& gateway, Rhythm rhythm) {
    Expansion expansion(watch, rhythm);
    expansion.host(gateway);
    for (const Control& one : watch.controls)
        expansion.control(one);
    for (const Platform& one : watch.platforms)
        expansion.platform(one);
    for (const App& one : watch.apps)
        expansion.app(one);
    return expansion.take();
}

}  // namespace sereno
