// What a file may say, as tables: one line a key, with its type, range and unit. A default is the initial
// value of the member that the key fills. Reading by such a table finds every mistake; it does not stop at
// the first.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "config/complaints.hpp"
#include "config/reader.hpp"
#include "config/settings.hpp"
#include "config/values.hpp"

namespace sereno {

/// A value with the place where it was written; place.line is 0 for a default.
template <class V>
struct Placed {
    V value{};
    Place place;
    [[nodiscard]] bool given() const { return place.line > 0; }
};

/// What reading needs beside the tree.
struct Check {
    Complaints& complaints;
    std::string folder;  ///< of the file being read; paths in it are relative to this
};

/// How a value of this kind is read. `key` is how a complaint calls it. Empty: it was wrong, and complained
/// of.
template <class V>
struct Type {
    std::function<std::optional<V>(Check&, std::string_view key, const Node&)> read;
};

// ---- Types of single values ----

Type<std::string> text(std::size_t most = 200);  ///< one line of 1 to `most` bytes
Type<std::string> paragraph(std::size_t most);   ///< may hold line breaks
Type<std::string> argument();                    ///< of a command line: any text, also 'yes'
Type<std::string> name();                        ///< letters, digits, '-', '_' and '.'; at most 64
Type<std::string> path();                        ///< made absolute with the file's folder
Type<std::string> readable_file();               ///< a path whose file can be read
Type<std::string> host_name();
Type<std::string> prefix();
Type<std::string> url();
Type<std::string> service_url();  ///< encrypted, or of this computer
Type<std::string> feed_url();     ///< the same of a WebSocket
Type<std::string> account();      ///< letters, digits, '-' and '_': it becomes part of a URL
Type<std::string> mail_address();
Type<std::string> phone();
Type<std::string> sms_sender();  ///< a phone number or a messaging service's id (MG...)
Type<std::string> language();
Type<int> integer(int least, int most);
Type<std::uint32_t> as_number();  ///< of an autonomous system, 1 to 4294967295 (RFC 6793)
Type<Micros> duration(Micros least, Micros most);
Type<bool> flag();
Type<Endpoint> endpoint(
    std::uint16_t default_port);              ///< a literal address; port 0 as default: must be written
Type<Endpoint> address_with_optional_port();  ///< port 0 where none is written
Type<Endpoint> listening_endpoint(std::uint16_t default_port);  ///< port 0 means any free one
Type<Endpoint> local_endpoint();                                ///< an address or "localhost", and a port
Type<Endpoint> mail_server();                            ///< a name or address; port 0 where none is written
Type<std::vector<std::pair<int, int>>> status_ranges();  ///< 204, "200-399" or a list of these
Type<Secret> secret();  ///< {file: PATH}, {env: NAME}, or, warned of, the text itself

/// One word of a closed list.
template <class V>
Type<V> choice(std::vector<std::pair<std::string, V>> words);

// ---- Types made of others ----

/// One line of a table.
template <class T>
struct Field {
    std::string key;
    bool required = false;
    std::function<void(Check&, const Node&, T&)> read;
};
template <class T>
using Fields = std::vector<Field<T>>;

template <class T, class M, class V>
Field<T> field(std::string key, M T::*member, Type<V> type, bool required = false);
template <class T, class M, class V>
Field<T> required(std::string key, M T::*member, Type<V> type);
/// The table of a part, for whoever has that part as a member and its keys among its own.
template <class T, class U>
Fields<T> within(U T::*part, const Fields<U>& fields);
template <class T>
Fields<T> operator+(Fields<T> left, Fields<T> right);

/// A map whose keys are those of the table. `what` names it in complaints: "app 'x' has no 'health'".
template <class T>
Type<T> object(std::string what, Fields<T> fields, T initial = {});
/// A list of at least `least` and at most `most` items, each with its place.
template <class V>
Type<std::vector<Placed<V>>> list_of(Type<V> item, std::size_t least, std::size_t most);
/// The same without places.
template <class V>
Type<std::vector<V>> plain_list_of(Type<V> item, std::size_t least, std::size_t most);
/// A map from names to values, in the order written. A bad value leaves its name behind with an empty value.
template <class V>
std::vector<std::pair<Placed<std::string>, std::optional<V>>> read_named(Check& check, std::string_view key,
                                                                         const Node& node,
                                                                         const Type<V>& type);

// ---- What the templates rest on ----

/// True when `node` is a map; complains otherwise.
bool expect_map(Check& check, std::string_view key, const Node& node);
bool expect_list(Check& check, std::string_view key, const Node& node, std::size_t least, std::size_t most);
/// The text of a scalar; complains of anything else. `wanted` ends "interval is empty; write ...".
const std::string* expect_scalar(Check& check, std::string_view key, const Node& node,
                                 std::string_view wanted);
void complain_of_unknown_key(Check& check, const Node& key, const std::vector<std::string>& known);
/// "interval '90' has no unit; write '90s'"
void complain_of_value(Check& check, std::string_view key, const Node& node, std::string_view wrong);

template <class T>
void read_fields(Check& check, std::string_view what, const Node& node, const Fields<T>& fields, T& into) {
    std::vector<std::string> known;
    for (const Field<T>& one : fields)
        known.push_back(one.key);
    for (std::size_t i = 0; i < node.keys.size(); ++i) {
        const auto is_it = [&](const Field<T>& one) { return one.key == node.keys[i].text; };
        const auto found = std::find_if(fields.begin(), fields.end(), is_it);
        if (found == fields.end())
            complain_of_unknown_key(check, node.keys[i], known);
        else
            found->read(check, node.items[i], into);
    }
    for (const Field<T>& one : fields)
        if (one.required && node.find(one.key) == nullptr)
            check.complaints.refuse(node.place, std::string(what) + " has no '" + one.key + "'; add it");
}

template <class V>
Type<V> choice(std::vector<std::pair<std::string, V>> words) {
    return {
        [words = std::move(words)](Check& check, std::string_view key, const Node& node) -> std::optional<V> {
            std::vector<std::string> known;
            for (const auto& [word, value] : words)
                known.push_back(word);
            const std::string* written = expect_scalar(check, key, node, "one of " + joined(known));
            if (written == nullptr) return {};
            for (const auto& [word, value] : words)
                if (word == *written) return value;
            const std::string near = nearest(*written, known);
            complain_of_value(
                check, key, node,
                "is not one of " + joined(known) +
                    (near.empty() ? "; write one of these" : "; did you mean " + sereno::quoted(near) + "?"));
            return {};
        }};
}

template <class V>
void assign(V& slot, V value, Place) {
    slot = std::move(value);
}
template <class V>
void assign(Placed<V>& slot, V value, Place place) {
    slot = {std::move(value), place};
}
template <class V>
void assign(std::optional<V>& slot, V value, Place) {
    slot = std::move(value);
}

template <class T, class M, class V>
Field<T> field(std::string key, M T::*member, Type<V> type, bool is_required) {
    auto read = [key, member, type = std::move(type)](Check& check, const Node& node, T& into) {
        if (std::optional<V> value = type.read(check, key, node))
            assign(into.*member, std::move(*value), node.place);
    };
    return {std::move(key), is_required, std::move(read)};
}

template <class T, class M, class V>
Field<T> required(std::string key, M T::*member, Type<V> type) {
    return field(std::move(key), member, std::move(type), true);
}

template <class T, class U>
Fields<T> within(U T::*part, const Fields<U>& fields) {
    Fields<T> out;
    for (const Field<U>& one : fields)
        out.push_back(
            {one.key, one.required, [part, read = one.read](Check& check, const Node& node, T& into) {
                 read(check, node, into.*part);
             }});
    return out;
}

template <class T>
Fields<T> operator+(Fields<T> left, Fields<T> right) {
    left.insert(left.end(), std::make_move_iterator(right.begin()), std::make_move_iterator(right.end()));
    return left;
}

template <class T>
Type<T> object(std::string what, Fields<T> fields, T initial) {
    return {[what = std::move(what), fields = std::move(fields), initial = std::move(initial)](
                Check& check, std::string_view, const Node& node) -> std::optional<T> {
        if (!expect_map(check, what, node)) return {};
        T value = initial;
        read_fields(check, what, node, fields, value);
        return value;
    }};
}

template <class V>
Type<std::vector<Placed<V>>> list_of(Type<V> item, std::size_t least, std::size_t most) {
    return {[item = std::move(item), least, most](Check& check, std::string_view key,
                                                  const Node& node) -> std::optional<std::vector<Placed<V>>> {
        if (!expect_list(check, key, node, least, most)) return {};
        std::vector<Placed<V>> out;
        for (const Node& one : node.items)
            if (std::optional<V> value = item.read(check, key, one))
                out.push_back({std::move(*value), one.place});
        return out;
    }};
}

template <class V>
Type<std::vector<V>> plain_list_of(Type<V> item, std::size_t least, std::size_t most) {
    return {[list = list_of(std::move(item), least, most)](
                Check& check, std::string_view key, const Node& node) -> std::optional<std::vector<V>> {
        auto placed = list.read(check, key, node);
        if (!placed) return {};
        std::vector<V> out;
        for (Placed<V>& one : *placed)
            out.push_back(std::move(one.value));
        return out;
    }};
}

template <class V>
std::vector<std::pair<Placed<std::string>, std::optional<V>>> read_named(Check& check, std::string_view key,
                                                                         const Node& node,
                                                                         const Type<V>& type) {
    std::vector<std::pair<Placed<std::string>, std::optional<V>>> out;
    if (!expect_map(check, key, node)) return out;
    const Type<std::string> name_type = name();
    for (std::size_t i = 0; i < node.keys.size(); ++i) {
        const auto id = name_type.read(check, "name", node.keys[i]);
        std::optional<V> value = type.read(check, node.keys[i].text, node.items[i]);
        if (id) out.push_back({{*id, node.keys[i].place}, std::move(value)});
    }
    return out;
}

}  // namespace sereno
