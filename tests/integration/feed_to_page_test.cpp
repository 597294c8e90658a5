// From the feed of routes to what is decided and shown: the pure parts joined as the program joins them, in
// simulated time.
#include <algorithm>
#include <sstream>
#include <variant>

#include <boost/json/serialize.hpp>

#include "../agent/brain/simulation.hpp"
#include "../agent/page/scenes.hpp"
#include "agent/json/json.hpp"
#include "agent/page/views/page_view.hpp"
#include "catch.hpp"
#include "probes/witness/board.hpp"
#include "probes/witness/ris/ris_session.hpp"
#include "probes/witness/ris/route_table.hpp"
#include "probes/witness/visibility_probe.hpp"

using namespace sereno;
using namespace sereno::test;
using namespace std::chrono_literals;
using Outcome = Simulation::Outcome;

namespace {

const std::string watched = "129.134.30.0/24", yardstick = "193.0.0.0/21", beacon = "84.205.64.0/24";

Watch watch_with_routes() {
    Watch watch = meta_watch();
    ProbeSpec routes{ProbeId{"facebook/routes"}, SubjectId{"facebook"}, Group::routing,
                     RouteVisibility{{watched}, {}}};
    routes.witness = ris_live_id;
    routes.interval = 10s;
    watch.probes.push_back(routes);
    return watch;
}

/// A list of JSON texts: "a","b".
std::string listed(const std::vector<std::string>& texts) {
    std::string list;
    for (const std::string& text : texts)
        list += (list.empty() ? "\"" : ",\"") + text + '"';
    return list;
}

/// Thirty peers of three collectors, who have the prefix watched and the yardstick; who listens to them; and
/// the brain that is told.
class Post {
  public:
    Post() {
        sim.world = [this](const ProbeSpec& spec, Stamp) { return meets(spec); };
        sim.start();
        board.on_change([this](const WitnessHealth& health) { sim.report(health); });
        board.list(ris_live_id, "RIPE RIS Live", Group::routing, sim.now());
        for (int i = 0; i < 30; ++i)
            peers.push_back({"rrc" + std::to_string(10 + i % 3), "192.0.2." + std::to_string(i + 1),
                             static_cast<std::uint32_t>(64500 + i)});
        follow(watched, "facebook", 32934);
        follow(yardstick, "yardstick", 3333);
        say(0, {beacon}, {});
        pass(400s);
    }

    void pass(std::chrono::seconds time) {
        for (; time > 0s; time -= 1s) {
            sim.pass_seconds(1);
            serve();
            table.tick(sim.now());
            if (session.can_be_believed())
                board.able(ris_live_id, sim.now(), "2 prefixes");
            else
                board.unable(ris_live_id, sim.now(), session.why());
        }
    }
    /// As the feed writes it.
    void say(std::size_t peer, const std::vector<std::string>& announced,
             const std::vector<std::string>& withdrawn) {
        serve();
        const RisPeer& from = peers.at(peer);
        const std::int64_t second = sim.now().time_since_epoch() / Micros{1s};
        hear(reader.read(R"({"type":"ris_message","data":{"timestamp":)" + std::to_string(second) +
                         R"(.5,"peer":")" + from.address + R"(","peer_asn":")" + std::to_string(from.asn) +
                         R"(","host":")" + from.collector +
                         R"(","type":"UPDATE","path":[64500,3356,32934],)" +
                         R"("announcements":[{"next_hop":"192.0.2.1","prefixes":[)" + listed(announced) +
                         R"(]}],"withdrawals":[)" + listed(withdrawn) + "]}}"));
    }
    [[nodiscard]] RouteSight sight() const {
        if (session.can_be_believed()) return table.sight(*read_prefix(watched));
        RouteSight unknown;
        unknown.why = session.why();
        return unknown;
    }

    // Of the last snapshot.
    [[nodiscard]] const WitnessView& witness() const { return sim.snapshot->witnesses.at(0); }
    [[nodiscard]] const ProbeState& word() const {
        for (const SubjectView& view : sim.snapshot->subjects)
            for (const ProbeState& probe : view.probes)
                if (probe.witness == ris_live_id) return probe;
        throw std::runtime_error("no probe listens to the feed");
    }
    [[nodiscard]] std::string page() const {
        return render_page(*sim.snapshot, Words{scenes::messages(), "en"}, "Corner Shop");
    }
    [[nodiscard]] std::string api() const {
        return boost::json::serialize(
            status_json(*sim.snapshot, Words{scenes::messages(), "en"})["witnesses"]);
    }

    RisSession session{{}, 0, {*read_prefix(beacon)}};
    RouteTable table;
    WitnessBoard board;
    Simulation sim{watch_with_routes()};
    std::vector<RisPeer> peers;
    std::optional<Outcome> trouble;  ///< of Facebook's page
    int spoken_of = 0;               ///< so many messages named what is watched

  private:
    void follow(const std::string& text, const std::string& owner, std::uint32_t origin) {
        const Prefix prefix = *read_prefix(text);
        session.subscribe(prefix);
        REQUIRE(table.watch(prefix, owner));
        std::vector<PeerRoute> routes;
        for (const RisPeer& peer : peers)
            routes.push_back({peer.collector, peer.address, peer.asn, origin, 3});
        table.prime(prefix, routes, sim.now());
    }
    /// A server that answers at once.
    void serve() {
        for (;;) {
            const RisSession::Action action = session.next(sim.now());
            if (action.what == RisSession::Do::connect) session.connected(sim.now());
            if (action.what == RisSession::Do::nothing) return;
            if (action.what != RisSession::Do::send) continue;
            session.sent(sim.now());
            if (action.text == ris_ping())
                hear(RisPong{});
            else
                hear(RisSubscribed{});
        }
    }
    void hear(const RisMessage& message) {
        heard = sim.now();
        session.heard(message, heard);
        const auto* update = std::get_if<RisUpdate>(&message);
        if (update != nullptr && table.on(*update, heard)) ++spoken_of;
    }
    Outcome meets(const ProbeSpec& spec) const {
        if (spec.witness != ris_live_id) return trouble && is(spec, "facebook/http") ? *trouble : Outcome{};
        const RoutesReport report = report_routes({{watched, sight()}});
        Outcome outcome;
        outcome.failure = report.failure;
        if (report.failure != Failure::none) outcome.reached = Stage::content;
        if (report.seen.prefixes > 0) outcome.routes = report.seen;
        outcome.age = sim.now() - heard;
        return outcome;
    }

    RisReader reader;
    Stamp heard;
};

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// Everything that was decided, told and done, a line each; then the verdicts that stand.
std::string account(const Simulation& sim) {
    std::ostringstream out;
    const auto number = [](auto value) { return static_cast<int>(value); };
    for (const Seen& seen : sim.decisions)
        out << rfc3339(seen.at) << ' ' << seen.subject << ' ' << to_string(seen.decision) << ' '
            << to_string(seen.cause) << ' ' << seen.confidence << ' ' << seen.incident << '\n';
    for (const Told& told : sim.alerts)
        out << rfc3339(told.at) << " alert " << number(told.kind) << ' ' << told.incident << ' '
            << told.channel << '\n';
    for (const Incident& incident : sim.incidents)
        out << "incident " << incident.id.value << ' ' << number(incident.state) << '\n';
    out << sim.runs << " probes were run\n";
    for (const SubjectView& view : sim.snapshot->subjects) {
        out << view.subject.value << ' ' << to_string(view.verdict.decision) << ' '
            << to_string(view.verdict.cause) << ' ' << view.verdict.confidence_permille;
        for (const Evidence& evidence : view.verdict.evidence)
            out << ' ' << evidence.rule << ' ' << evidence.weight;
        out << '\n';
    }
    return out.str();
}

}  // namespace

