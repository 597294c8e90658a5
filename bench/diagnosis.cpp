// How good is the diagnosis? Random worlds whose truth is known, judged by the brain and by "N failures in a
// row".
//   diagnosis [--worlds N] [--seed S] [--jobs J]    worlds S, S + 1 ...; by default 20,000 from 1 on
//   diagnosis --latency N                           and how soon: N moments a kind of outage; 200, or 0
//   diagnosis --wrong                               one line for each world that went wrong
//   diagnosis --seed S --show                       one world's story in full
// The same for the same numbers, whatever the jobs.
#include <charconv>
#include <cstdio>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "diagnosis_latency.hpp"
#include "diagnosis_report.hpp"

using namespace sereno;
using namespace sereno::scenario;

namespace {

struct Options {
    std::uint64_t worlds = 20'000, seed = 1, jobs = 1, latency = 200;
    bool show = false, wrong = false;
};

[[noreturn]] void explain(const char* word) {
    std::fprintf(stderr,
                 "diagnosis: '%s' is not understood\nusage: diagnosis [--worlds N] [--seed S] [--jobs J] "
                 "[--latency N] [--wrong] [--show]\n",
                 word);
    std::exit(2);
}

Options read_options(int count, char** words) {
    Options options;
    for (int i = 1; i < count; ++i) {
        const std::string word = words[i];
        if (word == "--show" || word == "--wrong") {
            (word == "--show" ? options.show : options.wrong) = true;
            continue;
        }
        std::uint64_t* number = word == "--worlds"    ? &options.worlds
                                : word == "--seed"    ? &options.seed
                                : word == "--jobs"    ? &options.jobs
                                : word == "--latency" ? &options.latency
                                                      : nullptr;
        if (!number || i + 1 == count) explain(words[i]);
        const char* text = words[++i];
        const auto [end, error] = std::from_chars(text, text + std::strlen(text), *number);
        if (error != std::errc{} || *end != 0) explain(text);
    }
    if (options.worlds == 0 || options.worlds > 10'000'000 || options.jobs == 0 || options.jobs > 64 ||
        options.latency > 100'000)
        explain("a number out of range");
    return options;
}

std::vector<Trial> run_all(const Options& options, const std::vector<Household>& all) {
    std::vector<Trial> trials(options.worlds);
    std::vector<std::thread> threads;
    for (std::uint64_t job = 0; job < options.jobs; ++job)
        threads.emplace_back([&, job] {
            for (std::uint64_t i = job; i < options.worlds; i += options.jobs)
                trials[i] = run_trial(draw_world(options.seed + i, all));
        });
    for (std::thread& thread : threads)
        thread.join();
    return trials;
}

void show(std::uint64_t seed, const std::vector<Household>& all) {
    const RandomWorld world = draw_world(seed, all);
    std::string story;
    const Trial trial = run_trial(world, &story);
    std::string truth{to_string(world.truth.kind)};
    for (const std::string& cause : world.truth.causes)
        truth += " " + cause;
    for (const std::string& subject : world.truth.subjects)
        truth += ", " + subject + " is down";
    std::printf("world %llu: %s\n\n%s\ntruth: %s\nsaid: %s, which is %s\n",
                static_cast<unsigned long long>(seed), world.story.c_str(), story.c_str(), truth.c_str(),
                trial.ours.said.c_str(), trial.ours.is_right ? "right" : "wrong");
}

}  // namespace

int main(int count, char** words) {
    const Options options = read_options(count, words);
    const std::vector<Household> all = households();
    if (options.show) {
        show(options.seed, all);
        return 0;
    }
    const std::vector<Trial> trials = run_all(options, all);
    if (options.wrong) {
        print_wrong(trials);
        return 0;
    }
    print(trials);
    if (options.latency > 0) print_latency(options.latency, options.seed);
    return 0;
}
