// What this host's own references say: others' pages and addresses, and resolvers on their names. Pure.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "agent/diagnosis/picture.hpp"

namespace sereno {

/// The probe that says whether a control works at all: its fetch or its connection, not its DNS. Null: none.
const Track* main_track(const Picture& picture, const Control& control);

/// One look at all controls, whoever runs them.
struct Sweep {
    int known = 0, well = 0, failing = 0, failed = 0;  ///< failed: failing often enough to count
    int names_known = 0, names_well = 0, names_portal = 0;
    int once_well = 0;           ///< of those failing, how many answered before
    int shaky = 0;               ///< those that answered before and failed within two minutes
    bool names_resolve = false;  ///< somebody reached a control by an address, or by a name resolved here
    Stamp since = Stamp::max();  ///< earliest beginning among those failing
    std::vector<ObservationId> well_basis, failing_basis;

    [[nodiscard]] bool all_fail() const { return known >= 2 && well == 0 && failed >= 2; }
    /// Every page by name comes back changed.
    [[nodiscard]] bool portal() const {
        return names_known >= 2 && names_portal == names_known && failed >= 2;
    }
};
Sweep sweep_controls(const Picture& picture, Stamp now);

/// How a resolver does on the controls' names.
struct ResolverCount {
    int well = 0, failed = 0, failing = 0, known = 0;
    int once_well = 0;  ///< of those failing, how many it resolved before
    Stamp since = Stamp::max();
    std::vector<ObservationId> basis;
};
ResolverCount count_resolver(const Picture& picture, const std::string& resolver, Stamp now);

/// What the controls' `Date` headers say of our clock. One server's clock may be wrong; two that agree with
/// each other are not.
struct DateCount {
    int off = 0;
    int on_time = 0;
    std::int32_t seconds = 0;  ///< they are ahead of us by so much
    Stamp since = Stamp::max();
    std::vector<ObservationId> basis;
    [[nodiscard]] bool wrong() const { return off >= 2; }
};
DateCount count_dates(const Picture& picture, Stamp now);

/// Certificates that look out of date, or issued by nobody known. "Not yet valid" is practically always our
/// own clock; "expired" is it when unrelated operators seem to have forgotten at once.
struct CertificateCount {
    std::set<std::string> operators, issuer_operators, issuers;
    int not_yet_valid = 0, dated = 0, unknown_issuer = 0, issuers_expired = 0, tls_well = 0;
    int issuers_changed = 0;  ///< of those of unknown issuers: signed by another than before
    Stamp since = Stamp::max(), issuer_since = Stamp::max();
    std::vector<ObservationId> basis, issuer_basis;
    [[nodiscard]] bool clock_wrong() const {
        return tls_well == 0 && (not_yet_valid >= 2 || (dated >= 2 && operators.size() >= 2));
    }
    [[nodiscard]] bool issuers_unknown() const { return unknown_issuer >= 2 && issuer_operators.size() >= 2; }
};
CertificateCount count_certificates(const Picture& picture, Stamp now);

/// Who runs a platform or control; its own id where that is not known.
std::string operator_of(const Watch& watch, const SubjectId& subject);

/// Controls that may be counted now. One that never answered since the start says nothing while several
/// others do: behind a proxy that is the only way out, no literal address ever answers.
std::vector<std::pair<const Control*, const Track*>> countable(const Picture& picture, Stamp now);

}  // namespace sereno
