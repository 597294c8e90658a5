// Stable stand-ins for what must not be told: the same value always gets the same one, of the same shape.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace sereno {

class Pseudonyms {
  public:
    /// Words for which `is_public` is true stay what they are.
    explicit Pseudonyms(std::function<bool(std::string_view)> is_public);

    /// Each word of the text by itself: addresses stay addresses (public ones become 198.18.0.0/15 and
    /// 2001:db8::/32, private ones 10.0.0.0/8 and fd00::/8, loopback stays), host names names, mail addresses
    /// mail addresses, long numbers as long; numbers of up to five digits stay.
    std::string of_words(std::string_view text);
    /// The whole of it, whatever it says: "text 3". Nothing stays nothing.
    std::string of_text(std::string_view text);
    /// "Person 1".
    std::string of_person(std::string_view name);
    /// Where somebody is reached: a mail address, a number, or a text.
    std::string of_contact(std::string_view address);

  private:
    std::string of_word(std::string_view word);
    std::string of_chunk(std::string_view chunk);
    std::string of_mail(std::string_view mail);
    /// The stand-in for `value` among those of `kind`, made by `make` from 1, 2, 3 ... when it is new.
    const std::string& known(const std::string& kind, std::string_view value,
                             const std::function<std::string(std::uint64_t)>& make);

    std::function<bool(std::string_view)> is_public_;
    std::map<std::string, std::uint64_t> counts_;  ///< by kind
    std::map<std::string, std::string, std::less<>> known_;
};

/// Splits a text into words as Pseudonyms does.
void for_each_word(std::string_view text, const std::function<void(std::string_view)>& each);

}  // namespace sereno
