#include "agent/rehearsal/world.hpp"

#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/post.hpp>
#include <csignal>
#include <cstring>
#include <fstream>
#include <future>
#include <mutex>
#include <random>
#include <set>
#include <stdexcept>
#include <thread>

#include "agent/model/ascii.hpp"
#include "agent/rehearsal/agent_config.hpp"
#include "agent/rehearsal/world/authority.hpp"
#include "agent/rehearsal/world/elsewhere.hpp"
#include "agent/rehearsal/world/mime.hpp"
#include "agent/rehearsal/world/pages.hpp"
#include "agent/rehearsal/world/places.hpp"
#include "agent/rehearsal/world/resolver.hpp"
#include "agent/rehearsal/world/sms_api.hpp"
#include "agent/rehearsal/world/smtp_conversation.hpp"
#include "agent/rehearsal/world/tcp_server.hpp"
#include "agent/rehearsal/world/udp_server.hpp"

namespace sereno::rehearsal {

namespace asio = boost::asio;

namespace {

constexpr std::size_t most_kept = 10'000;
constexpr std::size_t most_machines = 250;  // one byte of an address tells them apart

/// The last two labels: "captive.apple.com" lives in the zone "apple.com".
std::string zone_of(const std::string& host) {
    const std::size_t last = host.rfind('.');
    const std::size_t before = last == std::string::npos || last == 0 ? last : host.rfind('.', last - 1);
    return before == std::string::npos ? host : host.substr(before + 1);
}

/// One machine and its servers.
struct Node {
    Place& place;
    Endpoint endpoint{};
    std::vector<Zone> zones{};
    std::vector<std::string> hosts{};  ///< that its certificate names; empty: it has none
    Surroundings presented{};          ///< what its certificate was made for
    std::unique_ptr<Resolver> resolver{};
    std::unique_ptr<TcpServer> tcp{};
    std::unique_ptr<UdpServer> udp{};

    [[nodiscard]] const std::string& name() const { return place.name; }
};

std::string random_hex(std::size_t digits) {
    static const char* const hex = "0123456789abcdef";
    std::random_device random;
    std::string out;
    while (out.size() < digits)
        out += hex[random() % 16];
    return out;
}

/// Whether every address of the block has this port free for TCP and UDP, right now.
bool all_free(const std::vector<std::string>& addresses, std::uint16_t port) {
    asio::io_context context;
    for (const std::string& text : addresses) {
        const auto address = asio::ip::make_address(text);
        boost::system::error_code error;
        asio::ip::tcp::acceptor tcp(context);
        asio::ip::udp::socket udp(context);
        tcp.open(asio::ip::tcp::v4(), error);
        tcp.bind({address, port}, error);
        if (error) return false;
        udp.open(asio::ip::udp::v4(), error);
        udp.bind({address, port}, error);
        if (error) return false;
    }
    return true;
}

void write_file(const std::string& path, const std::string& text, mode_t mode) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    ::chmod(path.c_str(), mode);
    file << text;
    file.close();
    if (!file) throw std::runtime_error(path + ": cannot write; is the disk full?");
}

}  // namespace

struct World::Impl {
    explicit Impl(WorldPlan what)
        : plan(std::move(what)), places(plan), guard(asio::make_work_guard(context)) {
        name_everything();
        find_addresses();
        fill_zones();
        start_everything();
        // The thread leaves signals to whoever started the world.
        sigset_t all, before;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        thread = std::thread([this] { context.run(); });
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
    }

    ~Impl() {
        on_thread([this] { nodes.clear(); });
        guard.reset();
        context.stop();
        thread.join();
    }

    /// Runs `task` on the world's thread and waits for it.
    template <class F>
    void on_thread(F task) {
        std::promise<void> done;
        asio::post(context, [&] {
            task();
            done.set_value();
        });
        done.get_future().wait();
    }

    Node* find(const std::string& name) const {
        for (const auto& node : nodes)
            if (node->name() == name) return node.get();
        return nullptr;
    }
    Node& at(const std::string& name) const {
        if (Node* node = find(name)) return *node;
        throw std::logic_error("no node is called " + name);
    }

    void name_everything() {
        for (const std::string& name : places.names())
            if (is_machine(name)) nodes.push_back(std::make_unique<Node>(Node{places.at(name)}));
        if (nodes.size() > most_machines) throw std::runtime_error("a world has at most 250 machines");
    }

