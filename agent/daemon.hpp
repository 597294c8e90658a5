// The daemon: builds every part from the settings and carries events into the brain and effects out of it.
#pragma once

#include <memory>
#include <string>

#include "config/settings.hpp"

namespace sereno {

/// Where the database lies: the configured folder, else $STATE_DIRECTORY (systemd), else
/// $XDG_STATE_HOME/sereno, else ~/.local/state/sereno. Throws std::runtime_error with the remedy when none of
/// them is known.
std::string data_directory(const Settings& settings);
std::string database_path(const Settings& settings);

class Daemon {
  public:
    /// Throws std::runtime_error with place and remedy when the data folder or the page's port cannot be
    /// used.
    explicit Daemon(Settings settings);
    ~Daemon();
    /// Until SIGINT or SIGTERM. 0 after a clean end.
    int run();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace sereno
