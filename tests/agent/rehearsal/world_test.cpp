// The world over real sockets, asked by the agent's own clients.
#include "agent/rehearsal/world.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <optional>

#include "agent/loop/dns_client.hpp"
#include "agent/loop/transfer_client.hpp"
#include "catch.hpp"
#include "config/load.hpp"

using namespace sereno;
using namespace sereno::rehearsal;
using namespace std::chrono_literals;

namespace {

/// The agent's clients on a loop that runs until an answer is there.
class Client {
  public:
    Client() : dns_(loop_, {}), transfers_(loop_) { dns_.set_private_answers_are_real(true); }

    DnsReply ask(const World& world, const std::string& node, const std::string& name,
                 DnsTransport transport = DnsTransport::udp) {
        DnsQuery query;
        query.server = {node, world.endpoint(node)};
        query.name = name;
        query.transport = transport;
        query.recursion = node.starts_with("resolver:");
        return wait<DnsReply>([&](auto done) { return dns_.ask(query, loop_.now() + 500ms, done); });
    }

    TransferResult fetch(Transfer transfer) {
        return wait<TransferResult>(
            [&](auto done) { return transfers_.start(std::move(transfer), loop_.now() + 500ms, done); });
    }

  private:
    template <class Result, class Start>
    Result wait(Start start) {
        std::optional<Result> result;
        const auto request = start([&](Result got) {
            result = std::move(got);
            loop_.stop();
        });
        const Loop::Timer guard = loop_.after(5s, [this] { loop_.stop(); });
        loop_.run();
        REQUIRE(result);
        return std::move(*result);
    }

    Loop loop_;
    DnsClient dns_;
    TransferClient transfers_;
};

struct Folder {
    Folder() {
        char name[] = "/tmp/sereno-world-XXXXXX";
        REQUIRE(mkdtemp(name) != nullptr);
        path = name;
    }
    ~Folder() { std::filesystem::remove_all(path); }
    std::string path;
};

Transfer page(const World& world, const std::string& ca_file) {
    Transfer transfer;
    transfer.url = "https://www.shop.example:" + std::to_string(world.port()) + "/";
    transfer.address = world.endpoint("web:www.shop.example").address;
    transfer.ca_bundle = ca_file;
    return transfer;
}

std::string ca_file(const World& world, const Folder& folder) {
    std::string path = folder.path + "/ca.pem";
    std::ofstream(path) << world.ca_certificate();
    return path;
}

/// 0: connected within 300 ms; ETIMEDOUT: no answer; or the errno of the refusal. `keep` receives the socket.
int connect_to(const Endpoint& endpoint, int* keep = nullptr) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(endpoint.port);
    inet_pton(AF_INET, endpoint.address.c_str(), &to.sin_addr);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    REQUIRE(fd >= 0);
    int error = connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0 ? 0 : errno;
    if (error == EINPROGRESS) {
        pollfd wait{fd, POLLOUT, 0};
        socklen_t size = sizeof error;
        if (poll(&wait, 1, 300) == 0)
            error = ETIMEDOUT;
        else
            getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    }
    if (keep != nullptr && error == 0)
        *keep = fd;
    else
        close(fd);
    return error;
}

}  // namespace

TEST_CASE("a silent server is a black hole for new connections and comes back") {
    World world(small_world());
    const Endpoint control = world.endpoint("control:apple");
    for (int round = 0; round < 3; ++round) {
        INFO(round);
        CHECK(connect_to(control) == 0);
        CHECK(world.set("control:apple", Condition::silent) == 1);
        for (int i = 0; i < 3; ++i)
            CHECK(connect_to(control) == ETIMEDOUT);
        CHECK(connect_to(world.endpoint("control:google")) == 0);
        world.set("control:apple", Condition::well);
        for (int i = 0; i < 20; ++i)
            CHECK(connect_to(control) == 0);
        world.set("control:apple", Condition::refused);
        CHECK(connect_to(control) == ECONNREFUSED);
        world.set("control:apple", Condition::silent);
        CHECK(connect_to(control) == ETIMEDOUT);
        world.set("control:apple", Condition::refused);
        CHECK(connect_to(control) == ECONNREFUSED);
        world.set("control:apple", Condition::well);
    }
}