    /// A block 127.a.b.0/24 and a port of the ephemeral range that nobody uses on any of its addresses.
    void find_addresses() {
        std::random_device random;
        for (int tries = 0; tries < 50; ++tries) {
            const std::string block =
                "127." + std::to_string(16 + random() % 200) + "." + std::to_string(random() % 256) + ".";
            std::vector<std::string> addresses;
            for (std::size_t i = 0; i < nodes.size(); ++i)
                addresses.push_back(block + std::to_string(i + 1));
            const std::uint16_t candidate = free_port();
            if (!all_free(addresses, candidate)) continue;
            for (std::size_t i = 0; i < nodes.size(); ++i)
                nodes[i]->endpoint = {addresses[i], candidate};
            port = candidate;
            return;
        }
        throw std::runtime_error(
            "no port is free on a block of loopback addresses; are 127.0.0.0/8 addresses up?");
    }

    void publish(const std::string& dns_node, const std::string& zone, const std::string& host,
                 const Node& node, Micros ttl) {
        Node& server = at(dns_node);
        auto zone_there = std::find_if(server.zones.begin(), server.zones.end(),
                                       [&](const Zone& one) { return one.name == zone; });
        if (zone_there == server.zones.end())
            zone_there = server.zones.insert(server.zones.end(), {zone, {}});
        AddressRecord record{host, static_cast<std::uint32_t>(ttl.count() / 1'000'000), {}};
        const auto bytes = asio::ip::make_address_v4(node.endpoint.address).to_bytes();
        std::copy(bytes.begin(), bytes.end(), record.address.begin());
        zone_there->records[lower_ascii(host)] = record;
        auto& servers = delegations[zone];
        if (std::find(servers.begin(), servers.end(), server.endpoint) == servers.end())
            servers.push_back(server.endpoint);
    }

