// Answers of RIPEstat's looking glass, as it documents them.
#pragma once

#include <string>
#include <vector>

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

/// All behind one collector.
inline std::string glass_body(const std::vector<GlassRoute>& routes, const std::string& collector = "RRC00") {
    std::string peers;
    for (const GlassRoute& route : routes)
        peers += (peers.empty() ? "" : ",") + glass_route(route);
    const std::string collectors =
        routes.empty()
            ? ""
            : R"({"rrc":")" + collector + R"(","location":"Amsterdam, Netherlands","peers":[)" + peers + "]}";
    return R"({"messages":[],"see_also":[],"version":"2.1","data_call_name":"looking-glass",)"
           R"("data_call_status":"supported - connecting to ursa","cached":true,"data":{"rrcs":[)" +
           collectors +
           R"(],"query_time":"2021-10-04T15:58:08","latest_time":"2021-10-04T15:58:01",)"
           R"("parameters":{"resource":"129.134.30.0/24","look_back_limit":86400,"cache":null}},)"
           R"("query_id":"20211004155808-1","process_time":41,"server_id":"app1","status":"ok",)"
           R"("status_code":200,"time":"2021-10-04T15:58:08.000000"})";
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
