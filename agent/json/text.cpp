// Boost.JSON writes every double with an exponent; people and shell scripts read plain decimals better.
#include <boost/json/serialize.hpp>
#include <charconv>
#include <cmath>

#include "agent/json/json.hpp"

namespace sereno {

namespace json = boost::json;

namespace {

void write(const json::value& value, std::string& out);

void write_number(double number, std::string& out) {
    // JSON has no word for these (RFC 8259 section 6).
    if (!std::isfinite(number)) {
        out += "null";
        return;
    }
    char text[400];
    const bool plain = number == 0 || (std::fabs(number) >= 1e-6 && std::fabs(number) < 1e15);
    const auto end = plain ? std::to_chars(text, text + sizeof text, number, std::chars_format::fixed)
                           : std::to_chars(text, text + sizeof text, number);
    out.append(text, end.ptr);
}

void write_array(const json::array& array, std::string& out) {
    out += '[';
    for (std::size_t at = 0; at < array.size(); ++at) {
        if (at > 0) out += ',';
        write(array[at], out);
    }
    out += ']';
}

void write_object(const json::object& object, std::string& out) {
    out += '{';
    bool first = true;
    for (const auto& [key, value] : object) {
        if (!first) out += ',';
        first = false;
        out += json::serialize(json::string_view{key});
        out += ':';
        write(value, out);
    }
    out += '}';
}

void write(const json::value& value, std::string& out) {
    if (const json::object* object = value.if_object()) return write_object(*object, out);
    if (const json::array* array = value.if_array()) return write_array(*array, out);
    if (const double* number = value.if_double()) return write_number(*number, out);
    out += json::serialize(value);
}

}  // namespace

std::string json_text(const json::value& value) {
    std::string out;
    write(value, out);
    return out;
}

}  // namespace sereno
