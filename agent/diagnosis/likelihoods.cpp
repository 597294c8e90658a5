// The numbers are judgements, not measurements, but for those whose reason names a source: no public record
// tells how often a filter drops what it blocks. Their order of magnitude decides, and bench/diagnosis
// measures what comes of them.
#include "agent/diagnosis/likelihoods.hpp"

#include <algorithm>
#include <array>
#include <cassert>

#include "agent/diagnosis/belief.hpp"

namespace sereno {

using enum Cause;

Blame blame_of(Cause cause) {
    switch (cause) {
        case own_app:
        case host:
        case clock:
        case lan:
        case isp:
        case resolver:
        case policy:
        case trust_store:
        case ipv6:
        case path_mtu:
            return Blame::us;
        case blocked_here:
        case public_resolver:
        case transit:
            return Blame::between;
        case platform_dns:
        case platform_dnssec:
        case platform_routing:
        case platform_network:
        case platform_edge:
        case platform_application:
        case degraded:
        case regional:
        case shared_cdn:
        case shared_dns_provider:
        case cloud_region:
            return Blame::them;
        case all_well:
        case insufficient_evidence:
        case suspicion:
            break;
    }
    return Blame::nobody;
}

namespace {

// Of all moments at which something of a platform fails here: mostly a packet was lost; next in line is what
// stands between, which there is much of; an outage that all can see comes last.
constexpr std::array platform_priors{
    Prior{all_well, 94'910},      Prior{isp, 1'500},
    Prior{policy, 600},           Prior{blocked_here, 600},
    Prior{transit, 300},          Prior{trust_store, 100},
    Prior{path_mtu, 100},         Prior{public_resolver, 100},
    Prior{platform_dns, 300},     Prior{platform_dnssec, 30},
    Prior{platform_routing, 100}, Prior{platform_network, 150},
    Prior{platform_edge, 440},    Prior{platform_application, 440},
    Prior{degraded, 180},         Prior{regional, 150},
};

constexpr std::array local_priors{
    Prior{all_well, 97'000}, Prior{host, 300},     Prior{clock, 300},  Prior{lan, 700},
    Prior{isp, 700},         Prior{resolver, 400}, Prior{policy, 200}, Prior{trust_store, 100},
    Prior{path_mtu, 100},    Prior{ipv6, 200},
};

}  // namespace

int Finding::permille(Cause cause) const {
    const auto named = std::find_if(given.begin(), given.end(),
                                    [cause](const Likelihood& one) { return one.cause == cause; });
    return named == given.end() ? otherwise : named->permille;
}

namespace {

const std::vector<Finding>& platform_findings() {
    static const std::vector<Finding> findings{
        // ---- its names, through resolvers that resolve the controls' names
        {"resolvers_answer",
         950,
         {{policy, 300},
          {public_resolver, 10},
          {platform_dns, 60},
          {platform_dnssec, 20},
          {platform_routing, 300},
          {regional, 800}},
         "caches hide a fault of the name servers for minutes (TTL of facebook.com: 60 s to 5 min)"},
        {"resolvers_fail",
         3,
         {{policy, 10},
          {blocked_here, 10},
          {transit, 30},
          {public_resolver, 20},
          {platform_dns, 600},
          {platform_dnssec, 300},
          {platform_routing, 500},
          {platform_network, 20},
          {regional, 200}},
         "several resolvers that have nothing to do with each other cannot reach the name servers"},
        {"resolvers_deny",
         2,
         {{policy, 60}, {platform_dns, 300}},
         "independent resolvers deny the name, as after a lost zone (AWS 2025-10-20); filters mostly sit in "
         "one"},
        {"resolvers_differ",
         10,
         {{policy, 300},
          {blocked_here, 150},
          {transit, 300},
          {public_resolver, 850},
          {platform_dns, 150},
          {platform_dnssec, 300},
          {platform_routing, 200},
          {platform_network, 100},
          {degraded, 40},
          {regional, 60}},
         "one resolver fails on what others resolve: mostly that resolver (1.1.1.1 on 2024-06-27)"},
        {"resolvers_stale",
         5,
         {{platform_dns, 250},
          {platform_routing, 300},
          {platform_network, 100},
          {transit, 20},
          {blocked_here, 10}},
         "an old answer for want of a new one (RFC 8767)"},
        {"validation_fails",
         1,
         {{platform_dnssec, 900}, {platform_dns, 10}, {policy, 3}},
         "with checking disabled the same resolver answers (Slack 2021-09-30)"},
        {"names_filtered",
         1,
         {{policy, 500}, {platform_dns, 4}},
         "addresses that cannot be true, or servers that do not know their zone: somebody here answers"},
        {"own_resolver_denies",
         2,
         {{all_well, 1}, {policy, 800}, {public_resolver, 50}, {platform_dns, 15}, {platform_dnssec, 10}},
         "only the resolver of this network denies the name or gives an impossible address: a filter"},
        // ---- its own name servers, asked directly
        {"authoritative_answers",
         960,
         {{policy, 500},
          {blocked_here, 500},
          {transit, 600},
          {platform_dns, 60},
          {platform_routing, 30},
          {platform_network, 850},
          {degraded, 850},
          {regional, 600}},
         "its name servers are reachable"},
        {"authoritative_silent",
         2,
         {{policy, 200},
          {blocked_here, 300},
          {transit, 300},
          {platform_dns, 400},
          {platform_routing, 900},
          {platform_network, 200},
          {platform_edge, 10},
          {regional, 300}},
         "all silent at once: they are anycast in several prefixes, yet what drops theirs drops them all"},
        {"authoritative_errors",
         2,
         {{policy, 15}, {platform_dns, 400}, {platform_dnssec, 10}},
         "an error answer comes from a name server, not from the way there"},
        {"direct_dns_blocked", 1000, {}, "direct questions fail for everybody here: they say nothing"},
        // ---- its front ends
        {"edge_answers",
         980,
         {{policy, 300},
          {blocked_here, 5},
          {transit, 40},
          {trust_store, 5},
          {path_mtu, 30},
          {platform_dns, 120},
          {platform_dnssec, 500},
          {platform_routing, 15},
          {platform_network, 8},
          {platform_edge, 5},
          {platform_application, 10},
          {degraded, 200},
          {regional, 50}},
         "it answers: it is not down, unless the pages asked for are not those that fail"},
        {"edge_silent",
         1,
         {{policy, 120},
          {blocked_here, 450},
          {transit, 850},
          {path_mtu, 300},
          {platform_dns, 40},
          {platform_routing, 900},
          {platform_network, 850},
          {platform_edge, 60},
          {platform_application, 30},
          {regional, 500}},
         "silence may as well be the path from here"},
        {"edge_hangs",
         1,
         {{policy, 20},
          {blocked_here, 20},
          {transit, 60},
          {path_mtu, 500},
          {platform_network, 30},
          {platform_edge, 400},
          {platform_application, 300},
          {degraded, 150},
          {regional, 80}},
         "it accepts the connection and then says nothing: somebody there is alive and overwhelmed"},
        {"edge_refuses",
         1,
         {{policy, 6}, {blocked_here, 8}, {platform_network, 20}, {platform_edge, 250}},
         "a living machine there does not do its job; firewalls drop rather than refuse"},
        {"edge_never_answered",
         1,
         {{policy, 200}, {blocked_here, 200}, {platform_network, 20}, {platform_edge, 100}},
         "refused since the start: a firewall can refuse in its name"},
        {"edge_tls",
         1,
         {{policy, 200},
          {blocked_here, 250},
          {trust_store, 950},
          {path_mtu, 300},
          {platform_network, 20},
          {platform_edge, 120}},
         "may also be interception on the way, or this computer's list of issuers"},
        {"edge_breaks_off",
         1,
         {{policy, 200},
          {blocked_here, 250},
          {path_mtu, 20},
          {platform_network, 20},
          {platform_edge, 200},
          {degraded, 20}},
         "it connects, and somebody ends the handshake: a filter that reads names, or front ends that fail"},
        {"edge_certificate",
         1,
         {{policy, 10}, {blocked_here, 2}, {trust_store, 100}, {platform_edge, 300}},
         "while the clock is right, a certificate out of date is its owner's: somebody forgot it"},
        {"edge_errors",
         1,
         {{policy, 3},
          {blocked_here, 3},
          {platform_edge, 200},
          {platform_application, 850},
          {degraded, 100},
          {regional, 250}},
         "a 5xx is the platform's own word that it cannot serve"},
        {"edge_unavailable",
         1,
         {{policy, 5},
          {blocked_here, 3},
          {platform_routing, 40},
          {platform_dns, 20},
          {platform_edge, 850},
          {platform_application, 200},
          {degraded, 60},
          {regional, 200}},
         "502, 503, 504: the front end lives and has nobody behind it"},
        {"edge_content",
         1,
         {{all_well, 250}, {policy, 120}, {platform_application, 450}, {degraded, 30}},
         "pages change for harmless reasons too; in the Meta login outage of 2024-03-05 nothing else "
         "changed"},
        {"edge_partly",
         2,
         {{all_well, 4},
          {policy, 20},
          {blocked_here, 15},
          {transit, 60},
          {path_mtu, 60},
          {platform_application, 100},
          {degraded, 600},
          {regional, 60}},
         "some pages fail and go on failing while others answer"},
        {"edge_partly_errors",
         1,
         {{policy, 2}, {blocked_here, 2}, {platform_application, 150}, {degraded, 600}, {regional, 60}},
         "some pages tell of an error of the platform's own, others answer"},
        {"edge_shaky",
         2,
         {{policy, 5}, {isp, 60}, {transit, 350}, {platform_network, 150}, {degraded, 500}, {regional, 150}},
         "attempts fail again and again, never all (Dyn 2016-10-21, Microsoft 2023-01-25)"},
        {"edge_slow",
         3,
         {{isp, 60}, {transit, 150}, {degraded, 500}, {platform_application, 40}},
         "answers take many times as long as usual, the controls' do not"},
        {"proxy_speaks", 1, {{policy, 900}}, "a proxy of ours answers in the platform's place"},
        {"edge_turned_away",
         3,
         {{all_well, 1}, {blocked_here, 900}, {platform_application, 20}},
         "403 and 429 are for us: it lives, and does not want this address"},
        {"only_silence", 1000, {}, "said, not weighed: what is blocked on the way from here looks the same"},
        // ---- second looks
        {"other_name_answers",
         60,
         {{policy, 700}, {blocked_here, 500}},
         "the same machine answers a handshake for another name: somebody on the way reads names"},
        {"other_name_fails",
         900,
         {{policy, 60}, {blocked_here, 100}},
         "the handshake breaks off for any name: who filters by name lets another name pass"},
        {"small_segments_answer",
         8,
         {{path_mtu, 950}, {all_well, 300}, {degraded, 150}},
         "with small segments the same page comes: big packets get lost in silence (RFC 2923)"},
        {"remembered_answers",
         200,
         {{policy, 700},
          {platform_dns, 700},
          {platform_dnssec, 900},
          {public_resolver, 900},
          {platform_routing, 30},
          {platform_network, 20}},
         "at the address known before it answers: only the names fail"},
        // ---- where packets get to
        {"path_ends_near",
         60,
         {{isp, 500}, {policy, 300}, {blocked_here, 250}, {transit, 150}, {platform_routing, 60}},
         "the way ends in the provider's network"},
        {"path_ends_beyond",
         150,
         {{transit, 500}, {platform_routing, 500}, {platform_network, 500}, {blocked_here, 250}},
         "the way ends outside of the provider's network"},
        // ---- controls
        {"controls_pass", 990, {{isp, 3}}, "the way out works for others"},
        {"controls_fail",
         5,
         {{isp, 950}, {transit, 60}, {trust_store, 200}, {path_mtu, 300}},
         "when others fail too it is us"},
        {"no_control",
         1000,
         {{isp, 1000}},
         "no control, no verdict: our own line explains as much as theirs"},
        // ---- witnesses
        {"routes_withdrawn",
         4,
         {{all_well, 1}, {transit, 20}, {platform_routing, 950}, {platform_dns, 100}, {regional, 80}},
         "most networks have lost the way there; yet BGP is a witness, no judge"},
        {"routes_visible",
         1000,
         {{platform_routing, 150}},
         "in most outages the routes stay, and dead ones may stay too (CenturyLink 2020-08-30)"},
        {"elsewhere_fails",
         3,
         {{transit, 15},
          {platform_dns, 900},
          {platform_dnssec, 500},
          {platform_routing, 900},
          {platform_network, 900},
          {platform_edge, 950},
          {platform_application, 900},
          {degraded, 250},
          {regional, 250}},
         "others fail as we do, in networks that share nothing with ours"},
        {"elsewhere_mostly_fails",
         6,
         {{transit, 40},
          {platform_dns, 100},
          {platform_dnssec, 500},
          {platform_routing, 250},
          {platform_network, 200},
          {platform_edge, 200},
          {platform_application, 250},
          {degraded, 300},
          {regional, 900}},
         "most other networks meet it too, some do not"},
        {"elsewhere_answers",
         960,
         {{transit, 850},
          {platform_dns, 20},
          {platform_dnssec, 300},
          {platform_routing, 15},
          {platform_network, 15},
          {platform_edge, 8},
          {platform_application, 10},
          {degraded, 300},
          {regional, 400}},
         "the very page that fails here answers in other networks"},
        {"elsewhere_passes", 1000, {}, "said, not weighed: what fails here was not asked of them"},
        {"elsewhere_mixed",
         20,
         {{transit, 150},
          {platform_dns, 60},
          {platform_dnssec, 200},
          {platform_routing, 60},
          {platform_network, 60},
          {platform_edge, 40},
          {platform_application, 40},
          {degraded, 350},
          {regional, 600}},
         "it fails in some other networks and answers in others"},
        {"vendor_reports",
         4,
         {{platform_dns, 400},
          {platform_dnssec, 400},
          {platform_routing, 400},
          {platform_network, 400},
          {platform_edge, 400},
          {platform_application, 400},
          {degraded, 350},
          {regional, 300}},
         "nobody admits an outage lightly"},
        {"vendor_degraded",
         20,
         {{platform_dns, 150},
          {platform_dnssec, 150},
          {platform_routing, 150},
          {platform_network, 150},
          {platform_edge, 150},
          {platform_application, 200},
          {degraded, 350},
          {regional, 200}},
         "something is wrong there, perhaps not this"},
        {"vendor_well", 1000, {}, "status pages lag, and share the fate of what they speak of: not weighed"},
        {"vendor_lags", 1000, {}, "said, not weighed: it answers here again, and they have not noticed"},
        {"vendor_maintenance", 1000, {}, "it tells why, not whether"},
        {"vendor_page_gone",
         15,
         {{platform_dns, 40}, {platform_routing, 60}, {platform_network, 40}},
         "it may have fallen together with what it speaks of"},
        {"no_witness", 1000, {}, "said, not weighed: the wait is longer instead"},
        {"witness_awaited", 1000, {}, "said, not weighed"},
        {"alone", 1000, {}, "said, not weighed: the wait is longer instead"},
        // ---- circumstances
        {"siblings",
         250,
         {{platform_dns, 500},
          {platform_routing, 600},
          {platform_network, 500},
          {platform_edge, 400},
          {platform_application, 400},
          {transit, 300}},
         "another platform of the same operator fails too; it may share the path from here",
         true},
        {"strangers_silent",
         30,
         {{isp, 500}, {transit, 700}, {path_mtu, 300}, {policy, 100}},
         "unrelated platforms fall silent at the same time: what lies between is likelier than all of them",
         true},
        {"shared_fate",
         40,
         {{platform_dns, 300},
          {platform_edge, 300},
          {platform_application, 300},
          {platform_network, 200},
          {transit, 100},
          {isp, 60},
          {degraded, 200}},
         "unrelated platforms that rest on the same front ends, name servers or networks fail alike",
         true},
        {"persisted", 900, {{all_well, 4}}, "what lasts is no packet loss", true},
        {"too_short", 1000, {}, "said, not weighed"},
    };
    return findings;
}

const std::vector<Finding>& local_findings() {
    static const std::vector<Finding> findings{
        // ---- the link
        {"no_route", 1, {{lan, 950}}, "the kernel knows no way out"},
        {"gateway_silent", 5, {{lan, 900}, {isp, 30}}, "the router answered before and does not now"},
        {"gateway_answers", 950, {{lan, 20}}, "the router answers: what is broken lies behind it"},
        {"link_weak", 2, {{lan, 900}, {isp, 30}, {host, 20}}, "echoes to the router are lost or late: Wi-Fi"},
        // ---- this computer
        {"host_resources",
         1,
         {{host, 950}, {lan, 200}},
         "probes cannot even start; over a pulled cable the kernel says the same"},
        {"host_unwell", 1, {{host, 950}}, "it comes late to its own timers, or slept"},
        {"clock_differs", 1, {{clock, 980}}, "controls of others agree on another time (RFC 9110, Date)"},
        {"clock_wrong",
         1,
         {{clock, 950}, {trust_store, 20}},
         "certificates of unrelated operators seem out of date at once"},
        {"trust_store_old",
         1,
         {{trust_store, 950}, {policy, 100}, {clock, 20}},
         "issuers of unrelated sites are unknown here while the clock is right (Let's Encrypt 2021-09-30)"},
        {"same_issuer_everywhere",
         1,
         {{policy, 950}, {trust_store, 30}},
         "one unknown issuer signs for unrelated sites: somebody opens what is encrypted"},
        // ---- controls
        {"controls_pass",
         990,
         {{lan, 2},
          {isp, 2},
          {host, 100},
          {policy, 20},
          {resolver, 300},
          {path_mtu, 300},
          {trust_store, 900}},
         "the way out works for others"},
        {"controls_fail",
         1,
         {{lan, 950}, {isp, 950}, {host, 400}, {policy, 300}, {resolver, 300}, {path_mtu, 300}, {clock, 20}},
         "unrelated operators do not fall silent together"},
        {"captive_portal",
         1,
         {{policy, 950}},
         "pages made to notice it came back changed (RFC 8908, section 1)"},
        // ---- names
        {"resolver_broken",
         1,
         {{resolver, 950}, {isp, 300}, {lan, 300}, {policy, 20}},
         "it fails on every name, and others do not"},
        {"dns_intercepted", 1000, {}, "said, not weighed: many networks do it, few break by it"},
        {"interception_began", 2, {{policy, 950}}, "somebody on the way began to answer in others' place"},
        {"public_resolver_fails", 1000, {}, "said, not weighed: others resolve"},
        // ---- ways that need not be taken
        {"ipv6_broken", 3, {{ipv6, 900}, {lan, 300}, {isp, 300}}, "IPv6 worked before; IPv4 still does"},
        {"big_packets_lost",
         1,
         {{path_mtu, 950}},
         "unrelated sites stall, and answer in small segments (RFC 2923)"},
        {"no_control", 1000, {}, "no control, no verdict"},
        {"persisted", 900, {{all_well, 4}}, "what lasts is no packet loss", true},
    };
    return findings;
}

}  // namespace

Model::Model(std::span<const Prior> those, std::span<const Finding> all) : priors(those), findings(all) {
    for (const Finding& finding : findings) {
        Line& line = lines_[finding.rule];
        line.finding = &finding;
        for (const Prior& prior : priors)
            line.logs.push_back(ln_permille(finding.permille(prior.cause)));
    }
}

const Model::Line& Model::line(std::string_view rule) const {
    const auto found = lines_.find(rule);
    assert(found != lines_.end());
    return found->second;
}

const Model& platform_model() {
    static const Model model{platform_priors, platform_findings()};
    return model;
}

const Model& local_model() {
    static const Model model{local_priors, local_findings()};
    return model;
}

}  // namespace sereno
