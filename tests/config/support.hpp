// A folder that is gone after the test, variables of the environment likewise, and complaints as lines.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "config/load.hpp"

namespace sereno::test {

class PrivateFolder {
  public:
    PrivateFolder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "sereno-config-XXXXXX").string();
        if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make a folder: " + pattern);
        path_ = pattern;
    }
    PrivateFolder(const PrivateFolder&) = delete;
    PrivateFolder& operator=(const PrivateFolder&) = delete;
    ~PrivateFolder() { std::filesystem::remove_all(path_); }

    [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }
    /// Writes a file only its owner can read; returns its path.
    [[nodiscard]] std::string write(const std::string& name, const std::string& content) const {
        const std::string path = *this / name;
        std::ofstream(path, std::ios::binary) << content;
        chmod(path.c_str(), 0600);
        return path;
    }

  private:
    std::string path_;
};

class Variable {
  public:
    Variable(std::string name, const std::string& value) : name_(std::move(name)) {
        setenv(name_.c_str(), value.c_str(), 1);
    }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;
    ~Variable() { unsetenv(name_.c_str()); }

  private:
    std::string name_;
};

using Lines = std::vector<std::string>;

inline Lines lines(const std::vector<Complaint>& complaints) {
    Lines out;
    for (const Complaint& one : complaints)
        out.push_back(to_string(one));
    return out;
}

/// What is said about this text, as if it were in a file named "s".
inline Lines said(const std::string& text) {
    return lines(load_text(text, "s").complaints);
}

inline std::string content_of(const std::string& path) {
    std::ostringstream out;
    out << std::ifstream(path, std::ios::binary).rdbuf();
    return out.str();
}

}  // namespace sereno::test
