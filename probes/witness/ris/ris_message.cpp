#include "probes/witness/ris/ris_message.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include <boost/json.hpp>

#include "agent/model/ascii.hpp"
#include "probes/witness/bounded_json.hpp"

namespace sereno {

namespace {

namespace json = boost::json;

constexpr std::size_t deepest = 16;  // the lists of an update lie five deep
constexpr std::size_t longest_prefix_text = INET6_ADDRSTRLEN + 4, longest_collector = 32, longest_word = 200;
constexpr double latest_second = 4294967295.0;
/// The longest that can be meant fits.
constexpr std::size_t most_bytes = 6'291'456;

std::int64_t micros_at(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    if (value == nullptr) return 0;
    double seconds = 0;
    if (value->is_string()) {
        const std::string_view text = text_of(value);
        if (std::from_chars(text.data(), text.data() + text.size(), seconds).ec != std::errc{}) return 0;
    } else if (value->is_double()) {
        seconds = value->get_double();
    } else if (value->is_int64()) {
        seconds = static_cast<double>(value->get_int64());
    }
    return seconds > 0 && seconds <= latest_second ? std::llround(seconds * 1e6) : 0;
}

/// Empty when it is no address.
std::string address_as_written(std::string_view text) {
    if (text.size() >= INET6_ADDRSTRLEN) return {};
    const AddressBits address = address_bits(std::string{text});
    if (address.bits == 0) return {};
    char written[INET6_ADDRSTRLEN] = "";
    ::inet_ntop(address.bits == 32 ? AF_INET : AF_INET6, address.bytes.data(), written, sizeof written);
    return written;
}

/// Without the domain, if there is one.
std::string collector_as_written(std::string_view host) {
    host = host.substr(0, host.find('.'));
    return host.size() > longest_collector ? std::string{} : lower_ascii(host);
}

/// Empty: `peer` was filled in.
std::string_view read_peer(const json::object& data, RisPeer& peer) {
    peer.collector = collector_as_written(text_at(data, "host"));
    if (peer.collector.empty()) return "host names no collector";
    peer.address = address_as_written(text_at(data, "peer"));
    if (peer.address.empty()) return "peer is no address";
    const auto asn = number_of(data.if_contains("peer_asn"));
    if (!asn) return "peer_asn is neither a number nor its text";
    peer.asn = *asn;
    return {};
}

/// One hop of a path: an AS, or a set of them, of which the lowest counts.
std::optional<std::uint32_t> read_hop(const json::value& hop) {
    if (!hop.is_array()) return number_of(&hop);
    std::optional<std::uint32_t> lowest;
    for (const json::value& member : hop.get_array()) {
        const auto number = number_of(&member);
        if (!number) return std::nullopt;
        lowest = std::min(*number, lowest.value_or(*number));
    }
    return lowest;
}

/// A path is worth knowing, but what happened to the prefixes counts without it.
void read_path(const json::object& data, RisUpdate& update) {
    const json::value* path = data.if_contains("path");
    if (path == nullptr || !path->is_array()) return;
    std::uint32_t origin = 0;
    for (const json::value& hop : path->get_array()) {
        const auto number = read_hop(hop);
        if (!number) return;
        origin = *number;
    }
    update.origin = origin;
    update.path_length = static_cast<int>(path->get_array().size());
}

/// Fails when there are more than any BGP message holds.
bool read_prefixes(const json::array& texts, std::vector<Prefix>& prefixes) {
    if (texts.size() + prefixes.size() > RisReader::most_prefixes) return false;
    prefixes.reserve(prefixes.size() + texts.size());
    for (const json::value& text : texts) {
        if (!text.is_string() || text.get_string().size() > longest_prefix_text) continue;
        if (const auto prefix = read_prefix(text_of(&text))) prefixes.push_back(*prefix);
    }
    return true;
}

bool read_announcements(const json::array& announcements, std::vector<Prefix>& prefixes) {
    return std::all_of(announcements.begin(), announcements.end(), [&](const json::value& one) {
        const json::object* object = one.if_object();
        const json::array* texts = object != nullptr ? list_at(*object, "prefixes") : nullptr;
        return texts == nullptr || read_prefixes(*texts, prefixes);
    });
}

/// Absent and null are the empty list; null: it is no list.
const json::array* list_or_none(const json::object& object, std::string_view key) {
    static const json::array none;
    const json::value* value = object.if_contains(key);
    return value == nullptr || value->is_null() ? &none : value->if_array();
}

RisMessage read_update(const json::object& data) {
    RisUpdate update;
    if (const std::string_view wrong = read_peer(data, update.peer); !wrong.empty())
        return RisMalformed{std::string{wrong}};
    update.timestamp_micros = micros_at(data, "timestamp");
    read_path(data, update);
    const json::array* announcements = list_or_none(data, "announcements");
    const json::array* withdrawals = list_or_none(data, "withdrawals");
    if (announcements == nullptr) return RisMalformed{"announcements is no list"};
    if (withdrawals == nullptr) return RisMalformed{"withdrawals is no list"};
    if (!read_announcements(*announcements, update.announced) ||
        !read_prefixes(*withdrawals, update.withdrawn))
        return RisMalformed{"more prefixes than a BGP message holds"};
    return update;
}

RisMessage read_peer_state(const json::object& data) {
    RisPeerState state;
    if (const std::string_view wrong = read_peer(data, state.peer); !wrong.empty())
        return RisMalformed{std::string{wrong}};
    state.connected = text_at(data, "state") == "connected";
    return state;
}

RisMessage read_value(const json::value& value) {
    const json::object* message = value.if_object();
    if (message == nullptr) return RisMalformed{"not an object"};
    const std::string_view type = text_at(*message, "type");
    if (type.empty()) return RisMalformed{"type is missing"};
    if (type == "pong") return RisPong{};
    if (type == "ris_subscribe_ok") return RisSubscribed{};
    const json::object* data = object_at(*message, "data");
    if (type == "ris_error")
        return RisError{
            std::string{data != nullptr ? text_at(*data, "message").substr(0, longest_word) : ""}};
    if (type != "ris_message") return RisOther{std::string{type.substr(0, longest_word)}};
    if (data == nullptr) return RisMalformed{"data is no object"};
    const std::string_view kind = text_at(*data, "type");
    if (kind == "UPDATE") return read_update(*data);
    if (kind == "RIS_PEER_STATE") return read_peer_state(*data);
    return RisOther{std::string{kind.substr(0, longest_word)}};
}

std::string subscription(json::object filter) {
    filter["socketOptions"] = {{"includeRaw", false}, {"acknowledge", true}};
    return json::serialize(json::object{{"type", "ris_subscribe"}, {"data", std::move(filter)}});
}

}  // namespace

struct RisReader::Impl {
    BoundedJson json{{.deepest = deepest, .most_bytes = most_bytes}};
};

RisReader::RisReader() : impl_(std::make_unique<Impl>()) {}
RisReader::~RisReader() = default;

RisMessage RisReader::read(std::string_view text) {
    if (text.size() > longest_text) return RisMalformed{"longer than a BGP message can be"};
    const json::value* value = impl_->json.read(text);
    RisMessage message = value == nullptr ? RisMalformed{impl_->json.why()} : read_value(*value);
    impl_->json.forget();
    return message;
}

std::string ris_subscribe(const Prefix& prefix) {
    return subscription({{"prefix", to_string(prefix)},
                         {"moreSpecific", false},
                         {"lessSpecific", false},
                         {"type", "UPDATE"}});
}

std::string ris_subscribe_peer_states() {
    return subscription({{"type", "RIS_PEER_STATE"}});
}

std::string ris_ping() {
    return R"({"type":"ping","data":null})";
}

}  // namespace sereno
