#include "probes/witness/bounded_json.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <functional>
#include <new>

#include <boost/json.hpp>

namespace sereno {

namespace json = boost::json;

namespace {

constexpr std::size_t usual_bytes = 65'536;
constexpr std::size_t alignment = alignof(std::max_align_t);
/// What the heap keeps beside each piece that it gives.
constexpr std::size_t bookkeeping = 16;

/// A room of fixed size, and when that is full the heap, up to a bound.
class Room final : public json::memory_resource {
  public:
    explicit Room(std::size_t most_bytes) : most_(most_bytes) {}

    /// Nothing of it is in use any more.
    void clear() { used_ = 0; }
    void measure_anew() { peak_ = 0; }
    [[nodiscard]] std::size_t peak_bytes() const { return peak_; }

  private:
    void* do_allocate(std::size_t size, std::size_t) override {
        if (size > most_) throw std::bad_alloc();
        size = rounded(size);
        if (size > room_.size() - used_) return from_heap(size + bookkeeping);
        void* place = room_.data() + used_;
        used_ += size;
        return place;
    }
    void do_deallocate(void* place, std::size_t size, std::size_t) override {
        if (is_inside(place)) return;
        taken_ -= rounded(size) + bookkeeping;
        ::operator delete(place);
    }
    [[nodiscard]] bool do_is_equal(const json::memory_resource& other) const noexcept override {
        return this == &other;
    }

    void* from_heap(std::size_t size) {
        if (size > most_ - taken_) throw std::bad_alloc();
        void* place = ::operator new(size - bookkeeping);  // aligned for anything that Boost.JSON keeps
        taken_ += size;
        peak_ = std::max(peak_, taken_);
        return place;
    }
    [[nodiscard]] bool is_inside(const void* place) const {
        const void *begin = room_.data(), *end = room_.data() + room_.size();
        return std::greater_equal<>{}(place, begin) && std::less<>{}(place, end);
    }
    static constexpr std::size_t rounded(std::size_t size) {
        return (size + alignment - 1) / alignment * alignment;
    }

    std::size_t most_, used_ = 0, taken_ = 0, peak_ = 0;
    alignas(alignment) std::array<unsigned char, usual_bytes> room_;  // need not be zero
};

json::parse_options options(std::size_t deepest) {
    json::parse_options chosen;
    chosen.max_depth = deepest;
    return chosen;
}

}  // namespace

struct BoundedJson::Impl {
    explicit Impl(Bounds with) : bounds(with), room(with.most_bytes) {}

    /// What is wrong with it; empty: nothing.
    std::string parse(std::string_view text) {
        json::parser parser(json::storage_ptr(&room), options(bounds.deepest));
        parser.reset(json::storage_ptr(&room));
        boost::system::error_code error;
        parser.write(text.data(), text.size(), error);
        if (error) return "no JSON (" + error.message() + ")";
        value.emplace(parser.release());
        return {};
    }

    void forget() {
        value.reset();
        room.clear();
    }

    void read(std::string_view text) {
        forget();
        room.measure_anew();
        try {
            why = parse(text);
        } catch (const std::exception&) {  // the bound on memory, or an index that overflows
            why = "reading it takes more than " + std::to_string(bounds.most_bytes) + " bytes of memory";
        }
    }

    Bounds bounds;
    Room room;
    std::optional<json::value> value;  // lies in the room: goes before it
    std::string why;
};

BoundedJson::BoundedJson(Bounds bounds) : impl_(std::make_unique<Impl>(bounds)) {}
BoundedJson::~BoundedJson() = default;
BoundedJson::BoundedJson(BoundedJson&& other) noexcept = default;
BoundedJson& BoundedJson::operator=(BoundedJson&& other) noexcept = default;

const json::value* BoundedJson::read(std::string_view text) {
    impl_->read(text);
    return impl_->value ? &*impl_->value : nullptr;
}

const json::object* BoundedJson::read_object(std::string_view text) {
    const json::value* value = read(text);
    const json::object* object = value == nullptr ? nullptr : value->if_object();
    if (value != nullptr && object == nullptr) impl_->why = "no JSON object";
    return object;
}

void BoundedJson::forget() {
    impl_->forget();
}

const std::string& BoundedJson::why() const {
    return impl_->why;
}

std::size_t BoundedJson::peak_bytes() const {
    return impl_->room.peak_bytes();
}

std::string_view text_of(const json::value* value) {
    const json::string* text = value == nullptr ? nullptr : value->if_string();
    return text == nullptr ? std::string_view{} : std::string_view{text->data(), text->size()};
}

std::optional<std::uint32_t> number_of(std::string_view text) {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::optional<std::uint32_t> number_of(const json::value* value) {
    if (value == nullptr) return std::nullopt;
    if (value->is_string()) return number_of(text_of(value));
    // What is larger is no int64: Boost.JSON keeps it as another kind.
    const std::int64_t* number = value->if_int64();
    if (number == nullptr || *number < 0 || *number > UINT32_MAX) return std::nullopt;
    return static_cast<std::uint32_t>(*number);
}

std::string_view text_at(const json::object& object, std::string_view key) {
    return text_of(object.if_contains(key));
}

std::optional<std::int64_t> whole_at(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    if (value == nullptr || !value->is_int64()) return std::nullopt;
    return value->get_int64();
}

const json::object* object_at(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    return value == nullptr ? nullptr : value->if_object();
}

const json::array* list_at(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    return value == nullptr ? nullptr : value->if_array();
}

std::vector<const json::object*> objects_in(const json::array* list) {
    std::vector<const json::object*> objects;
    if (list == nullptr) return objects;
    for (const json::value& one : *list)
        if (const json::object* object = one.if_object()) objects.push_back(object);
    return objects;
}

}  // namespace sereno
