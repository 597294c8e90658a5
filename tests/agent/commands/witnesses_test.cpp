// `sereno witnesses` beside a real page with a made-up snapshot, and beside others.
#include "agent/commands/witnesses.hpp"

#include <sysexits.h>

#include <atomic>
#include <boost/json/parse.hpp>
#include <future>
#include <iostream>
#include <sstream>
#include <thread>

#include "agent/commands/witness_table.hpp"
#include "agent/page/page.hpp"
#include "catch.hpp"
#include "daemons.hpp"
#include "json_service.hpp"
#include "scenes.hpp"

using namespace sereno;
using namespace sereno::test;

namespace {

/// The page as the daemon serves it, on a thread of its own.
class Served {
  public:
    explicit Served(std::string scene)
        : thread_([this, scene = std::move(scene)] {
              Loop loop;
              Page page(loop, {.listen = {"127.0.0.1", 0}, .team = "Corner Shop", .language = "en"},
                        scenes::messages(), {});
              page.show(scenes::make(scene, 1, loop.now()));
              look_for_end(loop);
              url_.set_value(page.url());
              loop.run();
              timer_ = {};  // before its loop goes
          }) {
        const std::string url = url_.get_future().get();
        listen_ = url.substr(7, url.size() - 8);
    }
    ~Served() {
        ended_ = true;
        thread_.join();
    }
    Served(const Served&) = delete;
    Served& operator=(const Served&) = delete;
    [[nodiscard]] const std::string& listen() const { return listen_; }  ///< "127.0.0.1:8484"

  private:
    void look_for_end(Loop& loop) {
        timer_ = loop.after(Micros{10'000}, [this, &loop] {
            if (ended_) return loop.stop();
            look_for_end(loop);
        });
    }

    std::promise<std::string> url_;
    std::string listen_;
    std::atomic<bool> ended_{false};
    Loop::Timer timer_;
    std::thread thread_;
};

struct Said {
    int code = 0;
    std::string out, error;
};

/// Runs the command with a configuration whose page is `page`.
Said ask(const std::string& page, bool json = false) {
    const Folder folder;
    const std::string file = folder.write("sereno.yaml", "watch: [facebook]\npage: " + page + "\n");
    std::ostringstream out, error;
    auto* const old_out = std::cout.rdbuf(out.rdbuf());
    auto* const old_error = std::cerr.rdbuf(error.rdbuf());
    Said said;
    said.code = witnesses({.config = file, .json = json});
    std::cout.rdbuf(old_out);
    std::cerr.rdbuf(old_error);
    said.out = out.str();
    said.error = error.str();
    return said;
}

std::string listening(const std::string& place) {
    return "{listen: \"" + place + "\"}";
}

bool holds(const std::string& text, std::string_view piece) {
    return text.find(piece) != std::string::npos;
}

}  // namespace

TEST_CASE("each witness has a line with state, last word, age and budget, and its reason when unknown") {
    const Served page("outage");
    const Said said = ask(listening(page.listen()));
    INFO(said.out << said.error);
    CHECK(said.code == 3);
    CHECK(holds(said.out, "witness "));
    CHECK(holds(said.out, "RIPEstat"));
    CHECK(holds(said.out, "    stat.ripe.net answered HTTP 502; asked again in 60 s\n"));
    CHECK(holds(said.out, "(1 d 2 h ago)"));
    CHECK(holds(said.out, "12/250, all again in 34 min"));
    CHECK(holds(said.out, "never"));
    CHECK(said.error.empty());
}

TEST_CASE("while nobody is unknown it ends with 0") {
    const Served page("well");
    CHECK(ask(listening(page.listen())).code == EX_OK);
}

TEST_CASE("as JSON it is what the API says of them") {
    const Served page("outage");
    const Said said = ask(listening(page.listen()), true);
    CHECK(said.code == 3);
    const auto told = boost::json::parse(said.out);
    CHECK(told.at("time").is_string());
    CHECK(told.at("witnesses").as_array().size() == 5);
    CHECK(told.at("witnesses").at(1).at("state") == "unable");
}

TEST_CASE("a terminal gets no control character from a witness") {
    const Served page("hostile");
    const Said said = ask(listening(page.listen()));
    CHECK(said.code == 3);
    CHECK_FALSE(holds(said.out, "\x1b"));
    CHECK_FALSE(holds(said.out, "\xe2\x80\xae"));
    CHECK(holds(said.out, "<script>"));
}

TEST_CASE("without a daemon it says so, where, and what to do") {
    const Endpoint nobody = free_endpoint();
    const Said said = ask(listening(to_string(nobody)));
    INFO(said.error);
    CHECK(said.code == EX_UNAVAILABLE);
    CHECK(said.out.empty());
    CHECK(holds(said.error, "no sereno answers at " + to_string(nobody)));
    CHECK(holds(said.error, "'sereno run'"));
}

TEST_CASE("another program on the port is not taken for sereno") {
    for (const JsonService::Reply& reply :
         {JsonService::Reply{.status = 404, .body = "{}"}, JsonService::Reply{.body = "<html>"},
          JsonService::Reply{.body = "[1]"}, JsonService::Reply{.body = R"({"time":"x","witnesses":[]})"},
          JsonService::Reply{.body = R"({"time":"2021-10-04T15:46:08Z","witnesses":[1]})"}}) {
        JsonService service([&](const JsonService::Request&) { return reply; });
        const Said said = ask(listening(to_string(service.endpoint())));
        INFO(reply.body << " " << said.error);
        CHECK(said.code == EX_UNAVAILABLE);
        CHECK(said.out.empty());
    }
}

TEST_CASE("a page that is off is named as the reason") {
    const Said said = ask("off");
    CHECK(said.code == EX_CONFIG);
    CHECK(holds(said.error, "page: off"));
}

TEST_CASE("a bad configuration is one") {
    CHECK(ask("{listen: nonsense}").code == EX_DATAERR);
}

TEST_CASE("columns line up by characters, not bytes") {
    std::ostringstream out;
    print_witnesses(out, {{.name = "São", .state = "heard", .since = "x"},
                          {.name = "Ann", .state = "heard", .since = "x"}});
    std::istringstream lines(out.str());
    std::string head, first, second;
    std::getline(lines, head);
    std::getline(lines, first);
    std::getline(lines, second);
    CHECK(first.find("heard") == second.find("heard") + 1);  // one byte more, the same place on the screen
}
