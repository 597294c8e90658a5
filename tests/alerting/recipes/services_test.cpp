// Every recipe that is shipped, with a server that demands what its service documents.
#include <algorithm>
#include <filesystem>
#include <mutex>
#include <set>

#include "alerting/recipes.hpp"
#include "config/builtin.hpp"
#include "config/load.hpp"
#include "config/recipes.hpp"
#include "odd_servers.hpp"
#include "tests/alerting/channels/bench.hpp"

#include "catch.hpp"
#include "service_script.hpp"

using namespace sereno;
using namespace sereno::test;

namespace {

std::vector<std::string> script_files() {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator("tests/alerting/recipes/services"))
        out.push_back(entry.path().string());
    std::sort(out.begin(), out.end());
    return out;
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
    return text;
}

/// What goes wrong in every language that a text passes through.
const std::string hostile =
    "\"quotes\" 'and' \\back\\slashes\\ {text} {{token}} {\"a\":1}\n&To=+1&x=%0d%0aX-Evil: 1 "
    "<b>&amp;</b>\t\u00fc\U0001F642 end";

/// One service on a socket, and the channel that the configuration makes for it.
class Table {
  public:
    explicit Table(ServiceScript script)
        : script_(std::move(script)),
          service_([this](const JsonService::Request& request) { return reply(request); }) {}

    /// Sent instead of what the script says, until it is taken back.
    void answer_always(std::optional<JsonService::Reply> reply) {
        const std::lock_guard guard{mutex_};
        forced_ = std::move(reply);
    }
    void echo(bool on) { echo_ = on; }

    DeliveryAttempt send(const std::string& channel, const std::string& to, OutboxMessage message,
                         Micros timeout = Micros{5'000'000}) {
        const Settings settings = configured(channel, to);
        const auto& config = std::get<RecipeConfig>(settings.channels.at(0).service);
        RecipeChannelSettings own;
        own.id = "it";
        own.service = {config.recipe, config.base_url, config.settings, {}};
        own.timeout = timeout;
        for (const auto& [name, secret] : config.secrets)
            own.service.secrets[name] = secret.value;
        if (!settings.recipients.empty()) message.recipient = settings.recipients.at(0);
        if (config.recipe.form == Recipe::Form::brief) message.subject.clear();
        recovered_ = message.kind == AlertKind::recovered;
        ChannelBench bench;
        const auto made =
            make_recipe_channel(bench.loop, bench.dns, bench.transfers, bench.resolvers, std::move(own));
        return bench.deliver(*made, message);
    }
    DeliveryAttempt send(OutboxMessage message) {
        return send(script_.channel, script_.to, std::move(message));
    }

    [[nodiscard]] JsonService::Request last() const { return service_.requests().back(); }
    [[nodiscard]] const ServiceScript& script() const { return script_; }

    /// Everything that must never be shown.
    std::vector<std::string> secrets() {
        std::vector<std::string> out;
        const Settings settings = configured(script_.channel, script_.to);
        for (const auto& [name, secret] : std::get<RecipeConfig>(settings.channels.at(0).service).secrets) {
            const auto path = secret.value.find('/', 8);
            const bool url = secret.value.starts_with("http");
            out.push_back(url && path != std::string::npos ? secret.value.substr(path) : secret.value);
        }
        return out;
    }

  private:
    JsonService::Reply reply(const JsonService::Request& request) {
        const std::lock_guard guard{mutex_};
        if (echo_) {
            // As a mirror in JSON would have it: in every place that a recipe may look at.
            std::string all = request.path + " " + request.body;
            for (const auto& [name, value] : request.headers)
                all += " " + value;
            const std::string said = "\"" + replaced(replaced(all, "\\", "\\\\"), "\"", "\\\"") + "\"";
            JsonService::Reply out;
            out.status = 400;
            out.body = "{\"error\":" + said + ",\"message\":" + said + ",\"errors\":[" + said +
                       "],\"description\":" + said + ",\"ok\":false,\"status\":0}";
            return out;
        }
        if (forced_) return *forced_;
        const bool over = recovered_ && !script_.recovered.empty();
        return answer_to(script_, over ? script_.recovered : script_.demands, request);
    }

