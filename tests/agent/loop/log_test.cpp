#include "agent/log.hpp"

#include <unistd.h>

#include <cstdio>
#include <string>

#include "catch.hpp"

using namespace sereno;

namespace {

/// What `work` writes to standard error.
template <class Work>
std::string standard_error_of(Work work) {
    std::FILE* file = std::tmpfile();
    REQUIRE(file != nullptr);
    std::fflush(stderr);
    const int saved = ::dup(STDERR_FILENO);
    ::dup2(::fileno(file), STDERR_FILENO);
    work();
    std::fflush(stderr);
    ::dup2(saved, STDERR_FILENO);
    ::close(saved);
    std::string text(std::size_t{8192}, '\0');
    std::rewind(file);
    text.resize(std::fread(text.data(), 1, text.size(), file));
    std::fclose(file);
    return text;
}

}  // namespace

TEST_CASE("a line has the time in UTC, the level and the text") {
    log::start(log::Level::info);
    const std::string line = standard_error_of([] { log::warning("disk is full"); });
    REQUIRE(line.size() == 24 + sizeof " warning disk is full");
    INFO(line);
    CHECK(line.substr(24) == " warning disk is full\n");
    CHECK(line[4] == '-');
    CHECK(line[10] == 'T');
    CHECK(line[19] == '.');
    CHECK(line[23] == 'Z');
}

TEST_CASE("lines below the level asked for are not written") {
    log::start(log::Level::warning);
    CHECK(standard_error_of([] { log::info("nothing to see"); }).empty());
    CHECK_FALSE(log::enabled(log::Level::info));
    CHECK(log::enabled(log::Level::error));
    log::start(log::Level::debug);
    CHECK_FALSE(standard_error_of([] { log::debug("probe done"); }).empty());
}

TEST_CASE("text from a server can neither start a line of its own nor drive the terminal") {
    log::start(log::Level::info);
    const std::string line = standard_error_of([] { log::info("a\nb\x1b[2J\x7f\xc2\x9b caf\xc3\xa9 {}"); });
    CHECK(line.substr(24) == " info a?b?[2J??? caf\xc3\xa9 {}\n");
}

TEST_CASE("a line has a bound") {
    log::start(log::Level::info);
    const std::string line = standard_error_of([] { log::info(std::string(100'000, 'x')); });
    CHECK(line.size() < 5000);
    CHECK(line.substr(line.size() - 4) == "...\n");
}
