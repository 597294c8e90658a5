// A page has readings, one for each choice of components that was ever asked for; its text is not kept. Who
// asks while a question is under way waits for the same answer.
#include "probes/witness/status/status_pages.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "agent/loop/transfer_url.hpp"
#include "probes/attempt.hpp"

namespace sereno {

namespace {

/// Larger than other answers: Google tells of years, AWS in two bytes a letter.
constexpr std::size_t most_bytes = 1024 * 1024;
/// Shorter than that of a probe, so that the better word is the one that is told.
constexpr Micros question_timeout{9'000'000};

struct Waiter {
    StatusPage page;
    std::function<void(const StatusWord&)> done;  ///< empty: told, or no longer interested
};

struct Reading {
    StatusPage page;
    StatusReport report;
};

struct Page {
    WitnessId witness;
    std::vector<Reading> readings;
    std::optional<StatusWord> failure;  ///< of the last question; empty: it was answered
    Stamp when, whole;                  ///< of the last answer of any kind, and of the last whole one
    Stamp not_before;                   ///< as it asked for
    std::unique_ptr<Asked> question;
    std::vector<std::string> validators;  ///< header lines that ask for less: of the answer that was read
    bool conditional = false;             ///< of the question
    std::vector<std::shared_ptr<Waiter>> waiters;

    [[nodiscard]] const StatusReport* reading_of(const StatusPage& page) const {
        const auto found = std::find_if(readings.begin(), readings.end(),
                                        [&](const Reading& one) { return one.page == page; });
        return found == readings.end() ? nullptr : &found->report;
    }
    /// Empty: it must be asked.
    [[nodiscard]] std::optional<StatusWord> word_for(const StatusPage& page) const {
        if (failure) return failure;
        const StatusReport* report = reading_of(page);
        if (report == nullptr) return {};
        return StatusWord{*report, false, when};
    }
};

/// Nobody is there. All else that is no page is something in between: it says nothing about the vendor.
bool is_gone(const Answer& answer) {
    switch (answer.failure) {
        case Failure::none:
            return answer.status >= 500;
        case Failure::dns_timeout:
        case Failure::dns_unreachable:
        case Failure::dns_refused:
        case Failure::dns_servfail:
        case Failure::dns_nxdomain:
        case Failure::dns_nodata:
        case Failure::connect_timeout:
        case Failure::connect_refused:
        case Failure::connect_reset:
        case Failure::connect_unreachable:
        case Failure::tls_timeout:
        case Failure::tls_reset:
        case Failure::http_timeout:
        case Failure::http_reset:
            return true;
        default:
            return false;
    }
}

/// What comes back to whoever asks whether there is news (RFC 9110 section 13.1). Only what can be sent as it
/// came.
std::vector<std::string> validators_of(const Answer& answer) {
    constexpr std::size_t longest = 512;
    std::vector<std::string> out;
    for (const auto& [name, value] : answer.headers) {
        if (value.empty() || value.size() > longest || plain_text(value, longest) != value) continue;
        if (name == "etag") out.push_back("If-None-Match: " + value);
        if (name == "last-modified") out.push_back("If-Modified-Since: " + value);
    }
    return out.size() <= 2 ? out : std::vector<std::string>{};
}

std::string host_of(const std::string& url) {
    const auto parts = parts_of(url);
    return parts ? parts->host : url;
}

}  // namespace

struct StatusPages::Impl : std::enable_shared_from_this<Impl> {
    Impl(ProbeContext& with, Asker& asks, WitnessBoard& shown, Pace wanted)
        : context(with), asker(asks), board(shown), pace(wanted) {}

    [[nodiscard]] Stamp now() const { return context.loop.now(); }

    Page& page_at(const std::string& url) {
        const auto [it, fresh] = pages.try_emplace(url);
        if (!fresh) return it->second;
        const std::string host = host_of(url);
        it->second.witness = status_witness(url);
        board.list(it->second.witness, "status page of " + host, Group::vendor, now());
        // The commonest of all moves.
        if (host.starts_with("www."))
            asker.allow_redirects(host, host.substr(4));
        else
            asker.allow_redirects(host, "www." + host);
        return it->second;
    }

    [[nodiscard]] bool is_recent(const Page& page) const {
        return page.when != Stamp{} && (now() - page.when < pace.shared_for || now() < page.not_before);
    }

    void join(const std::shared_ptr<Waiter>& waiter) {
        Page& page = page_at(waiter->page.url);
        if (is_recent(page))
            if (const auto word = page.word_for(waiter->page)) return tell_soon(waiter, *word);
        page.waiters.push_back(waiter);
        if (!page.question) ask(waiter->page.url, page);
    }

    void leave(const Waiter* waiter) {
        const auto found = pages.find(waiter->page.url);
        if (found == pages.end()) return;
        Page& page = found->second;
        std::erase_if(page.waiters, [&](const auto& one) { return one.get() == waiter; });
        if (page.waiters.empty()) page.question.reset();
    }

