// What listening to RIS Live costs at 20,000 messages a second, beside a bare Beast client that parses each
// message and drops it: both over TLS from a server in a process of its own, by turns, in one run.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/json.hpp>

#include "../tests/probes/bench.hpp"
#include "../tests/support/certificates.hpp"
#include "../tests/support/daemons.hpp"
#include "../tests/support/ris_server.hpp"
#include "probes/witness/ris/ris_live.hpp"
#include "probes/witness/witnesses.hpp"

using namespace sereno;
using namespace std::chrono_literals;

namespace {

constexpr int watched_prefixes = 150, peers = 310, collectors = 20, recorded = 2000;
constexpr double bar_percent = 50;
const std::string name = "ris.example";

std::string watched(int i) {
    return "129.134." + std::to_string(i) + ".0/24";
}

/// Updates as RIS Live writes them. Each names a prefix that is watched: others do not come by subscription.
std::vector<std::string> recording() {
    std::vector<std::string> texts;
    unsigned dice = 1;
    const auto below = [&dice](int bound) {
        dice = dice * 1664525U + 1013904223U;
        return static_cast<int>((dice >> 8U) % static_cast<unsigned>(bound));
    };
    for (int i = 0; i < recorded; ++i) {
        const int peer = below(peers);
        const std::string asn = std::to_string(64500 + peer);
        const std::string address = peer % 2 == 0 ? "192.0.2." + std::to_string(peer / 2 + 1)
                                                  : "2001:7f8:1::a506:" + std::to_string(4500 + peer) + ":1";
        std::string path = asn, prefixes = "\"" + watched(below(watched_prefixes)) + "\"", communities;
        for (int hops = 2 + below(6); hops > 0; --hops)
            path += "," + std::to_string(1 + below(400'000));
        for (int more = below(5); more > 0; --more)
            prefixes += ",\"203." + std::to_string(below(256)) + "." + std::to_string(below(256)) + ".0/24\"";
        for (int some = below(12); some > 0; --some)
            communities +=
                (communities.empty() ? "[" : ",[") + asn + "," + std::to_string(below(65'536)) + "]";
        std::string text = R"({"type":"ris_message","data":{"timestamp":)" +
                           std::to_string(std::time(nullptr)) + "." + std::to_string(below(1000)) +
                           R"(,"peer":")" + address + R"(","peer_asn":")" + asn + R"(","id":"21-587-)" +
                           std::to_string(22'045'871 + i) + R"(","host":"rrc)" +
                           std::to_string(10 + peer % collectors) + R"(.ripe.net","type":"UPDATE",)";
        if (below(10) == 0)
            text += R"("path":[],"community":[],"announcements":[],"withdrawals":[)" + prefixes + "]}}";
        else
            text += R"("path":[)" + path + R"(,32934],"community":[)" + communities +
                    R"(],"origin":"igp","announcements":[{"next_hop":")" + address + R"(","prefixes":[)" +
                    prefixes + R"(]}],"withdrawals":[]}})";
        texts.push_back(std::move(text));
    }
    return texts;
}

/// Speaks to one client, at this rate, once as many subscriptions as it says have come.
[[noreturn]] void serve(const test::Certificate& certificate, const Endpoint& at, std::size_t subscriptions,
                        int rate, int seconds) {
    const std::vector<std::string> texts = recording();
    {
        test::RisServer server(certificate, {}, at);
        const auto patience = std::chrono::steady_clock::now() + 60s;
        while ((!server.has_client() || server.subscriptions().size() < subscriptions) &&
               std::chrono::steady_clock::now() < patience)
            std::this_thread::sleep_for(5ms);
        const auto begin = std::chrono::steady_clock::now();
        const std::size_t all = static_cast<std::size_t>(rate) * static_cast<std::size_t>(seconds);
        for (std::size_t said = 0; said < all;) {
            const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin;
            const auto due = std::min(all, static_cast<std::size_t>(passed.count() * rate));
            for (; said < due; ++said)
                server.say(texts[said % texts.size()]);
            std::this_thread::sleep_for(1ms);
        }
        while (server.has_client() && !server.is_done())
            std::this_thread::sleep_for(1ms);
    }
    ::_exit(0);
}

struct Cost {
    double cpu_seconds = 0, seconds = 0;
    std::uint64_t messages = 0;
    [[nodiscard]] double percent() const { return 100 * cpu_seconds / seconds; }
    [[nodiscard]] double micros_each() const {
        return messages == 0 ? 0 : 1e6 * cpu_seconds / static_cast<double>(messages);
    }
};

/// Begins with the first message: what is paid once is no cost of one.
class Meter {
  public:
    void start() {
        cpu_ = cpu();
        begin_ = std::chrono::steady_clock::now();
    }
    [[nodiscard]] Cost stop(std::uint64_t messages) const {
        const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin_;
        return {cpu() - cpu_, passed.count(), messages};
    }

  private:
    static double cpu() {
        rusage used{};
        ::getrusage(RUSAGE_SELF, &used);
        const auto seconds = [](const timeval& time) {
            return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
        };
        return seconds(used.ru_utime) + seconds(used.ru_stime);
    }
    double cpu_ = 0;
    std::chrono::steady_clock::time_point begin_;
};

Cost listen_as_sereno(const test::Authority& authority, const Endpoint& server, std::uint64_t messages) {
    const test::Nsd dns("example", "ris IN A " + server.address);
    test::Bench bench({{.name = "lab", .endpoint = dns.endpoint(), .https_url = {}}}, authority.bundle());
    WitnessBoard board;
    RisLive::Settings settings{.url = "wss://" + name + ":" + std::to_string(server.port) + "/v1/ws/",
                               .client = "sereno bench",
                               .rhythm = {},
                               .rule = {}};
    settings.rhythm.between_subscriptions = 1ms;
    RisLive live(bench.context, nullptr, board, settings);
    for (int i = 0; i < watched_prefixes; ++i)
        live.watch(watched(i), "platform " + std::to_string(i / 4));
    Meter meter;
    Cost cost;
    std::uint64_t before = 0;
    Loop::Timer again;
    std::uint64_t last = 0;
    int idle = 0;
    // Subscriptions are acknowledged by messages too: the feed begins with more than these.
    std::function<void()> look = [&] {
        const std::uint64_t now = live.counters().messages;
        if (before == 0 && now > 1000) {
            meter.start();
            before = now;
        }
        if (now != last) {
            idle = 0;
            cost = meter.stop(now - before);
        } else if (++idle > 500 || (before > 0 && ++idle > 50)) {
            return bench.loop.stop();
        }
        last = now;
        if (now >= messages + watched_prefixes) return bench.loop.stop();
        again = bench.loop.after(20ms, look);
    };
    again = bench.loop.after(0ms, look);
    bench.loop.run();
    if (live.counters().malformed > 0) std::fprintf(stderr, "malformed: %lu\n", live.counters().malformed);
    return cost;
}

Cost listen_bare(const test::Authority& authority, const Endpoint& server) {
    namespace asio = boost::asio;
    namespace beast = boost::beast;
    asio::io_context io;
    asio::ssl::context tls(asio::ssl::context::tls_client);
    tls.load_verify_file(authority.bundle());
    tls.set_verify_mode(asio::ssl::verify_peer);
    beast::websocket::stream<beast::ssl_stream<asio::ip::tcp::socket>> socket(io, tls);
    const asio::ip::tcp::endpoint at(asio::ip::make_address(server.address), server.port);
    for (int tries = 0;; ++tries) {
        boost::system::error_code error;
        socket.next_layer().next_layer().connect(at, error);
        if (!error) break;
        if (tries == 500) throw boost::system::system_error(error);
        socket.next_layer().next_layer().close();
        std::this_thread::sleep_for(10ms);
    }
    socket.next_layer().handshake(asio::ssl::stream_base::client);
    socket.handshake(name, "/v1/ws/");
    beast::flat_buffer buffer;
    Meter meter;
    std::uint64_t messages = 0;
    std::size_t objects = 0;
    boost::system::error_code error;
    Cost cost;
    while (socket.read(buffer, error), !error) {
        if (messages++ == 1000) meter.start();
        const auto bytes = buffer.data();
        objects +=
            boost::json::parse({static_cast<const char*>(bytes.data()), bytes.size()}).is_object() ? 1 : 0;
        buffer.consume(buffer.size());
        if (messages % 1000 == 0) cost = meter.stop(messages - 1000);
    }
    if (objects != messages) std::fprintf(stderr, "%zu objects in %lu messages\n", objects, messages);
    return cost;
}

pid_t start_server(const test::Certificate& certificate, const Endpoint& at, std::size_t subscriptions,
                   int rate, int seconds) {
    const pid_t child = ::fork();
    if (child < 0) throw std::runtime_error("fork failed");
    if (child == 0) serve(certificate, at, subscriptions, rate, seconds);
    return child;
}

void print(const char* who, const Cost& cost) {
    std::printf("%-12s %5.1f %% of a core, %5.1f us a message, %.0f messages a second\n", who, cost.percent(),
                cost.micros_each(), static_cast<double>(cost.messages) / cost.seconds);
    std::fflush(stdout);
}

double median(std::vector<double> numbers) {
    std::sort(numbers.begin(), numbers.end());
    return numbers[numbers.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
    const int seconds = argc > 1 ? std::atoi(argv[1]) : 20, rate = argc > 2 ? std::atoi(argv[2]) : 20'000,
              turns = argc > 3 ? std::atoi(argv[3]) : 1;
    if (argc > 4 || seconds < 1 || rate < 1 || turns < 1) {
        std::fprintf(stderr, "usage: ris_feed [SECONDS [MESSAGES-A-SECOND [TURNS]]]\n");
        return 2;
    }
    test::Authority authority;
    const test::Certificate certificate = authority.issue(name);
    std::vector<double> ours, bare;
    bool fast_enough = true;
    for (int turn = 0; turn < turns; ++turn) {
        for (const bool sereno : {true, false}) {
            const Endpoint at = test::free_endpoint();
            const pid_t server = start_server(certificate, at, sereno ? watched_prefixes : 0, rate, seconds);
            while (!test::accepts(at))
                std::this_thread::sleep_for(10ms);
            const Cost cost =
                sereno
                    ? listen_as_sereno(authority, at,
                                       static_cast<std::uint64_t>(rate) * static_cast<std::uint64_t>(seconds))
                    : listen_bare(authority, at);
            ::waitpid(server, nullptr, 0);
            print(sereno ? "sereno" : "bare client", cost);
            (sereno ? ours : bare).push_back(cost.percent());
            const double heard = static_cast<double>(cost.messages) / cost.seconds;
            fast_enough = fast_enough && heard > 0.9 * rate;
        }
    }
    std::printf("ratio %.2f\n", median(ours) / median(bare));
    if (!fast_enough) std::fprintf(stderr, "this computer is too slow for %d messages a second\n", rate);
    if (median(ours) > bar_percent)
        std::fprintf(stderr, "more than %.0f %% of a core at %d messages a second\n", bar_percent, rate);
    return fast_enough && median(ours) <= bar_percent ? 0 : 1;
}
