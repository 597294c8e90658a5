#include "probes/witness/voices.hpp"

#include <algorithm>
#include <cstddef>

#include "probes/attempt.hpp"

namespace sereno {

namespace {

constexpr std::size_t most_words = 200;

std::string place_of(const Vantage& vantage) {
    std::string place = vantage.country.empty() ? vantage.name : vantage.country;
    if (vantage.asn != 0) place += " (AS" + std::to_string(vantage.asn) + ")";
    return place.empty() ? "somewhere" : place;
}

template <class Which>
void list(std::string& text, std::string_view how, const std::vector<Voice>& voices, Which which) {
    std::string places;
    for (const Voice& voice : voices)
        if (which(voice)) places += (places.empty() ? "" : ", ") + place_of(voice.vantage);
    if (places.empty()) return;
    if (!text.empty()) text += "; ";
    text += std::string{how} + " from " + places;
}

bool fails(const Voice& voice) {
    return voice.speaks() && !voice.well();
}

Majority as(const Voice& voice, Stage reached, Failure failure) {
    return {.reached = reached, .failure = failure, .http_status = voice.http_status, .words = voice.words};
}

}  // namespace

std::string summary_of(const std::vector<Voice>& voices) {
    std::string text;
    list(text, "fails", voices, fails);
    list(text, "well", voices, [](const Voice& voice) { return voice.well(); });
    list(text, "no word", voices, [](const Voice& voice) { return !voice.speaks(); });
    return plain_text(text, most_words);
}

Majority majority_of(const std::vector<Voice>& voices) {
    const auto speaking =
        std::count_if(voices.begin(), voices.end(), [](const Voice& v) { return v.speaks(); });
    const auto well = std::count_if(voices.begin(), voices.end(), [](const Voice& v) { return v.well(); });
    if (speaking == 0) return voices.empty() ? Majority{} : Majority{.words = voices.front().words};
    if (well * 2 > speaking) {
        const auto first =
            std::find_if(voices.begin(), voices.end(), [](const Voice& v) { return v.well(); });
        return as(*first, Stage::done, Failure::none);
    }
    const auto said_by = [&](const Voice& one) {
        return std::count_if(voices.begin(), voices.end(),
                             [&](const Voice& other) { return other.failure == one.failure; });
    };
    const Voice* most = nullptr;
    for (const Voice& voice : voices)
        if (fails(voice) && (most == nullptr || said_by(voice) > said_by(*most))) most = &voice;
    return as(*most, most->reached, most->failure);
}

}  // namespace sereno
