// All that probes need, built from the settings and wired together: what the daemon and `check` share.
#pragma once

#include "agent/loop/dns_client.hpp"
#include "agent/loop/remembered.hpp"
#include "agent/loop/transfer_client.hpp"
#include "config/settings.hpp"
#include "probes/local/host_meter.hpp"
#include "probes/probe.hpp"
#include "probes/witness/witnesses.hpp"

namespace sereno {

struct Instruments {
    /// `loop` must outlive it.
    Instruments(Loop& loop, const Settings& settings);

    Remembered remembered;
    DnsClient dns;
    DnsClient own_dns;  ///< for what is the team's own: mail server, SMS gateway, apps
    TransferClient transfers;
    HostMeter meter;
    ProbeContext context;
    Witnesses witnesses;  ///< those configured; none is asked before a probe wants to know something
};

}  // namespace sereno
