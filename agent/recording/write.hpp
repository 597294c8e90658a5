// A value of the model as JSON text: the same value always gives the same bytes. The rules stand in
// docs/recordings.md.
#pragma once

#include <boost/mp11/algorithm.hpp>
#include <charconv>
#include <string>
#include <string_view>

#include "agent/recording/describe.hpp"
#include "agent/recording/kinds.hpp"
#include "agent/recording/names.hpp"

namespace sereno::recording {

/// In quotes; what must be escaped is (RFC 8259 section 7), all else passes as it is.
void write_text(std::string& out, std::string_view text);

template <class Integer>
void write_integer(std::string& out, Integer number) {
    char digits[24];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

template <class T>
void write(std::string& out, const T& value);

template <class T>
std::string text_of(const T& value) {
    std::string out;
    write(out, value);
    return out;
}

template <class List, class Each>
void write_list(std::string& out, char open, char close, const List& list, Each&& each) {
    out += open;
    bool first = true;
    for (const auto& item : list) {
        if (!first) out += ',';
        first = false;
        each(item);
    }
    out += close;
}

/// Members as they are by default are left out.
template <class T>
void write_members(std::string& out, const T& value) {
    out += '{';
    bool first = true;
    boost::mp11::mp_for_each<Members<T>>([&](auto member) {
        static const std::string usual = text_of(T{}.*member.pointer);
        const std::size_t before = out.size();
        if (!first) out += ',';
        out += '"';
        out += member.name;
        out += "\":";
        const std::size_t begin = out.size();
        write(out, value.*member.pointer);
        if (std::string_view(out).substr(begin) == usual)
            out.resize(before);
        else
            first = false;
    });
    out += '}';
}

/// One member, whose name says which of the alternatives it is.
template <class T>
void write_choice(std::string& out, const T& value) {
    out += "{\"";
    out += recorded_name(&value);
    out += "\":";
    write(out, value);
    out += '}';
}

template <class T>
void write(std::string& out, const T& value) {
    if constexpr (std::is_same_v<T, bool>)
        out += value ? "true" : "false";
    else if constexpr (std::is_enum_v<T>)
        write_text(out, to_string(value));
    else if constexpr (std::is_integral_v<T>)
        write_integer(out, value);
    else if constexpr (std::is_same_v<T, std::string>)
        write_text(out, value);
    else if constexpr (is_name<T>)
        write_text(out, value.value);
    else if constexpr (is_number<T>)
        write_integer(out, value.value);
    else if constexpr (std::is_same_v<T, Micros>)
        write_integer(out, value.count());
    else if constexpr (std::is_same_v<T, Stamp>) {
        if (value == Stamp::min())
            out += "\"never\"";
        else
            write_integer(out, value.time_since_epoch().count());
    } else if constexpr (is_optional<T>) {
        if (value)
            write(out, *value);
        else
            out += "null";
    } else if constexpr (is_list<T>)
        write_list(out, '[', ']', value, [&](const auto& item) { write(out, item); });
    else if constexpr (is_pair<T>) {
        out += '[';
        write(out, value.first);
        out += ',';
        write(out, value.second);
        out += ']';
    } else if constexpr (is_map<T>)
        write_list(out, '{', '}', value, [&](const auto& item) {
            write(out, item.first);
            out += ':';
            write(out, item.second);
        });
    else if constexpr (is_choice<T>)
        std::visit([&](const auto& chosen) { write_choice(out, chosen); }, value);
    else
        write_members(out, value);
}

}  // namespace sereno::recording
