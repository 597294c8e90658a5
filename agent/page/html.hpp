// HTML that cannot forget to escape: whatever is not marked as markup in the source is text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sereno {

/// `text` with every ill-formed UTF-8 sequence, control character (but tab and newline) and bidirectional
/// override replaced by U+FFFD. What comes from the network may hold any of them.
std::string well_formed(std::string_view text);

/// Markup written in the source code: made only by the literal `"<p>"_html`.
class Markup {
  public:
    [[nodiscard]] constexpr std::string_view view() const { return text_; }

  private:
    friend consteval Markup operator""_html(const char* text, std::size_t size);
    consteval explicit Markup(std::string_view text) : text_(text) {}
    std::string_view text_;
};
consteval Markup operator""_html(const char* text, std::size_t size) {
    return Markup{{text, size}};
}

/// A document under construction. Text is made well-formed and escaped for element content and for quoted
/// attribute values alike.
class Html {
  public:
    Html& operator<<(Markup markup);
    Html& operator<<(std::string_view text);
    Html& operator<<(const std::string& text) { return *this << std::string_view{text}; }
    Html& operator<<(const char* text) { return *this << std::string_view{text}; }
    Html& operator<<(std::int64_t number);
    Html& operator<<(std::uint64_t number);
    Html& operator<<(int number) { return *this << std::int64_t{number}; }

    [[nodiscard]] const std::string& str() const { return out_; }
    [[nodiscard]] std::string take() { return std::move(out_); }
    void reserve(std::size_t bytes) { out_.reserve(bytes); }

  private:
    std::string out_;
};

}  // namespace sereno
