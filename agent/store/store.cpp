#include "agent/store/store.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "agent/log.hpp"
#include "agent/store/fact_queue.hpp"
#include "agent/store/writer.hpp"

namespace sereno {

namespace {

using Clock = std::chrono::steady_clock;
using Committed = std::function<void(std::vector<MessageId>, std::optional<StoreError>)>;
using Trouble = std::function<void(std::optional<StoreError>)>;

constexpr std::size_t most_writes = 10'000;
constexpr std::size_t most_reads = 100;
constexpr auto retry_after = std::chrono::seconds{2};
constexpr auto tidy_every = std::chrono::hours{24};
constexpr auto tidy_pause = std::chrono::milliseconds{100};

struct Write {
    StoreBatch batch;
    std::optional<OutboxMessage> progress;  // set: this instead of the batch
    Committed done;
};

// What callbacks on the loop may touch; gone with the store.
struct Front {
    Trouble on_trouble;
};

}  // namespace

struct Store::Impl {
    Impl(std::string file, std::unique_ptr<FileLock> held) : path(std::move(file)), lock(std::move(held)) {}

    // The thread's side.
    void work();
    void write_first(std::unique_lock<std::mutex>& guard);
    void write_facts(std::unique_lock<std::mutex>& guard);
    void tidy(std::unique_lock<std::mutex>& guard);
    void recover();
    void tell(std::optional<StoreError> state);

    // The loop's side.
    void enqueue(Write write);
    void enqueue(std::function<Task()> read, Task refused);
    void post(Task task);

    const std::string path;
    std::unique_ptr<FileLock> lock;
    std::unique_ptr<Writer> writer;  // the thread's, once it runs
    Restored restored;
    Loop* loop = nullptr;
    std::shared_ptr<Front> front = std::make_shared<Front>();

