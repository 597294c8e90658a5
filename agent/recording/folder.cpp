#include "agent/recording/folder.hpp"

#include <algorithm>
#include <filesystem>

namespace sereno {

namespace {

constexpr std::string_view ending = ".jsonl.gz";
constexpr std::size_t stamp_length = 16;  // 20211004T153907Z

bool is_recording(const std::string& name) {
    if (name.size() <= stamp_length + ending.size() || !name.ends_with(ending)) return false;
    return name[8] == 'T' && name[stamp_length - 1] == 'Z' && name[stamp_length] == '-';
}

}  // namespace

std::string recordings_folder(const std::string& data_directory) {
    return data_directory + "/recordings";
}

std::string recording_name(Stamp begun, IncidentId incident) {
    std::string name = rfc3339(begun);
    name.resize(name.find('.'));
    std::erase_if(name, [](char c) { return c == '-' || c == ':'; });
    return name + "Z-" + std::to_string(incident.value) + std::string(ending);
}

std::vector<std::string> recordings_in(const std::string& folder) {
    std::vector<std::string> paths;
    std::error_code error;
    std::filesystem::directory_iterator entries(folder, error);
    for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error))
        if (is_recording(entries->path().filename().string())) paths.push_back(entries->path().string());
    std::sort(paths.begin(), paths.end());
    return paths;
}

}  // namespace sereno
