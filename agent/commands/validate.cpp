// Loads a configuration and does nothing with it.
#include "agent/commands/validate.hpp"

#include <sysexits.h>

#include <algorithm>
#include <iostream>
#include <set>

#include "config/load.hpp"

namespace sereno {

namespace {

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
    return std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

std::string summary(const Settings& settings) {
    std::set<std::string> people;
    for (const Recipient& recipient : settings.recipients)
        people.insert(recipient.person);
    const Watch& watch = settings.watch;
    std::set<WitnessId> witnesses;
    for (const ProbeSpec& probe : watch.probes)
        if (!probe.witness.empty()) witnesses.insert(probe.witness);
    const auto in_rhythm = std::count_if(watch.probes.begin(), watch.probes.end(),
                                         [](const ProbeSpec& probe) { return !probe.on_suspicion; });
    return "watching " + counted(watch.platforms.size(), "platform", "platforms") + ", " +
           counted(people.size(), "person", "people") + ", " +
           counted(settings.channels.size(), "channel", "channels") + ", " +
           counted(watch.apps.size(), "app", "apps") + ", " +
           counted(watch.controls.size(), "control", "controls") + ", " +
           counted(witnesses.size(), "witness", "witnesses") + ", " +
           counted(static_cast<std::size_t>(in_rhythm), "check", "checks") + " and " +
           counted(watch.probes.size() - static_cast<std::size_t>(in_rhythm), "more", "more") +
           " on suspicion, " + counted(settings.playbooks.size(), "playbook", "playbooks");
}

}  // namespace

int validate(const std::string& file) {
    const Loaded loaded = load_file(file);
    for (const Complaint& complaint : loaded.complaints)
        std::cout << to_string(complaint) << '\n';
    if (loaded.ok()) std::cout << file << ": ok, " << summary(loaded.settings) << '\n';
    std::cout << std::flush;
    return loaded.ok() ? 0 : EX_DATAERR;
}

}  // namespace sereno
