// The schema of a playbook.
#include "config/playbooks.hpp"

#include <set>

#include "config/builtin.hpp"

namespace sereno {

namespace {

using Translations = std::map<std::string, std::string>;

/// A text by language; English, which every other language falls back to, must be there.
Type<Translations> translations(std::size_t most_bytes) {
    struct Entry {
        Translations text;
    };
    Fields<Entry> fields;
    for (const std::string& language : languages())
        fields.push_back(
            {language, language == "en",
             [language, type = paragraph(most_bytes)](Check& check, const Node& node, Entry& into) {
                 if (auto value = type.read(check, language, node)) into.text[language] = *value;
             }});
    return {[fields](Check& check, std::string_view key, const Node& node) -> std::optional<Translations> {
        if (!expect_map(check, key, node)) return {};
        Entry entry;
        read_fields(check, key, node, fields, entry);
        return std::move(entry.text);
    }};
}

const Type<Playbook>& playbook_type() {
    static const Fields<PlaybookStep> step{
        required("id", &PlaybookStep::id, name()),
        required("phase", &PlaybookStep::phase,
                 choice<Phase>({{"open", Phase::open}, {"recovered", Phase::recovered}})),
        required("text", &PlaybookStep::text, translations(1000)),
    };
    static const Type<std::vector<Placed<PlaybookStep>>> steps =
        list_of(object<PlaybookStep>("step", step), 1, 64);
    static const Type<std::vector<PlaybookStep>> different_steps{
        [](Check& check, std::string_view key, const Node& node) -> std::optional<std::vector<PlaybookStep>> {
            auto placed = steps.read(check, key, node);
            if (!placed) return {};
            std::vector<PlaybookStep> out;
            std::set<std::string> seen;
            for (Placed<PlaybookStep>& one : *placed) {
                if (!one.value.id.empty() && !seen.insert(one.value.id).second)
                    check.complaints.refuse(
                        one.place, "step " + quoted(one.value.id) + " is there twice; give one another id");
                out.push_back(std::move(one.value));
            }
            return out;
        }};
    static const Fields<Playbook> fields{
        required("playbook", &Playbook::id, name()),
        required("for", &Playbook::kind,
                 choice<IncidentKind>({{"outage", IncidentKind::outage},
                                       {"local", IncidentKind::local},
                                       {"app", IncidentKind::app}})),
        field("platform_kinds", &Playbook::platform_kinds, plain_list_of(name(), 0, 16)),
        required("title", &Playbook::title, translations(200)),
        required("steps", &Playbook::steps, different_steps),
    };
    static const Type<Playbook> type = object<Playbook>("playbook", fields);
    return type;
}

}  // namespace

std::vector<Placed<Playbook>> read_playbooks(Check& check, std::string_view text, int file) {
    std::vector<Placed<Playbook>> out;
    for (const Node& document : read_yaml(text, file, check.complaints))
        if (auto playbook = playbook_type().read(check, "a playbook", document)) {
            const Node* id = document.find("playbook");
            out.push_back({std::move(*playbook), id == nullptr ? document.place : id->place});
        }
    return out;
}

std::vector<Playbook> read_builtin_playbooks(Complaints& complaints) {
    std::vector<Playbook> out;
    for (const std::string_view file : builtin_files("playbooks")) {
        Check check{complaints, "."};
        const int number = complaints.open("built-in " + std::string(file));
        for (Placed<Playbook>& one : read_playbooks(check, builtin_file(file), number))
            out.push_back(std::move(one.value));
    }
    return out;
}

const std::vector<Playbook>& builtin_playbooks() {
    static const std::vector<Playbook> playbooks = [] {
        Complaints ignored;  // a test reads them all and finds none
        return read_builtin_playbooks(ignored);
    }();
    return playbooks;
}

}  // namespace sereno
