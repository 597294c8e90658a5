#include "agent/loop/remembered.hpp"

#include "catch.hpp"

using namespace sereno;
using namespace std::chrono_literals;

namespace {

const Stamp noon{Micros{1'700'000'000'000'000}};

struct Book {
    Book() {
        book.on_change([this](const Fact& fact) { told.push_back(fact); });
    }
    Remembered book;
    std::vector<Fact> told;
};

Fact server(const std::string& name, Stamp when, std::vector<std::string> addresses = {"192.0.2.1"}) {
    return {FactKind::name_server, name, std::move(addresses), when};
}

}  // namespace

TEST_CASE("what is kept is found, under its own kind only") {
    Book test;
    test.book.keep(FactKind::name_server, "a.ns", {"192.0.2.1", "192.0.2.2"}, noon);
    const Fact* fact = test.book.find(FactKind::name_server, "a.ns");
    REQUIRE(fact != nullptr);
    CHECK(*fact == server("a.ns", noon, {"192.0.2.1", "192.0.2.2"}));
    CHECK(test.book.find(FactKind::front_end, "a.ns") == nullptr);
    CHECK(test.book.find(FactKind::name_server, "b.ns") == nullptr);
}

TEST_CASE("nothing is learned from no values or no key") {
    Book test;
    test.book.keep(FactKind::name_server, "a.ns", {}, noon);
    test.book.keep(FactKind::name_server, "", {"192.0.2.1"}, noon);
    test.book.keep(FactKind::name_server, std::string(256, 'x'), {"192.0.2.1"}, noon);
    CHECK(test.book.size() == 0);
    CHECK(test.told.empty());
}

TEST_CASE("a fact is told when it is new or changed, and else once an hour") {
    Book test;
    test.book.keep(FactKind::name_server, "a.ns", {"192.0.2.1"}, noon);
    CHECK(test.told.size() == 1);
    test.book.keep(FactKind::name_server, "a.ns", {"192.0.2.1"}, noon + 59min);
    CHECK(test.told.size() == 1);
    CHECK(test.book.find(FactKind::name_server, "a.ns")->when == noon + 59min);
    test.book.keep(FactKind::name_server, "a.ns", {"192.0.2.1"}, noon + 60min);
    REQUIRE(test.told.size() == 2);
    CHECK(test.told.back() == server("a.ns", noon + 60min));
    test.book.keep(FactKind::name_server, "a.ns", {"192.0.2.9"}, noon + 61min);
    REQUIRE(test.told.size() == 3);
    CHECK(test.told.back().values == std::vector<std::string>{"192.0.2.9"});
}

TEST_CASE("what an earlier run knew is there, is not told, and the same news an hour later is") {
    Book test;
    test.book.restore({server("a.ns", noon), server("b.ns", noon, {})});
    CHECK(test.book.size() == 1);
    CHECK(test.told.empty());
    REQUIRE(test.book.find(FactKind::name_server, "a.ns") != nullptr);
    test.book.keep(FactKind::name_server, "a.ns", {"192.0.2.1"}, noon + 10min);
    CHECK(test.told.empty());
    test.book.keep(FactKind::name_server, "a.ns", {"192.0.2.1"}, noon + 60min);
    CHECK(test.told.size() == 1);
}

TEST_CASE("what an earlier run knew does not replace what is newer, and is bounded like all else") {
    Book test;
    test.book.keep(FactKind::name_server, "a.ns", {"192.0.2.9"}, noon);
    test.book.restore({server("a.ns", noon - 24h), server("", noon), server(std::string(256, 'x'), noon),
                       server("many", noon, std::vector<std::string>(40, std::string(300, 'x')))});
    CHECK(test.book.find(FactKind::name_server, "a.ns")->values == std::vector<std::string>{"192.0.2.9"});
    CHECK(test.book.size() == 2);
    const Fact* many = test.book.find(FactKind::name_server, "many");
    REQUIRE(many != nullptr);
    CHECK(many->values.size() == 32);
    CHECK(many->values.front().size() == 255);
}

TEST_CASE("values are cut to 32 of 255 bytes") {
    Book test;
    test.book.keep(FactKind::path, "udp 192.0.2.1:53", std::vector<std::string>(40, std::string(300, 'x')),
                   noon);
    const Fact* fact = test.book.find(FactKind::path, "udp 192.0.2.1:53");
    REQUIRE(fact != nullptr);
    CHECK(fact->values.size() == 32);
    CHECK(fact->values.front().size() == 255);
}

TEST_CASE("a full book forgets the oldest, some at once") {
    Remembered book;
    for (std::size_t i = 0; i < Remembered::most; ++i)
        book.keep(FactKind::name_server, std::to_string(i), {"192.0.2.1"}, noon + std::chrono::seconds{i});
    book.keep(FactKind::name_server, "0", {"192.0.2.1"}, noon + 24h);  // known: nobody has to go
    CHECK(book.size() == Remembered::most);
    book.keep(FactKind::name_server, "new", {"192.0.2.1"}, noon + 25h);
    CHECK(book.size() <= Remembered::most);
    CHECK(book.size() > Remembered::most / 2);
    CHECK(book.find(FactKind::name_server, "0") != nullptr);
    CHECK(book.find(FactKind::name_server, "1") == nullptr);
    CHECK(book.find(FactKind::name_server, std::to_string(Remembered::most - 1)) != nullptr);
    CHECK(book.find(FactKind::name_server, "new") != nullptr);
}

TEST_CASE("a full book of one age forgets no more than it must") {
    Remembered book;
    for (std::size_t i = 0; i <= Remembered::most; ++i)
        book.keep(FactKind::name_server, std::to_string(i), {"192.0.2.1"}, noon);
    CHECK(book.size() <= Remembered::most);
    CHECK(book.size() > Remembered::most / 2);
}

TEST_CASE("restoring more than a book holds keeps the newest") {
    Remembered book;
    std::vector<Fact> facts;
    for (std::size_t i = 0; i <= Remembered::most; ++i)
        facts.push_back(server(std::to_string(i), noon - std::chrono::seconds{i}));
    book.restore(facts);
    CHECK(book.size() <= Remembered::most);
    CHECK(book.find(FactKind::name_server, "0") != nullptr);
    CHECK(book.find(FactKind::name_server, std::to_string(Remembered::most)) == nullptr);
}
