// kill -9 between acceptance and keeping, over the real store: nothing lost, nothing out of order, at most
// one duplicate of a message for each crash that met it there.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>

#include "alerting/outbox.hpp"
#include "catch.hpp"
#include "tests/alerting/outbox/scripted.hpp"

using namespace sereno;
using namespace sereno::test;

namespace {

class StoreLedger : public OutboxLedger {
  public:
    explicit StoreLedger(Store& store) : store_(store) {}
    void keep(const OutboxMessage& message, std::function<void(bool)> done) override {
        store_.update(message, [done = std::move(done)](const auto& error) { done(!error); });
    }
    void waiting(const std::string& channel, MessageId after, std::size_t limit,
                 std::function<void(std::optional<std::vector<OutboxMessage>>)> done) override {
        store_.waiting(channel, after, limit, std::move(done));
    }

  private:
    Store& store_;
};

// What happened, told to the parent as it happens.
struct Note {
    enum class What : std::uint8_t { accepted, kept } what;
    std::uint64_t message;
};

void tell(int out, Note::What what, MessageId id) {
    const Note note{what, id.value};
    if (::write(out, &note, sizeof note) != sizeof note) ::_exit(3);
}

// Takes a message over and says so before the answer is known, as a mail server does.
class TellingChannel : public Channel {
  public:
    TellingChannel(Loop& loop, int out) : loop_(loop), out_(out) {}
    const std::string& id() const override { return id_; }
    std::unique_ptr<Sending> send(const OutboxMessage& message,
                                  std::function<void(DeliveryAttempt)> done) override {
        struct Timed : Sending {
            Loop::Timer timer;
        };
        auto sending = std::make_unique<Timed>();
        sending->timer = loop_.after(Micros{200}, [this, id = message.id, done = std::move(done)] {
            tell(out_, Note::What::accepted, id);
            done({Acceptance::accepted, "250 OK", Micros{0}});
        });
        return sending;
    }

  private:
    Loop& loop_;
    int out_;
    std::string id_ = "mail";
};

constexpr std::uint64_t incidents = 40;

[[noreturn]] void deliver_until_killed(const std::string& path, int out) {
    std::string warning;
    auto store = Store::open(path, warning);
    Loop loop{store->restored().latest};
    store->attach(loop);
    StoreLedger ledger{*store};
    std::vector<std::unique_ptr<Channel>> channels;
    channels.push_back(std::make_unique<TellingChannel>(loop, out));
    Outbox outbox{loop, ledger, std::move(channels), {}, [&](const OutboxMessage& m) {
                      tell(out, Note::What::kept, m.id);
                  }};
    outbox.add(store->restored().waiting);
    loop.run();
    ::_exit(4);
}

std::vector<Note> run_and_kill(const std::string& path, int notes_before, int spins) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) deliver_until_killed(path, ends[1]);
    ::close(ends[1]);
    std::vector<Note> notes;
    Note note{};
    while (static_cast<int>(notes.size()) < notes_before &&
           ::read(ends[0], &note, sizeof note) == sizeof note)
        notes.push_back(note);
    for (volatile int i = 0; i < spins;)
        i = i + 1;
    ::kill(child, SIGKILL);
    while (::read(ends[0], &note, sizeof note) == sizeof note)
        notes.push_back(note);
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));
    return notes;
}

}  // namespace

TEST_CASE("killed again and again, each message is delivered, in order, never twice in one run") {
    const TempDir dir;
    const std::string path = dir.file("sereno.db");
    {
        Loop loop;
        std::string warning;
        const auto store = Store::open(path, warning);
        store->attach(loop);
        StoreBatch batch;
        for (std::uint64_t i = 1; i <= incidents; ++i) {
            for (const AlertKind kind : {AlertKind::opened, AlertKind::recovered}) {
                batch.messages.push_back(message(i, kind, "ana@example.org"));
                batch.messages.back().created = loop.now();  // neither given up nor tidied away for its age
            }
        }
        store->commit(batch, [](auto&&, auto&&) {});
    }
    std::map<std::uint64_t, int> accepted;
    std::map<std::uint64_t, bool> kept;
    std::mt19937 random{1};
    int rounds = 0;
    while (kept.size() < 2 * incidents && rounds < 200) {
        ++rounds;
        const int left = static_cast<int>(2 * (2 * incidents - kept.size()));
        const auto notes = run_and_kill(path, std::min(left, 1 + static_cast<int>(random() % 12)),
                                        static_cast<int>(random() % 300'000));
        std::map<std::uint64_t, int> in_this_run;
        for (const Note& note : notes) {
            if (note.what == Note::What::kept) {
                kept[note.message] = true;
                continue;
            }
            INFO("round " << rounds << " message " << note.message);
            CHECK(!kept.contains(note.message));      // what is known to be sent is not sent again
            CHECK(++in_this_run[note.message] == 1);  // and nothing twice in one run
            ++accepted[note.message];
            // Ids come in pairs: odd is down, even is recovered. Never down after recovered.
            if (note.message % 2 == 0) CHECK(kept.contains(note.message - 1));
            if (note.message % 2 == 1) CHECK(accepted[note.message + 1] == 0);
        }
        // The last one may have been kept without a word about it.
        kept.clear();
        for (const OutboxMessage& row : read_messages(path))
            if (row.state == DeliveryState::sent) kept[row.id.value] = true;
    }
    INFO(rounds << " rounds");
    CHECK(kept.size() == 2 * incidents);
    CHECK(rounds > 5);
    for (std::uint64_t id = 1; id <= 2 * incidents; ++id)
        CHECK(accepted[id] >= 1);
    for (const OutboxMessage& row : read_messages(path))
        CHECK(row.state == DeliveryState::sent);
}
