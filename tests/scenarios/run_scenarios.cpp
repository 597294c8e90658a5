// sereno_scenarios [--accept | --show | --write FOLDER | --replay FOLDER] [NAME...]: plays scenarios, all
// when none is named, and holds each to what it expects and to the texts beside it. --accept writes these
// texts anew; --show prints them; --write writes them, and all that went into the core and came out of it, to
// FOLDER/NAME/; --replay decides that again.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "kept.hpp"
#include "play.hpp"

namespace fs = std::filesystem;

namespace sereno::scenario {

namespace {

const fs::path home{SERENO_SCENARIOS};

std::string read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

/// Names of scenarios that today's rules fail, with what these say instead.
std::map<std::string, std::string> read_gaps() {
    std::map<std::string, std::string> gaps;
    std::istringstream lines(read(home / "known_gaps.txt"));
    for (std::string line; std::getline(lines, line);) {
        if (line.empty() || line.front() == '#') continue;
        const auto colon = line.find(": ");
        if (colon == std::string::npos) {
            std::cerr << "known_gaps.txt: '" << line << "' is no 'name: what today's rules say'\n";
            std::exit(2);
        }
        gaps[line.substr(0, colon)] = line.substr(colon + 2);
    }
    return gaps;
}

std::vector<std::string> every_name() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(home))
        if (fs::exists(entry.path() / "scenario.yaml")) names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    return lines;
}

std::string first_difference(const std::string& was, const std::string& is) {
    const auto before = lines_of(was), after = lines_of(is);
    std::size_t i = 0;
    while (i < before.size() && i < after.size() && before[i] == after[i])
        ++i;
    return "line " + std::to_string(i + 1) + "\n    was '" + (i < before.size() ? before[i] : "") +
           "'\n    is  '" + (i < after.size() ? after[i] : "") + "'";
}

enum class Mode { compare, accept, show, write, replay };

class Bench {
  public:
    Bench(Mode mode, fs::path folder) : mode_(mode), kept_(std::move(folder)), gaps_(read_gaps()) {}

    /// True when all is as it should be.
    bool run(const std::string& name) {
        if (mode_ == Mode::replay) return replay_kept(kept_ / name);
        const fs::path folder = home / name;
        LoadedScenario loaded =
            read_scenario(read(folder / "scenario.yaml"), name, "tests/scenarios/" + name + "/scenario.yaml");
        for (const Complaint& complaint : loaded.complaints)
            std::cout << to_string(complaint) << "\n";
        if (!loaded.complaints.empty()) return false;
        if (mode_ == Mode::write) return keep(loaded.scenario, kept_ / name);
        const Played played = play(loaded.scenario);
        if (mode_ == Mode::show)
            std::cout << played.observations << "\n" << played.verdicts << "\n" << played.effects << "\n";
        const bool same = compare(folder / "observations.txt", played.observations) &
                          compare(folder / "verdicts.txt", played.verdicts) &
                          compare(folder / "effects.txt", played.effects);
        return judge(name, disappointments(loaded.scenario, played)) && same;
    }

  private:
    bool compare(const fs::path& file, const std::string& is) const {
        if (mode_ == Mode::show) return true;
        const std::string was = read(file);
        if (was == is) return true;
        if (mode_ == Mode::accept) {
            std::ofstream(file, std::ios::binary) << is;
            return true;
        }
        std::cout << file.string() << " differs at " << first_difference(was, is)
                  << "\n  if that is right: sereno_scenarios --accept\n";
        return false;
    }

    bool judge(const std::string& name, const std::vector<std::string>& wrong) const {
        const auto gap = gaps_.find(name);
        if (gap == gaps_.end()) {
            for (const std::string& line : wrong)
                std::cout << name << ": " << line << "\n";
            return wrong.empty();
        }
        if (mode_ == Mode::show)
            for (const std::string& line : wrong)
                std::cout << name << " (known gap): " << line << "\n";
        if (!wrong.empty()) return true;
        std::cout << name << " is as expected now; take it out of tests/scenarios/known_gaps.txt\n";
        return false;
    }

    Mode mode_;
    fs::path kept_;  ///< of write and replay
    std::map<std::string, std::string> gaps_;
};

int run(int count, char** words) {
    Mode mode = std::getenv("SERENO_ACCEPT") != nullptr ? Mode::accept : Mode::compare;
    fs::path folder;
    std::vector<std::string> names;
    for (int i = 1; i < count; ++i) {
        const std::string word = words[i];
        if (word == "--accept")
            mode = Mode::accept;
        else if (word == "--show")
            mode = Mode::show;
        else if ((word == "--write" || word == "--replay") && i + 1 < count)
            mode = word == "--write" ? Mode::write : Mode::replay, folder = words[++i];
        else
            names.push_back(word);
    }
    const std::vector<std::string> known = every_name();
    if (names.empty()) names = known;
    Bench bench(mode, folder);
    int failed = 0;
    for (const std::string& name : names) {
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            std::cerr << "there is no scenario '" << name << "' in " << home.string() << "\n";
            return 2;
        }
        if (!bench.run(name)) ++failed;
    }
    std::cout << names.size() << " scenarios, " << failed << " not as they should be\n";
    return failed == 0 ? 0 : 1;
}

}  // namespace

}  // namespace sereno::scenario

int main(int count, char** words) {
    return sereno::scenario::run(count, words);
}
