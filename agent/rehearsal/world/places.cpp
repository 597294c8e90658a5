#include "agent/rehearsal/world/places.hpp"

#include <algorithm>
#include <stdexcept>

namespace sereno::rehearsal {

namespace {

/// A lossy machine hears one datagram of so many.
constexpr std::uint64_t heard_of = 60;
/// Between the turns of one machine and the next, so that several do not hear at the same time.
constexpr std::uint64_t apart = 17;

}  // namespace

bool Place::loses() {
    return condition == Condition::lossy && ++datagrams % heard_of != 0;
}

Places::Places(const WorldPlan& plan) : names_(node_names(plan)) {
    for (const std::string& name : names_) {
        places_.push_back(std::make_unique<Place>());
        places_.back()->name = name;
        places_.back()->datagrams = (places_.size() - 1) * apart % heard_of;
    }
    for (const PlatformPlan& platform : plan.platforms)
        for (const RoutePlan& route : platform.routes)
            for (const std::string& machine : route.leads_to)
                at("dns:" + machine).routes.push_back("route:" + route.prefix);
}

Place* Places::find(const std::string& name) const {
    for (const auto& place : places_)
        if (place->name == name) return place.get();
    return nullptr;
}

Place& Places::at(const std::string& name) const {
    if (Place* place = find(name)) return *place;
    throw std::logic_error("no node is called " + name);
}

std::size_t Places::set(const std::string& pattern, Condition condition) const {
    std::size_t meant = 0;
    for (const auto& place : places_) {
        if (!means(pattern, place->name)) continue;
        ++meant;
        place->condition = condition;
    }
    return meant;
}

bool Places::is(const char* name, Condition condition) const {
    return at(name).condition == condition;
}

Condition Places::met_elsewhere(const Place& place) const {
    const auto withdrawn = [this](const std::string& route) {
        return at(route).condition == Condition::withdrawn;
    };
    if (!place.routes.empty() && std::all_of(place.routes.begin(), place.routes.end(), withdrawn))
        return Condition::silent;
    const Condition own = place.condition;
    return own == Condition::too_many_requests ? Condition::well : own;
}

Condition Places::met_here(const Place& place) const {
    if (place.beyond_router() && is("router", Condition::silent)) return Condition::silent;
    if (place.beyond_gateway() && is("isp", Condition::silent)) return Condition::silent;
    if (place.name == "mail" && is("gateway", Condition::captive)) return Condition::silent;
    return met_elsewhere(place) == Condition::silent ? Condition::silent : place.condition.load();
}

Surroundings Places::surroundings() const {
    using namespace std::chrono;
    Surroundings now;
    now.captive = is("gateway", Condition::captive);
    // Whoever is decades behind meets a world that is decades ahead.
    if (is("clock", Condition::behind)) now.ahead = floor<days>(system_clock::now().time_since_epoch());
    if (is("clock", Condition::ahead)) now.ahead = -days{365};
    return now;
}

Stamp Places::calendar() const {
    const auto here = std::chrono::system_clock::now().time_since_epoch();
    return Stamp{std::chrono::duration_cast<Micros>(here + surroundings().ahead)};
}

}  // namespace sereno::rehearsal
