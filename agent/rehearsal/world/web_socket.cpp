#include "agent/rehearsal/world/web_socket.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>

#include "agent/model/ascii.hpp"

namespace sereno::rehearsal {

namespace {

/// Section 4.2.2, point 5.4.
std::string accept_key(std::string_view key) {
    const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
    SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
    std::array<unsigned char, 4 * ((SHA_DIGEST_LENGTH + 2) / 3) + 1> base64{};
    const int size = EVP_EncodeBlock(base64.data(), digest.data(), SHA_DIGEST_LENGTH);
    return {reinterpret_cast<const char*>(base64.data()), static_cast<std::size_t>(size)};
}

std::string_view header_of(std::string_view head, const std::string& name) {
    const std::string lower = lower_ascii(head);
    const std::size_t at = lower.find("\r\n" + name + ": ");
    if (at == std::string::npos) return {};
    const std::size_t begin = at + 2 + name.size() + 2;
    return head.substr(begin, head.find("\r\n", begin) - begin);
}

}  // namespace

std::string upgrade_answer(std::string_view request_head) {
    const std::string_view key = header_of(request_head, "sec-websocket-key");
    if (key.empty()) return {};
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Accept: " +
           accept_key(key) + "\r\n\r\n";
}

std::string frame_head(int opcode, bool last, std::uint64_t size) {
    std::string head(1, static_cast<char>((last ? 0x80 : 0) | opcode));
    const int bytes = size < 126 ? 0 : size < 65536 ? 2 : 8;
    head += static_cast<char>(bytes == 0 ? size : bytes == 2 ? 126U : 127U);
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
        head += static_cast<char>((size >> shift) & 0xff);
    return head;
}

std::string frame_of(int opcode, std::string_view payload) {
    return frame_head(opcode, true, payload.size()) + std::string(payload);
}

std::optional<ClientFrame> take_frame(std::string& bytes) {
    const auto byte = [&bytes](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
    if (bytes.size() < 2) return std::nullopt;
    std::uint64_t size = byte(1) & 0x7fU;
    const std::size_t extra = size == 126 ? 2 : size == 127 ? 8 : 0;
    const std::size_t mask = (byte(1) & 0x80U) != 0 ? 4 : 0;
    const std::size_t head = 2 + extra + mask;
    if (bytes.size() < head) return std::nullopt;
    if (extra > 0) size = 0;
    for (std::size_t i = 0; i < extra; ++i)
        size = size << 8 | byte(2 + i);
    if (bytes.size() - head < size) return std::nullopt;
    ClientFrame frame{.opcode = byte(0) & 0x0f, .last = (byte(0) & 0x80U) != 0, .payload = {}};
    for (std::size_t i = 0; i < size; ++i)
        frame.payload += static_cast<char>(byte(head + i) ^ (mask > 0 ? byte(head - 4 + i % 4) : 0U));
    bytes.erase(0, head + size);
    return frame;
}

}  // namespace sereno::rehearsal
