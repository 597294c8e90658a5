// What Globalping answers: limits, created measurements, results and errors. The first byte says what was
// asked.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>

#include "agent/loop/address.hpp"
#include "probes/witness/budget.hpp"
#include "probes/witness/globalping_message.hpp"
#include "probes/witness/voices.hpp"

using namespace sereno;

namespace {

void hold(bool promise) {
    if (!promise) std::abort();
}

bool is_printable(const std::string& text) {
    for (const char c : text)
        if (c < 0x20 || c > 0x7e) return false;
    return true;
}

void hold_to_promises(const GlobalpingMeasured& measured) {
    hold(measured.known || !measured.why.empty());
    hold(measured.voices.size() <= 16 && measured.addresses.size() <= 16);
    std::set<std::uint32_t> networks;
    for (const Voice& voice : measured.voices) {
        hold((voice.reached == Stage::done) == (voice.failure == Failure::none));
        hold(voice.words.size() <= 200 && is_printable(voice.words));
        hold(!voice.vantage.name.empty() && voice.vantage.name.size() <= 64 &&
             is_printable(voice.vantage.name));
        hold(voice.vantage.country.empty() || voice.vantage.country.size() == 2);
        hold(voice.vantage.asn != 0 && networks.insert(voice.vantage.asn).second);
        hold(voice.http_status == 0 || (voice.http_status >= 100 && voice.http_status <= 599));
    }
    for (const std::string& address : measured.addresses)
        hold(is_literal(address));
    const Majority majority = majority_of(measured.voices);
    hold((majority.reached == Stage::done) == (majority.failure == Failure::none));
    hold(summary_of(measured.voices).size() <= 200);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    ViewElsewhere task;
    task.what = (data[0] & 1) != 0 ? ViewElsewhere::What::dns : ViewElsewhere::What::http;
    task.name = "example.com";
    task.fetch.url = "https://example.com/";
    if ((data[0] & 2) != 0) task.fetch.redirect_hosts = {"www.example.com"};
    if ((data[0] & 4) != 0) task.fetch.expected_status = {{200, 200}};
    const std::string body(reinterpret_cast<const char*>(data + 1), size - 1);

    hold_to_promises(read_measured(body, "abc", task));
    const GlobalpingLimits limits = read_limits(body);
    hold(!limits.known || (limits.limit >= 1 && limits.limit <= Budget::largest_limit && limits.left >= 0 &&
                           limits.left <= limits.limit && limits.resets_in >= Micros{0}));
    const GlobalpingCreated created = read_created(body);
    hold(created.id.empty() == !created.why.empty() && created.id.size() <= 64 && created.probes >= 0);
    hold(read_error(body).size() <= 160);

    // The text as configuration might have it, and as a database might.
    task.name = task.fetch.url = body;
    const GlobalpingRequest request = globalping_request(task);
    hold(request.body.empty() == !request.why.empty());
    Budget budget;
    const auto half = body.size() / 2;
    budget.restore({body.substr(0, half), body.substr(half), body}, Stamp{});
    hold(budget.left() >= 0 && budget.left() <= Budget::largest_limit);
    return 0;
}