    Settings configured(const std::string& channel, const std::string& to) {
        const std::string here = "http://" + to_string(service_.endpoint());
        std::string text = replaced(channel, "HERE", here);
        if (text == channel) text = replaced(text, "kind:", "base_url: \"" + here + "\", kind:");
        std::string config = "channels:\n  it: " + text + "\n";
        if (!to.empty()) config += "people: [{name: Ana, language: es, it: " + to + "}]\n";
        const Loaded loaded = load_text(config, "s");
        for (const Complaint& one : loaded.complaints)
            if (!one.warning) throw std::runtime_error(config + to_string(one));
        return loaded.settings;
    }

    ServiceScript script_;
    std::mutex mutex_;
    std::optional<JsonService::Reply> forced_;
    std::atomic<bool> echo_{false}, recovered_{false};
    JsonService service_;  // last: its threads use the others
};

std::string to_word(Acceptance acceptance) {
    return acceptance == Acceptance::accepted    ? "accepted"
           : acceptance == Acceptance::permanent ? "permanent"
                                                 : "temporary";
}

JsonService::Reply page(int status) {
    JsonService::Reply reply;
    reply.status = status;
    reply.body = "<html><head><title>Wi-Fi</title></head><body>Please log in</body></html>";
    reply.headers.emplace_back("Content-Type", "text/html");
    return reply;
}

/// What the service should have got of `text`, without what a recipe puts before it.
bool arrived(const ServiceScript& script, const std::string& seen, const std::string& text) {
    std::string wanted = text;
    if (script.entities)
        wanted = replaced(replaced(replaced(wanted, "&", "&amp;"), "<", "&lt;"), ">", "&gt;");
    return seen.ends_with(wanted);
}

}  // namespace

TEST_CASE("every recipe that is built in is tried with its service") {
    std::set<std::string> tried;
    for (const std::string& file : script_files())
        tried.insert(read_script(file).id);
    std::set<std::string> shipped;
    for (const Recipe& one : builtin_recipes())
        shipped.insert(one.id);
    CHECK(tried == shipped);
    CHECK(shipped.size() == builtin_files("recipes").size());
}

TEST_CASE("a message is taken, and the last word has what the service called it") {
    const std::string file = GENERATE(from_range(script_files()));
    INFO(file);
    Table table(read_script(file));
    const auto attempt = table.send(alert("it", ""));
    INFO(attempt.word);
    CHECK(attempt.acceptance == Acceptance::accepted);
    CHECK(attempt.word == table.script().word);
    OutboxMessage over = alert("it", "");
    over.kind = AlertKind::recovered;
    const auto end = table.send(over);
    INFO(end.word);
    CHECK(end.acceptance == Acceptance::accepted);
}

TEST_CASE("a text arrives as it is, whatever it holds") {
    const std::string file = GENERATE(from_range(script_files()));
    INFO(file);
    Table table(read_script(file));
    OutboxMessage message = alert("it", "");
    message.body = hostile;
    message.subject = "a \"subject\" {of} & <its> own \U0001F642";
    const auto attempt = table.send(message);
    INFO(attempt.word);
    CHECK(attempt.acceptance == Acceptance::accepted);
    const bool shown = !table.script().text_at.empty() || !table.script().text_field.empty();
    if (shown) CHECK(arrived(table.script(), text_in(table.script(), table.last()), hostile));
    for (const auto& [name, value] : table.last().headers)
        CHECK(name != "x-evil");
}

