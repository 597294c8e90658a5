#include "agent/page/page.hpp"

#include <boost/json/parse.hpp>
#include <stdexcept>
#include <vector>

#include "client.hpp"

using namespace sereno;
using namespace std::chrono_literals;

namespace {

PageSettings with(PageLimits limits, std::size_t connections = 256) {
    PageSettings settings;
    settings.limits = limits;
    settings.max_connections = connections;
    return settings;
}

Reply get(const Served& served, const std::string& path) {
    Client client{served};
    client.get(path);
    return client.read();
}

std::string refused_because(Endpoint listen) {
    Loop loop;
    try {
        Page page{loop, {.listen = std::move(listen)}, scenes::messages(), {}};
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("every route answers over the wire") {
    Served served;
    served.show("outage", 1);
    CHECK(get(served, "/healthz").body == "ok\n");
    const Reply page = get(served, "/");
    CHECK(page.status == 200);
    CHECK(page.field("Content-Type") == "text/html; charset=utf-8");
    CHECK(page.body.find("Outage: Facebook, Instagram, WhatsApp") != std::string::npos);
    for (const auto* path : {"/api/v1/status", "/api/v1/decisions", "/api/v1/incidents"}) {
        const Reply reply = get(served, path);
        INFO(path);
        CHECK(reply.status == 200);
        CHECK(reply.field("Content-Type") == "application/json");
        CHECK(reply.field("Cache-Control") == "no-store");
        CHECK_FALSE(boost::json::parse(reply.body).as_object().empty());
    }
    CHECK(get(served, "/assets/style.css").field("Content-Type") == "text/css; charset=utf-8");
    CHECK(get(served, "/nothing").status == 404);
    CHECK(get(served, "/../../etc/passwd").status == 404);
}

TEST_CASE("before the first snapshot there is a page already") {
    Served served;
    const Reply reply = get(served, "/");
    CHECK(reply.status == 200);
    CHECK(reply.body.find("Not enough seen yet to judge") != std::string::npos);
    CHECK(get(served, "/api/v1/status").status == 200);
}

TEST_CASE("HEAD gives the same header and no body") {
    Served served;
    served.show("well", 1);
    for (const auto* path : {"/", "/api/v1/decisions", "/healthz", "/assets/app.js"}) {
        Client client{served};
        client.get(path);
        const Reply full = client.read();
        client.get(path, "", "HEAD");
        client.get("/healthz");
        const Reply head = client.read(true);
        INFO(path);
        CHECK(head.status == 200);
        CHECK(head.field("Content-Length") == std::to_string(full.body.size()));
        CHECK(client.read().body == "ok\n");  // nothing stood in between
    }
}

TEST_CASE("one connection serves request after request, pipelined or not, in order") {
    Served served;
    served.show("well", 1);
    Client client{served};
    client.get("/healthz");
    CHECK(client.read().body == "ok\n");
    client.send(
        "GET /api/v1/decisions HTTP/1.1\r\nHost: localhost\r\n\r\nGET /nothing HTTP/1.1\r\nHost: "
        "localhost\r\n\r\n"
        "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\nGET /never HTTP/1.1\r\n");
    CHECK(client.read().field("Content-Type") == "application/json");
    CHECK(client.read().status == 404);
    const Reply last = client.read();
    CHECK(last.body == "ok\n");
    CHECK(last.field("Connection") == "close");
    CHECK(client.closed());
}

TEST_CASE("wrong methods are told the right ones") {
    Served served;
    for (const std::string method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"}) {
        Client client{served};
        client.get("/", "", method);
        const Reply reply = client.read();
        INFO(method);
        CHECK(reply.status == 405);
        CHECK(reply.field("Allow") == "GET, HEAD");
    }
}

TEST_CASE("a request with a body is refused and its body is not taken for a request") {
    Served served;
    Client client{served};
    client.send(
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 40\r\n\r\nGET /healthz HTTP/1.1\r\nHost: "
        "localhost\r\n\r\n");
    CHECK(client.read().status == 413);
    CHECK(client.closed());
}

TEST_CASE("smuggling forms end the connection with 400") {
    Served served;
    for (const std::string fields :
         {"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
          "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "Content-Length: 0\r\nContent-Length: 4\r\n",
          "X: a\nY: b\r\n", "X: a\r\n b\r\n", "Content-Length : 4\r\n"}) {
        Client client{served};
        client.get("/", fields);
        client.send("0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
        const Reply reply = client.read();
        INFO(fields);
        CHECK(reply.status == 400);
        CHECK(reply.field("Connection") == "close");
        CHECK(client.closed());
    }
}

TEST_CASE("huge headers and addresses are refused while the client still sends") {
    Served served;
    Client header{served};
    header.send("GET / HTTP/1.1\r\nHost: localhost\r\n");
    for (int i = 0; i < 2000; ++i)
        if (!header.send("X-Filler: 0123456789012345678901234567890123456789\r\n")) break;
    CHECK(header.read().status == 431);
    Client address{served};
    address.send("GET /" + std::string(60'000, 'a'));
    CHECK(address.read().status == 414);
}

TEST_CASE("other versions of HTTP are told which is spoken") {
    Served served;
    Client client{served};
    client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    CHECK(client.read().status == 505);
}

TEST_CASE("a foreign host is not answered to, so that no foreign site can read the page") {
    Served served;
    Client client{served};
    client.send("GET /api/v1/status HTTP/1.1\r\nHost: rebound.example\r\n\r\n");
    const Reply reply = client.read();
    CHECK(reply.status == 421);
    CHECK(reply.body.find("facebook") == std::string::npos);
}

TEST_CASE("headers that do not arrive in time are answered with 408") {
    PageLimits limits;
    limits.header_time = 100ms;
    Served served{with(limits)};
    Client client{served};
    client.send("GET / HTTP/1.1\r\nHost: local");
    CHECK(client.read().status == 408);
    CHECK(client.closed());
}

TEST_CASE("a header that drips in byte by byte does not win time with each byte") {
    PageLimits limits;
    limits.header_time = 150ms;
    Served served{with(limits)};
    Client client{served};
    REQUIRE(client.send("GET / HTTP/1.1\r\nHost: localhost\r\nX: "));
    int drops = 0;
    while (!client.readable(20ms) && drops < 250) {
        client.send("a");
        ++drops;
    }
    CHECK(drops < 250);
    CHECK(client.read().status == 408);
}

TEST_CASE("a connection that asks nothing is closed") {
    PageLimits limits;
    limits.header_time = 100ms;
    limits.idle_time = 100ms;
    Served served{with(limits)};
    Client silent{served};
    CHECK(silent.closed());
    Client once{served};
    once.get("/healthz");
    CHECK(once.read().status == 200);
    CHECK(once.closed());
}

TEST_CASE("when all connections are taken the oldest idle one makes room") {
    Served served{with({}, 3)};
    std::vector<Client> clients;
    for (int i = 0; i < 3; ++i) {
        clients.emplace_back(served);
        clients.back().get("/healthz");
        REQUIRE(clients.back().read().status == 200);
    }
    Client another{served};
    another.get("/healthz");
    CHECK(another.read().status == 200);
    CHECK(clients[0].closed());
    clients[2].get("/healthz");
    CHECK(clients[2].read().status == 200);
}

TEST_CASE("when all connections are busy the next is turned away") {
    Served served{with({}, 2)};
    std::vector<Client> busy;
    for (int i = 0; i < 2; ++i) {
        busy.emplace_back(served);
        busy.back().get("/api/v1/events");
        REQUIRE(busy.back().until("retry: 3000\n\n"));
    }
    Client another{served};
    const Reply reply = another.read();
    CHECK(reply.status == 503);
    CHECK(reply.field("Retry-After") == "10");
}

TEST_CASE("viewers are told of each snapshot") {
    Served served;
    served.show("well", 7);
    Client client{served};
    client.get("/api/v1/events");
    const auto head = client.until("\r\n\r\n");
    REQUIRE(head);
    CHECK(head->find("Content-Type: text/event-stream\r\n") != std::string::npos);
    CHECK(head->find("Cache-Control: no-store\r\n") != std::string::npos);
    CHECK(client.until("\n\n") == "retry: 3000\n\n");
    CHECK(client.until("\n\n") == "id: 7\nevent: snapshot\ndata: {\"version\":7}\n\n");
    served.show("outage", 8);
    CHECK(client.until("\n\n") == "id: 8\nevent: snapshot\ndata: {\"version\":8}\n\n");
}

TEST_CASE("a quiet event stream shows that it lives") {
    PageLimits limits;
    limits.heartbeat = 50ms;
    Served served{with(limits)};
    Client client{served};
    client.get("/api/v1/events");
    CHECK(client.until(": still here\n\n"));
    CHECK(client.until(": still here\n\n"));
}

TEST_CASE("the number of viewers is bounded, and one who leaves makes room") {
    PageLimits limits;
    limits.viewers = 1;
    Served served{with(limits)};
    {
        Client first{served};
        first.get("/api/v1/events");
        REQUIRE(first.until("retry: 3000\n\n"));
        Client second{served};
        second.get("/api/v1/events");
        CHECK(second.read().status == 503);
    }
    const auto deadline = std::chrono::steady_clock::now() + 5s;
    bool admitted = false;
    while (!admitted && std::chrono::steady_clock::now() < deadline) {
        Client again{served};
        again.get("/api/v1/events");
        const auto head = again.until("\r\n\r\n");
        admitted = head && head->find("200 OK") != std::string::npos;
    }
    CHECK(admitted);
}

TEST_CASE("a viewer who does not read is dropped, without holding back the others") {
    PageLimits limits;
    limits.write_time = 200ms;
    Served served{with(limits)};
    Client slow{served, 1024}, quick{served};
    slow.get("/api/v1/events");
    quick.get("/api/v1/events");
    REQUIRE(slow.until("retry: 3000\n\n"));
    REQUIRE(quick.until("retry: 3000\n\n"));
    const auto snapshot = [&](std::uint64_t version) {
        auto made = std::make_shared<Snapshot>();
        made->version = version;
        return made;
    };
    std::uint64_t version = 0;
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    bool dropped = false;
    while (!dropped && std::chrono::steady_clock::now() < deadline) {
        for (int i = 0; i < 200; ++i)
            served.show(snapshot(++version));
        REQUIRE(quick.until("data: {\"version\":" + std::to_string(version) + "}\n\n"));
        dropped = slow.gone();
    }
    CHECK(dropped);
}

TEST_CASE("rows of the database are asked for with their bounds and come as they are") {
    std::optional<Stamp> asked;
    std::size_t limit = 0;
    PageHistory history;
    history.decisions = [&](Stamp since, std::size_t most, auto done) {
        asked = since;
        limit = most;
        done(scenes::make("outage", 1, since)->recent_decisions);
    };
    history.incidents = [](std::size_t, auto done) { done({}); };
    Served served{{}, history};
    const Reply reply = get(served, "/api/v1/decisions?since=2021-10-04T15:39:00Z");
    CHECK(boost::json::parse(reply.body).at("decisions").as_array().size() == 7);
    CHECK(asked == parse_rfc3339("2021-10-04T15:39:00Z"));
    CHECK(limit == 1000);
    CHECK(boost::json::parse(get(served, "/api/v1/incidents").body).at("incidents").as_array().empty());
}

TEST_CASE("a database that does not answer costs a 503, and its late answer reaches nobody") {
    std::vector<std::function<void(std::vector<DecisionRecord>)>> waiting;
    PageHistory history;
    history.decisions = [&](Stamp, std::size_t, auto done) { waiting.push_back(done); };
    PageLimits limits;
    limits.answer_time = 60ms;
    Served served{with(limits), history};
    Client client{served};
    client.get("/api/v1/decisions");
    CHECK(client.read().status == 503);
    client.get("/healthz");
    CHECK(client.read().body == "ok\n");
    client.get("/api/v1/decisions");
    CHECK(client.read().status == 503);
    client.get("/api/v1/decisions");
    const auto deadline = std::chrono::steady_clock::now() + 5s;
    bool asked = false;
    while (!asked && std::chrono::steady_clock::now() < deadline)
        served.on_loop([&] {
            asked = waiting.size() == 3;
            if (asked) waiting.at(0)({});
        });
    CHECK(asked);
    client.get("/healthz");
    CHECK(client.read().status == 503);  // for the third question, not the first one's answer
    CHECK(client.read().body == "ok\n");
}

TEST_CASE("without a database the snapshot answers") {
    Served served;
    served.show("outage", 1);
    const auto decisions =
        boost::json::parse(get(served, "/api/v1/decisions").body).at("decisions").as_array();
    REQUIRE(decisions.size() == 7);
    CHECK(decisions.front().at("time").as_string() <= decisions.back().at("time").as_string());
    CHECK(boost::json::parse(get(served, "/api/v1/incidents").body).at("incidents").as_array().size() == 2);
}

TEST_CASE("an address that others can reach is refused with the way out") {
    for (const auto* address : {"0.0.0.0", "::", "192.0.2.1"}) {
        const std::string reason = refused_because({address, 8484});
        INFO(reason);
        CHECK(reason.find(address) != std::string::npos);
        CHECK(reason.find("no login yet") != std::string::npos);
        CHECK(reason.find("ssh -L 8484:127.0.0.1:8484") != std::string::npos);
    }
    CHECK(refused_because({"localhost", 8484}).find("not an IP address") != std::string::npos);
}

TEST_CASE("a port that is taken is named with the remedy") {
    Served served;
    const std::string reason = refused_because(served.endpoint());
    CHECK(reason.find(to_string(served.endpoint())) != std::string::npos);
    CHECK(reason.find("choose another port") != std::string::npos);
}

TEST_CASE("the page ends cleanly with requests and streams under way") {
    PageHistory history;
    std::function<void(std::vector<DecisionRecord>)> late;
    history.decisions = [&](Stamp, std::size_t, auto done) { late = done; };
    auto served = std::make_unique<Served>(PageSettings{}, history);
    Client stream{*served}, question{*served}, half{*served};
    stream.get("/api/v1/events");
    REQUIRE(stream.until("retry: 3000\n\n"));
    question.get("/api/v1/decisions");
    half.send("GET / HT");
    Client other{*served};
    other.get("/healthz");
    REQUIRE(other.read().status == 200);
    served.reset();
    if (late) late({});
    CHECK(stream.closed());
    CHECK(half.closed());
}
