// The configuration files of an agent whose every probe and channel ends in a world.
#pragma once

#include <functional>
#include <string>

#include "agent/rehearsal/world.hpp"

namespace sereno::rehearsal {

/// The host names under which the agent reaches the world's mail server, SMS gateway and witnesses.
inline constexpr const char* mail_host = "mail.world.example";
inline constexpr const char* sms_host = "sms.world.example";
inline constexpr const char* ris_host = "ris-live.ripe.net";
inline constexpr const char* ripestat_host = "stat.ripe.net";
inline constexpr const char* globalping_host = "api.globalping.io";

struct AgentFiles {
    std::string sereno_yaml, catalogue_yaml;
};

/// `endpoint_of` gives the address of a node. Named files lie in the same folder: catalogue.yaml, ca.pem,
/// sms-token and data.
AgentFiles agent_files(const WorldPlan& plan, const std::function<Endpoint(const std::string&)>& endpoint_of,
                       const std::string& sms_account, const std::string& folder, const AgentPace& pace,
                       std::uint16_t page_port);

}  // namespace sereno::rehearsal
