// The disk fills up, forbids, or gives back nonsense.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "agent/store/store.hpp"
#include "catch.hpp"
#include "tests/agent/store/fixtures.hpp"

using namespace sereno;
using namespace sereno::test;
namespace fs = std::filesystem;

namespace {

// A file system of its own for this process, gone with it.
class SmallDisk {
  public:
    explicit SmallDisk(std::string path) : path_(std::move(path)) {
        const int spaces = CLONE_NEWNS | (::geteuid() == 0 ? 0 : CLONE_NEWUSER);
        if (::unshare(spaces) != 0) fail("unshare");
        if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) fail("mount private");
        fs::create_directories(path_);
        if (::mount("tmpfs", path_.c_str(), "tmpfs", 0, "size=768k") != 0) fail("mount tmpfs");
    }
    ~SmallDisk() { ::umount2(path_.c_str(), MNT_DETACH); }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    void fill() const {
        const int fd = ::open((path_ + "/ballast").c_str(), O_WRONLY | O_CREAT, 0600);
        const std::string block(4096, 'x');
        while (::write(fd, block.data(), block.size()) > 0) {
        }
        ::close(fd);
    }
    void empty() const { fs::remove(path_ + "/ballast"); }
    void forbid_writing() const {
        if (::mount("none", path_.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) != 0) fail("remount");
    }

  private:
    static void fail(const char* what) {
        throw std::runtime_error(std::string{what} + ": " + std::strerror(errno) +
                                 "; this test needs root or user namespaces");
    }
    std::string path_;
};

