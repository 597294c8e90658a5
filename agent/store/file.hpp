// The database as a file: its directory, the lock that keeps a second daemon out, and what to do with a
// damaged one.
#pragma once

#include <memory>
#include <string>

#include "agent/store/sqlite.hpp"

namespace sereno {

/// Held for the store's life; the kernel drops it with the process, however it dies (flock(2)).
class FileLock {
  public:
    /// Takes `<path>.lock`. Throws std::runtime_error that names the process which has it.
    explicit FileLock(const std::string& path);
    ~FileLock();
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;

  private:
    int fd_ = -1;
};

/// Makes the directory (0700) when its parent exists, and the file (0600). Throws std::runtime_error with the
/// remedy.
void prepare_place(const std::string& path);

/// Renames the file with its -wal and -shm to `<path>.corrupt-<UTC time>`; the new name. Throws
/// std::runtime_error.
std::string set_aside(const std::string& path);

/// A connection ready to write, or null with the fault: tables of this version, durable, the file sound.
/// `later_or_foreign` holds a sentence with the remedy when the file must not be touched.
struct Opened {
    std::unique_ptr<Database> database;
    SqliteFault fault;
    std::string later_or_foreign;
};
[[nodiscard]] Opened open_for_writing(const std::string& path);

}  // namespace sereno
