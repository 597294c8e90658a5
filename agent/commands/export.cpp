#include "agent/commands/export.hpp"

#include <fcntl.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <iostream>
#include <optional>
#include <set>

#include "agent/commands/settings_source.hpp"
#include "agent/daemon.hpp"
#include "agent/recording/folder.hpp"
#include "agent/recording/gzip.hpp"
#include "agent/recording/redact.hpp"
#include "agent/recording/replay.hpp"
#include "config/builtin.hpp"
#include "config/load.hpp"

namespace sereno {

namespace {

constexpr std::size_t piece_bytes = 1024 * 1024;

struct CannotWrite : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// A new file, or standard output. What was begun and not finished is removed.
class Output {
  public:
    explicit Output(const std::string& path) : path_(path), packed_(path.ends_with(".gz")) {
        if (path == "-") {
            fd_ = STDOUT_FILENO;
            return;
        }
        fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd_ < 0 && errno == EEXIST)
            throw CannotWrite(path + " exists already; remove it, or name another file with -o");
        if (fd_ < 0) throw CannotWrite(path + ": " + std::strerror(errno) + "; name another file with -o");
    }
    ~Output() {
        if (fd_ == STDOUT_FILENO) return;
        ::close(fd_);
        if (!whole_) ::unlink(path_.c_str());
    }
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

    std::string text;  ///< put here
    void flush(std::size_t from = piece_bytes) {
        if (text.size() < from) return;
        const std::string bytes = packed_ ? gzip_member(text) : std::move(text);
        text.clear();
        for (std::size_t at = 0; at < bytes.size();) {
            const auto written = ::write(fd_, bytes.data() + at, bytes.size() - at);
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) throw CannotWrite(path_ + ": " + std::strerror(errno));
            at += static_cast<std::size_t>(written);
        }
    }
    void finish() {
        flush(1);
        whole_ = true;
    }

  private:
    std::string path_;
    int fd_ = -1;
    bool packed_ = false, whole_ = false;
};

bool tells_of(const RecordedEvent& event, std::uint64_t incident, LineReader& reader) {
    for (const std::string& line : event.effects) {
        if (!line.starts_with("{\"record_incident\"")) continue;
        const auto effect = reader.effect(line);
        const auto* record = effect ? std::get_if<RecordIncident>(&*effect) : nullptr;
        if (record && record->incident.id.value == incident) return true;
    }
    return false;
}

bool holds(const std::string& path, std::uint64_t incident) {
    try {
        RecordingReader reader(path);
        LineReader lines;
        RecordedEvent event;
        while (reader.next(event))
            if (tells_of(event, incident, lines)) return true;
    } catch (const RecordingError& error) {
        std::cerr << error.what() << " (passed over)\n";
    }
    return false;
}

/// Words that everybody may read: those of the built-in catalogue, texts and default settings.
std::function<bool(std::string_view)> public_words() {
    auto words = std::make_shared<std::set<std::string, std::less<>>>();
    const auto add = [&](std::string_view word) { words->emplace(word); };
    for (const EmbeddedFile& file : embedded_files())
        for_each_word(file.content, add);
    const Settings settings = default_settings();
    std::string line;
    append_line(line, Event{ConfigChanged{{}, settings.watch, {}, settings.playbooks}});
    for_each_word(line, add);
    return [words](std::string_view word) { return words->contains(word); };
}

void copy(RecordingReader& reader, Output& out) {
    append_line(out.text, reader.header());
    if (const auto checkpoint = reader.take_checkpoint()) append_line(out.text, *checkpoint);
    RecordedEvent recorded;
    while (reader.next(recorded)) {
        append_line(out.text, recorded.event);
        for (const std::string& line : recorded.effects)
            out.text += line + "\n";
        out.flush();
    }
}

/// What is decided of redacted events is decided anew, by this version.
void copy_redacted(RecordingReader& reader, Output& out) {
    Redactor redactor(public_words());
    append_line(out.text, RecordingHeader{recording_format, SERENO_VERSION, true});
    auto checkpoint = reader.take_checkpoint();
    if (checkpoint) {
        checkpoint = redactor.redact(std::move(*checkpoint));
        append_line(out.text, *checkpoint);
    }
    Brain brain = brain_at_beginning(reader, std::move(checkpoint));
    RecordedEvent recorded;
    while (reader.next(recorded)) {
        const Event event = redactor.redact(std::move(recorded.event));
        append_line(out.text, event);
        for (const Effect& effect : brain.on(event))
            append_line(out.text, effect);
        out.flush();
    }
}

}  // namespace

int export_incident(const ExportOptions& options) {
    const auto settings = settings_from(options.config);
    if (!settings) return EX_DATAERR;
    const std::string number = std::to_string(options.incident);
    try {
        const std::string folder = recordings_folder(data_directory(*settings));
        std::optional<std::string> found;
        for (const std::string& path : recordings_in(folder))
            if (!found && holds(path, options.incident)) found = path;
        if (!found) {
            std::cerr
                << "no recording in " << folder << " tells of incident " << number
                << "; 'sereno decisions' names those there were, and the oldest recordings are deleted\n";
            return EX_NOINPUT;
        }
        RecordingReader reader(*found);
        const std::string name =
            options.output.empty() ? "sereno-incident-" + number + ".jsonl.gz" : options.output;
        Output out(name);
        options.redact ? copy_redacted(reader, out) : copy(reader, out);
        out.finish();
        if (name != "-") std::cout << name << '\n';
    } catch (const CannotWrite& error) {
        std::cerr << error.what() << '\n';
        return EX_CANTCREAT;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return EX_DATAERR;
    }
    return EX_OK;
}

}  // namespace sereno
