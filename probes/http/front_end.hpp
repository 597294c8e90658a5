// Addresses of front ends that worked: kept after each exchange that proved them, asked for when names no
// longer resolve.
#pragma once

#include <string>

#include "agent/loop/remembered.hpp"
#include "agent/model/probe_spec.hpp"

namespace sereno {

/// An exchange with `host` at `address` went well: newest first, at most 4. Literals are not kept.
void remember_front_end(Remembered& remembered, const std::string& host, const std::string& address,
                        Stamp now);

/// The last one that worked, of this family; empty: none is known.
std::string remembered_front_end(const Remembered& remembered, const std::string& host, Family family);

}  // namespace sereno
