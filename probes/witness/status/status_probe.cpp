// Asks a vendor how it is.
#include "agent/loop/transfer_url.hpp"
#include "probes/kinds.hpp"
#include "probes/witness/status/status_pages.hpp"
#include "probes/witness/witnesses.hpp"

namespace sereno {

namespace {

class StatusRun final : public Attempt {
  public:
    StatusRun(const StatusPage& task, Begin begin) : Attempt(std::move(begin)), task_(task) {
        const Witnesses* witnesses = context().witnesses;
        if (witnesses == nullptr || witnesses->status_pages == nullptr) {
            fail(Stage::schedule, Failure::witness_unknown, "status pages are not asked");
            return;
        }
        timer_ = loop().at(deadline(), [this] {
            fail(Stage::http, Failure::witness_unknown, "the page was not read in time");
        });
        asked_ = witnesses->status_pages->read(task_, [this](const StatusWord& word) { on_word(word); });
    }

  private:
    void on_word(const StatusWord& word) {
        if (ended()) return;
        const StatusReport& report = word.report;
        seen().said = word.when;
        if (word.gone) return fail(Stage::http, Failure::status_page_gone, report.why);
        if (!report.understood) return fail(Stage::content, Failure::witness_unknown, report.why);
        Voice voice;
        if (const auto parts = parts_of(task_.url)) voice.vantage.name = parts->host.substr(0, 64);
        voice.failure = report.says;
        voice.reached = report.says == Failure::none ? Stage::done : Stage::content;
        voice.words = report.words;
        seen().voices.push_back(std::move(voice));
        if (report.says == Failure::none) return pass(report.words);
        fail(Stage::content, report.says, report.words + affected(report));
    }

    static std::string affected(const StatusReport& report) {
        std::string out;
        for (const std::string& name : report.affected)
            out += (out.empty() ? " (" : ", ") + name;
        return out.empty() ? out : out + ")";
    }

    StatusPage task_;
    Loop::Timer timer_;
    std::unique_ptr<Asked> asked_;
};

}  // namespace

Run start(const StatusPage& task, Begin begin) {
    return std::make_unique<StatusRun>(task, std::move(begin));
}

}  // namespace sereno