TEST_CASE("a text of 100 kB is cut to what the service takes") {
    const std::string file = GENERATE(from_range(script_files()));
    INFO(file);
    Table table(read_script(file));
    const std::string piece = GENERATE("x", "\u00f1", "\U0001F642", "\"", "&");
    OutboxMessage message = alert("it", "");
    message.body.clear();
    while (message.body.size() < 100'000)
        message.body += piece;
    message.subject = std::string(5'000, 's');
    const auto attempt = table.send(message);
    INFO(attempt.word);
    CHECK(attempt.acceptance == Acceptance::accepted);
    const std::string seen = text_in(table.script(), table.last());
    if (!seen.empty()) CHECK(seen.ends_with("\u2026"));
}

TEST_CASE("what the service documents is understood") {
    const std::string file = GENERATE(from_range(script_files()));
    Table table(read_script(file));
    CHECK(table.script().cases.size() >= 2);
    for (const Case& one : table.script().cases) {
        INFO(file << ": " << one.name);
        table.answer_always(one.answer);
        const auto attempt = table.send(one.channel.empty() ? table.script().channel : one.channel,
                                        one.to.empty() ? table.script().to : one.to, alert("it", ""));
        CHECK(to_word(attempt.acceptance) == one.is);
        CHECK(attempt.word == one.word);
        const auto wait = one.wait.empty() ? Micros{0} : *parse_duration(one.wait).value;
        CHECK(attempt.retry_after == wait);
    }
}

TEST_CASE("too many requests: the wait that is asked for is obeyed") {
    const std::string file = GENERATE(from_range(script_files()));
    INFO(file);
    Table table(read_script(file));
    JsonService::Reply reply;
    reply.status = 429;
    reply.body = "{}";
    reply.headers = {{"Retry-After", "17"}};
    table.answer_always(reply);
    const auto seconds = table.send(alert("it", ""));
    CHECK(seconds.acceptance == Acceptance::temporary);
    CHECK(seconds.retry_after == Micros{17'000'000});
    // Long past, and far ahead: between nothing and a day.
    reply.headers = {{"Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT"}};
    table.answer_always(reply);
    CHECK(table.send(alert("it", "")).retry_after == Micros{0});
    reply.headers = {{"Retry-After", "Wed, 21 Oct 2099 07:28:00 GMT"}};
    table.answer_always(reply);
    CHECK(table.send(alert("it", "")).retry_after == Micros{86'400'000'000});
}

TEST_CASE("a page instead of the service is no acceptance and no refusal") {
    const std::string file = GENERATE(from_range(script_files()));
    INFO(file);
    Table table(read_script(file));
    for (const int status : {200, 302, 403, 404, 502}) {
        INFO(status);
        if (table.script().any_2xx && status != 502 && status != 302) continue;
        table.answer_always(page(status));
        CHECK(to_word(table.send(alert("it", "")).acceptance) == "temporary");
    }
}

TEST_CASE("silence, a connection that is cut and a closed door are tried again") {
    const std::string file = GENERATE(from_range(script_files()));
    INFO(file);
    Table table(read_script(file));
    const ServiceScript& script = table.script();
    JsonService::Reply reply;
    reply.how = JsonService::Reply::How::silence;
    table.answer_always(reply);
    const auto late = table.send(script.channel, script.to, alert("it", ""), Micros{150'000});
    CHECK(late.acceptance == Acceptance::temporary);
    CHECK(late.word.find("timeout") != std::string::npos);
    reply.how = JsonService::Reply::How::hang_up;
    table.answer_always(reply);
    CHECK(table.send(alert("it", "")).acceptance == Acceptance::temporary);
    if (script.answer.body.empty()) return;  // nothing that could be cut off
    reply = script.answer;
    reply.content_length = reply.body.size() + 10;
    table.answer_always(reply);
    CHECK(table.send(alert("it", "")).acceptance == Acceptance::temporary);
}

TEST_CASE("secrets that a service repeats are not kept") {
    const std::string file = GENERATE(from_range(script_files()));
    INFO(file);
    Table table(read_script(file));
    table.echo(true);
    const auto attempt = table.send(alert("it", ""));
    INFO(attempt.word);
    for (const std::string& secret : table.secrets()) {
        INFO(secret);
        CHECK(secret.size() >= 6);
        CHECK(attempt.word.find(secret) == std::string::npos);
    }
}

TEST_CASE("what rests on a platform of the catalogue says so by its operator") {
    std::set<std::string> operators;
    for (const Platform& platform : default_settings().watch.platforms)
        operators.insert(platform.operator_id.value);
    for (const Recipe& one : builtin_recipes()) {
        INFO(one.id);
        const auto on = [&](const std::string& id) {
            return std::count(one.stands_on.begin(), one.stands_on.end(), OperatorId(id)) == 1;
        };
        if (one.id == "whatsapp") CHECK(on("meta"));
        if (one.id == "slack" || one.id == "slack-bot") CHECK(on("salesforce"));
        if (one.id == "telegram" || one.id == "discord") CHECK(on(one.id));
        if (one.id == "teams") CHECK(on("microsoft"));
        if (one.id == "google-chat") CHECK(on("google"));
        CHECK(one.needs_uplink == (one.id != "home-assistant"));
    }
    CHECK(operators.contains("meta"));
}
