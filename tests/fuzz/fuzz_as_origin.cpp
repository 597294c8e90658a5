// Texts of an origin service, which say whose an address is.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "probes/path/as_origin.hpp"

using namespace sereno;

namespace {

void hold(bool promise) {
    if (!promise) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    static_cast<void>(as_question(std::string{text}, "origin.as.example"));
    const auto origin = parse_as_origin(text);
    if (!origin) return 0;
    hold(origin->number != 0);
    const auto slash = origin->prefix.find('/');
    hold(slash != std::string::npos && slash > 1);
    const std::string address = origin->prefix.substr(0, slash);
    const bool v6 = address.find(':') != std::string::npos;
    const int length = std::stoi(origin->prefix.substr(slash + 1));
    hold(length >= (v6 ? 16 : 8) && length <= (v6 ? 128 : 32));
    hold(!as_question(address, "origin.as.example").empty());

    // What was read is written as it is read, and found again once remembered.
    const std::string number = std::to_string(origin->number);
    hold(parse_as_origin(number + " | " + origin->prefix + " | ZZ") == origin);
    Remembered remembered;
    remembered.keep(FactKind::as_origin, origin->prefix, {number, origin->prefix}, Stamp{});
    hold(remembered_origin(remembered, address, Stamp{}) == origin);
    return 0;
}