std::string refusal(const std::string& path) {
    std::string warning;
    try {
        const auto store = Store::open(path, warning);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return {};
}

template <class Function>
std::string thrown_by(Function function) {
    try {
        function();
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return {};
}

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

void overwrite(const std::string& path, std::streamoff from, std::size_t bytes) {
    std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
    file.seekp(from);
    file << std::string(bytes, '\x5a');
}

std::string corrupt_copy(const std::string& directory) {
    for (const auto& entry : fs::directory_iterator{directory}) {
        const std::string name = entry.path().filename();
        if (holds(name, ".corrupt-") && name.back() == 'Z') return name;
    }
    return {};
}

// A store with one decision in it, told of trouble.
struct Running {
    explicit Running(const std::string& file) : path(file) {
        std::string warning;
        store = Store::open(path, warning);
        store->attach(loop);
        store->on_trouble(
            [this](std::optional<StoreError> state) { troubles.push_back(state ? state->what : ""); });
        commit(1);
        REQUIRE(run_until(loop, [&] { return done.size() == 1; }));
    }
    void commit(std::uint64_t number) {
        store->commit(
            {{decision(number)}, {incident(number)}, {message(number, AlertKind::opened, "ana@example.org")}},
            [this, number](std::vector<MessageId> ids, std::optional<StoreError> error) {
                CHECK(!error);
                REQUIRE(ids.size() == 1);
                done.push_back(number);
                message_ids.push_back(ids[0].value);
            });
    }
    std::string path;
    Loop loop;
    std::unique_ptr<Store> store;
    std::vector<std::uint64_t> done, message_ids;
    std::vector<std::string> troubles;
};

}  // namespace

TEST_CASE("a full disk delays and loses nothing, is told once, and does not hold up the loop or reading") {
    const TempDir dir;
    const SmallDisk disk{dir.file("disk")};
    Running running{dir.file("disk/sereno.db")};
    disk.fill();
    running.commit(2);
    running.commit(3);
    REQUIRE(run_until(running.loop, [&] { return !running.troubles.empty(); }));
    CHECK(holds(running.troubles[0], "disk/sereno.db: database or disk is full"));

    std::optional<std::vector<DecisionRecord>> read;
    running.store->decisions(Stamp{}, 10, [&](auto rows) { read = std::move(rows); });
    REQUIRE(run_until(running.loop, [&] { return read.has_value(); }));
    CHECK(read->size() == 1);

    // At least one more try fails in this time, and nobody is told again.
    run_until(
        running.loop, [] { return false; }, Micros{2'500'000});
    CHECK(running.troubles.size() == 1);
    CHECK(running.done == std::vector<std::uint64_t>{1});

    disk.empty();
    REQUIRE(run_until(running.loop, [&] { return running.done.size() == 3; }));
    CHECK(running.done == std::vector<std::uint64_t>{1, 2, 3});
    CHECK(running.message_ids == std::vector<std::uint64_t>{1, 2, 3});
    REQUIRE(run_until(running.loop, [&] { return running.troubles.size() == 2; }));
    CHECK(running.troubles[1].empty());
    CHECK(read_decisions(running.path, Stamp{}).size() == 3);
}

TEST_CASE("an input/output error delays and loses nothing") {
    const TempDir dir;
    Running running{dir.file("sereno.db")};
    // Beyond the limit a write fails with EFBIG, once the signal is ignored (setrlimit(2)).
    struct Limit {
        Limit(rlim_t bytes) {
            ::signal(SIGXFSZ, SIG_IGN);
            ::getrlimit(RLIMIT_FSIZE, &before);
            const rlimit small{bytes, before.rlim_max};
            ::setrlimit(RLIMIT_FSIZE, &small);
        }
        ~Limit() { ::setrlimit(RLIMIT_FSIZE, &before); }
        rlimit before{};
    };
    {
        const Limit limit{4096};
        running.commit(2);
        running.commit(3);
        REQUIRE(run_until(running.loop, [&] { return !running.troubles.empty(); }));
        CHECK(running.done.size() == 1);
    }
    CHECK(holds(running.troubles[0], "disk I/O error (SQLite code 778)"));
    REQUIRE(run_until(running.loop, [&] { return running.done.size() == 3; }));
    CHECK(running.done == std::vector<std::uint64_t>{1, 2, 3});
    CHECK(running.message_ids == std::vector<std::uint64_t>{1, 2, 3});
    CHECK(running.troubles.back().empty());
}

TEST_CASE("what no disk takes at the end is given up, not waited for") {
    const TempDir dir;
    const SmallDisk disk{dir.file("disk")};
    auto running = std::make_unique<Running>(dir.file("disk/sereno.db"));
    disk.fill();
    running->commit(2);
    REQUIRE(run_until(running->loop, [&] { return !running->troubles.empty(); }));
    running->store.reset();  // returns
    CHECK(running->done.size() == 1);
}

TEST_CASE("facts that a full disk does not take are given up at the end, not waited for") {
    const TempDir dir;
    const SmallDisk disk{dir.file("disk")};
    const std::string path = dir.file("disk/sereno.db");
    auto running = std::make_unique<Running>(path);
    disk.fill();
    for (int i = 0; i < 4'000; ++i)
        running->store->remember(
            {FactKind::front_end, "h" + std::to_string(i), {std::string(200, 'x')}, at(1)});
    running->store.reset();  // returns
    disk.empty();
    CHECK(learned_facts(path).empty());
    CHECK(read_decisions(path, Stamp{}).size() == 1);
}

TEST_CASE("a place that cannot be used is refused with the path and the remedy") {
    const TempDir dir;
    SECTION("the directory's parent is missing") {
        const std::string said = refusal(dir.file("a/b/sereno.db"));
        CHECK(holds(said, "cannot create the directory " + dir.file("a/b")));
        CHECK(holds(said, "create " + dir.file("a") + ", or set 'data:'"));
    }
    SECTION("a file is where the directory should be") {
        std::ofstream{dir.file("a")} << "x";
        CHECK(holds(refusal(dir.file("a/sereno.db")), "Not a directory"));
    }
    SECTION("the file system is read-only") {
        const SmallDisk disk{dir.file("disk")};
        disk.forbid_writing();
        const std::string said = refusal(dir.file("disk/sereno.db"));
        CHECK(holds(said, "cannot write " + dir.file("disk/sereno.db") +
                              ": Read-only file system; mount it writable"));
    }
    SECTION("the directory is somebody else's") {
        fs::create_directory(dir.file("theirs"));
        fs::permissions(dir.file("theirs"), fs::perms::owner_read | fs::perms::owner_exec);
        const bool root = ::geteuid() == 0;
        if (root) {
            fs::permissions(dir.path(), fs::perms::all);
            REQUIRE(::seteuid(65534) == 0);
        }
        const std::string said = refusal(dir.file("theirs/sereno.db"));
        if (root) REQUIRE(::seteuid(0) == 0);
        CHECK(holds(said, "Permission denied; run sereno as the user who owns " + dir.file("theirs")));
    }
}

TEST_CASE("a damaged file is kept aside and a new one begun") {
    const TempDir dir;
    const std::string path = dir.file("sereno.db");
    { Running running{path}; }
    SECTION("nothing of it is a database") {
        overwrite(path, 0, 8192);
    }
    SECTION("one page of it is nonsense") {
        overwrite(path, 2 * 4096, 4096);
    }
    std::string warning;
    const auto store = Store::open(path, warning);
    const std::string copy = corrupt_copy(dir.path());
    CHECK(copy.substr(0, 19) == "sereno.db.corrupt-2");
    CHECK(holds(warning, dir.file(copy)));
    CHECK(store->restored().decisions.empty());
    CHECK(fs::file_size(dir.file(copy)) > 8192);
}

TEST_CASE("a file that is damaged while running is kept aside, and what was queued goes to the new one") {
    const TempDir dir;
    Running running{dir.file("sereno.db")};
    // Another connection's change makes SQLite read the pages again instead of trusting its cache.
    REQUIRE(std::system(("sqlite3 '" + running.path +
                         "' 'DELETE FROM decisions; PRAGMA wal_checkpoint(TRUNCATE)' > /dev/null")
                            .c_str()) == 0);
    overwrite(running.path, 0, 4096);
    running.commit(2);
    REQUIRE(run_until(running.loop, [&] { return running.done.size() == 2; }));
    CHECK(!corrupt_copy(dir.path()).empty());
    // Numbers go on: nobody meets one twice.
    CHECK(running.message_ids == std::vector<std::uint64_t>{1, 2});
    REQUIRE(run_until(running.loop,
                      [&] { return !running.troubles.empty() && running.troubles.back().empty(); }));
    CHECK(holds(running.troubles[running.troubles.size() - 2], "a new file was begun"));
    const auto decisions = read_decisions(running.path, Stamp{});
    REQUIRE(decisions.size() == 1);
    CHECK(decisions[0].sequence == 2);

    // A message of the old file is finished: it is known again.
    OutboxMessage old = message(1, AlertKind::opened, "ana@example.org");
    old.id.value = 1;
    old.state = DeliveryState::sent;
    bool kept = false;
    running.store->update(old, [&](std::optional<StoreError> error) { kept = !error; });
    REQUIRE(run_until(running.loop, [&] { return kept; }));
    CHECK(read_messages(running.path).size() == 2);
}

TEST_CASE("a file of a later version or of another program is left alone") {
    const TempDir dir;
    const std::string path = dir.file("sereno.db");
    { Running running{path}; }
    SECTION("later") {
        REQUIRE(std::system(("sqlite3 '" + path + "' 'PRAGMA user_version = 99'").c_str()) == 0);
        CHECK(holds(refusal(path),
                    path + " was written by a later version of sereno; install that version again"));
        CHECK(holds(thrown_by([&] { (void)read_decisions(path, Stamp{}); }), "later version"));
    }
    SECTION("another program's") {
        REQUIRE(std::system(("rm '" + path + "'; sqlite3 '" + path + "' 'CREATE TABLE recipes (name TEXT)'")
                                .c_str()) == 0);
        CHECK(holds(refusal(path), path + " is another program's database"));
        CHECK(holds(thrown_by([&] { (void)read_messages(path); }), "another program's"));
    }
    CHECK(corrupt_copy(dir.path()).empty());
}

TEST_CASE("reading for a command says what is missing") {
    const TempDir dir;
    CHECK(holds(thrown_by([&] { (void)read_decisions(dir.file("sereno.db"), Stamp{}); }),
                "there is no " + dir.file("sereno.db") + " yet; start 'sereno run' first"));
    std::ofstream{dir.file("empty.db")};
    CHECK(read_decisions(dir.file("empty.db"), Stamp{}).empty());
    std::ofstream{dir.file("text.db")} << std::string(5000, 'x');
    CHECK(holds(thrown_by([&] { (void)read_incidents(dir.file("text.db")); }),
                "file is not a database; start 'sereno run'"));
}

TEST_CASE("a file on a read-only disk can still be read") {
    const TempDir dir;
    const SmallDisk disk{dir.file("disk")};
    const std::string path = dir.file("disk/sereno.db");
    { Running running{path}; }
    disk.forbid_writing();
    CHECK(read_decisions(path, Stamp{}).size() == 1);
}
