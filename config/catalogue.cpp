// Catalogue files: the schema of a platform, and how one file overrides another.
#include "config/catalogue.hpp"

#include <set>

#include "config/draft.hpp"

namespace sereno {

namespace {

struct OperatorDraft {
    std::string id, name;
};

struct NameServerDraft {
    std::string name;
    Endpoint address, ipv6;
};

/// One platform as one file writes it; what is empty was not given.
struct PlatformDraft {
    std::optional<std::string> name, kind, zone, status_page;
    std::optional<OperatorDraft> operated_by;
    std::optional<std::vector<std::string>> names, dns_prefixes, edges;
    std::optional<std::vector<NameServerDraft>> name_servers;
    std::optional<std::vector<HttpFetch>> canaries;
    std::optional<std::vector<StatusPage>> status;
    std::optional<Hosting> hosting;
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

Type<Endpoint> ipv6_endpoint() {
    return {[any = endpoint(53)](Check& check, std::string_view key,
                                 const Node& node) -> std::optional<Endpoint> {
        auto value = any.read(check, key, node);
        if (!value || value->address.find(':') != std::string::npos) return value;
        complain_of_value(check, key, node, "is an IPv4 address; write it under 'address'");
        return {};
    }};
}

Type<StatusFormat> status_format() {
    std::vector<std::pair<std::string, StatusFormat>> words;
    for (const StatusFormat one : {StatusFormat::statuspage, StatusFormat::slack, StatusFormat::google,
                                   StatusFormat::aws, StatusFormat::feed})
        words.emplace_back(to_string(one), one);
    return choice<StatusFormat>(std::move(words));
}

const Type<PlatformDraft>& platform_type() {
    // 403, 429 and 451 are answers of a platform that is reachable; 5xx is not.
    static const HttpFetch any_answer{.url = {}, .expected_status = {{200, 499}}, .contains = {}};
    static const Fields<OperatorDraft> operated_by{
        required("id", &OperatorDraft::id, name()),
        field("name", &OperatorDraft::name, text(80)),
    };
    static const Fields<NameServerDraft> name_server{
        required("name", &NameServerDraft::name, host_name()),
        field("address", &NameServerDraft::address, endpoint(53)),
        field("ipv6", &NameServerDraft::ipv6, ipv6_endpoint()),
    };
    static const Fields<StatusPage> status{
        required("format", &StatusPage::format, status_format()),
        required("url", &StatusPage::url, service_url()),
        field("components", &StatusPage::components, unique_texts(text(80), 32)),
    };
    static const Fields<PlatformDraft> fields{
        field("name", &PlatformDraft::name, text(80)),
        field("operator", &PlatformDraft::operated_by, object<OperatorDraft>("operator", operated_by)),
        field("kind", &PlatformDraft::kind, name()),
        field("names", &PlatformDraft::names, unique_texts(host_name(), 8)),
        field("zone", &PlatformDraft::zone, host_name()),
        field("name_servers", &PlatformDraft::name_servers,
              unique_list_of(object<NameServerDraft>("name server", name_server), 16,
                             [](const NameServerDraft& server) { return server.name; })),
        field("dns_prefixes", &PlatformDraft::dns_prefixes, unique_texts(prefix(), 64)),
        field("canaries", &PlatformDraft::canaries,
              plain_list_of(object<HttpFetch>("canary", fetch_fields(true, any_answer), any_answer), 0, 16)),
        field("status_page", &PlatformDraft::status_page, url()),
        field("status", &PlatformDraft::status,
              unique_list_of(object<StatusPage>("status", status), 8,
                             [](const StatusPage& page) { return page.url; })),
        field("hosting", &PlatformDraft::hosting, hosting()),
        field("edges", &PlatformDraft::edges, unique_texts(text(64), 8)),
    };
    static const Type<PlatformDraft> type = object<PlatformDraft>("platform", fields);
    return type;
}

template <class V>
void override_with(V& slot, std::optional<V>& given) {
    if (given) slot = std::move(*given);
}

/// The servers at their IPv4 or learned addresses first, then those with an IPv6 address once more.
std::vector<DnsServer> servers_of(const std::vector<NameServerDraft>& drafts) {
    std::vector<DnsServer> out;
    for (const NameServerDraft& one : drafts)
        out.push_back({one.name, one.address, {}});
    for (const NameServerDraft& one : drafts)
        if (!one.ipv6.empty()) out.push_back({one.name, one.ipv6, {}});
    return out;
}

/// Nobody reads the body when no rule speaks of it: then its beginning will do, once a minute, all day.
void spare(HttpFetch& step) {
    constexpr std::size_t beginning_bytes = 16 * 1024;
    if (step.contains.empty() && step.json.empty() && step.max_body_bytes == HttpFetch{}.max_body_bytes)
        step.max_body_bytes = beginning_bytes;
    for (HttpFetch& next : step.then)
        spare(next);
}

void merge(Platform& platform, PlatformDraft draft) {
    override_with(platform.name, draft.name);
    override_with(platform.kind, draft.kind);
    override_with(platform.zone, draft.zone);
    override_with(platform.status_page, draft.status_page);
    override_with(platform.names, draft.names);
    override_with(platform.dns_prefixes, draft.dns_prefixes);
    override_with(platform.edges, draft.edges);
    override_with(platform.hosting, draft.hosting);
    if (draft.name_servers) platform.name_servers = servers_of(*draft.name_servers);
    if (draft.canaries)
        for (HttpFetch& canary : *draft.canaries)
            spare(canary);
    override_with(platform.canaries, draft.canaries);
    override_with(platform.status, draft.status);
    if (draft.operated_by) {
        platform.operator_id = OperatorId(draft.operated_by->id);
        platform.operator_name =
            draft.operated_by->name.empty() ? draft.operated_by->id : draft.operated_by->name;
    }
}

bool lies_in(std::string_view name, std::string_view zone) {
    return name == zone ||
           (name.size() > zone.size() && name.ends_with(zone) && name[name.size() - zone.size() - 1] == '.');
}

}  // namespace

CatalogueEntry* Catalogue::entry_for(const std::string& id) {
    if (const auto found = places_.find(id); found != places_.end()) return &entries_[found->second];
    if (entries_.size() >= most) return nullptr;
    places_.emplace(id, entries_.size());
    entries_.emplace_back();
    entries_.back().platform.id = SubjectId(id);
    return &entries_.back();
}

const Platform* Catalogue::find(const std::string& id) const {
    const auto found = places_.find(id);
    return found == places_.end() ? nullptr : &entries_[found->second].platform;
}

std::vector<std::string> Catalogue::ids() const {
    std::vector<std::string> out;
    out.reserve(entries_.size());
    for (const CatalogueEntry& entry : entries_)
        out.push_back(entry.platform.id.value);
    return out;
}

void read_catalogue(Check& check, const Node& root, Catalogue& into) {
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
        CatalogueEntry* const entry = into.entry_for(id.value);
        if (entry == nullptr) {
            check.complaints.refuse(id.place, "platform " + quoted(id.value) + " is one too many; at most " +
                                                  std::to_string(Catalogue::most) + " are known at once");
            break;
        }
        entry->place = id.place;
        if (draft) merge(entry->platform, std::move(*draft));
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

std::string name_in_zone(const Platform& platform) {
    if (platform.zone.empty()) return {};
    for (const std::string& name : platform.names)
        if (lies_in(name, platform.zone)) return name;
    return {};
}

}  // namespace sereno
