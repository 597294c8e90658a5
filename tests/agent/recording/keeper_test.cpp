#include "agent/recording/keeper.hpp"

#include <sys/resource.h>

#include <csignal>
#include <thread>

#include "agent/recording/folder.hpp"
#include "catch.hpp"
#include "flight.hpp"

namespace sereno {

namespace {

using namespace test;

struct Said {
    std::vector<std::string> kept, lost;
    std::function<void(bool, const std::string&)> ear() {
        return [this](bool was_lost, const std::string& text) {
            (was_lost ? lost : kept).push_back(text);  // read when the keeper's thread has ended
        };
    }
};

std::string content(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// No file may become larger than this, as on a full disk.
class FullDisk {
  public:
    explicit FullDisk(rlim_t bytes) : before_(std::signal(SIGXFSZ, SIG_IGN)) {
        getrlimit(RLIMIT_FSIZE, &limit_);
        rlimit small = limit_;
        small.rlim_cur = bytes;
        setrlimit(RLIMIT_FSIZE, &small);
    }
    ~FullDisk() {
        setrlimit(RLIMIT_FSIZE, &limit_);
        std::signal(SIGXFSZ, before_);
    }
    FullDisk(const FullDisk&) = delete;
    FullDisk& operator=(const FullDisk&) = delete;

  private:
    rlimit limit_{};
    void (*before_)(int);
};

std::string name_of(int number) {
    return recording_name(Stamp{Micros{1'633'361'400'000'000 + number * 1'000'000LL}},
                          IncidentId{static_cast<std::uint64_t>(number)});
}

}  // namespace

TEST_CASE("recordings are called by their beginning and incident, and sort by time") {
    CHECK(name_of(7) == "20211004T153007Z-7.jsonl.gz");
    TemporaryFolder folder;
    folder.write(name_of(11), "");
    folder.write(name_of(2), "");
    folder.write("notes.txt", "");
    folder.write("20211004T153007Z.jsonl.gz", "");
    CHECK(recordings_in(folder.path) ==
          std::vector<std::string>{folder.path + "/" + name_of(2), folder.path + "/" + name_of(11)});
    CHECK(recordings_in(folder.path + "/none").empty());
}

TEST_CASE("pieces become files, the oldest of which are deleted") {
    TemporaryFolder folder;
    Said said;
    const int count = static_cast<int>(RecordingKeeper::most_recordings) + 3;
    {
        RecordingKeeper keeper(folder.path + "/recordings", said.ear());
        for (int i = 1; i <= count; ++i) {
            keeper.write({{name_of(i), "one ", false}, {name_of(i), "two", false}});
            keeper.write({{name_of(i), "", true}});
        }
    }
    const auto files = recordings_in(folder.path + "/recordings");
    REQUIRE(files.size() == RecordingKeeper::most_recordings);
    CHECK(files.front().ends_with(name_of(4)));
    CHECK(content(files.back()) == "one two");
    CHECK(said.kept.size() == static_cast<std::size_t>(count));
    CHECK(said.lost.empty());
}

TEST_CASE("a full disk costs the recording, with the reason, and the next is tried again") {
    TemporaryFolder folder;
    Said said;
    {
        RecordingKeeper keeper(folder.path, said.ear());
        const FullDisk full(10'000);
        keeper.write({{name_of(1), std::string(9'000, 'a'), false},
                      {name_of(1), std::string(9'000, 'b'), false},
                      {name_of(1), "c", false},
                      {name_of(1), "", true},
                      {name_of(2), "small", false},
                      {name_of(2), "", true}});
        // The limit must hold until the thread is done.
        while (recordings_in(folder.path).empty() || content(folder.path + "/" + name_of(2)) != "small")
            std::this_thread::yield();
    }
    REQUIRE(said.lost.size() == 1);
    CHECK(said.lost[0] ==
          "recording " + folder.path + "/" + name_of(1) + " is lost: File too large; alerts do not need it");
    CHECK(recordings_in(folder.path) == std::vector<std::string>{folder.path + "/" + name_of(2)});
}

TEST_CASE("a folder that cannot be made costs the recordings, and nothing else") {
    TemporaryFolder folder;
    folder.write("recordings", "a file is in the way");
    Said said;
    {
        RecordingKeeper keeper(folder.path + "/recordings", said.ear());
        keeper.write({{name_of(1), "a", false}, {name_of(1), "b", false}, {name_of(1), "", true}});
    }
    CHECK(said.kept.empty());
    REQUIRE(said.lost.size() == 1);
    CHECK(said.lost[0].find("Not a directory") != std::string::npos);
}

TEST_CASE("a disk that is too slow costs the recording, not the memory") {
    TemporaryFolder folder;
    Said said;
    {
        RecordingKeeper keeper(folder.path, said.ear());
        std::vector<RecordingPiece> pieces;
        for (int i = 0; i < 20; ++i)
            pieces.push_back({name_of(1), std::string(1'000'000, 'x'), false});
        pieces.push_back({name_of(1), "", true});
        keeper.write(std::move(pieces));
        keeper.write({{name_of(2), "later", false}, {name_of(2), "", true}});
    }
    REQUIRE(said.lost.size() == 1);
    CHECK(said.lost[0].find("the disk is too slow") != std::string::npos);
    CHECK(recordings_in(folder.path) == std::vector<std::string>{folder.path + "/" + name_of(2)});
}

}  // namespace sereno
