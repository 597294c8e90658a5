// Answers of RIPEstat's looking glass, as it documents them.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "agent/model/time.hpp"

namespace sereno::test {

struct GlassRoute {
    std::string prefix, peer = "192.0.2.7", path = "64496 3356 32934", origin = "\"32934\"";
};

inline std::string glass_route(const GlassRoute& route) {
    return R"({"asn_origin":)" + route.origin + R"(,"as_path":")" + route.path +
           R"(","community":"64496:1","largeCommunity":"","extendedCommunity":"",)"
           R"("last_updated":"2021-10-04T15:39:07","prefix":")" +
           route.prefix + R"(","peer":")" + route.peer +
           R"(","origin":"IGP","next_hop":"192.0.2.7","latest_time":"2021-10-04T15:58:01"})";
}

inline Stamp wall_now() {
    return Stamp{std::chrono::duration_cast<Micros>(std::chrono::system_clock::now().time_since_epoch())};
}

/// "2021-10-04T15:58:01".
inline std::string glass_time(Stamp at) {
    return rfc3339(at).substr(0, 19);
}

/// All behind one collector; `newest`: the time of what it heard last.
inline std::string glass_body(const std::vector<GlassRoute>& routes,
                              const std::string& newest = glass_time(wall_now())) {
    std::string peers;
    for (const GlassRoute& route : routes)
        peers += (peers.empty() ? "" : ",") + glass_route(route);
    const std::string collectors =
        routes.empty() ? ""
                       : R"({"rrc":"RRC00","location":"Amsterdam, Netherlands","peers":[)" + peers + "]}";
    return R"({"messages":[],"see_also":[],"version":"2.1","data_call_name":"looking-glass",)"
           R"("data_call_status":"supported - connecting to ursa","cached":true,"data":{"rrcs":[)" +
           collectors + R"(],"query_time":")" + newest + R"(","latest_time":")" + newest +
           R"(",)"
           R"("parameters":{"resource":"129.134.30.0/24","look_back_limit":86400,"cache":null}},)"
           R"("query_id":"20211004155808-1","process_time":41,"server_id":"app1","status":"ok",)"
           R"("status_code":200,"time":")" +
           newest + "\"}";
}

/// `count` peers with a route to `prefix`.
inline std::vector<GlassRoute> glass_routes(const std::string& prefix, int count) {
    std::vector<GlassRoute> routes;
    for (int i = 0; i < count; ++i)
        routes.push_back({.prefix = prefix,
                          .peer = "198.18." + std::to_string(i / 250) + "." + std::to_string(i % 250 + 1),
                          .path = std::to_string(64500 + i) + " 3356 32934"});
    return routes;
}

/// What a request to the looking glass is about.
inline std::string glass_resource(const std::string& path) {
    const std::string mark = "resource=";
    const auto begin = path.find(mark);
    if (begin == std::string::npos) return {};
    return path.substr(begin + mark.size(), path.find('&', begin) - begin - mark.size());
}

}  // namespace sereno::test
