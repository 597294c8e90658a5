#include "probes/witness/ris/ris_message.hpp"
