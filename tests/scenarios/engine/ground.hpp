// What is true of the world: who rests on whom, who looks from where, and which faults are on.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/watch.hpp"
#include "draws.hpp"
#include "fault.hpp"

namespace sereno::scenario {

/// Somebody who looks at something: this household, a resolver, a probe in another network.
struct Looker {
    std::string name;     ///< "here", "cloudflare", "probe in DE"
    std::string country;  ///< ISO 3166-1 alpha-2
    std::uint32_t asn = 0;
    bool here = false;  ///< behind the household's provider
    /// Of "here", "elsewhere" (not here), "resolvers" is by name, "ES", "AS3352". No words: yes.
    [[nodiscard]] bool is_one_of(const std::vector<std::string>& words) const;
};

/// What may be told of a platform or control beyond what the catalogue knows. Empty: as the catalogue says.
struct Rests {
    std::string dns, edge, region;
    Micros ttl{0};
    bool operator==(const Rests&) const = default;
};

/// Whatever has names, front ends and something behind them: a platform or a control.
struct Site {
    using Keys = std::vector<std::string>;
    std::string subject;
    Keys dns, front, back;  ///< by what a fault of its names, its front ends, of what is behind hits it
    std::string edge;       ///< the front end's fingerprint
    std::string address;    ///< of the front end
    Micros ttl{0};          ///< of its addresses
    bool is_control = false;
};

/// One who is asked, at one time: the keys by which faults find him.
struct Asked {
    const Site::Keys& keys;
    std::string_view element;  ///< the name server or host; see Fault::only
    Stamp at;
};

class Ground {
  public:
    Ground(const Watch& watch, const std::map<std::string, Rests>& rests, std::vector<Fault> faults);

    [[nodiscard]] const Site& site(const SubjectId& subject) const;  ///< of a stranger: one without keys
    [[nodiscard]] const std::vector<Fault>& faults() const { return faults_; }
    /// Every name that `of` may be for a kind that is about a site.
    [[nodiscard]] std::vector<std::string> names() const;

    /// The first fault of the kind that is on there for this looker, whatever share of attempts it hits.
    [[nodiscard]] const Fault* on(FaultKind kind, const Looker& who, const Asked& asked) const;
    /// The same of something that is nobody's.
    [[nodiscard]] const Fault* on(FaultKind kind, const Looker& who, Stamp at) const;
    /// As on(), and this attempt is one of those that it hits.
    [[nodiscard]] const Fault* hits(FaultKind kind, const Looker& who, const Asked& asked,
                                    Draws& draws) const;
    /// The same of `tries` packets, of which all must be lost.
    [[nodiscard]] const Fault* swallows(FaultKind kind, const Looker& who, const Asked& asked, int tries,
                                        Draws& draws) const;

  private:
    void add_platform(const Platform& platform, const Rests& rests);
    void add_control(const Control& control, const Rests& rests);

    std::map<std::string, Site, std::less<>> sites_;
    std::vector<Fault> faults_;
    std::map<FaultKind, std::vector<std::size_t>> by_kind_;
};

}  // namespace sereno::scenario
