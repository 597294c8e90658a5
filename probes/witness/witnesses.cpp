#include "probes/witness/witnesses.hpp"

#include "probes/witness/globalping.hpp"
#include "probes/witness/prefix_finder.hpp"
#include "probes/witness/ripestat.hpp"
#include "probes/witness/ris/ris_live.hpp"
#include "probes/witness/status/status_pages.hpp"

namespace sereno {

Witnesses::Witnesses(ProbeContext& context, const WitnessSettings& settings)
    : asker(context, settings.contact), prefixes(std::make_unique<PrefixFinder>(context)) {
    if (!settings.ripestat_url.empty())
        ripestat = std::make_unique<RipeStat>(context, asker, board, settings.ripestat_url);
    if (!settings.ris_live_url.empty()) {
        const std::string client = settings.contact.empty() ? "sereno" : "sereno " + settings.contact;
        ris_live = std::make_unique<RisLive>(
            context, ripestat.get(), board,
            RisLive::Settings{.url = settings.ris_live_url, .client = client, .rhythm = {}, .rule = {}});
    }
    if (!settings.globalping_url.empty())
        globalping = std::make_unique<Globalping>(context, asker, board, settings.globalping_url,
                                                  settings.globalping_token);
    if (settings.status_pages) status_pages = std::make_unique<StatusPages>(context, asker, board);
}

Witnesses::~Witnesses() = default;

}  // namespace sereno
