#include "agent/commands/witnesses.hpp"

#include <sysexits.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <iostream>
#include <optional>

#include "agent/commands/settings_source.hpp"
#include "agent/commands/witness_table.hpp"
#include "agent/json/json.hpp"
#include "agent/loop/transfer_client.hpp"
#include "alerting/messages/text.hpp"

namespace sereno {

namespace json = boost::json;

namespace {

constexpr Micros patience{5'000'000};
constexpr std::size_t largest_status = 16 * 1024 * 1024;
constexpr int unknown_exit = 3;  // as of `check`: not sure

/// Always comes: at the latest when the patience ends.
TransferResult fetch(const Endpoint& page, const std::string& url) {
    Loop loop;
    TransferClient transfers(loop);
    Transfer transfer;
    transfer.url = url;
    transfer.address = page.address;
    transfer.max_body_bytes = largest_status;
    TransferResult result;
    const auto handle = transfers.start(std::move(transfer), loop.now() + patience, [&](TransferResult r) {
        result = std::move(r);
        loop.stop();
    });
    loop.run();
    return result;
}

/// The status, or empty with the reason and the remedy said.
std::optional<json::value> ask_daemon(const Endpoint& page) {
    const std::string place = to_string(page);
    const TransferResult result = fetch(page, "http://" + place + "/api/v1/status");
    if (result.failure != Failure::none) {
        std::cerr << "no sereno answers at " << place << " (" << to_string(result.failure)
                  << "); start it with 'sereno run', or name the configuration it runs with: --config FILE\n";
        return std::nullopt;
    }
    boost::system::error_code error;
    json::value status = json::parse(result.body, error);
    if (result.status != 200 || error) {
        std::cerr << "what answers at " << place << " is no sereno (HTTP " << result.status
                  << "); give the page another port: 'page: {listen: ...}'\n";
        return std::nullopt;
    }
    return status;
}

}  // namespace

int witnesses(const WitnessesOptions& options) {
    const auto settings = settings_from(options.config);
    if (!settings) return EX_DATAERR;
    if (!settings->page_enabled) {
        std::cerr << "the page is off ('page: off'), and only there the running sereno can be asked; turn it "
                     "on and restart\n";
        return EX_CONFIG;
    }
    const auto status = ask_daemon(settings->page);
    if (!status) return EX_UNAVAILABLE;
    const auto rows = witness_rows(*status);
    if (!rows) {
        std::cerr << "the sereno at " << to_string(settings->page)
                  << " says nothing of witnesses; it is another version, restart it\n";
        return EX_UNAVAILABLE;
    }
    if (options.json)
        std::cout << json_text(
                         json::object{{"time", status->at("time")}, {"witnesses", status->at("witnesses")}})
                  << '\n';
    else
        print_witnesses(std::cout, *rows);
    const bool unknown =
        std::any_of(rows->begin(), rows->end(), [](const WitnessRow& row) { return row.unknown; });
    return unknown ? unknown_exit : EX_OK;
}

}  // namespace sereno
