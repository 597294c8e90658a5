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
#include "agent/rehearsal/world/mime.hpp"
#include "agent/rehearsal/world/pages.hpp"
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

/// One machine. Its condition is read by handlers on the world's thread and by anybody else.
struct Node {
    std::string name;
    Endpoint endpoint;
    bool beyond_router = true;
    std::atomic<Condition> condition{Condition::well};
    std::vector<Zone> zones;
    std::unique_ptr<Resolver> resolver;
    std::unique_ptr<TcpServer> tcp;
    std::unique_ptr<UdpServer> udp;
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
        : plan(std::move(what)), names(node_names(plan)), guard(asio::make_work_guard(context)) {
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
            if (node->name == name) return node.get();
        return nullptr;
    }
    Node& at(const std::string& name) const {
        if (Node* node = find(name)) return *node;
        throw std::logic_error("no node is called " + name);
    }

    void name_everything() {
        for (const std::string& name : names) {
            if (name == "router") continue;
            nodes.push_back(std::make_unique<Node>());
            nodes.back()->name = name;
            nodes.back()->beyond_router = !name.starts_with("app:");
        }
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
    }

    void serve(const std::string& name, TcpServer::Tls tls, const std::vector<std::string>& hosts,
               ConversationFactory factory) {
        Node& node = at(name);
        std::optional<ServerIdentity> identity;
        if (tls != TcpServer::Tls::never) identity = authority.issue(hosts, node.endpoint.address);
        node.tcp = std::make_unique<TcpServer>(context, node.endpoint, tls, identity, std::move(factory));
    }

    void serve_http(const std::string& name, TcpServer::Tls tls, const std::vector<std::string>& hosts,
                    const HttpHandler& handler) {
        serve(name, tls, hosts, [handler] { return make_http_conversation(handler); });
    }

    void serve_dns(Node& node, const DnsHandler& handler) {
        node.udp = std::make_unique<UdpServer>(context, node.endpoint, handler);
        node.tcp = std::make_unique<TcpServer>(context, node.endpoint, TcpServer::Tls::never, std::nullopt,
                                               [handler] { return make_dns_conversation(handler); });
    }

    void start_everything() {
        for (const auto& each : nodes) {
            Node* node = each.get();
            if (node->name.starts_with("dns:"))
                serve_dns(*node, [this, node](const std::string& query, const auto& reply) {
                    reply(answer_from(node->zones, effective(*node), query));
                });
            if (node->name.starts_with("resolver:")) start_resolver(*node);
        }
        for (const PlatformPlan& platform : plan.platforms)
            for (const PagePlan& page : platform.pages) {
                const Node* node = &at("web:" + page.host);
                if (node->tcp) continue;  // two platforms on one front end
                serve_http(node->name, TcpServer::Tls::at_once, {page.host},
                           [node, page](const HttpRequest& request) {
                               return answer_front_end(page, node->condition, request);
                           });
            }
        for (const NameControlPlan& control : plan.name_controls) {
            const Node* node = &at("control:" + control.name);
            serve_http(node->name, TcpServer::Tls::never, {}, [node, control](const HttpRequest& request) {
                return answer_control(control, node->condition, request);
            });
        }
        for (const AppPlan& app : plan.apps) {
            const Node* node = &at("app:" + app.name);
            serve_http(node->name, TcpServer::Tls::never, {},
                       [node](const HttpRequest& request) { return answer_app(node->condition, request); });
        }
        const auto hang_up = [](const HttpRequest&) { return HttpAnswer{404, "", "text/plain", {}}; };
        for (const AddressControlPlan& control : plan.address_controls)
            serve_http("control:" + control.name, TcpServer::Tls::never, {}, hang_up);
        serve_http("gateway", TcpServer::Tls::never, {}, hang_up);
        start_mail();
        start_sms();
    }

    void start_resolver(Node& node) {
        node.resolver = std::make_unique<Resolver>(context, delegations, [this] { return now(); });
        serve_dns(node, [this, node = &node](const std::string& query, const auto& reply) {
            switch (effective(*node)) {
                case Condition::silent:
                    return;
                case Condition::servfail:
                    return reply(refuse_dns(query, Rcode::servfail));
                case Condition::refused:
                    return reply(refuse_dns(query, Rcode::refused));
                default:
                    return node->resolver->ask(query, [this, node, reply](std::string answer) {
                        if (effective(*node) != Condition::silent) reply(std::move(answer));
                    });
            }
        });
    }

    void start_mail() {
        const Node* node = &at("mail");
        const SmtpPolicy policy{mail_host, true, [node] { return node->condition.load(); },
                                [this](SmtpMessage message) { keep(std::move(message)); }};
        serve("mail", TcpServer::Tls::on_request, {mail_host},
              [policy] { return make_smtp_conversation(policy); });
    }

    void start_sms() {
        serve_http("sms", TcpServer::Tls::at_once, {sms_host},
                   [this, node = &at("sms")](const HttpRequest& request) {
                       return answer_sms(sms, node->condition, request, "SM" + random_hex(32),
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

    /// What a node does seen from here: nothing, when the router is down in between.
    Condition effective(const Node& node) const {
        return node.beyond_router && router_silent ? Condition::silent : node.condition.load();
    }

    void apply(Node& node) const {
        if (!node.tcp) return;
        switch (effective(node)) {
            case Condition::silent:
                return node.tcp->reach(Reach::black_hole);
            case Condition::refused:
                // A DNS server that refuses does so in its answers.
                if (!node.udp) return node.tcp->reach(Reach::refusing);
                [[fallthrough]];
            default:
                return node.tcp->reach(Reach::open);
        }
    }

    std::size_t set(const std::string& pattern, Condition condition) {
        std::size_t changed = 0;
        for (const auto& node : nodes) {
            if (!matches(pattern, node->name)) continue;
            ++changed;
            node->condition = condition;
            apply(*node);
        }
        if (pattern == "router") {
            ++changed;
            router_silent = condition == Condition::silent;
            for (const auto& node : nodes)
                apply(*node);
        }
        return changed;
    }

    const WorldPlan plan;
    const std::vector<std::string> names;
    const CertificateAuthority authority;
    const SmsAccount sms{"AC" + random_hex(32), random_hex(32)};
    asio::io_context context{1};
    asio::executor_work_guard<asio::io_context::executor_type> guard;
    std::vector<std::unique_ptr<Node>> nodes;
    std::uint16_t port = 0;
    Delegations delegations;
    std::atomic<bool> router_silent{false};
    std::function<Stamp()> clock;
    mutable std::mutex mutex;
    std::vector<Mail> mails;
    std::vector<Text> texts;
    std::thread thread;
};

World::World(WorldPlan plan) : impl_(std::make_unique<Impl>(std::move(plan))) {}
World::~World() = default;

const std::vector<std::string>& World::nodes() const {
    return impl_->names;
}

std::size_t World::set(const std::string& pattern, Condition condition) {
    std::size_t changed = 0;
    impl_->on_thread([&] { changed = impl_->set(pattern, condition); });
    return changed;
}

Condition World::condition(const std::string& node) const {
    if (node == "router") return impl_->router_silent ? Condition::silent : Condition::well;
    const Node* found = impl_->find(node);
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

bool matches(std::string_view pattern, std::string_view text) {
    std::size_t p = 0, t = 0, star = std::string_view::npos, kept = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            kept = t;
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++kept;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*')
        ++p;
    return p == pattern.size();
}

}  // namespace sereno::rehearsal
