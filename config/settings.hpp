// Everything one configuration file says, read, checked and completed with the built-in catalogue.
#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "agent/model/message.hpp"
#include "agent/model/playbook.hpp"
#include "agent/model/recipe.hpp"
#include "agent/model/watch.hpp"
#include "agent/model/witness.hpp"

namespace sereno {

/// Printed as ***, read from a file or the environment (or, warned of, written in the file itself).
struct Secret {
    std::string value;
};
std::string to_string(const Secret& secret);  ///< always "***"

struct SmtpConfig {
    std::string host;
    std::uint16_t port = 587;
    enum class Security : std::uint8_t { none, starttls, tls } security = Security::starttls;
    std::string user;
    Secret password;
    std::string from;
};
/// A service of config/recipes/ with what this configuration says of it.
struct RecipeConfig {
    Recipe recipe;
    std::string base_url;  ///< instead of the scheme and host of the recipe's URL; empty: as there
    Micros timeout{20'000'000};
    std::map<std::string, std::string> settings;  ///< by name
    std::map<std::string, Secret> secrets;
    std::vector<OperatorId> stands_on;  ///< beside those of the recipe
};
struct ChannelConfig {
    std::string id;  ///< key under `channels:`
    std::variant<SmtpConfig, RecipeConfig> service;
};
/// For logs and people: "mail: smtp smtp.example.org:587 as u, password ***".
std::string to_string(const ChannelConfig& channel);

struct Settings {
    std::string team = "our team";
    std::string language = "en";
    Watch watch;                             ///< with every probe spelled out
    std::vector<Endpoint> system_resolvers;  ///< empty: /etc/resolv.conf
    bool private_answers = false;  ///< true: private and loopback addresses of platforms are real (a lab)
    std::string ca_bundle;         ///< empty: Debian's
    Proxy proxy;
    std::string as_origin_zone = "origin.asn.cymru.com";  ///< empty: nobody is asked
    WitnessSettings witnesses;
    std::vector<ChannelConfig> channels;
    std::vector<Recipient> recipients;  ///< one a person and channel
    Micros alert_retry_first{2'000'000}, alert_retry_most{300'000'000}, alert_give_up{86'400'000'000};
    std::vector<Playbook> playbooks;  ///< own ones before built-in ones
    Endpoint page{"127.0.0.1", 8484};
    bool page_enabled = true;
    std::string
        data_directory;  ///< empty: $STATE_DIRECTORY, else $XDG_STATE_HOME/sereno, else ~/.local/state/sereno
};

}  // namespace sereno
