#include "probes/witness/ris/ris_session.hpp"
