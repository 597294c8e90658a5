#include "agent/store/file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <stdexcept>

#include "agent/store/schema.hpp"

namespace sereno {

namespace {

// Reading a file this large through to find damage takes a Pi about a second; larger ones are found out when
// a damaged page is met.
constexpr off_t checked_at_most_bytes = 32 * 1024 * 1024;

std::string directory_of(const std::string& path) {
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

std::string reason(int error) {
    return std::strerror(error);
}

[[noreturn]] void cannot_use(const std::string& what, int error, const std::string& remedy) {
    throw std::runtime_error(what + ": " + reason(error) + "; " + remedy);
}

// What to do about it depends on why it failed.
std::string remedy_for(int error, const std::string& directory) {
    switch (error) {
        case EACCES:
        case EPERM:
            return "run sereno as the user who owns " + directory + ", or set 'data:' to another directory";
        case EROFS:
            return "mount it writable, or set 'data:' to another directory";
        case ENOSPC:
        case EDQUOT:
            return "free some space there, or set 'data:' to another directory";
        case ENOENT:
            return "create " + directory_of(directory) + ", or set 'data:' to another directory";
        default:
            return "set 'data:' to a directory that sereno can write in";
    }
}

std::string pid_in(int fd) {
    std::array<char, 32> text{};
    const auto size = ::pread(fd, text.data(), text.size() - 1, 0);
    std::string pid;
    for (ssize_t i = 0;
         i < size && text[static_cast<std::size_t>(i)] >= '0' && text[static_cast<std::size_t>(i)] <= '9';
         ++i)
        pid += text[static_cast<std::size_t>(i)];
    return pid;
}

bool is_small(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && status.st_size <= checked_at_most_bytes;
}

// quick_check gives one row, "ok", for a sound file.
bool is_sound(Database& database) {
    Statement check{database, "PRAGMA quick_check(1)"};
    bool sound = false;
    const bool read = check.each([&](const Statement& row) { sound = row.text(0) == "ok"; });
    return read && sound;
}

}  // namespace

FileLock::FileLock(const std::string& path) {
    const std::string name = path + ".lock";
    fd_ = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd_ < 0) {
        const int error = errno;
        cannot_use("cannot open " + name, error, remedy_for(error, directory_of(path)));
    }
    if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
        const int error = errno;
        const std::string pid = pid_in(fd_);
        ::close(fd_);
        if (error != EWOULDBLOCK)
            cannot_use("cannot lock " + name, error, remedy_for(error, directory_of(path)));
        throw std::runtime_error(path + " is in use by another sereno" +
                                 (pid.empty() ? "" : " (process " + pid + ")") +
                                 "; stop that one first, or set 'data:' to another directory");
    }
    // For people and for the sentence above; the lock works without it, also on a full disk.
    const std::string pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(fd_, 0) == 0) {
        const auto written = ::pwrite(fd_, pid.data(), pid.size(), 0);
        (void)written;
    }
}

FileLock::~FileLock() {
    ::close(fd_);
}

void prepare_place(const std::string& path) {
    const std::string directory = directory_of(path);
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
        const int error = errno;
        cannot_use("cannot create the directory " + directory, error, remedy_for(error, directory));
    }
    struct stat status {};
    if (::stat(directory.c_str(), &status) == 0 && !S_ISDIR(status.st_mode))
        cannot_use("cannot use " + directory, ENOTDIR, remedy_for(ENOTDIR, directory));
    // Created here and not by SQLite, which would let everybody read who is told what. The -wal and -shm
    // files take over its mode.
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        const int error = errno;
        cannot_use("cannot write " + path, error, remedy_for(error, directory));
    }
    ::close(fd);
    if (::access(directory.c_str(), W_OK | X_OK) != 0) {
        const int error = errno;
        cannot_use("cannot write in " + directory, error, remedy_for(error, directory));
    }
}

std::string set_aside(const std::string& path) {
    const std::time_t now = std::time(nullptr);
    std::tm utc{};
    gmtime_r(&now, &utc);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &utc);
    std::string aside = path + ".corrupt-" + text.data();
    const std::string first = aside;
    for (int n = 2; ::access(aside.c_str(), F_OK) == 0; ++n)
        aside = first + "-" + std::to_string(n);
    if (::rename(path.c_str(), aside.c_str()) != 0) {
        const int error = errno;
        cannot_use(path + " is damaged and cannot be renamed to " + aside, error,
                   remedy_for(error, directory_of(path)));
    }
    // With the same suffixes, so that the sqlite3 tool can still read what is readable.
    for (const char* suffix : {"-wal", "-shm"})
        ::rename((path + suffix).c_str(), (aside + suffix).c_str());
    return aside;
}

Opened open_for_writing(const std::string& path) {
    Opened opened;
    auto database = std::make_unique<Database>(path, Database::Mode::read_write);
    const auto fail = [&] {
        opened.fault = database->fault();
        return std::move(opened);
    };
    if (database->fault().code != 0) return fail();
    switch (inspect_schema(*database)) {
        case SchemaState::later:
            opened.later_or_foreign = path +
                                      " was written by a later version of sereno; install that version "
                                      "again, or move the file away to begin a new one";
            return opened;
        case SchemaState::foreign:
            opened.later_or_foreign =
                path + " is another program's database; set 'data:' to another directory";
            return opened;
        case SchemaState::failed:
            return fail();
        case SchemaState::empty:
        case SchemaState::older:
        case SchemaState::ready:
            break;
    }
    if (!prepare_for_writing(*database) || !migrate(*database)) return fail();
    if (is_small(path) && !is_sound(*database)) {
        if (database->fault().code == 0)
            opened.fault = SqliteFault::damage("the file's pages contradict each other");
        else
            opened.fault = database->fault();
        return opened;
    }
    opened.database = std::move(database);
    return opened;
}

}  // namespace sereno
