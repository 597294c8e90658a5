// Messages of RIS Live, as anybody could write them, and the table that they change.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "probes/witness/ris/route_table.hpp"

using namespace sereno;

namespace {

void hold(bool promise) {
    if (!promise) std::abort();
}

bool same(const RisMessage& left, const RisMessage& right) {
    if (left.index() != right.index()) return false;
    const auto* one = std::get_if<RisUpdate>(&left);
    const auto* other = std::get_if<RisUpdate>(&right);
    return one == nullptr || (one->peer == other->peer && one->origin == other->origin &&
                              one->path_length == other->path_length && one->announced == other->announced &&
                              one->withdrawn == other->withdrawn);
}

void hold_to_promises(const RisPeer& peer) {
    hold(!peer.collector.empty() && peer.collector.find('.') == std::string::npos);
    const AddressBits address = address_bits(peer.address);
    hold(address.bits != 0);
    const std::string written = to_string(prefix_of(address, address.bits));
    hold(written.substr(0, written.find('/')) == peer.address);
}

void hold_to_promises(const RisUpdate& update) {
    hold_to_promises(update.peer);
    hold(update.timestamp_micros >= 0);
    hold(update.path_length >= 0 && (update.path_length > 0 || update.origin == 0));
    for (const auto* prefixes : {&update.announced, &update.withdrawn}) {
        hold(prefixes->size() <= RisReader::most_prefixes);
        for (const Prefix& prefix : *prefixes)
            hold(read_prefix(to_string(prefix)) == prefix);
    }
}

/// What it says moves the table within bounds.
void apply(const RisUpdate& update) {
    static constexpr Stamp now{std::chrono::seconds{1'633'361'700}};
    RouteTable table;
    for (const auto* prefixes : {&update.announced, &update.withdrawn})
        for (const Prefix& prefix : *prefixes)
            if (!table.watch(prefix, "fuzz")) break;
    const bool spoken_of = table.on(update, now);
    hold(spoken_of == (!update.announced.empty() || !update.withdrawn.empty()));
    table.tick(now + std::chrono::seconds{1});
    for (const Prefix& prefix : table.watched()) {
        const RouteSight sight = table.sight(prefix);
        hold(sight.state == RouteSight::State::unknown && !sight.why.empty());
        hold(sight.peers_now <= 1 && sight.peers_known <= 1);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static RisReader used;  // what came before must not matter
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const RisMessage message = used.read(text);
    hold(same(message, RisReader{}.read(text)));
    if (const auto* wrong = std::get_if<RisMalformed>(&message)) hold(!wrong->why.empty());
    if (const auto* state = std::get_if<RisPeerState>(&message)) hold_to_promises(state->peer);
    if (const auto* update = std::get_if<RisUpdate>(&message)) {
        hold_to_promises(*update);
        apply(*update);
    }
    return 0;
}
