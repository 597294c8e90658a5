// What each layer of a platform did, from sight to sight. Pure.
#pragma once

#include "agent/model/layer.hpp"

namespace sereno {

/// Takes what is seen now into the layers of one subject; empty ones begin. A layer is over once it has been
/// seen well for `steady`, and then from the first sight on; one that fails again while the incident lasts
/// was never over; one that cannot be seen neither begins nor ends. True when a beginning or an end changed.
bool follow(std::vector<LayerTimeline>& layers, const LayerSights& seen, Micros steady, Stamp now);

/// The incident ends: what is well now is over, however short. What cannot be seen stays without an end.
void settle(std::vector<LayerTimeline>& layers);

}  // namespace sereno