    void ask(const std::string& url, Page& page) {
        const bool known = std::all_of(page.waiters.begin(), page.waiters.end(), [&](const auto& one) {
            return page.reading_of(one->page) != nullptr;
        });
        page.conditional = known && !page.validators.empty() && now() - page.whole < pace.believed_for;
        Question question;
        question.url = url;
        question.max_body_bytes = most_bytes;
        question.timeout = question_timeout;
        // Not the asker's own: those may be of an answer that was not read into these readings.
        if (page.conditional) question.headers = page.validators;
        page.question = asker.ask(std::move(question), [weak = weak_from_this(), url](const Answer& answer) {
            if (const auto self = weak.lock()) self->on_answer(url, answer);
        });
    }

    void on_answer(const std::string& url, const Answer& answer) {
        Page& page = pages.at(url);
        page.question.reset();
        page.when = now();
        page.not_before = now() + answer.retry_after;
        page.failure.reset();
        if (answer.ok())
            read_again(page, answer);
        else if (!(answer.not_modified() && page.conditional))
            page.failure = failure_of(answer);
        report(page);
        tell_all(url, page);
    }

    /// For all that were ever asked for, and those who wait.
    void read_again(Page& page, const Answer& answer) {
        page.whole = page.when;
        page.validators = validators_of(answer);
        for (const auto& waiter : page.waiters)
            if (page.reading_of(waiter->page) == nullptr) page.readings.push_back({waiter->page, {}});
        const Stamp wall = now() + context.loop.wall_offset();
        for (Reading& one : page.readings)
            one.report = read_status(one.page, answer.body, wall);
    }

    StatusWord failure_of(const Answer& answer) const {
        StatusWord word;
        word.gone = is_gone(answer);
        word.when = now();
        word.report.why = answer.why.empty() ? "answered " + std::to_string(answer.status) : answer.why;
        return word;
    }

    void report(const Page& page) {
        if (page.failure) return board.unable(page.witness, now(), page.failure->report.why);
        const auto strange = std::find_if(page.readings.begin(), page.readings.end(),
                                          [](const Reading& one) { return !one.report.understood; });
        if (strange != page.readings.end()) return board.unable(page.witness, now(), strange->report.why);
        const auto bad = std::find_if(page.readings.begin(), page.readings.end(),
                                      [](const Reading& one) { return one.report.says != Failure::none; });
        const auto& shown = bad == page.readings.end() ? page.readings.front() : *bad;
        board.able(page.witness, now(), shown.report.words);
    }

    /// Each may ask again, or leave and take others along, from its callback.
    void tell_all(const std::string& url, Page& page) {
        std::vector<std::pair<std::shared_ptr<Waiter>, StatusWord>> told;
        std::erase_if(page.waiters, [&](const auto& waiter) {
            const auto word = page.word_for(waiter->page);
            if (word) told.emplace_back(waiter, *word);
            return word.has_value();
        });
        // Who came while it was asked whether anything had changed, and wants to know something else.
        if (!page.waiters.empty()) ask(url, page);
        for (const auto& [waiter, word] : told)
            if (const auto done = std::exchange(waiter->done, nullptr)) done(word);
    }

    void tell_soon(const std::shared_ptr<Waiter>& waiter, const StatusWord& word) const {
        context.loop.post([weak = std::weak_ptr<Waiter>(waiter), word] {
            const auto one = weak.lock();
            if (!one) return;
            if (const auto done = std::exchange(one->done, nullptr)) done(word);
        });
    }

    ProbeContext& context;
    Asker& asker;
    WitnessBoard& board;
    Pace pace;
    std::map<std::string, Page> pages;  ///< by URL; as many as the configuration names
};

namespace {

class Held : public Asked {
  public:
    Held(std::shared_ptr<Waiter> waiter, std::function<void(const Waiter*)> leave)
        : waiter_(std::move(waiter)), leave_(std::move(leave)) {}
    ~Held() override {
        waiter_->done = nullptr;
        leave_(waiter_.get());
    }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;

  private:
    std::shared_ptr<Waiter> waiter_;
    std::function<void(const Waiter*)> leave_;
};

}  // namespace

StatusPages::StatusPages(ProbeContext& context, Asker& asker, WitnessBoard& board)
    : StatusPages(context, asker, board, Pace{}) {}

StatusPages::StatusPages(ProbeContext& context, Asker& asker, WitnessBoard& board, Pace pace)
    : impl_(std::make_shared<Impl>(context, asker, board, pace)) {}

StatusPages::~StatusPages() = default;

std::unique_ptr<Asked> StatusPages::read(const StatusPage& page,
                                         std::function<void(const StatusWord&)> done) {
    auto waiter = std::make_shared<Waiter>(Waiter{page, std::move(done)});
    impl_->join(waiter);
    return std::make_unique<Held>(waiter, [weak = std::weak_ptr<Impl>(impl_)](const Waiter* leaving) {
        if (const auto impl = weak.lock()) impl->leave(leaving);
    });
}

}  // namespace sereno
