// Names and addresses that do not leave this computer.
#pragma once

#include <string_view>

namespace sereno {

/// True of "localhost" in lower case, of 127.0.0.0/8 in four decimal numbers and of ::1 however it is
/// written: what needs no encryption and no proxy. `host` without brackets and port.
bool is_loopback(std::string_view host);

}  // namespace sereno