    std::mutex mutex;
    std::condition_variable wake;
    std::deque<Write> writes;                   // guarded by mutex; only the thread takes from the front
    std::deque<std::function<Task()>> reads;    // guarded by mutex; each gives what is to be posted
    FactQueue facts{Clock::now()};              // guarded by mutex
    bool stopping = false;                      // guarded by mutex
    std::optional<Clock::time_point> retry_at;  // the thread's; set while the first write failed
    Clock::time_point tidy_at = Clock::now();   // the thread's
    std::optional<std::string> trouble;         // the thread's
    std::thread thread;
};

void Store::Impl::work() {
    std::unique_lock guard{mutex};
    for (;;) {
        const auto now = Clock::now();
        if (!reads.empty()) {
            auto read = std::move(reads.front());
            reads.pop_front();
            guard.unlock();
            post(read());
            guard.lock();
        } else if (!writes.empty() && (stopping || !retry_at || now >= *retry_at)) {
            write_first(guard);
            if (stopping && retry_at) return;
        } else if (!retry_at && facts.due() && (stopping || now >= *facts.due())) {
            write_facts(guard);
            if (stopping) return;
        } else if (stopping) {
            return;
        } else if (!retry_at && now >= tidy_at) {
            tidy(guard);
        } else {
            wake.wait_until(guard, retry_at ? *retry_at : std::min(tidy_at, facts.due().value_or(tidy_at)));
        }
    }
}

// The first write stays in the queue until it is on the disk: nothing is lost, nothing overtakes.
void Store::Impl::write_first(std::unique_lock<std::mutex>& guard) {
    Write& first = writes.front();  // a deque's elements stay where they are while others are pushed
    guard.unlock();
    std::vector<MessageId> ids;
    const bool well = first.progress ? writer->write(*first.progress) : writer->write(first.batch, ids);
    std::optional<StoreError> error;
    if (!well) error = StoreError{path + ": " + writer->fault().what};
    if (!well && !writer->fault().is_of_the_rows()) {
        tell(error);
        recover();
        retry_at = Clock::now() + retry_after;
        guard.lock();
        return;
    }
    if (well) tell(std::nullopt);
    retry_at.reset();
    post(
        [done = std::move(first.done), ids = std::move(ids), error = std::move(error)] { done(ids, error); });
    guard.lock();
    writes.pop_front();
}

// Routine: it waits for whatever else there is, and is tried again with what has come meanwhile.
void Store::Impl::write_facts(std::unique_lock<std::mutex>& guard) {
    std::vector<Fact> taken = facts.take();
    guard.unlock();
    std::size_t bytes = 0;
    const bool well = writer->write(taken, bytes);
    const bool refused = !well && writer->fault().is_of_the_rows();
    if (well) tell(std::nullopt);
    if (refused)
        log::warning("store lost facts=" + std::to_string(taken.size()) + ": " + writer->fault().what);
    if (!well && !refused) {
        tell(StoreError{path + ": " + writer->fault().what});
        recover();
    }
    guard.lock();
    if (well)
        facts.written(bytes, Clock::now());
    else if (!refused)
        facts.give_back(std::move(taken), Clock::now());
}

// A connection that met an error of the disk may keep to it; a fresh one does not. On a full disk the old one
// is kept: it can still read, and a new one would need room for its log.
void Store::Impl::recover() {
    if (writer->fault().is_passing()) return;
    const std::string aside = writer->begin_anew();
    if (!aside.empty())
        tell(StoreError{path + " was damaged; it is kept as " + aside + ", and a new file was begun"});
}

void Store::Impl::tidy(std::unique_lock<std::mutex>& guard) {
    guard.unlock();
    const bool more = writer->tidy();
    tidy_at = Clock::now() + (more ? Clock::duration{tidy_pause} : Clock::duration{tidy_every});
    guard.lock();
}

void Store::Impl::tell(std::optional<StoreError> state) {
    std::optional<std::string> text;
    if (state) text = state->what;
    if (text == trouble) return;
    trouble = text;
    if (text)
        log::warning("store trouble=\"" + *text + "\"");
    else
        log::info("store is well again path=\"" + path + "\"");
    post([held = std::weak_ptr<Front>{front}, state = std::move(state)] {
        if (const auto alive = held.lock(); alive && alive->on_trouble) alive->on_trouble(state);
    });
}

// Called from both sides. A task is dropped when the store is gone: whoever waited for it may be gone as
// well.
void Store::Impl::post(Task task) {
    loop->post([held = std::weak_ptr<Front>{front}, task = std::move(task)] {
        if (!held.expired()) task();
    });
}

void Store::Impl::enqueue(Write write) {
    assert(loop != nullptr);
    {
        const std::lock_guard guard{mutex};
        if (writes.size() < most_writes) {
            writes.push_back(std::move(write));
            wake.notify_one();
            return;
        }
    }
    post([done = std::move(write.done), what = path + ": " + std::to_string(most_writes) +
                                               " writes wait already"] { done({}, StoreError{what}); });
}

void Store::Impl::enqueue(std::function<Task()> read, Task refused) {
    assert(loop != nullptr);
    {
        const std::lock_guard guard{mutex};
        if (reads.size() < most_reads) {
            reads.push_back(std::move(read));
            wake.notify_one();
            return;
        }
    }
    post(std::move(refused));
}

std::unique_ptr<Store> Store::open(const std::string& path, std::string& warning) {
    warning.clear();
    prepare_place(path);
    auto impl = std::make_unique<Impl>(path, std::make_unique<FileLock>(path));
    std::size_t unreadable = 0;
    for (bool again = true;; again = false) {
        Opened opened = open_for_writing(path);
        if (!opened.later_or_foreign.empty()) throw std::runtime_error(opened.later_or_foreign);
        SqliteFault fault = opened.fault;
        if (opened.database) {
            impl->writer = std::make_unique<Writer>(path, std::move(opened.database));
            if (auto restored = impl->writer->restore(unreadable)) {
                impl->restored = std::move(*restored);
                break;
            }
            fault = impl->writer->fault();
            impl->writer.reset();
        }
        if (!fault.is_damage() || !again)
            throw std::runtime_error(
                "cannot open " + path + ": " + fault.what +
                "; check the disk's space and the permissions there, or set 'data:' to another directory");
        const std::string aside = set_aside(path);
        prepare_place(path);
        warning =
            path + " was damaged (" + fault.what + "); it is kept as " + aside + ", and a new file was begun";
    }
    if (unreadable > 0)
        warning = path + " holds " + std::to_string(unreadable) +
                  " rows that this version cannot read; they are left out";
    return std::unique_ptr<Store>(new Store(std::move(impl)));
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Store::~Store() {
    {
        const std::lock_guard guard{impl_->mutex};
        impl_->stopping = true;
    }
    impl_->wake.notify_one();
    if (impl_->thread.joinable()) impl_->thread.join();
    if (!impl_->writes.empty())
        log::error("store lost=" + std::to_string(impl_->writes.size()) + " writes at shutdown: \"" +
                   impl_->trouble.value_or("") + "\"");
}

const Restored& Store::restored() const {
    return impl_->restored;
}

void Store::attach(Loop& loop) {
    assert(impl_->loop == nullptr);
    impl_->loop = &loop;
    impl_->thread = std::thread([impl = impl_.get()] { impl->work(); });
}

void Store::commit(StoreBatch batch, Committed done) {
    impl_->enqueue({std::move(batch), std::nullopt, std::move(done)});
}

void Store::update(OutboxMessage message, std::function<void(std::optional<StoreError>)> done) {
    assert(!message.id.empty());
    impl_->enqueue(
        {{}, std::move(message), [done = std::move(done)](auto&&, std::optional<StoreError> error) {
             done(std::move(error));
         }});
}

void Store::remember(Fact fact) {
    assert(impl_->loop != nullptr);
    const std::lock_guard guard{impl_->mutex};
    const bool first = impl_->facts.empty();
    impl_->facts.add(std::move(fact), Clock::now());
    if (first) impl_->wake.notify_one();
}

void Store::on_trouble(Trouble callback) {
    impl_->front->on_trouble = std::move(callback);
}

void Store::decisions(Stamp since, std::size_t limit, std::function<void(std::vector<DecisionRecord>)> done) {
    impl_->enqueue(
        [impl = impl_.get(), since, limit, done]() -> Task {
            return [done, rows = impl->writer->decisions(since, limit)] { done(rows); };
        },
        [done] { done({}); });
}

void Store::incidents(std::size_t limit, std::function<void(std::vector<Incident>)> done) {
    impl_->enqueue([impl = impl_.get(), limit,
                    done]() -> Task { return [done, rows = impl->writer->incidents(limit)] { done(rows); }; },
                   [done] { done({}); });
}

void Store::waiting(std::string channel, MessageId after, std::size_t limit,
                    std::function<void(std::optional<std::vector<OutboxMessage>>)> done) {
    impl_->enqueue(
        [impl = impl_.get(), channel = std::move(channel), after, limit, done]() -> Task {
            return [done, rows = impl->writer->waiting(channel, after, limit)] { done(rows); };
        },
        [done] { done(std::nullopt); });
}

}  // namespace sereno