TEST_CASE("a feed whose beacons were silent for five hours is unknown to the brain and on the page") {
    Post post;
    REQUIRE(post.witness().health.state == WitnessHealth::State::able);
    REQUIRE(post.witness().well == std::vector{SubjectId{"facebook"}});
    REQUIRE(post.word().fresh);
    CHECK_FALSE(holds(post.page(), "class=\"witness unknown unable\""));
    CHECK(holds(post.api(), R"("state":"able")"));

    post.pass(2h);
    CHECK(post.witness().health.state == WitnessHealth::State::able);
    post.pass(3h);  // connected all the time, and every ping was answered
    REQUIRE(post.session.is_connected());
    const std::string why = "beacons, which speak every two hours, have been silent for 2 h 30 min";
    CHECK(post.witness().health.state == WitnessHealth::State::unable);
    CHECK(holds(post.witness().health.why, why));
    CHECK(post.witness().well.empty());
    CHECK(post.witness().ill.empty());
    CHECK_FALSE(post.word().fresh);  // that of before; none came after it
    CHECK(post.sim.now() - post.word().last.finished > 150min);
    CHECK(holds(post.page(), "class=\"witness unknown unable\""));
    CHECK(holds(post.page(), why));
    CHECK(holds(post.api(), R"("state":"unable")"));
    CHECK(holds(post.api(), why));
    CHECK(post.sim.alerts.empty());

    post.say(0, {}, {beacon});
    post.pass(30s);
    CHECK(post.witness().health.state == WitnessHealth::State::able);
    CHECK(post.word().fresh);
    CHECK_FALSE(holds(post.page(), "class=\"witness unknown unable\""));
    CHECK_FALSE(holds(post.page(), why));
}

TEST_CASE(
    "one peer's whole table flaps for an hour, and nothing else is decided, told or asked than without it") {
    std::vector<std::string> table{watched, yardstick};
    for (int i = 0; i < 400; ++i)
        table.push_back("20." + std::to_string(i / 256) + "." + std::to_string(i % 256) + ".0/24");
    const bool down = GENERATE(false, true);
    Post quiet, flapping;
    CHECK(account(flapping.sim) == account(quiet.sim));
    int fewest_known = 30;
    for (int flap = 0; flap < 12; ++flap) {
        if (down && flap == 4)
            quiet.trouble = flapping.trouble = Outcome{Stage::http, Failure::http_server_error, 503};
        for (const bool withdrawn : {true, false}) {
            const std::vector<std::string> none;
            flapping.say(7, withdrawn ? none : table, withdrawn ? table : none);
            quiet.pass(150s);  // longer than what is gone must be gone to be called so
            flapping.pass(150s);
            CHECK(flapping.sight().state == RouteSight::State::visible);
            fewest_known = std::min(fewest_known, flapping.sight().peers_known);
        }
    }
    CHECK(flapping.spoken_of == 24);
    CHECK(fewest_known == 29);
    CHECK(quiet.sim.count(Decision::declare_outage) == (down ? 1 : 0));
    CHECK(account(flapping.sim) == account(quiet.sim));
}
