#include "agent/recording/keeper.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "agent/recording/folder.hpp"

namespace sereno {

namespace {

struct Waiting {
    RecordingPiece piece;
    bool overrun = false;  ///< there was no room for it: its recording is lost
};

}  // namespace

struct RecordingKeeper::Impl {
    Impl(std::string f, std::function<void(bool, const std::string&)> s)
        : folder(std::move(f)), say(std::move(s)) {}

    const std::string folder;
    const std::function<void(bool, const std::string&)> say;

    std::mutex mutex;
    std::condition_variable wake;
    std::deque<Waiting> waiting;    // guarded by mutex
    std::size_t waiting_bytes = 0;  // guarded by mutex
    std::string overrun;            // guarded by mutex; the recording for which there was no room
    bool stopping = false;          // guarded by mutex
    std::thread thread;

    // The thread's.
    std::string open_name;  ///< of the file under fd, or of what was lost and is passed over
    int fd = -1;

    void work() {
        std::unique_lock guard{mutex};
        for (;;) {
            wake.wait(guard, [&] { return stopping || !waiting.empty(); });
            if (waiting.empty()) break;
            const Waiting next = std::move(waiting.front());
            waiting.pop_front();
            waiting_bytes -= next.piece.bytes.size();
            guard.unlock();
            take(next.piece, next.overrun);
            guard.lock();
        }
        if (fd >= 0) ::close(fd);
    }

    [[nodiscard]] std::string path_of(const std::string& name) const { return folder + "/" + name; }

    void take(const RecordingPiece& piece, bool no_room) {
        if (open_name != piece.recording) begin(piece.recording);
        if (fd < 0) return;  // lost
        if (no_room) return lose("the disk is too slow");
        if (!append(piece.bytes)) return lose(std::strerror(errno));
        if (!piece.last) return;
        ::close(std::exchange(fd, -1));
        say(false, "recording " + path_of(piece.recording) + " is kept");
    }

    void begin(const std::string& name) {
        if (fd >= 0) ::close(std::exchange(fd, -1));
        open_name = name;
        if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return lose(std::strerror(errno));
        const auto old = recordings_in(folder);
        for (std::size_t i = 0; i + most_recordings <= old.size(); ++i)
            ::unlink(old[i].c_str());
        fd = ::open(path_of(name).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (fd < 0) lose(std::strerror(errno));
    }

    bool append(const std::string& bytes) const {
        for (std::size_t at = 0; at < bytes.size();) {
            const auto written = ::write(fd, bytes.data() + at, bytes.size() - at);
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) return false;
            at += static_cast<std::size_t>(written);
        }
        return true;
    }

    /// Half of it is of no use, and its room may be needed for what matters more.
    void lose(const std::string& why) {
        say(true, "recording " + path_of(open_name) + " is lost: " + why + "; alerts do not need it");
        if (fd < 0) return;
        ::close(std::exchange(fd, -1));
        ::unlink(path_of(open_name).c_str());
    }
};

RecordingKeeper::RecordingKeeper(std::string folder, std::function<void(bool, const std::string&)> say)
    : impl_(std::make_unique<Impl>(std::move(folder), std::move(say))) {
    impl_->thread = std::thread([impl = impl_.get()] { impl->work(); });
}

RecordingKeeper::~RecordingKeeper() {
    {
        const std::lock_guard guard{impl_->mutex};
        impl_->stopping = true;
    }
    impl_->wake.notify_one();
    impl_->thread.join();
}

void RecordingKeeper::write(std::vector<RecordingPiece> pieces) {
    if (pieces.empty()) return;
    const std::lock_guard guard{impl_->mutex};
    Impl& to = *impl_;
    for (RecordingPiece& piece : pieces) {
        // A gap would make all that follows useless.
        if (piece.recording == to.overrun) continue;
        const bool fits = to.waiting_bytes + piece.bytes.size() <= most_waiting_bytes;
        if (!fits) {
            to.overrun = piece.recording;
            piece.bytes.clear();
        }
        to.waiting_bytes += piece.bytes.size();
        to.waiting.push_back({std::move(piece), !fits});
    }
    to.wake.notify_one();
}

}  // namespace sereno
