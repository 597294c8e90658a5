// As much of the server's side of WebSocket (RFC 6455) as a feed of texts needs. Pure; reads hostile bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sereno::rehearsal {

inline constexpr int text_frame = 1, close_frame = 8, ping_frame = 9, pong_frame = 10;
inline constexpr int first_control_frame = 8;

/// The whole answer to an upgrade request; empty when its head has no Sec-WebSocket-Key (section 4.2.2).
std::string upgrade_answer(std::string_view request_head);

/// A frame's head as a server sends it: not masked (section 5.2).
std::string frame_head(int opcode, bool last, std::uint64_t size);
/// A whole message in one frame.
std::string frame_of(int opcode, std::string_view payload);

struct ClientFrame {
    int opcode = 0;
    bool last = true;
    std::string payload;  ///< unmasked
};
/// Takes the first whole frame out of `bytes`; empty: it is not there yet.
std::optional<ClientFrame> take_frame(std::string& bytes);

}  // namespace sereno::rehearsal
