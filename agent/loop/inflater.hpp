// Decodes gzip and deflate as they arrive (RFC 9110 section 8.4.1). Not libcurl's own decoding: that takes a
// stream which ends too early for a whole one.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace sereno {

class Inflater {
  public:
    Inflater();
    ~Inflater();
    Inflater(Inflater&&) noexcept;
    Inflater& operator=(Inflater&&) noexcept;

    enum class Fed { well, too_large, broken };
    /// Appends what `bytes` stand for to `out`, never beyond `most` bytes of it. "deflate" with and without
    /// its zlib header, as servers send both. After anything but `well`: not to be fed again.
    Fed feed(std::string_view bytes, std::string& out, std::size_t most);
    /// Nothing came, or all of it did, to the check sum.
    [[nodiscard]] bool whole() const;

  private:
    struct Stream;
    std::unique_ptr<Stream> stream_;  // null until the first byte
    bool at_end_ = true;
};

}  // namespace sereno
