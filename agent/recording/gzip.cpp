#include "agent/recording/gzip.hpp"

#include <zlib.h>

#include <limits>

namespace sereno {

namespace {

constexpr int as_gzip = MAX_WBITS + 16;
constexpr int memory_level = 8;
/// 6 would save a tenth of the bytes and take three times as long.
constexpr int level = 4;

}  // namespace

std::string gzip_member(std::string_view text) {
    z_stream stream{};
    if (text.size() > std::numeric_limits<uInt>::max() ||
        deflateInit2(&stream, level, Z_DEFLATED, as_gzip, memory_level, Z_DEFAULT_STRATEGY) != Z_OK)
        return {};
    std::string out(deflateBound(&stream, text.size()), '\0');
    // zlib's type for input that it only reads.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const bool whole = deflate(&stream, Z_FINISH) == Z_STREAM_END;
    out.resize(whole ? stream.total_out : 0);
    out.shrink_to_fit();
    deflateEnd(&stream);
    return out;
}

}  // namespace sereno