TEST_CASE("a conversation that stands when its server falls silent stalls") {
    World world(small_world());
    int fd = -1;
    REQUIRE(connect_to(world.endpoint("control:apple"), &fd) == 0);
    world.set("control:apple", Condition::silent);
    const std::string request = "GET / HTTP/1.1\r\n\r\n";
    REQUIRE(send(fd, request.data(), request.size(), 0) == static_cast<ssize_t>(request.size()));
    pollfd wait{fd, POLLIN, 0};
    CHECK(poll(&wait, 1, 300) == 0);
    world.set("control:apple", Condition::well);
    CHECK(poll(&wait, 1, 2000) == 1);  // it ends, unanswered
    char byte = 0;
    CHECK(recv(fd, &byte, 1, 0) <= 0);
    close(fd);
}

TEST_CASE("authoritative servers answer over UDP and TCP, fail as told, and say nothing when silent") {
    World world(small_world());
    Client client;
    const std::string node = "dns:a.ns.shop.example", name = "www.shop.example";
    for (const DnsTransport transport : {DnsTransport::udp, DnsTransport::tcp}) {
        INFO(static_cast<int>(transport));
        world.set("dns:*", Condition::well);
        const DnsReply reply = client.ask(world, node, name, transport);
        CHECK(reply.failure == Failure::none);
        CHECK(reply.authoritative);
        CHECK(reply.addresses == std::vector<std::string>{world.endpoint("web:www.shop.example").address});
        world.set(node, Condition::servfail);
        CHECK(client.ask(world, node, name, transport).failure == Failure::dns_servfail);
        world.set(node, Condition::refused);
        CHECK(client.ask(world, node, name, transport).failure == Failure::dns_refused);
        world.set(node, Condition::silent);
        CHECK(client.ask(world, node, name, transport).failure == Failure::dns_timeout);
        CHECK(client.ask(world, "dns:b.ns.shop.example", name, transport).failure == Failure::none);
    }
}

TEST_CASE("a resolver goes on answering from its cache until the TTL ends in scenario time, then fails") {
    World world(small_world());
    std::atomic<std::int64_t> scenario{0};
    world.use_clock([&] { return Stamp{Micros{scenario}}; });
    Client client;
    const auto ask = [&] { return client.ask(world, "resolver:system", "www.shop.example"); };
    CHECK(ask().ttl_seconds == 60);
    world.set("dns:*.shop.example", Condition::silent);
    scenario = 59'000'000;
    CHECK(ask().failure == Failure::none);
    CHECK(ask().ttl_seconds == 1);
    scenario = 60'000'000;
    CHECK(ask().failure == Failure::dns_servfail);
    CHECK(client.ask(world, "resolver:quad9", "www.shop.example").failure == Failure::dns_servfail);
    CHECK(client.ask(world, "resolver:system", "captive.apple.com").failure == Failure::none);
    world.set("dns:*.shop.example", Condition::well);
    CHECK(ask().failure == Failure::dns_servfail);  // remembered (RFC 9520)
    scenario = 65'000'000;
    CHECK(ask().failure == Failure::none);
}

TEST_CASE("a resolver survives a name server that is silent beside one that answers") {
    World world(small_world());
    Client client;
    world.set("dns:a.ns.shop.example", Condition::silent);
    for (const char* const resolver : {"resolver:system", "resolver:cloudflare", "resolver:quad9"})
        CHECK(client.ask(world, resolver, "www.shop.example").failure == Failure::none);
    CHECK(client.ask(world, "resolver:system", "www.nowhere.example").failure == Failure::dns_nxdomain);
    CHECK(client.ask(world, "resolver:system", "no.shop.example").failure == Failure::dns_nxdomain);
    world.set("resolver:quad9", Condition::silent);
    CHECK(client.ask(world, "resolver:quad9", "www.shop.example").failure == Failure::dns_timeout);
}

TEST_CASE("a front end speaks TLS under its own name and fails as told") {
    World world(small_world());
    const Folder folder;
    const std::string ca = ca_file(world, folder);
    Client client;
    const TransferResult good = client.fetch(page(world, ca));
    INFO(good.detail);
    CHECK(good.failure == Failure::none);
    CHECK(good.status == 200);
    world.set("web:*", Condition::error_503);
    CHECK(client.fetch(page(world, ca)).status == 503);
    world.set("web:*", Condition::refused);
    CHECK(client.fetch(page(world, ca)).failure == Failure::connect_refused);
    world.set("web:*", Condition::silent);
    CHECK(client.fetch(page(world, ca)).failure == Failure::connect_timeout);
    world.set("web:*", Condition::well);
    CHECK(client.fetch(page(world, ca)).status == 200);
    Transfer other_name = page(world, ca);
    other_name.url = "https://www.other.example:" + std::to_string(world.port()) + "/";
    const TransferResult misnamed = client.fetch(std::move(other_name));
    INFO(misnamed.detail);
    CHECK(misnamed.failure == Failure::certificate_name);
    World stranger(small_world());
    const Folder other_folder;
    CHECK(client.fetch(page(world, ca_file(stranger, other_folder))).failure ==
          Failure::certificate_untrusted);
}

