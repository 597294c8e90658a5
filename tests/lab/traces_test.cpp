// The traces of all rows, held against each other.
#include <filesystem>
#include <map>
#include <set>

#include "catch.hpp"
#include "row.hpp"

namespace sereno::lab {

const std::vector<RowName>& all_rows() {
    static const std::vector<RowName> rows{
        {"healthy", Kind::local},
        {"weak-link", Kind::local},
        {"gateway-gone", Kind::local},
        {"no-lease", Kind::local},
        {"cable-out", Kind::local},
        {"provider-down", Kind::local},
        {"resolver-gone", Kind::local},
        {"resolver-failing", Kind::local},
        {"dns-intercepted", Kind::local},
        {"captive-portal", Kind::local},
        {"filter-nxdomain", Kind::local},
        {"filter-null", Kind::local},
        {"filter-nodata", Kind::local},
        {"filter-own-page", Kind::local},
        {"name-filter", Kind::local},
        {"clock-behind", Kind::local},
        {"clock-ahead", Kind::local},
        {"old-ca-bundle", Kind::local},
        {"ipv6-broken", Kind::local},
        {"ipv6-absent", Kind::local},
        {"mtu-black-hole", Kind::local},
        {"proxy-refuses", Kind::local},
        {"transparent-proxy", Kind::local},
        {"rate-limited", Kind::local},
        {"forbidden", Kind::local},
        {"no-descriptors", Kind::local},
        {"no-ports", Kind::local},
        {"own-firewall", Kind::local},
        {"starved", Kind::local},
        {"slept", Kind::local},
        {"app-down", Kind::local},
        {"app-broken", Kind::local},
        {"agora-errors", Kind::platform, "agora"},
        {"agora-login", Kind::platform, "agora"},
        {"edge-errors", Kind::platform, "bazar correo"},
        {"agora-dns-swallowed", Kind::platform, "agora"},
        {"agora-dns-unreachable", Kind::platform, "agora"},
        {"agora-dns-stale", Kind::platform},
        {"dns-provider-silent", Kind::platform, "bazar correo"},
        {"agora-nodata", Kind::platform, "agora"},
        {"agora-nxdomain", Kind::platform, "agora"},
        {"agora-refused", Kind::platform, "agora"},
        {"agora-servfail", Kind::platform, "agora"},
        {"agora-lame", Kind::platform},
        {"agora-dnssec", Kind::platform, "agora"},
        {"one-resolver-silent", Kind::platform},
        {"agora-syn-lost", Kind::platform},
        {"agora-unreachable", Kind::platform},
        {"agora-closed", Kind::platform, "agora"},
    };
    return rows;
}

TEST_CASE("lab: no two rows leave the same trace") {
    std::map<std::string, std::string> row_of;
    for (const RowName& row : all_rows()) {
        const std::string trace = expected_trace(row.name);
        INFO(row.name);
        CHECK_FALSE(trace.empty());
        const auto [other, is_new] = row_of.emplace(trace, row.name);
        if (!is_new) FAIL_CHECK(row.name << " and " << other->second << " leave the same trace:\n" << trace);
    }
}

TEST_CASE("lab: every trace belongs to a row") {
    std::set<std::string> names;
    for (const RowName& row : all_rows())
        names.insert(row.name + ".txt");
    for (const auto& file : std::filesystem::directory_iterator(SERENO_TRACES))
        CHECK(names.count(file.path().filename().string()) == 1);
}

}  // namespace sereno::lab
