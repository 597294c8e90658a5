// What a server that compresses would send.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include <zlib.h>

namespace sereno::test {

enum class Wrapping { gzip, zlib, none };

inline std::string compressed(std::string_view text, Wrapping wrapping = Wrapping::gzip) {
    z_stream state{};
    const int window = wrapping == Wrapping::gzip   ? MAX_WBITS + 16
                       : wrapping == Wrapping::zlib ? MAX_WBITS
                                                    : -MAX_WBITS;
    if (deflateInit2(&state, Z_BEST_COMPRESSION, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::runtime_error("deflateInit2");
    std::string bytes(deflateBound(&state, text.size()), '\0');
    state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    state.avail_in = static_cast<uInt>(text.size());
    state.next_out = reinterpret_cast<Bytef*>(bytes.data());
    state.avail_out = static_cast<uInt>(bytes.size());
    const int code = deflate(&state, Z_FINISH);
    bytes.resize(state.total_out);
    deflateEnd(&state);
    if (code != Z_STREAM_END) throw std::runtime_error("deflate");
    return bytes;
}

inline std::string gzip(std::string_view text) {
    return compressed(text);
}

}  // namespace sereno::test
