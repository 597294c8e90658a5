// The probe that asks others, with everything between it and the wire.
#include "asking.hpp"
#include "catch.hpp"
#include "globalping_service.hpp"
#include "probes/witness/globalping.hpp"
#include "probes/witness/witnesses.hpp"

using namespace sereno;
using test::GlobalpingService;

namespace {

struct Watching {
    Watching() {
        service.set_looks(1);
        WitnessSettings settings;
        settings.ris_live_url.clear();
        settings.ripestat_url.clear();
        settings.status_pages = false;
        settings.globalping_url = service.base_url();
        witnesses = std::make_unique<Witnesses>(bench.context, settings);
        bench.context.witnesses = witnesses.get();
        task.fetch.url = "https://www.example.com/";
    }
    void see(const std::string& in_germany, const std::string& in_america, const std::string& in_japan) {
        service.set_eyes([=](const GlobalpingService::Probe& probe, const GlobalpingService::Question&) {
            return probe.country == "DE" ? in_germany : probe.country == "US" ? in_america : in_japan;
        });
    }

    GlobalpingService service;  // on loopback plain HTTP is allowed, as in a rehearsal
    test::Bench bench;
    std::unique_ptr<Witnesses> witnesses;
    ViewElsewhere task;
};

const std::string fine = GlobalpingService::page(200), broken = GlobalpingService::page(502),
                  silent = GlobalpingService::failed("connect ETIMEDOUT 157.240.0.35:443"),
                  gone = GlobalpingService::offline();

}  // namespace

TEST_CASE("a page that most see is well, and the observation says who does not") {
    Watching watching;
    watching.see(fine, fine, broken);
    const Observation seen = watching.bench.run(watching.task);
    INFO(test::shown(seen));
    CHECK(seen.failure == Failure::none);
    CHECK(seen.http_status == 200);
    CHECK(seen.voices.size() == 3);
    CHECK(seen.answers == std::vector<std::string>{"157.240.0.35"});
    CHECK(seen.said >= seen.started);
    CHECK(seen.said <= seen.finished);
    CHECK(seen.detail == "fails from JP (AS2516); well from DE (AS24940), US (AS20473)");
}

TEST_CASE("a page that most do not see fails as most say") {
    Watching watching;
    watching.see(silent, broken, broken);
    const Observation seen = watching.bench.run(watching.task);
    CHECK(seen.failure == Failure::http_server_error);
    CHECK(seen.reached == Stage::http);
    CHECK(seen.http_status == 502);
    CHECK(seen.detail == "fails from DE (AS24940), US (AS20473), JP (AS2516): unexpected status 502");
}

TEST_CASE("whoever is offline has no say") {
    Watching watching;
    watching.see(gone, silent, gone);
    const Observation seen = watching.bench.run(watching.task);
    CHECK(seen.failure == Failure::connect_timeout);
    CHECK(seen.voices.size() == 3);
    watching.see(gone, gone, gone);
    watching.task.fetch.url = "https://other.example.com/";
    const Observation nothing = watching.bench.run(watching.task);
    CHECK(nothing.failure == Failure::witness_unknown);
    CHECK_FALSE(nothing.well());
}

TEST_CASE("a service that cannot be asked is unknown, not healthy") {
    Watching watching;
    watching.service.set_reply(GlobalpingService::Part::limits, test::JsonService::status_only(500));
    const Observation seen = watching.bench.run(watching.task);
    CHECK(seen.failure == Failure::witness_unknown);
    CHECK(seen.detail == "Globalping: localhost answered 500");
    CHECK(seen.voices.empty());
}

TEST_CASE("without Globalping nobody elsewhere is asked") {
    test::Bench bench;
    ViewElsewhere task;
    task.fetch.url = "https://www.example.com/";
    const Observation seen = bench.run(task);
    CHECK(seen.failure == Failure::witness_unknown);
    CHECK(seen.detail == "Globalping is not configured");
}

TEST_CASE("a probe that ends early leaves nothing behind") {
    Watching watching;
    ProbeSpec spec;
    spec.task = watching.task;
    bool told = false, over = false;
    auto run = start_probe(watching.bench.context, spec, watching.bench.loop.now(),
                           [&](const Observation&) { told = true; });
    const auto cancel = watching.bench.loop.after(std::chrono::milliseconds{50}, [&] { run.reset(); });
    const auto later = watching.bench.loop.after(std::chrono::milliseconds{900}, [&] { over = true; });
    test::run_until(watching.bench.loop, [&] { return over; });
    CHECK_FALSE(told);
    CHECK(watching.witnesses->board.find(globalping_id)->state == WitnessHealth::State::able);
}