    void fill_zones() {
        constexpr Micros control_ttl{300'000'000}, server_ttl{172'800'000'000};
        for (const PlatformPlan& platform : plan.platforms)
            for (const NameServerPlan& server : platform.name_servers) {
                const std::string dns = "dns:" + server.machine;
                for (const PagePlan& page : platform.pages)
                    publish(dns, lies_in(page.host, platform.zone) ? platform.zone : zone_of(page.host),
                            page.host, at("web:" + page.host), platform.ttl);
                if (lies_in(server.name, platform.zone))
                    publish(dns, platform.zone, server.name, at(dns), server_ttl);
            }
        for (const NameControlPlan& control : plan.name_controls)
            publish(controls_dns, zone_of(control.host), control.host, at("control:" + control.name),
                    control_ttl);
        publish(alerts_dns, zone_of(mail_host), mail_host, at("mail"), control_ttl);
        publish(alerts_dns, zone_of(sms_host), sms_host, at("sms"), control_ttl);
        if (!plan.witnesses) return;
        publish(alerts_dns, zone_of(ris_host), ris_host, at("ris"), control_ttl);
        publish(alerts_dns, zone_of(ripestat_host), ripestat_host, at("ripestat"), control_ttl);
        publish(alerts_dns, zone_of(globalping_host), globalping_host, at("globalping"), control_ttl);
    }

    void serve(const std::string& name, TcpServer::Tls tls, const std::vector<std::string>& hosts,
               ConversationFactory factory) {
        Node& node = at(name);
        std::optional<ServerIdentity> identity;
        if (tls != TcpServer::Tls::never) identity = authority.issue(hosts, node.endpoint.address);
        node.hosts = hosts;
        node.tcp = std::make_unique<TcpServer>(context, node.endpoint, tls, identity, std::move(factory));
    }

    void serve_http(const std::string& name, TcpServer::Tls tls, const std::vector<std::string>& hosts,
                    const HttpHandler& handler) {
        const Node* node = &at(name);
        const HttpHandler on_the_way = [this, node, handler](const HttpRequest& request) {
            const bool taken = node->place.beyond_gateway() && places.surroundings().captive;
            return taken ? answer_portal() : handler(request);
        };
        serve(name, tls, hosts, [this, on_the_way] {
            return make_http_conversation(on_the_way, [this] { return places.calendar(); });
        });
    }

    void serve_dns(Node& node, const DnsHandler& handler) {
        node.udp = std::make_unique<UdpServer>(context, node.endpoint, handler);
        node.tcp = std::make_unique<TcpServer>(context, node.endpoint, TcpServer::Tls::never, std::nullopt,
                                               [handler] { return make_dns_conversation(handler); });
    }

    void start_everything() {
        for (const auto& each : nodes) {
            Node* node = each.get();
            if (node->name().starts_with("dns:"))
                serve_dns(*node, [this, node](const std::string& query, const auto& reply) {
                    if (!node->place.loses()) reply(answer_from(node->zones, met_here(*node), query));
                });
            if (node->name().starts_with("resolver:")) start_resolver(*node);
        }
        for (const PlatformPlan& platform : plan.platforms)
            for (const PagePlan& page : platform.pages) {
                const Node* node = &at("web:" + page.host);
                if (node->tcp) continue;  // two platforms on one front end
                serve_http(node->name(), TcpServer::Tls::at_once, {page.host},
                           [node, page](const HttpRequest& request) {
                               return answer_front_end(page, node->place.condition, request);
                           });
            }
        for (const NameControlPlan& control : plan.name_controls) {
            const Node* node = &at("control:" + control.name);
            serve_http(node->name(), TcpServer::Tls::never, {}, [node, control](const HttpRequest& request) {
                return answer_control(control, node->place.condition, request);
            });
        }
        for (const AppPlan& app : plan.apps) {
            const Node* node = &at("app:" + app.name);
            serve_http(node->name(), TcpServer::Tls::never, {}, [node](const HttpRequest& request) {
                return answer_app(node->place.condition, request);
            });
        }
        const auto hang_up = [](const HttpRequest&) { return HttpAnswer{404, "", "text/plain", {}}; };
        for (const AddressControlPlan& control : plan.address_controls)
            serve_http("control:" + control.name, TcpServer::Tls::never, {}, hang_up);
        serve_http("gateway", TcpServer::Tls::never, {}, hang_up);
        start_mail();
        start_sms();
        if (plan.witnesses) start_witnesses();
    }

    void start_witnesses() {
        elsewhere.emplace(
            Truth{plan, [this](const std::string& name) { return places.met_elsewhere(places.at(name)); },
                  [this](const std::string& name) { return places.at(name).loses(); },
                  [this] { return places.calendar(); }});
        serve("ris", TcpServer::Tls::at_once, {ris_host}, [this] { return elsewhere->ris_live(); });
        serve_http("ripestat", TcpServer::Tls::at_once, {ripestat_host},
                   [this](const HttpRequest& request) { return elsewhere->looking_glass(request); });
        serve_http("globalping", TcpServer::Tls::at_once, {globalping_host},
                   [this](const HttpRequest& request) { return elsewhere->globalping(request); });
    }

    void start_resolver(Node& node) {
        Resolver::Bogus bogus = [this](const std::string& zone) {
            const Place* const found = places.find("zone:" + zone);
            return found != nullptr && found->condition == Condition::bogus;
        };
        const bool validates = std::any_of(
            plan.resolvers.begin(), plan.resolvers.end(),
            [&](const ResolverPlan& one) { return "resolver:" + one.name == node.name() && one.validates; });
        if (!validates) bogus = {};
        node.resolver = std::make_unique<Resolver>(
            context, delegations, [this] { return now(); }, std::move(bogus));
        serve_dns(node, [this, node = &node](const std::string& query, const auto& reply) {
            switch (met_here(*node)) {
                case Condition::silent:
                    return;
                case Condition::servfail:
                    return reply(refuse_dns(query, Rcode::servfail));
                case Condition::refused:
                    return reply(refuse_dns(query, Rcode::refused));
                default:
                    return node->resolver->ask(query, [this, node, reply](std::string answer) {
                        if (met_here(*node) != Condition::silent) reply(std::move(answer));
                    });
            }
        });
    }

    void start_mail() {
        const Node* node = &at("mail");
        const SmtpPolicy policy{mail_host, true, [node] { return node->place.condition.load(); },
                                [this](SmtpMessage message) { keep(std::move(message)); }};
        serve("mail", TcpServer::Tls::on_request, {mail_host},
              [policy] { return make_smtp_conversation(policy); });
    }

    void start_sms() {
        serve_http("sms", TcpServer::Tls::at_once, {sms_host},
                   [this, node = &at("sms")](const HttpRequest& request) {
                       return answer_sms(sms, node->place.condition, request, "SM" + random_hex(32),
                                         [this](SmsMessage message) { keep(std::move(message)); });
                   });
    }

    void keep(SmtpMessage message) {
        ReadMail read = read_mail(message.data);
        const std::lock_guard lock(mutex);
        if (mails.size() < most_kept)
            mails.push_back({std::chrono::system_clock::now(), std::move(message.from), std::move(message.to),
                             std::move(message.data), std::move(read.subject), std::move(read.text)});
    }
    void keep(SmsMessage message) {
        const std::lock_guard lock(mutex);
        if (texts.size() < most_kept)
            texts.push_back({std::chrono::system_clock::now(), std::move(message.from), std::move(message.to),
                             std::move(message.body), std::move(message.sid)});
    }

    Stamp now() const {
        if (clock) return clock();
        return Stamp{std::chrono::duration_cast<Micros>(std::chrono::steady_clock::now().time_since_epoch())};
    }

    Condition met_here(const Node& node) const { return places.met_here(node.place); }

    void apply(Node& node) const {
        if (!node.tcp) return;
        present(node);
        switch (met_here(node)) {
            case Condition::silent:
            case Condition::lossy:
                return node.tcp->reach(Reach::black_hole);
            case Condition::refused:
                // A DNS server that refuses does so in its answers.
                if (!node.udp) return node.tcp->reach(Reach::refusing);
                [[fallthrough]];
            default:
                return node.tcp->reach(Reach::open);
        }
    }

    /// The certificate that is to be seen from here: the portal's, or one of another time. Whoever is
    /// connected when a portal closes or opens is cut off.
    void present(Node& node) const {
        const Surroundings now = places.surroundings();
        if (!node.place.beyond_gateway() || now == node.presented) return;
        const bool cut_off = now.captive != node.presented.captive;
        node.presented = now;
        if (cut_off) node.tcp->reach(Reach::refusing);
        if (node.hosts.empty()) return;
        node.tcp->present(now.captive ? authority.issue({portal_host}, "", now.ahead)
                                      : authority.issue(node.hosts, node.endpoint.address, now.ahead));
    }

    std::size_t set(const std::string& pattern, Condition condition) {
        const std::size_t changed = places.set(pattern, condition);
        for (const auto& node : nodes)
            apply(*node);
        if (elsewhere) elsewhere->tell_of_routes();
        return changed;
    }

    const WorldPlan plan;
    const Places places;
    const CertificateAuthority authority;
    const SmsAccount sms{"AC" + random_hex(32), random_hex(32)};
    asio::io_context context{1};
    asio::executor_work_guard<asio::io_context::executor_type> guard;
    std::vector<std::unique_ptr<Node>> nodes;
    std::optional<Elsewhere> elsewhere;
    std::uint16_t port = 0;
    Delegations delegations;
    std::function<Stamp()> clock;
    mutable std::mutex mutex;
    std::vector<Mail> mails;
    std::vector<Text> texts;
    std::thread thread;
};

World::World(WorldPlan plan) : impl_(std::make_unique<Impl>(std::move(plan))) {}
World::~World() = default;

const std::vector<std::string>& World::nodes() const {
    return impl_->places.names();
}

std::size_t World::set(const std::string& pattern, Condition condition) {
    std::size_t changed = 0;
    impl_->on_thread([&] { changed = impl_->set(pattern, condition); });
    return changed;
}

Condition World::condition(const std::string& node) const {
    const Place* found = impl_->places.find(node);
    return found == nullptr ? Condition::well : found->condition.load();
}

Endpoint World::endpoint(const std::string& node) const {
    const Node* found = impl_->find(node);
    return found == nullptr ? Endpoint{} : found->endpoint;
}

std::uint16_t World::port() const {
    return impl_->port;
}

void World::use_clock(std::function<Stamp()> clock) {
    impl_->on_thread([&] { impl_->clock = std::move(clock); });
}

std::vector<Mail> World::mails() const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->mails;
}

std::vector<Text> World::texts() const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->texts;
}

const std::string& World::ca_certificate() const {
    return impl_->authority.certificate();
}

std::string World::write_configuration(const std::string& folder, const AgentPace& pace,
                                       std::uint16_t page_port) const {
    const AgentFiles files = agent_files(
        impl_->plan, [this](const std::string& node) { return endpoint(node); }, impl_->sms.sid, folder, pace,
        page_port);
    ::mkdir((folder + "/data").c_str(), 0700);
    write_file(folder + "/ca.pem", ca_certificate(), 0644);
    write_file(folder + "/sms-token", impl_->sms.token + "\n", 0600);
    write_file(folder + "/catalogue.yaml", files.catalogue_yaml, 0644);
    write_file(folder + "/sereno.yaml", files.sereno_yaml, 0644);
    return folder + "/sereno.yaml";
}

std::uint16_t free_port() {
    asio::io_context context;
    const asio::ip::tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
    return acceptor.local_endpoint().port();
}

}  // namespace sereno::rehearsal
