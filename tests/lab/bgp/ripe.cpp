#include "ripe.hpp"

#include <algorithm>
#include <stdexcept>

namespace sereno::lab::bgp {

namespace {

/// What the query of `url` says of `name`, with its escapes undone (RFC 3986 section 2.1).
std::string parameter(const std::string& url, const std::string& name) {
    const std::size_t begin = url.find(name + '=');
    if (begin == std::string::npos) return {};
    std::string text;
    for (std::size_t i = begin + name.size() + 1; i < url.size() && url[i] != '&'; ++i) {
        if (url[i] != '%' || i + 2 >= url.size()) {
            text += url[i];
            continue;
        }
        text += static_cast<char>(std::stoi(url.substr(i + 1, 2), nullptr, 16));
        i += 2;
    }
    return text;
}

}  // namespace

Ripe::Ripe(const World& world) : world_(world), place_(test::free_endpoint()) {
    start_feed();
    start_collector();
    ripestat_ = std::make_unique<test::JsonService>(
        [this](const test::JsonService::Request& request) { return answer(request.path); });
}

Ripe::~Ripe() {
    ripestat_.reset();
    stop_collector();
    stop_feed();
}

std::string Ripe::ris_live_url() const {
    return "ws://" + to_string(place_) + "/v1/ws/";
}

std::string Ripe::ripestat_url() const {
    return ripestat_->url("/", "127.0.0.1");
}

void Ripe::start_collector() {
    auto collector = std::make_shared<Collector>(
        world_.listen(), world_.peers(),
        [this](const std::string& text, const std::vector<Prefix>& about) { tell(text, about); });
    const bool complete = collector->wait_until([this](const Collector& one) {
        return std::all_of(World::prefixes().begin(), World::prefixes().end(),
                           [&](const std::string& prefix) {
                               return one.routes(*read_prefix(prefix)).size() == world_.peers().size();
                           });
    });
    if (!complete) throw std::runtime_error("not every peer of the collector knows every prefix");
    const std::lock_guard lock(mutex_);
    collector_ = std::move(collector);
}

void Ripe::stop_collector() {
    std::shared_ptr<Collector> gone;  // ends without the lock, as its last words are told
    {
        const std::lock_guard lock(mutex_);
        gone.swap(collector_);
    }
}

void Ripe::start_feed() {
    auto feed =
        std::make_shared<test::RisServer>(std::nullopt, test::RisManners{}, std::optional<Endpoint>{place_});
    const std::lock_guard lock(mutex_);
    feed_ = std::move(feed);
}

void Ripe::stop_feed() {
    std::shared_ptr<test::RisServer> gone;
    {
        const std::lock_guard lock(mutex_);
        gone.swap(feed_);
    }
}

/// As RIS Live does: an update goes to those who asked for one of its prefixes, a peer's state to those who
/// asked for such.
void Ripe::tell(const std::string& text, const std::vector<Prefix>& about) {
    std::shared_ptr<test::RisServer> feed;
    {
        const std::lock_guard lock(mutex_);
        feed = feed_;
    }
    if (!feed || !feed->has_client()) return;
    const auto wanted = feed->subscriptions();
    const bool is_wanted = about.empty() ? feed->heard("RIS_PEER_STATE") > 0
                                         : std::any_of(about.begin(), about.end(), [&](const Prefix& prefix) {
                                               return wanted.contains(to_string(prefix));
                                           });
    if (!is_wanted && filters_) return;
    ++told_;
    feed->say(text);
}

test::JsonService::Reply Ripe::answer(const std::string& url) {
    const std::string prefix = parameter(url, "resource");
    std::shared_ptr<Collector> collector;
    {
        const std::lock_guard lock(mutex_);
        asked_.push_back(prefix);
        collector = collector_;
    }
    if (!collector || url.find("/data/looking-glass/data.json?") == std::string::npos)
        return test::JsonService::status_only(collector ? 404 : 502);
    test::JsonService::Reply reply;
    reply.body = collector->looking_glass(prefix);
    return reply;
}

std::size_t Ripe::asked(const std::string& prefix) const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(std::count(asked_.begin(), asked_.end(), prefix));
}

}  // namespace sereno::lab::bgp
