// JSON that others wrote: read within bounds on its depth and on the memory it takes, and asked for what it
// should hold.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace sereno {

/// Reads one document after the other, in memory of its own, which it uses again. That of a short one lies in
/// 64 KB that it always has.
class BoundedJson {
  public:
    struct Bounds {
        std::size_t deepest;     ///< arrays and objects in each other
        std::size_t most_bytes;  ///< of memory, beside the 64 KB: "[[],[],[]..." needs many times its length
    };
    explicit BoundedJson(Bounds bounds);
    ~BoundedJson();
    BoundedJson(BoundedJson&& other) noexcept;
    BoundedJson& operator=(BoundedJson&& other) noexcept;

    /// Any bytes are safe. Null: it is no JSON (RFC 8259), or exceeds a bound; see why(). Valid until the
    /// next is read.
    const boost::json::value* read(std::string_view text);
    /// The same; null also for what is no object.
    const boost::json::object* read_object(std::string_view text);
    /// Gives back what the last one took.
    void forget();
    /// What was wrong with the last one: "no JSON (syntax error)". Empty: nothing.
    [[nodiscard]] const std::string& why() const;
    /// How much memory the last one took at most, beside the 64 KB.
    [[nodiscard]] std::size_t peak_bytes() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// The text itself; empty when there is no value or it is no text.
std::string_view text_of(const boost::json::value* value);
/// 13781 and "13781". Empty: there is no value, it is neither, or has more than 32 bits.
std::optional<std::uint32_t> number_of(const boost::json::value* value);
/// All of the text is one decimal number of at most 32 bits.
std::optional<std::uint32_t> number_of(std::string_view text);

// What is under a key. Empty or null: there is none, or it is something else.
std::string_view text_at(const boost::json::object& object, std::string_view key);
std::optional<std::int64_t> whole_at(const boost::json::object& object, std::string_view key);
const boost::json::object* object_at(const boost::json::object& object, std::string_view key);
const boost::json::array* list_at(const boost::json::object& object, std::string_view key);

/// The objects in a list; all else is passed over. A list that is not there has none.
std::vector<const boost::json::object*> objects_in(const boost::json::array* list);

}  // namespace sereno
