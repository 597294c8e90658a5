// Where recordings lie and how they are called: "20211004T153907Z-7.jsonl.gz" began then, with incident 7.
#pragma once

#include <string>
#include <vector>

#include "agent/model/ids.hpp"
#include "agent/model/time.hpp"

namespace sereno {

/// Of the folder with the database.
std::string recordings_folder(const std::string& data_directory);
std::string recording_name(Stamp begun, IncidentId incident);
/// The paths of all that are called like recordings, oldest first; none where there is no such folder.
std::vector<std::string> recordings_in(const std::string& folder);

}  // namespace sereno
