#include "agent/instruments.hpp"

namespace sereno {

namespace {

std::vector<DnsServer> servers(const Settings& settings) {
    std::vector<DnsServer> list;
    for (const Resolver& resolver : settings.watch.resolvers)
        list.push_back(resolver.server);
    return list;
}

}  // namespace

Instruments::Instruments(Loop& loop, const Settings& settings)
    : dns(loop, settings.system_resolvers),
      own_dns(loop, settings.system_resolvers),
      transfers(loop),
      meter(loop),
      context{.loop = loop,
              .dns = dns,
              .own_dns = own_dns,
              .transfers = transfers,
              .resolvers = servers(settings),
              .ca_bundle = settings.ca_bundle,
              .remembered = remembered,
              .meter = meter,
              .proxy = settings.proxy,
              .as_origin_zone = settings.as_origin_zone},
      witnesses(context, settings.witnesses) {
    context.witnesses = &witnesses;
    dns.remember_in(&remembered);
    dns.use_transfers(&transfers, settings.ca_bundle);
    dns.set_resolvers(context.resolvers);
    dns.set_private_answers_are_real(settings.private_answers);
    own_dns.set_private_answers_are_real(true);
}

}  // namespace sereno
