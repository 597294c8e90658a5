// Keeping, ordering and wording complaints.
#include "config/complaints.hpp"

#include <algorithm>
#include <array>

namespace sereno {

namespace {

constexpr std::size_t longest_compared = 40;

/// Edits between two words, a swap of neighbours counting as one (optimal string alignment). From `limit` on
/// the exact number does not matter: a file may have thousands of words, each compared with thousands.
std::size_t distance(std::string_view a, std::string_view b, std::size_t limit) {
    if (std::max(a.size(), b.size()) - std::min(a.size(), b.size()) >= limit) return limit;
    using Row = std::array<std::size_t, longest_compared + 1>;
    Row before_last, last, row;
    for (std::size_t j = 0; j <= b.size(); ++j)
        last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t least = row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + change});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before_last[j - 2] + 1);
            least = std::min(least, row[j]);
        }
        if (least > limit) return limit;  // a swap takes up again the row before, one edit further at most
        before_last = last;
        last = row;
    }
    return last[b.size()];
}

}  // namespace

int Complaints::open(std::string file) {
    files_.push_back(std::move(file));
    return static_cast<int>(files_.size()) - 1;
}

void Complaints::refuse(Place place, std::string message) {
    refused_ = true;
    keep(place, std::move(message), false);
}

void Complaints::warn(Place place, std::string message) {
    keep(place, std::move(message), true);
}

void Complaints::keep(Place place, std::string message, bool warning) {
    if (kept_.size() < most)
        kept_.push_back({place, std::move(message), warning});
    else
        ++dropped_;
}

std::vector<Complaint> Complaints::sorted() const {
    std::vector<Kept> ordered = kept_;
    std::stable_sort(ordered.begin(), ordered.end(),
                     [](const Kept& a, const Kept& b) { return a.place < b.place; });
    std::vector<Complaint> out;
    out.reserve(ordered.size() + 1);
    for (Kept& one : ordered)
        out.push_back({files_.at(static_cast<std::size_t>(one.place.file)), one.place.line, one.place.column,
                       std::move(one.message), one.warning});
    if (dropped_ > 0)
        out.push_back({files_.front(), 0, 0,
                       "and " + std::to_string(dropped_) + " more complaints; mend these first", !refused_});
    return out;
}

std::string to_string(const Complaint& complaint) {
    std::string out = complaint.file;
    if (complaint.line > 0)
        out += ":" + std::to_string(complaint.line) + ":" + std::to_string(complaint.column);
    return out + (complaint.warning ? ": warning: " : ": ") + complaint.message;
}

std::string quoted(std::string_view text) {
    constexpr std::size_t most_bytes = 60;
    constexpr std::string_view hex = "0123456789abcdef";
    std::string out = "'";
    std::size_t cut = text.size();
    if (cut > most_bytes) {
        cut = most_bytes;
        while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80)
            --cut;  // whole characters only
    }
    for (std::size_t i = 0; i < cut; ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        // U+0080 to U+009F, two bytes in UTF-8, steer terminals too.
        const auto next = i + 1 < cut ? static_cast<unsigned char>(text[i + 1]) : 0;
        if (byte == 0xC2 && next >= 0x80 && next <= 0x9F) {
            out += std::string("\\x") + hex[next >> 4] + hex[next & 15];
            ++i;
        } else if (byte < 0x20 || byte == 0x7F)
            out += std::string("\\x") + hex[byte >> 4] + hex[byte & 15];
        else
            out += text[i];
    }
    return out + (cut < text.size() ? "...'" : "'");
}

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
    if (word.empty() || word.size() > longest_compared) return {};
    std::string best;
    std::size_t best_distance = std::min<std::size_t>(3, std::max<std::size_t>(1, word.size() / 2)) + 1;
    for (const std::string& candidate : known) {
        if (candidate.size() > longest_compared) continue;
        const std::size_t d = distance(word, candidate, best_distance);
        if (d < best_distance) {
            best_distance = d;
            best = candidate;
        }
    }
    return best;
}

std::string suggestion(std::string_view word, const std::vector<std::string>& known) {
    if (const std::string near = nearest(word, known); !near.empty())
        return "; did you mean " + quoted(near) + "?";
    if (known.empty()) return "; none is defined";
    return "; known here: " + joined(known);
}

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const std::string& word : words)
        out += (out.empty() ? "" : ", ") + word;
    return out;
}

}  // namespace sereno
