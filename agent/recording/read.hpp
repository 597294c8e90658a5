// JSON into a value of the model: strict, and every refusal says where and what.
#pragma once

#include <array>
#include <boost/json/value.hpp>
#include <boost/mp11/algorithm.hpp>
#include <string>
#include <string_view>

#include "agent/recording/describe.hpp"
#include "agent/recording/kinds.hpp"
#include "agent/recording/names.hpp"

namespace sereno::recording {

/// What cannot be used. The place grows from the inside out while the calls return.
struct Refusal {
    std::string place;  ///< "observed.observation.failure", "checkpoint.state.tracks[3].last"
    std::string what;   ///< "'foo' is no name that this version knows"

    /// Always false, for whoever returns it.
    bool because(std::string text);
    bool inside(std::string_view member);
    bool inside(std::size_t position);
};

/// Times and lengths of time beyond this are refused: about 285 years, and exact in every JSON reader.
inline constexpr std::int64_t most_micros = (std::int64_t{1} << 53) - 1;

bool read_text(const boost::json::value& json, std::string& out, Refusal& refusal);
bool read_micros(const boost::json::value& json, Micros& out, Refusal& refusal);
bool read_stamp(const boost::json::value& json, Stamp& out, Refusal& refusal);
/// "text 'abc'", "an object": for the sentence that refuses it.
std::string what_is(const boost::json::value& json);

template <class T>
bool read(const boost::json::value& json, T& out, Refusal& refusal);

template <class T>
bool read_integer(const boost::json::value& json, T& out, Refusal& refusal) {
    boost::system::error_code error;
    if (json.is_int64() || json.is_uint64()) {
        const T number = json.to_number<T>(error);
        if (!error) {
            out = number;
            return true;
        }
    }
    return refusal.because(what_is(json) + " is not a whole number from " +
                           std::to_string(std::numeric_limits<T>::min()) + " to " +
                           std::to_string(std::numeric_limits<T>::max()));
}

template <class T>
bool read_enumerator(const boost::json::value& json, T& out, Refusal& refusal) {
    if (const auto* text = json.if_string()) {
        if (const auto value = enumerator_from<T>(std::string_view(text->data(), text->size()))) {
            out = *value;
            return true;
        }
    }
    return refusal.because(what_is(json) + " is no name that this version knows");
}

template <class T>
bool read_list(const boost::json::value& json, T& out, Refusal& refusal) {
    const auto* array = json.if_array();
    if (!array) return refusal.because(what_is(json) + " is not a list");
    out.clear();
    out.reserve(array->size());
    for (const auto& item : *array)
        if (!read(item, out.emplace_back(), refusal)) return refusal.inside(out.size() - 1);
    return true;
}

template <class T>
bool read_pair(const boost::json::value& json, T& out, Refusal& refusal) {
    const auto* array = json.if_array();
    if (!array || array->size() != 2) return refusal.because(what_is(json) + " is not a list of two");
    return (read((*array)[0], out.first, refusal) || refusal.inside(std::size_t{0})) &&
           (read((*array)[1], out.second, refusal) || refusal.inside(std::size_t{1}));
}

template <class T>
bool read_map(const boost::json::value& json, T& out, Refusal& refusal) {
    const auto* object = json.if_object();
    if (!object) return refusal.because(what_is(json) + " is not an object");
    out.clear();
    for (const auto& [key, value] : *object) {
        const typename T::key_type name{std::string(key)};
        if (!read(value, out[name], refusal)) return refusal.inside(std::string_view(key));
    }
    return true;
}

template <class T>
struct Member {
    std::string_view name;
    bool (*read)(const boost::json::value&, T&, Refusal&);
};

template <class T>
auto members_of() {
    std::array<Member<T>, boost::mp11::mp_size<Members<T>>::value> list{};
    std::size_t count = 0;
    boost::mp11::mp_for_each<Members<T>>([&](auto member) {
        list[count++] = {member.name, [](const boost::json::value& json, T& whole, Refusal& refusal) {
                             return read(json, whole.*decltype(member)::pointer, refusal);
                         }};
    });
    return list;
}

/// Members that are absent are as they are by default; unknown ones are refused.
template <class T>
bool read_members(const boost::json::value& json, T& out, Refusal& refusal) {
    static const auto members = members_of<T>();
    const auto* object = json.if_object();
    if (!object) return refusal.because(what_is(json) + " is not an object");
    out = T{};
    std::size_t next = 0;  // written in order, so that the next is found at once
    for (const auto& [key, value] : *object) {
        const std::string_view name(key.data(), key.size());
        std::size_t tried = 0;
        while (tried < members.size() && members[next].name != name) {
            next = (next + 1) % members.size();
            ++tried;
        }
        if (tried == members.size()) {
            refusal.because("is no name that this version knows");
            return refusal.inside(name);
        }
        if (!members[next].read(value, out, refusal)) return refusal.inside(name);
        next = (next + 1) % members.size();
    }
    return true;
}

template <class... T>
bool read_choice(const boost::json::value& json, std::variant<T...>& out, Refusal& refusal) {
    const auto* object = json.if_object();
    if (!object || object->size() != 1)
        return refusal.because(what_is(json) + " is not an object with one member");
    const auto& [key, value] = *object->begin();
    const std::string_view name(key.data(), key.size());
    bool known = false, well = false;
    const auto try_one = [&]<class One>(const One*) {
        if (known || recorded_name(static_cast<const One*>(nullptr)) != name) return;
        known = true;
        well = read(value, out.template emplace<One>(), refusal);
    };
    (try_one(static_cast<const T*>(nullptr)), ...);
    if (!known) refusal.because("is no name that this version knows");
    return well || refusal.inside(name);
}

template <class T>
bool read(const boost::json::value& json, T& out, Refusal& refusal) {
    if constexpr (std::is_same_v<T, bool>) {
        if (!json.is_bool()) return refusal.because(what_is(json) + " is neither true nor false");
        out = json.get_bool();
        return true;
    } else if constexpr (std::is_enum_v<T>)
        return read_enumerator(json, out, refusal);
    else if constexpr (std::is_integral_v<T>)
        return read_integer(json, out, refusal);
    else if constexpr (std::is_same_v<T, std::string>)
        return read_text(json, out, refusal);
    else if constexpr (is_name<T>)
        return read_text(json, out.value, refusal);
    else if constexpr (is_number<T>)
        return read_integer(json, out.value, refusal);
    else if constexpr (std::is_same_v<T, Micros>)
        return read_micros(json, out, refusal);
    else if constexpr (std::is_same_v<T, Stamp>)
        return read_stamp(json, out, refusal);
    else if constexpr (is_optional<T>) {
        out.reset();
        return json.is_null() || read(json, out.emplace(), refusal);
    } else if constexpr (is_list<T>)
        return read_list(json, out, refusal);
    else if constexpr (is_pair<T>)
        return read_pair(json, out, refusal);
    else if constexpr (is_map<T>)
        return read_map(json, out, refusal);
    else if constexpr (is_choice<T>)
        return read_choice(json, out, refusal);
    else
        return read_members(json, out, refusal);
}

}  // namespace sereno::recording
