#include "probes/witness/status/report.hpp"
