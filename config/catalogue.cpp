// Catalogue files: the schema of a platform, and how one file overrides another.
#include "config/catalogue.hpp"

#include <algorithm>
#include <set>

#include "config/draft.hpp"

namespace sereno {

namespace {

struct OperatorDraft {
    std::string id, name;
};

/// One platform as one file writes it; what is empty was not given.
struct PlatformDraft {
    std::optional<std::string> name, kind, zone, status_page;
    std::optional<OperatorDraft> operated_by;
    std::optional<std::vector<std::string>> names, dns_prefixes;
    std::optional<std::vector<DnsServer>> name_servers;
    std::optional<std::vector<HttpFetch>> canaries;
};

/// Different values, each said once.
template <class V, class Key>
Type<std::vector<V>> unique_list_of(Type<V> item, std::size_t most, Key key_of) {
    return {[list = list_of(std::move(item), 0, most), key_of](
                Check& check, std::string_view key, const Node& node) -> std::optional<std::vector<V>> {
        auto placed = list.read(check, key, node);
        if (!placed) return {};
        std::vector<V> out;
        std::set<std::string> seen;
        for (Placed<V>& one : *placed) {
            if (!seen.insert(key_of(one.value)).second)
                check.complaints.refuse(one.place, std::string(key) + " has " + quoted(key_of(one.value)) +
                                                       " twice; remove one of them");
            out.push_back(std::move(one.value));
        }
        return out;
    }};
}

Type<std::vector<std::string>> unique_texts(Type<std::string> item, std::size_t most) {
    return unique_list_of(std::move(item), most, [](const std::string& text) { return text; });
}

const Type<PlatformDraft>& platform_type() {
    // 403, 429 and 451 are answers of a platform that is reachable; 5xx is not.
    static const HttpFetch any_answer{.url = {}, .expected_status = {{200, 499}}, .contains = {}};
    static const Fields<OperatorDraft> operated_by{
        required("id", &OperatorDraft::id, name()),
        field("name", &OperatorDraft::name, text(80)),
    };
    static const Fields<DnsServer> name_server{
        required("name", &DnsServer::name, host_name()),
        field("address", &DnsServer::endpoint, endpoint(53)),
    };
    static const Fields<PlatformDraft> fields{
        field("name", &PlatformDraft::name, text(80)),
        field("operator", &PlatformDraft::operated_by, object<OperatorDraft>("operator", operated_by)),
        field("kind", &PlatformDraft::kind, name()),
        field("names", &PlatformDraft::names, unique_texts(host_name(), 8)),
        field("zone", &PlatformDraft::zone, host_name()),
        field("name_servers", &PlatformDraft::name_servers,
              unique_list_of(object<DnsServer>("name server", name_server), 16,
                             [](const DnsServer& server) { return server.name; })),
        field("dns_prefixes", &PlatformDraft::dns_prefixes, unique_texts(prefix(), 64)),
        field("canaries", &PlatformDraft::canaries,
              plain_list_of(object<HttpFetch>("canary", fetch_fields(true), any_answer), 0, 16)),
        field("status_page", &PlatformDraft::status_page, url()),
    };
    static const Type<PlatformDraft> type = object<PlatformDraft>("platform", fields);
    return type;
}

template <class V>
void override_with(V& slot, std::optional<V>& given) {
    if (given) slot = std::move(*given);
}

void merge(Platform& platform, PlatformDraft draft) {
    override_with(platform.name, draft.name);
    override_with(platform.kind, draft.kind);
    override_with(platform.zone, draft.zone);
    override_with(platform.status_page, draft.status_page);
    override_with(platform.names, draft.names);
    override_with(platform.dns_prefixes, draft.dns_prefixes);
    override_with(platform.name_servers, draft.name_servers);
    override_with(platform.canaries, draft.canaries);
    if (draft.operated_by) {
        platform.operator_id = OperatorId(draft.operated_by->id);
        platform.operator_name =
            draft.operated_by->name.empty() ? draft.operated_by->id : draft.operated_by->name;
    }
}

CatalogueEntry& entry_for(Catalogue& catalogue, const std::string& id) {
    const auto found = std::find_if(catalogue.begin(), catalogue.end(),
                                    [&](const CatalogueEntry& one) { return one.platform.id.value == id; });
    if (found != catalogue.end()) return *found;
    catalogue.emplace_back();
    catalogue.back().platform.id = SubjectId(id);
    return catalogue.back();
}

bool lies_in(std::string_view name, std::string_view zone) {
    return name == zone ||
           (name.size() > zone.size() && name.ends_with(zone) && name[name.size() - zone.size() - 1] == '.');
}

}  // namespace

void read_catalogue(Check& check, const Node& root, Catalogue& into) {
    constexpr std::size_t most_platforms = 500;
    if (root.kind == Node::Kind::null) {
        if (!check.complaints.refused())
            check.complaints.warn(root.place,
                                  "this catalogue is empty; write platforms: and what is below it");
        return;
    }
    if (!expect_map(check, "a catalogue", root)) return;
    struct Top {
        std::vector<std::pair<Placed<std::string>, std::optional<PlatformDraft>>> platforms;
    };
    const Fields<Top> fields{{"platforms", true, [](Check& inner, const Node& node, Top& top) {
                                  top.platforms = read_named(inner, "platforms", node, platform_type());
                              }}};
    Top top;
    read_fields(check, "catalogue", root, fields, top);
    for (auto& [id, draft] : top.platforms) {
        if (id.value == host_subject().value) {
            check.complaints.refuse(id.place, "platform " + quoted(id.value) +
                                                  " has the name of this computer; "
                                                  "choose another");
            continue;
        }
        if (into.size() >= most_platforms) return;
        CatalogueEntry& entry = entry_for(into, id.value);
        entry.place = id.place;
        if (draft) merge(entry.platform, std::move(*draft));
    }
    for (CatalogueEntry& entry : into) {
        Platform& platform = entry.platform;
        if (platform.name.empty()) platform.name = platform.id.value;
        if (platform.kind.empty()) platform.kind = "other";
        if (!platform.operator_id.empty()) continue;
        platform.operator_id = OperatorId(platform.id.value);
        platform.operator_name = platform.name;
    }
}

Catalogue read_builtin_catalogue(Complaints& complaints) {
    Catalogue out;
    for (const std::string_view file : builtin_files("catalogue")) {
        const int number = complaints.open("built-in " + std::string(file));
        Check check{complaints, "."};
        read_catalogue(check, read_document(builtin_file(file), number, complaints), out);
    }
    return out;
}

const Catalogue& builtin_catalogue() {
    static const Catalogue catalogue = [] {
        Complaints ignored;  // a test reads them all and finds none
        Catalogue out = read_builtin_catalogue(ignored);
        for (CatalogueEntry& entry : out)
            entry.place = {};
        return out;
    }();
    return catalogue;
}

void check_catalogue(Complaints& complaints, const Catalogue& catalogue) {
    for (const CatalogueEntry& entry : catalogue) {
        const Platform& platform = entry.platform;
        if (platform.names.empty() && platform.canaries.empty())
            complaints.refuse(entry.place, "platform " + quoted(platform.id.value) +
                                               " has nothing to observe; add names or canaries");
        if (!platform.name_servers.empty() && name_in_zone(platform).empty())
            complaints.refuse(entry.place, "platform " + quoted(platform.id.value) +
                                               " has name servers but no name in their zone " +
                                               quoted(platform.zone) + "; mend names or zone");
    }
}

const Platform* find_platform(const Catalogue& catalogue, std::string_view id) {
    for (const CatalogueEntry& entry : catalogue)
        if (entry.platform.id.value == id) return &entry.platform;
    return nullptr;
}

std::string name_in_zone(const Platform& platform) {
    if (platform.zone.empty()) return {};
    for (const std::string& name : platform.names)
        if (lies_in(name, platform.zone)) return name;
    return {};
}

}  // namespace sereno
