#include "agent/rehearsal/scenario.hpp"

#include <algorithm>
#include <fstream>

#include "agent/rehearsal/scenario_draft.hpp"

namespace sereno::rehearsal {

namespace {

std::string window_text(const std::optional<Window>& window) {
    return window ? ", " + clock_text(window->from) + "-" + clock_text(window->to) : std::string{};
}

std::string channel_text(const Expectation& e) {
    return e.channel.empty() ? std::string{} : " by " + e.channel;
}

std::string subject_text(const Expectation& e) {
    return e.subject.empty() ? "anything" : e.subject;
}

}  // namespace

std::string to_string(const Expectation& e) {
    const std::string decision(to_string(e.decision)), alert(sereno::to_string(e.alert));
    switch (e.kind) {
        case Expectation::Kind::decision: {
            std::string causes;
            for (const Cause cause : e.causes)
                causes += (causes.empty() ? " because of " : " or ") + std::string(sereno::to_string(cause));
            const std::string alone = !e.alone ? "" : *e.alone ? ", from this host alone" : ", others agree";
            return subject_text(e) + ": " + decision + causes + alone + window_text(e.between);
        }
        case Expectation::Kind::never:
            return subject_text(e) + ": never " + decision + window_text(e.between);
        case Expectation::Kind::finally:
            return subject_text(e) + ": " + decision + " at the end";
        case Expectation::Kind::incidents:
            return "incidents " + e.key + ": " + std::to_string(e.count.value_or(1));
        case Expectation::Kind::alert:
            return "alert " + alert + channel_text(e) +
                   (e.count ? ", " + std::to_string(*e.count) + " in all" : "") + window_text(e.between);
        case Expectation::Kind::no_alert:
            return "no alert " + alert + channel_text(e) + window_text(e.between);
        case Expectation::Kind::in_order:
            return "to each person opened before recovered";
    }
    return "?";
}

bool LoadedScenario::ok() const {
    return std::none_of(complaints.begin(), complaints.end(),
                        [](const Complaint& one) { return !one.warning; });
}

LoadedScenario read_scenario(std::string_view text, const std::string& name) {
    Complaints complaints;
    LoadedScenario loaded;
    const int file = complaints.open(name);
    const Node root = read_document(text, file, complaints);
    Check check{complaints, "."};
    if (!complaints.refused()) loaded.scenario = scenario_from(check, root);
    loaded.complaints = complaints.sorted();
    return loaded;
}

LoadedScenario load_scenario(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    // One byte more than what is allowed lets the reader say so.
    std::string bytes(most_config_bytes + 1, '\0');
    if (file) file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (file.bad() || (!file && !file.eof())) {
        LoadedScenario unreadable;
        unreadable.complaints = {{path, 0, 0, "cannot be read; is the path right and may you read it?"}};
        return unreadable;
    }
    bytes.resize(static_cast<std::size_t>(file.gcount()));
    return read_scenario(bytes, path);
}

std::vector<std::string> builtin_scenarios() {
    constexpr std::string_view folder = "scenarios/", ending = ".yaml";
    std::vector<std::string> names;
    for (const std::string_view file : builtin_files("scenarios")) {
        std::string_view name = file;
        if (name.starts_with(folder)) name.remove_prefix(folder.size());
        if (name.ends_with(ending)) name.remove_suffix(ending.size());
        names.emplace_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

std::optional<LoadedScenario> builtin_scenario(const std::string& name) {
    const std::string file = "scenarios/" + name + ".yaml";
    const std::string_view text = builtin_file(file);
    if (text.empty()) return std::nullopt;
    return read_scenario(text, file);
}

}  // namespace sereno::rehearsal
