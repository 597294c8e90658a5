#include "probes/witness/ris/route_table.hpp"
