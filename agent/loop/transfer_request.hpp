// What a Transfer must be before anything is sent.
#pragma once

#include <optional>
#include <string>

#include "agent/loop/transfer_client.hpp"
#include "agent/model/probe_spec.hpp"

namespace sereno {

struct TransferTarget {
    std::string scheme;  ///< "http", "https", "smtp", "smtps"
    Endpoint endpoint;   ///< the pinned address and the URL's port
    [[nodiscard]] bool mail() const { return scheme.starts_with("smtp"); }
    [[nodiscard]] bool tls_at_once() const { return scheme == "https" || scheme == "smtps"; }
};

/// Where it goes; or empty, and `complaint` says why it may not go anywhere.
std::optional<TransferTarget> target_of(const Transfer& transfer, std::string& complaint);

}  // namespace sereno
