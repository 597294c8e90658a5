// Made-up snapshots for the page's tests: each answer that the page can give, and one full of hostile text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/model/snapshot.hpp"
#include "alerting/messages/words.hpp"

namespace sereno::scenes {

/// "well", "starting", "watch", "outage", "recovering", "local", "restart_app", "maintenance", "hostile".
const std::vector<std::string_view>& names();
/// Empty when there is no such scene.
SnapshotPtr make(std::string_view name, std::uint64_t version, Stamp at);

/// The text that scene "hostile" puts wherever a text can stand.
extern const std::string hostile_text;

/// config/messages/*.yaml, read from the source tree.
const MessageCatalogue& messages();

}  // namespace sereno::scenes
