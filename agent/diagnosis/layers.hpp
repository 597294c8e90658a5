// Which layers of one platform fail, answer, or cannot be seen just now. Pure.
#pragma once

#include "agent/diagnosis/own_view.hpp"
#include "agent/model/layer.hpp"

namespace sereno {

/// From the same words as the verdict's, without those that cannot be believed just now (view_of):
///  - routes: whoever spoke last of the platform's exact prefixes;
///  - dns: fails when most resolvers, or most of its own name servers, fail; caches hide the latter from
///  users
///    for minutes, not from here;
///  - edge: what became of connections and TLS; 502, 503 and 504 are a front end that finds nothing behind
///  it;
///  - application: HTTP status, content and steps of the pages to which the front ends let us through.
/// Of the pages, most must fail, or one of them thresholds.failures times in a row: each stands for something
/// else that the platform does.
/// Unknown is what nobody looked at lately, what our own network keeps us from, and what hides behind a lower
/// layer: front ends while their names do not resolve, unless they answer at the address known before; the
/// application behind front ends that fail.
/// `since`: when the newest look that shows it began (failing), or ended (well).
LayerSights layers_of(const Picture& picture, const Platform& platform, const PlatformContext& context,
                      Stamp now);

}  // namespace sereno
