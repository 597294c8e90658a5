// What was learned by observing and is of use when it can no longer be learned: addresses, paths, owners of
// addresses.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "agent/model/fact.hpp"

namespace sereno {

/// Keeps the newest fact of each kind and key, at most `most` of them; when they are more, the oldest go.
class Remembered {
  public:
    static constexpr std::size_t most = 16384;
    /// Facts more recent than this are not told again unless their values changed: disks wear out.
    static constexpr Micros worth_telling{3'600'000'000};

    /// What an earlier run knew, where nothing newer is known. Not told to on_change().
    void restore(const std::vector<Fact>& facts);
    /// This was seen to be true at `now`. `values`: at most 32, each cut to 255 bytes; none: ignored.
    void keep(FactKind kind, const std::string& key, std::vector<std::string> values, Stamp now);
    /// Null when never learned. Valid until the next keep().
    [[nodiscard]] const Fact* find(FactKind kind, const std::string& key) const;
    /// Told of each fact that is new, changed, or was last told of an hour ago.
    void on_change(std::function<void(const Fact&)> callback);
    [[nodiscard]] std::size_t size() const { return facts_.size(); }

  private:
    struct Entry {
        Fact fact;
        Stamp told;
    };
    void forget_oldest();

    std::map<std::pair<FactKind, std::string>, Entry> facts_;
    std::function<void(const Fact&)> changed_;
};

}  // namespace sereno
