// What may still be asked of a witness that counts its questions: its limit, a reserve for what comes up
// later, and a rhythm for what is asked again and again. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "agent/model/time.hpp"

namespace sereno {

class Budget {
  public:
    /// Between one asking of a question and the next while somebody still wants to know; the last is for all
    /// further ones. Five platforms with two questions of three tests each then take 210 tests in an hour.
    static constexpr std::array gaps{Micros{60'000'000}, Micros{120'000'000}, Micros{300'000'000},
                                     Micros{600'000'000}, Micros{900'000'000}};
    /// A question that nobody wanted for so long begins anew.
    static constexpr Micros quiet{600'000'000};
    /// The last fifth of the limit is for questions that were not asked for so long.
    static constexpr Micros fresh{600'000'000};
    static constexpr std::int32_t reserve_share = 5;
    /// Numbers that came without the time of their reset are believed for so long.
    static constexpr Micros believed{600'000'000};
    static constexpr std::size_t most_questions = 256;
    static constexpr std::int32_t largest_limit = 1'000'000;

    enum class Ruling : std::uint8_t {
        ask,
        soon,   ///< it was asked lately
        kept,   ///< what is left is kept for others
        spent,  ///< nothing is left until resets()
        closed  ///< the service wants to be left alone until opens()
    };

    /// The service's own word: `left` of `limit`, `resets_in` from now; zero: not said. What cannot be is
    /// brought into bounds; more than was left before is believed only after the reset.
    void told(std::int32_t left, std::int32_t limit, Micros resets_in, Stamp now);
    /// Do the service's numbers need to be read before anything is asked? What restore() knows does not do:
    /// others behind the same address may have asked meanwhile.
    [[nodiscard]] bool must_read(Stamp now) const;

    /// Somebody wants `question` answered, whether it may be asked or not.
    void want(const std::string& question, Stamp now);
    [[nodiscard]] Ruling rule(const std::string& question, std::int32_t tests, Stamp now) const;
    /// It is being asked. To be followed by exactly one of the next four.
    void begin(const std::string& question, std::int32_t tests, Stamp now);
    /// The service took it and says itself what is left now: see told().
    void counted(std::int32_t tests) { being_asked_ -= tests; }
    /// The service took it and counts `taken`, but does not say what is left.
    void taken(std::int32_t tests, std::int32_t taken);
    /// The service did not take it: nothing is counted, and the rhythm stays as it was.
    void refused(const std::string& question, std::int32_t tests);
    /// Nobody knows whether it counts; it does here.
    void lost(const std::string& question, std::int32_t tests);
    /// "Not before": 429, 503.
    void close(Stamp until);

    [[nodiscard]] bool is_known(Stamp now) const;  ///< are the three below of any worth?
    [[nodiscard]] std::int32_t left() const;       ///< without what is being asked; never negative
    [[nodiscard]] std::int32_t limit() const { return limit_; }
    [[nodiscard]] Stamp resets() const { return resets_; }  ///< zero: not known
    [[nodiscard]] Stamp opens() const { return closed_until_; }

    /// Left, limit, reset in seconds since 1970, as FactKind::budget has them.
    [[nodiscard]] std::vector<std::string> values() const;
    /// Values that are no such thing, or of a time that is over, are ignored, and so are all once the service
    /// itself has spoken.
    void restore(const std::vector<std::string>& values, Stamp now);

  private:
    struct Question {
        Stamp wanted, asked;
        std::size_t times = 0;  ///< asked in this doubt
    };
    void unask(const std::string& question);
    void forget_oldest();

    std::map<std::string, Question> questions_;
    std::int32_t left_ = 0, limit_ = 0, being_asked_ = 0;
    Stamp resets_, known_until_, closed_until_;
    bool told_ = false;
};

}  // namespace sereno
