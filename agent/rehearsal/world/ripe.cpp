#include "agent/rehearsal/world/ripe.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace sereno::rehearsal {

namespace {

namespace json = boost::json;

constexpr std::uint32_t one_transit = 1299, other_transit = 3356;

/// What every UPDATE begins with. Its time is a number with fractions; the AS is a text.
std::string update(const std::string& peer, std::uint32_t peer_asn, const std::string& collector,
                   Stamp heard) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(heard.time_since_epoch()).count();
    return R"({"type":"ris_message","data":{"timestamp":)" + std::to_string(seconds) + R"(.12,"peer":")" +
           peer + R"(","peer_asn":")" + std::to_string(peer_asn) + R"(","id":"21-587-22045871","host":")" +
           collector + R"(.ripe.net","type":"UPDATE",)";
}

/// "2021-10-04T15:39:07", as RIPEstat writes times.
std::string glass_time(Stamp at) {
    return rfc3339(at).substr(0, 19);
}

json::object glass_route(const GlassAnswer& answer, const RoutePeer& peer, Stamp newest) {
    std::string path;
    for (const std::uint32_t asn : path_to(answer.origin, peer))
        path += (path.empty() ? "" : " ") + std::to_string(asn);
    return {{"asn_origin", std::to_string(answer.origin)},
            {"as_path", path},
            {"community", ""},
            {"last_updated", glass_time(newest)},
            {"prefix", answer.prefix},
            {"peer", peer.address},
            {"origin", "IGP"},
            {"next_hop", peer.address},
            {"latest_time", glass_time(newest)}};
}

std::string upper(std::string name) {
    for (char& c : name)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return name;
}

std::vector<RoutePeer> make_peers(const std::string& first_part) {
    std::vector<RoutePeer> peers;
    for (std::uint32_t i = 1; i <= 8; ++i)
        peers.push_back({first_part + std::to_string(i), 64500 + i,
                         i <= 3   ? "rrc00"
                         : i <= 6 ? "rrc01"
                                  : "rrc21"});
    return peers;
}

}  // namespace

std::string ris_announcement(const std::string& prefix, const std::string& peer,
                             const std::vector<std::uint32_t>& path, const std::string& collector,
                             Stamp heard) {
    std::string ases;
    for (const std::uint32_t as : path)
        ases += (ases.empty() ? "" : ",") + std::to_string(as);
    return update(peer, path.empty() ? 0 : path.front(), collector, heard) + R"("path":[)" + ases +
           R"(],"origin":"igp","announcements":[{"next_hop":")" + peer + R"(","prefixes":[")" + prefix +
           R"("]}]}})";
}

std::string ris_withdrawal(const std::string& prefix, const std::string& peer, std::uint32_t peer_asn,
                           const std::string& collector, Stamp heard) {
    return update(peer, peer_asn, collector, heard) + R"("path":[],"announcements":[],"withdrawals":[")" +
           prefix + R"("]}})";
}

const std::vector<RoutePeer>& route_peers(bool v6) {
    static const std::vector<RoutePeer> fours = make_peers("192.0.2."), sixes = make_peers("2001:db8::");
    return v6 ? sixes : fours;
}

bool is_v6(const std::string& prefix) {
    return prefix.find(':') != std::string::npos;
}

std::vector<std::uint32_t> path_to(std::uint32_t origin, const RoutePeer& peer) {
    return {peer.asn, peer.asn % 2 == 0 ? one_transit : other_transit, origin};
}

std::string looking_glass_body(const GlassAnswer& answer, Stamp newest) {
    std::map<std::string, json::array> by_collector;
    if (answer.announced)
        for (const RoutePeer& peer : route_peers(is_v6(answer.prefix)))
            by_collector[upper(peer.collector)].push_back(glass_route(answer, peer, newest));
    json::array collectors;
    for (auto& [name, peers] : by_collector)
        collectors.push_back(
            json::object{{"rrc", name}, {"location", "a rehearsal"}, {"peers", std::move(peers)}});
    const std::string now = glass_time(newest);
    return json::serialize(json::object{{"messages", json::array{}},
                                        {"version", "2.1"},
                                        {"data_call_name", "looking-glass"},
                                        {"data_call_status", "supported"},
                                        {"cached", false},
                                        {"data",
                                         {{"rrcs", std::move(collectors)},
                                          {"query_time", now},
                                          {"latest_time", now},
                                          {"parameters", {{"resource", answer.prefix}}}}},
                                        {"status", "ok"},
                                        {"status_code", 200},
                                        {"time", now}});
}

const std::map<std::string, std::uint32_t>& lasting_prefixes() {
    static const std::map<std::string, std::uint32_t> prefixes{{"193.0.0.0/21", 3333},
                                                               {"2001:67c:2e8::/48", 3333}};
    return prefixes;
}

}  // namespace sereno::rehearsal
