// Names and numbers that must not be mixed up: each kind of identifier is a type of its own.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>

namespace sereno {

template <class Tag>
struct Name {
    std::string value;
    Name() = default;
    explicit Name(std::string text) : value(std::move(text)) {}
    auto operator<=>(const Name&) const = default;
    [[nodiscard]] bool empty() const { return value.empty(); }
};

template <class Tag>
struct Number {
    std::uint64_t value = 0;
    auto operator<=>(const Number&) const = default;
    [[nodiscard]] bool empty() const { return value == 0; }
};

/// Whom an observation or verdict is about: a platform ("facebook"), a control ("control:example"), an app of
/// the team ("app:booking-bot") or this host ("host").
using SubjectId = Name<struct SubjectTag>;
/// One thing that is observed again and again: "facebook/dns/a.ns.facebook.com".
using ProbeId = Name<struct ProbeTag>;
/// Whoever runs platforms or controls: "meta", "google". Platforms of one operator share one incident.
using OperatorId = Name<struct OperatorTag>;

/// Who looks from elsewhere: "ris-live", "ripestat", "globalping", "status:www.githubstatus.com".
using WitnessId = Name<struct WitnessTag>;

/// Numbered from 1 in the order in which the agent saw them; 0 is "none".
using ObservationId = Number<struct ObservationTag>;
/// Numbered from 1, never used again, also not after a restart; 0 is "none".
using IncidentId = Number<struct IncidentTag>;
using MessageId = Number<struct MessageTag>;

}  // namespace sereno

template <class Tag>
struct std::hash<sereno::Name<Tag>> {
    std::size_t operator()(const sereno::Name<Tag>& name) const noexcept {
        return std::hash<std::string>{}(name.value);
    }
};
