#include "agent/commands/witness_table.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <ostream>

#include "agent/model/time.hpp"
#include "alerting/messages/text.hpp"

namespace sereno {

namespace json = boost::json;

namespace {

std::string text_at(const json::object& object, const char* key) {
    const json::value* found = object.if_contains(key);
    if (found == nullptr || !found->is_string()) return {};
    return one_line(std::string_view{found->get_string()});
}

std::optional<Stamp> time_at(const json::object& object, const char* key) {
    return parse_rfc3339(text_at(object, key));
}

/// "15:44:10 (12 s ago)", the date in front when it is another day's.
std::string with_age(Stamp at, Stamp now) {
    const std::string text = rfc3339(at), today = rfc3339(now);
    const std::string day = text.substr(0, 10) == today.substr(0, 10) ? "" : text.substr(0, 10) + " ";
    return day + text.substr(11, 8) + " (" + duration_text(std::max(now - at, Micros{0})) + " ago)";
}

std::string budget_of(const json::object& witness, Stamp now) {
    const json::value* found = witness.if_contains("budget");
    const json::object* budget = found == nullptr ? nullptr : found->if_object();
    if (budget == nullptr) return {};
    const auto number = [&](const char* key) {
        const json::value* value = budget->if_contains(key);
        return value != nullptr && value->is_int64() ? std::to_string(value->get_int64()) : std::string{"?"};
    };
    std::string text = number("left") + "/" + number("limit");
    if (const auto resets = time_at(*budget, "resets"); resets && *resets > now)
        text += ", all again in " + duration_text(*resets - now);
    return text;
}

WitnessRow row_of(const json::object& witness, Stamp now) {
    WitnessRow row;
    const std::string name = text_at(witness, "name");
    row.name = name.empty() ? text_at(witness, "id") : name;
    row.state = text_at(witness, "state_text");
    row.unknown = text_at(witness, "state") == "unable";
    if (const auto since = time_at(witness, "since")) row.since = with_age(*since, now);
    const auto last_word = time_at(witness, "last_word");
    row.last_word = last_word ? with_age(*last_word, now) : "never";
    row.budget = budget_of(witness, now);
    row.why = row.unknown ? text_at(witness, "why") : "";
    row.words = text_at(witness, "words");
    return row;
}

}  // namespace

boost::system::result<std::vector<WitnessRow>> witness_rows(const json::value& status) {
    const auto wrong = boost::system::errc::make_error_code(boost::system::errc::bad_message);
    const json::object* object = status.if_object();
    if (object == nullptr) return wrong;
    const auto now = time_at(*object, "time");
    const json::value* list = object->if_contains("witnesses");
    if (!now || list == nullptr || !list->is_array()) return wrong;
    std::vector<WitnessRow> rows;
    for (const json::value& witness : list->get_array()) {
        if (!witness.is_object()) return wrong;
        rows.push_back(row_of(witness.get_object(), *now));
    }
    return rows;
}

std::size_t characters(const std::string& text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

void print_row(std::ostream& out, const std::vector<std::string>& cells,
               const std::vector<std::size_t>& widths) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        line += cells[i];
        if (i + 1 < cells.size())
            line += std::string(widths[i] + 2 - std::min(widths[i], characters(cells[i])), ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
}

void print_witnesses(std::ostream& out, const std::vector<WitnessRow>& rows) {
    if (rows.empty()) {
        out << "nobody is asked to look from elsewhere; see 'witnesses:' in the configuration\n";
        return;
    }
    std::vector<std::vector<std::string>> lines{{"witness", "state", "since", "last word", "budget"}};
    for (const WitnessRow& row : rows)
        lines.push_back({row.name, row.state, row.since, row.last_word, row.budget});
    std::vector<std::size_t> widths(lines.front().size());
    for (const auto& line : lines)
        for (std::size_t i = 0; i < line.size(); ++i)
            widths[i] = std::max(widths[i], characters(line[i]));
    print_row(out, lines.front(), widths);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        print_row(out, lines[i + 1], widths);
        if (!rows[i].why.empty()) out << "    " << rows[i].why << '\n';
        if (!rows[i].words.empty()) out << "    \"" << rows[i].words << "\"\n";
    }
}

}  // namespace sereno
