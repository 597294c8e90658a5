// Where those who look from elsewhere say how they are, so that others can see it and the core can know.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "agent/model/witness.hpp"

namespace sereno {

class WitnessBoard {
  public:
    /// News is told at once, the same again only when this much older.
    static constexpr Micros worth_telling{60'000'000};

    /// Told of all that are listed by now, and of each change, from within the call that made it.
    void on_change(std::function<void(const WitnessHealth&)> callback);
    /// Listed, idle. Known already: nothing happens.
    void list(const WitnessId& id, std::string name, Group group, Stamp now);
    /// It said something that can be used. `words`: for people, plain text is made of it.
    void able(const WitnessId& id, Stamp now, std::string_view words);
    /// It did not. `why` says what is wrong and, if anything can be done, what.
    void unable(const WitnessId& id, Stamp now, std::string_view why);
    /// How many questions it takes until `resets` (zero: not known). Beside the state.
    void budget(const WitnessId& id, Stamp now, std::int32_t left, std::int32_t limit, Stamp resets);
    /// Null when not listed. Valid until the next change.
    [[nodiscard]] const WitnessHealth* find(const WitnessId& id) const;

  private:
    struct Entry {
        WitnessHealth health;
        Stamp told;
    };
    void tell(Entry& entry, Stamp now, bool news);

    std::map<WitnessId, Entry> entries_;
    std::function<void(const WitnessHealth&)> changed_;
};

}  // namespace sereno
