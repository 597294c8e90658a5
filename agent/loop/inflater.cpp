#include "agent/loop/inflater.hpp"

#include <algorithm>
#include <array>

#include <zlib.h>

namespace sereno {

namespace {

constexpr std::size_t piece_bytes = 16384;
constexpr int gzip_or_zlib = MAX_WBITS + 32, raw_deflate = -MAX_WBITS;

/// What a gzip (RFC 1952) or zlib (RFC 1950) header begins with; anything else is deflate without one.
int window_of(char first) {
    const auto byte = static_cast<unsigned char>(first);
    return byte == 0x1f || (byte & 0x0f) == Z_DEFLATED ? gzip_or_zlib : raw_deflate;
}

}  // namespace

struct Inflater::Stream {
    explicit Stream(int window) : ready(inflateInit2(&state, window) == Z_OK) {}
    ~Stream() { inflateEnd(&state); }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    z_stream state{};
    bool ready;
};

Inflater::Inflater() = default;
Inflater::~Inflater() = default;
Inflater::Inflater(Inflater&&) noexcept = default;
Inflater& Inflater::operator=(Inflater&&) noexcept = default;

Inflater::Fed Inflater::feed(std::string_view bytes, std::string& out, std::size_t most) {
    if (bytes.empty()) return Fed::well;
    if (stream_ == nullptr) stream_ = std::make_unique<Stream>(window_of(bytes.front()));
    if (!stream_->ready) return Fed::broken;
    z_stream& state = stream_->state;
    // zlib's type for input that it only reads.
    state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    state.avail_in = static_cast<uInt>(bytes.size());
    std::array<char, piece_bytes> piece;
    for (;;) {
        // Members may follow one another (RFC 1952 section 2.2).
        if (at_end_ && state.total_in > 0 && state.avail_in > 0 && inflateReset(&state) != Z_OK)
            return Fed::broken;
        state.next_out = reinterpret_cast<Bytef*>(piece.data());
        state.avail_out = piece.size();
        const int code = inflate(&state, Z_NO_FLUSH);
        if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) return Fed::broken;
        at_end_ = code == Z_STREAM_END;
        const std::size_t size = piece.size() - state.avail_out, room = most - std::min(most, out.size());
        out.append(piece.data(), std::min(size, room));
        if (size > room) return Fed::too_large;
        // A full piece may mean that more waits inside.
        if (state.avail_in == 0 && (at_end_ || state.avail_out > 0)) return Fed::well;
        if (code == Z_BUF_ERROR) return Fed::well;
    }
}

bool Inflater::whole() const {
    return at_end_;
}

}  // namespace sereno
