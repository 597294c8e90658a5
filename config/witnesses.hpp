// Those who look from elsewhere, as the file says it.
#pragma once

#include "config/draft.hpp"

namespace sereno {

/// `none`, or a map of ris_live, ripestat, globalping, status_pages and contact.
Type<WitnessSettings> witnesses();

}  // namespace sereno
