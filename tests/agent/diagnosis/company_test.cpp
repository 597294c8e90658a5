// Who fails together: one operator's, those that rest on the same, and those that share only the way from
// here.
#include "agent/diagnosis/company.hpp"

#include "agent/model/watch.hpp"
#include "catch.hpp"

using namespace sereno;

namespace {

constexpr std::chrono::seconds second{1};
const Stamp noon{Micros{1'700'000'000'000'000}};

Platform platform(const std::string& id, const std::string& run_by) {
    Platform one;
    one.id = SubjectId{id};
    one.name = id;
    one.operator_id = OperatorId{run_by};
    return one;
}

enum class How { silent, names, served };

Failing failing(const Platform& platform, How how, std::chrono::seconds after_noon = {}) {
    Failing one;
    one.platform = &platform;
    one.since = noon + after_noon;
    (how == How::silent ? one.silent : how == How::names ? one.names : one.served) = true;
    one.unserved = one.silent;
    return one;
}

Company company(const Failing& self, const Failing& other) {
    return company_of(self, std::vector{self, other});
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("platforms of one operator are siblings when the other one's trouble is its own") {
    const Platform facebook = platform("facebook", "meta"), whatsapp = platform("whatsapp", "meta");
    const Failing self = failing(facebook, How::names);
    Failing other = failing(whatsapp, How::served, 600 * second);
    CHECK(company(self, other) == Company{});  // it may as well be ours
    other.theirs = true;
    CHECK(company(self, other).siblings == Names{"whatsapp"});
    CHECK(company(self, other).strangers.empty());
    CHECK(company(self, other).shared_fate.empty());
}

TEST_CASE("nobody keeps himself company") {
    const Platform shop = platform("shop", "shop");
    Failing self = failing(shop, How::silent);
    self.theirs = true;
    CHECK(company_of(self, std::vector{self}) == Company{});
}

TEST_CASE("unrelated platforms that fall silent at once are strangers that share the way from here") {
    const Platform shop = platform("shop", "shop"), press = platform("press", "press");
    const Failing self = failing(shop, How::silent);
    CHECK(company(self, failing(press, How::silent, 120 * second)).strangers == Names{"press"});
    CHECK(company(self, failing(press, How::silent, -120 * second)).strangers == Names{"press"});
    SECTION("not when one follows later") {
        CHECK(company(self, failing(press, How::silent, 121 * second)) == Company{});
    }
    SECTION("not when others see it fail, too") {
        Failing other = failing(press, How::silent);
        other.confirmed = true;
        CHECK(company(self, other) == Company{});
    }
    SECTION("not when one of them speaks") {
        CHECK(company(self, failing(press, How::served)) == Company{});
        CHECK(company(failing(shop, How::names), failing(press, How::silent)) == Company{});
    }
    SECTION("not when it is not known when it began") {
        Failing other = failing(press, How::silent);
        other.since = Stamp::max();
        CHECK(company(self, other) == Company{});
    }
}

TEST_CASE(
    "front ends that answer with errors under one fingerprint are one edge, whatever the catalogue says") {
    const Platform shop = platform("shop", "shop"), press = platform("press", "press");
    Failing self = failing(shop, How::served), other = failing(press, How::served, 600 * second);
    CHECK(company(self, other) == Company{});
    self.edges = {"fastly", "varnish"};
    other.edges = {"varnish"};
    CHECK(company(self, other).shared_fate == "edge:varnish");
    CHECK(company(self, other).sharers == Names{"press"});
    other.since += second;  // more than ten minutes apart
    CHECK(company(self, other) == Company{});
}

TEST_CASE("platforms behind the same edge that fail alike share its fate") {
    Platform shop = platform("shop", "shop"), press = platform("press", "press");
    shop.hosting.edge = press.hosting.edge = OperatorId{"fastly"};
    const Company silent = company(failing(shop, How::silent), failing(press, How::silent));
    CHECK(silent.shared_fate == "edge:fastly");
    CHECK(silent.strangers.empty());  // what they share is known
    CHECK(company(failing(shop, How::served), failing(press, How::served)).shared_fate == "edge:fastly");
    CHECK(company(failing(shop, How::served), failing(press, How::silent)) == Company{});
    // Breaking off before any page comes is no silence, and alike all the same.
    Failing self = failing(shop, How::silent), other = failing(press, How::silent);
    self.silent = other.silent = false;
    CHECK(company(self, other).shared_fate == "edge:fastly");
}

TEST_CASE("names that fail at one provider share its fate, and errors from one cloud its own") {
    Platform shop = platform("shop", "shop"), press = platform("press", "press");
    shop.hosting.dns_provider = press.hosting.dns_provider = OperatorId{"dyn"};
    shop.hosting.as_numbers = {64500, 16509};
    press.hosting.as_numbers = {16509};
    CHECK(company(failing(shop, How::names), failing(press, How::names)).shared_fate == "dns:dyn");
    CHECK(company(failing(shop, How::served), failing(press, How::served)).shared_fate == "as:16509");
    // A network that is silent is no cloud with errors.
    CHECK(company(failing(shop, How::silent), failing(press, How::silent)).shared_fate.empty());
}

TEST_CASE("only those that share the first fate found are counted to it") {
    Platform shop = platform("shop", "shop"), press = platform("press", "press"),
             mail = platform("mail", "mail");
    shop.hosting.edge = press.hosting.edge = OperatorId{"fastly"};
    shop.hosting.dns_provider = mail.hosting.dns_provider = OperatorId{"dyn"};
    Failing self = failing(shop, How::silent), first = failing(press, How::silent),
            second_one = failing(mail, How::names);
    self.names = true;
    const Company both = company_of(self, std::vector{self, first, second_one});
    CHECK(both.shared_fate == "edge:fastly");
    CHECK(both.sharers == Names{"press"});
}

TEST_CASE("how a platform fails is counted over what is fresh and was begun after our own trouble") {
    Watch watch;
    const auto add = [&](const std::string& id, Group group, ProbeTask task) {
        watch.probes.push_back({ProbeId{id}, SubjectId{"shop"}, group, std::move(task)});
    };
    add("shop/dns/system", Group::resolver, DnsQuery{.name = "shop.example"});
    add("shop/http/1", Group::edge, HttpFetch{.url = "https://shop.example/"});
    add("shop/http/2", Group::edge, HttpFetch{.url = "https://api.shop.example/"});
    Picture picture(watch);
    const auto see = [&](const std::string& id, Stage reached, Failure failure,
                         const std::string& edge = {}) {
        Observation o;
        o.id = ObservationId{1};
        o.probe = ProbeId{id};
        o.group = picture.find(o.probe)->spec.group;
        o.started = o.finished = noon;
        o.reached = reached;
        o.failure = failure;
        o.edge = edge;
        bool turned = false;
        REQUIRE(picture.take(o, turned) != nullptr);
    };
    const Platform shop = platform("shop", "shop");
    see("shop/dns/system", Stage::done, Failure::none);
    see("shop/http/1", Stage::connect, Failure::connect_timeout);
    see("shop/http/2", Stage::done, Failure::none);
    CHECK(!failing_of(picture, shop, {}, noon).silent);  // half is not most
    see("shop/http/2", Stage::connect, Failure::connect_timeout);
    const Failing silent = failing_of(picture, shop, {}, noon + second);
    CHECK(silent.silent);
    CHECK(!silent.served);
    CHECK(!silent.names);
    CHECK(silent.since == noon);
    see("shop/dns/system", Stage::dns, Failure::dns_servfail);
    for (const char* page : {"shop/http/1", "shop/http/2"})
        see(page, Stage::http, Failure::http_server_error, "fastly");
    const Failing served = failing_of(picture, shop, {}, noon + second);
    CHECK(served.served);
    CHECK(served.names);
    CHECK(!served.silent);
    CHECK(served.edges == std::set<std::string>{"fastly"});
    CHECK(failing_of(picture, shop, noon + second, noon + second).since == Stamp::max());
    CHECK(!failing_of(picture, shop, {}, noon + std::chrono::hours{1}).served);
}
