// libFuzzer: any bytes as a configuration. It may be refused; it may not crash, hang or leak.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "config/load.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): libFuzzer gives bytes, YAML is text
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    const sereno::Loaded loaded = sereno::load_text(text, "fuzz.yaml");
    std::size_t length = 0;
    for (const sereno::Complaint& one : loaded.complaints)
        length += to_string(one).size();
    // Used, so that printing is not optimised away.
    return length == SIZE_MAX ? 1 : 0;
}
