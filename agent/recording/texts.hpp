// Goes through every text that a value of the model holds, wherever it stands.
#pragma once

#include <boost/mp11/algorithm.hpp>
#include <string>
#include <string_view>

#include "agent/recording/describe.hpp"
#include "agent/recording/kinds.hpp"

namespace sereno::recording {

/// Whose text it is, for a function with an overload for each owner that matters and one for void.
template <class Owner>
struct Of {};

/// Calls `each(Of<Owner>, member, text)`: `member` names the member of Owner in which the text stands, itself
/// or in a list. Keys of maps are left alone, but for names.
template <class Owner, class T, class Each>
void for_each_text(T& value, std::string_view member, Each&& each) {
    if constexpr (std::is_same_v<T, std::string>) {
        each(Of<Owner>{}, member, value);
    } else if constexpr (is_name<T>) {
        each(Of<Owner>{}, member, value.value);
    } else if constexpr (is_optional<T>) {
        if (value) for_each_text<Owner>(*value, member, each);
    } else if constexpr (is_list<T>) {
        for (auto& item : value)
            for_each_text<Owner>(item, member, each);
    } else if constexpr (is_pair<T>) {
        for_each_text<Owner>(value.first, member, each);
        for_each_text<Owner>(value.second, member, each);
    } else if constexpr (is_map<T>) {
        T changed;
        for (auto& [key, item] : value) {
            auto name = key;
            if constexpr (is_name<typename T::key_type>) for_each_text<Owner>(name, member, each);
            for_each_text<Owner>(item, member, each);
            changed.emplace(std::move(name), std::move(item));
        }
        value = std::move(changed);
    } else if constexpr (is_choice<T>) {
        std::visit([&](auto& chosen) { for_each_text<Owner>(chosen, member, each); }, value);
    } else if constexpr (boost::describe::has_describe_members<T>::value) {
        boost::mp11::mp_for_each<Members<T>>(
            [&](auto one) { for_each_text<T>(value.*decltype(one)::pointer, one.name, each); });
    }
}

template <class T, class Each>
void for_each_text(T& value, Each&& each) {
    for_each_text<T>(value, "", each);
}

}  // namespace sereno::recording
