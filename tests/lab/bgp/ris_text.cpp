#include "ris_text.hpp"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <functional>
#include <map>

#include "agent/model/time.hpp"

namespace sereno::lab::bgp {

namespace {

std::string quoted(const std::string& plain) {
    return '"' + plain + '"';  // names, numbers and addresses: nothing in them needs escaping
}

template <class List, class Write>
std::string joined(const List& list, const std::string& between, Write write) {
    std::string text;
    for (const auto& one : list)
        text += (text.empty() ? "" : between) + write(one);
    return text;
}

template <class List, class Write>
std::string array(const List& list, Write write) {
    return '[' + joined(list, ",", write) + ']';
}

std::string number_text(std::uint32_t number) {
    return std::to_string(number);
}

/// "2605:de00:bb:0:0:0:0:0/48".
std::string at_full_length(const Prefix& prefix) {
    std::string text;
    for (std::size_t i = 0; i < 16; i += 2) {
        std::array<char, 8> group{};
        std::snprintf(group.data(), group.size(), "%x",
                      unsigned{prefix.start.bytes[i]} << 8U | prefix.start.bytes[i + 1]);
        text += (i == 0 ? "" : ":") + std::string{group.data()};
    }
    return text + '/' + std::to_string(prefix.length);
}

bool is_long_winded(const Peer& peer) {
    return peer.host.ends_with(".ripe.net");
}

std::string prefixes_text(const Peer& peer, const std::vector<Prefix>& prefixes) {
    return array(prefixes, [&](const Prefix& prefix) {
        return quoted(is_long_winded(peer) && prefix.start.bits == 128 ? at_full_length(prefix)
                                                                       : to_string(prefix));
    });
}

/// ASes in order stand beside each other; a set is an array of its own.
std::string path_text(const std::vector<Segment>& path) {
    return array(path, [](const Segment& segment) {
        return segment.is_set ? array(segment.asns, number_text) : joined(segment.asns, ",", number_text);
    });
}

std::string announcements_text(const Peer& peer, const Update& update) {
    return array(update.announced, [&](const Announced& announced) {
        return joined(announced.next_hops, ",", [&](const std::string& next_hop) {
            return R"({"next_hop":)" + quoted(next_hop) + R"(,"prefixes":)" +
                   prefixes_text(peer, announced.prefixes) + '}';
        });
    });
}

std::string message(const Peer& peer, std::int64_t micros, std::uint64_t number, const std::string& rest) {
    std::array<char, 40> seconds{};
    std::snprintf(seconds.data(), seconds.size(), "%lld.%03lld", static_cast<long long>(micros / 1'000'000),
                  static_cast<long long>(micros % 1'000'000 / 1'000));
    return R"({"type":"ris_message","data":{"timestamp":)" + std::string{seconds.data()} + R"(,"peer":)" +
           quoted(peer.address) + R"(,"peer_asn":)" + quoted(std::to_string(peer.asn)) + R"(,"id":)" +
           quoted("21-" + std::to_string(number)) + R"(,"host":)" + quoted(peer.host) + rest + "}}";
}

/// "2021-10-04T15:39:07", as RIPEstat writes times.
std::string time_text(std::int64_t micros) {
    return rfc3339(Stamp{Micros{micros}}).substr(0, 19);
}

std::string as_path_text(const std::vector<Segment>& path) {
    return joined(path, " ", [](const Segment& segment) {
        return segment.is_set ? '{' + joined(segment.asns, ",", number_text) + '}'
                              : joined(segment.asns, " ", number_text);
    });
}

std::string upper(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
}

std::string route_text(const Route& route, std::int64_t now_micros) {
    return R"({"asn_origin":)" + quoted(std::to_string(origin_of(route.path))) + R"(,"as_path":)" +
           quoted(as_path_text(route.path)) + R"(,"community":"","last_updated":)" +
           quoted(time_text(route.since_micros)) + R"(,"prefix":)" + quoted(to_string(route.prefix)) +
           R"(,"peer":)" + quoted(route.peer.address) + R"(,"origin":)" + quoted(upper(route.origin)) +
           R"(,"next_hop":)" + quoted(route.next_hop) + R"(,"latest_time":)" + quoted(time_text(now_micros)) +
           '}';
}

}  // namespace

std::string ris_update(const Peer& peer, const Update& update, std::int64_t micros, std::uint64_t number) {
    std::string rest = R"(,"type":"UPDATE")";
    const bool empty_too = is_long_winded(peer);
    if (!update.announced.empty()) {
        rest += R"(,"path":)" + path_text(update.path) + R"(,"community":)" +
                array(update.communities,
                      [](const auto& pair) {
                          return '[' + std::to_string(pair.first) + ',' + std::to_string(pair.second) + ']';
                      }) +
                R"(,"origin":)" + quoted(update.origin);
        if (update.med) rest += R"(,"med":)" + std::to_string(*update.med);
        rest += R"(,"announcements":)" + announcements_text(peer, update);
    } else if (empty_too) {
        rest += R"(,"path":[],"announcements":[])";
    }
    if (empty_too || !update.withdrawn.empty())
        rest += R"(,"withdrawals":)" + prefixes_text(peer, update.withdrawn);
    return message(peer, micros, number, rest);
}

std::string ris_peer_state(const Peer& peer, bool connected, std::int64_t micros, std::uint64_t number) {
    return message(peer, micros, number,
                   R"(,"type":"RIS_PEER_STATE","state":)" + quoted(connected ? "connected" : "down"));
}

std::string looking_glass_body(const std::string& resource, const std::vector<Route>& routes,
                               std::int64_t micros) {
    std::map<std::string, std::vector<Route>> by_collector;
    for (const Route& route : routes)
        by_collector[upper(route.peer.host.substr(0, route.peer.host.find('.')))].push_back(route);
    const std::string collectors = array(by_collector, [&](const auto& one) {
        return R"({"rrc":)" + quoted(one.first) + R"(,"location":"a test","peers":)" +
               array(one.second, [&](const Route& route) { return route_text(route, micros); }) + '}';
    });
    const std::string now = quoted(time_text(micros));
    return R"({"messages":[],"see_also":[],"version":"2.1","data_call_name":"looking-glass",)"
           R"("data_call_status":"supported","cached":false,"data":{"rrcs":)" +
           collectors + R"(,"query_time":)" + now + R"(,"latest_time":)" + now +
           R"(,"parameters":{"resource":)" + quoted(resource) +
           R"(,"look_back_limit":86400,"cache":null}},"query_id":"20211004153907-1","process_time":3,)"
           R"("server_id":"app1","build_version":"live","status":"ok","status_code":200,"time":)" +
           now + '}';
}

}  // namespace sereno::lab::bgp
