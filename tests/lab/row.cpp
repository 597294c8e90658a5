#include "row.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "catch.hpp"

namespace sereno::lab {

namespace {

std::string path_of(const std::string& name) {
    return std::string{SERENO_TRACES} + "/" + name + ".txt";
}

/// A computer that is busy with something else sees nothing: the round is void, and there is another.
constexpr int most_looks = 8;
bool is_too_slow(const std::string& trace) {
    return trace.find("host_slow") != std::string::npos;
}

/// What only a platform itself can do wrong.
const std::vector<std::string> own_symptoms{"http_server_error", "http_status",   "http_malformed",
                                            "content_mismatch",  "http_redirect", "http_too_large"};

void hold_local_fault(const std::string& trace) {
    std::istringstream lines(trace);
    for (std::string line; std::getline(lines, line);)
        for (const std::string& symptom : own_symptoms)
            if (line.starts_with("platforms/") || line.starts_with("agora") || line.starts_with("bazar") ||
                line.starts_with("correo"))
                if (line.find(" " + symptom) != std::string::npos)
                    FAIL_CHECK("a local fault looks like the platform's own: " << line);
}

}  // namespace

std::string expected_trace(const std::string& name) {
    std::ifstream file(path_of(name));
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

void check(const Row& row) {
    const auto known = std::find_if(all_rows().begin(), all_rows().end(),
                                    [&](const RowName& one) { return one.name == row.name; });
    if (known == all_rows().end()) throw std::logic_error(row.name + " is missing in all_rows()");

    Household home;
    if (row.before) row.before(home);
    Settings settings = lab_settings(home.authority.bundle());
    if (row.configure) row.configure(settings, home);
    Battery battery(home, std::move(settings), row.in_the_process);
    std::string before = battery.warm_up();
    for (int tries = 0; tries < most_looks && is_too_slow(before); ++tries)
        before = battery.warm_up();
    if (row.warm_up_is_well) CHECK(before == "all is well\n");
    if (row.fault) row.fault(home);
    battery.start_look();
    if (row.meanwhile) row.meanwhile(battery);
    std::string trace = battery.end_look();
    for (int tries = 0; tries < most_looks && !row.meanwhile && is_too_slow(trace); ++tries)
        trace = battery.look();

    if (known->kind == Kind::local) hold_local_fault(trace);
    CHECK(battery.declared() == known->declares);
    if (std::getenv("SERENO_WRITE_TRACES") != nullptr) {
        std::ofstream(path_of(row.name)) << trace;
        WARN("wrote traces/" << row.name << ".txt");
        return;
    }
    CHECK(trace == expected_trace(row.name));
}

}  // namespace sereno::lab
