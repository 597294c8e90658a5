// The whole document.
#pragma once

#include <string>

#include "agent/model/snapshot.hpp"
#include "alerting/messages/words.hpp"

namespace sereno {

/// A complete HTML document for this snapshot; the same arguments give the same bytes.
std::string render_page(const Snapshot& snapshot, const Words& words, const std::string& team);

}  // namespace sereno