TEST_CASE("a mail sent with STARTTLS lies in the mailbox with the time of its arrival") {
    World world(small_world());
    const Folder folder;
    Client client;
    const auto send = [&] {
        Transfer transfer;
        transfer.url = "smtp://mail.world.example:" + std::to_string(world.port());
        transfer.address = world.endpoint("mail").address;
        transfer.ca_bundle = ca_file(world, folder);
        transfer.security = MailSecurity::starttls;
        transfer.mail = std::make_unique<MailEnvelope>();
        transfer.mail->from = "sereno@rehearsal.example";
        transfer.mail->to = {"ana@example.org"};
        transfer.mail->message = "Subject: =?UTF-8?Q?Ca=C3=ADda?=\r\n\r\n.dot first\r\nlast\r\n";
        return client.fetch(std::move(transfer));
    };
    const auto before = std::chrono::system_clock::now();
    const TransferResult sent = send();
    INFO(sent.detail);
    REQUIRE(sent.failure == Failure::none);
    const auto mails = world.mails();
    REQUIRE(mails.size() == 1);
    CHECK(mails[0].to == std::vector<std::string>{"ana@example.org"});
    CHECK(mails[0].subject == "Caída");
    CHECK(mails[0].text == ".dot first\nlast");
    CHECK(mails[0].arrived >= before);
    world.set("mail", Condition::busy);
    CHECK(send().status == 451);
    world.set("mail", Condition::silent);
    CHECK(send().failure == Failure::connect_timeout);
    CHECK(world.mails().size() == 1);
}

TEST_CASE("behind a dead router everything is silent but the team's own programs") {
    World world(small_world());
    Client client;
    world.set("router", Condition::silent);
    CHECK(world.condition("router") == Condition::silent);
    for (const std::string node : {"gateway", "mail", "sms", "control:google-dns", "web:www.shop.example"}) {
        INFO(node);
        CHECK(connect_to(world.endpoint(node)) == ETIMEDOUT);
    }
    CHECK(client.ask(world, "resolver:system", "www.shop.example").failure == Failure::dns_timeout);
    CHECK(client.ask(world, "dns:a.ns.shop.example", "www.shop.example").failure == Failure::dns_timeout);
    CHECK(connect_to(world.endpoint("app:booking-bot")) == 0);
    world.set("router", Condition::well);
    for (const std::string node : {"gateway", "mail", "sms", "control:google-dns", "web:www.shop.example"})
        CHECK(connect_to(world.endpoint(node)) == 0);
    CHECK(client.ask(world, "resolver:system", "www.shop.example").failure == Failure::none);
}

TEST_CASE("patterns name nodes, and an unknown name changes nothing") {
    World world(small_world());
    CHECK(world.set("web:*", Condition::error_500) == 1);
    CHECK(world.condition("web:www.shop.example") == Condition::error_500);
    CHECK(world.set("dns:*.shop.example", Condition::silent) == 2);
    CHECK(world.set("nobody", Condition::silent) == 0);
    CHECK(world.endpoint("nobody").empty());
    CHECK(world.nodes().back() == "router");
    CHECK(matches("a*c*e", "abcde"));
    CHECK_FALSE(matches("a*c*e", "abcdef"));
    CHECK(matches("*", ""));
    CHECK_FALSE(matches("", "x"));
}

TEST_CASE("the agent's configuration written for a world is one that the agent accepts") {
    World world(small_world());
    const Folder folder;
    const std::string file = world.write_configuration(folder.path, AgentPace{}, free_port());
    const Loaded loaded = load_file(file);
    for (const Complaint& complaint : loaded.complaints)
        UNSCOPED_INFO(to_string(complaint));
    CHECK(loaded.complaints.empty());
    REQUIRE(loaded.ok());
    CHECK(loaded.settings.watch.platforms.size() == 1);
    CHECK(loaded.settings.watch.controls.size() == 6);
    CHECK(loaded.settings.watch.resolvers.size() == 3);
    CHECK(loaded.settings.watch.apps.size() == 1);
    CHECK(loaded.settings.recipients.size() == 2);
    CHECK(loaded.settings.data_directory == folder.path + "/data");
}
