// Recipes as people write them: what is understood, and what is said about each mistake.
#include "config/recipes.hpp"

#include "tests/config/support.hpp"

#include "catch.hpp"

using namespace sereno;
using test::Lines;
using test::said;

namespace {

/// A small recipe in which everything is right, one line each.
const std::vector<std::string> good{
    "recipe: gate",
    "title: Gate",
    "to: phone",
    "settings: {token: secret}",
    "request: {url: \"https://gate.example/send\", auth: {bearer: \"{token}\"}, json: {to: \"{to}\", text: "
    "\"{text}\"}}",
    "answer: {rules: [{is: accepted, status: 200}]}",
};

std::string joined_lines(const std::vector<std::string>& lines) {
    std::string out;
    for (const std::string& line : lines)
        out += line + "\n";
    return out;
}

Lines complaints_about(const std::string& text) {
    Complaints complaints;
    const int file = complaints.open("r");
    Check check{complaints, "."};
    (void)read_recipe(check, read_document(text, file, complaints));
    return test::lines(complaints.sorted());
}

/// With one line (from 1) instead of the good one.
Lines with(std::size_t line, const std::string& text) {
    auto lines = good;
    lines.at(line - 1) = text;
    return complaints_about(joined_lines(lines));
}

Lines with_request(const std::string& request) {
    return with(5, "request: " + request);
}
Lines with_rule(const std::string& rule) {
    return with(6, "answer: {rules: [" + rule + ", {is: accepted, status: 200}]}");
}

}  // namespace

TEST_CASE("a good recipe gives no reason to complain") {
    CHECK(complaints_about(joined_lines(good)) == Lines{});
}

TEST_CASE("a recipe has all that it needs, and nothing unknown") {
    CHECK(complaints_about("") == Lines{"r:1:1: a recipe is empty; write its keys or remove it"});
    CHECK(complaints_about("recipe: a\n") ==
          Lines{"r:1:1: recipe has no 'title'; add it", "r:1:1: recipe has no 'to'; add it",
                "r:1:1: recipe has no 'answer'; add it", "r:1:1: recipe has no 'request'; add it"});
    CHECK(with(2, "titel: Gate") ==
          Lines{"r:1:1: recipe has no 'title'; add it", "r:2:1: unknown key 'titel'; did you mean 'title'?"});
    CHECK(with(3, "to: telephone") ==
          Lines{"r:3:5: to 'telephone' is not one of phone, text, one, nobody; write one of these",
                "r:5:83: json has the unknown placeholder '{to}'; known here: text, subject, person, "
                "language, kind, "
                "incident, key, now, token"});
}

TEST_CASE("a placeholder has a name that the recipe knows") {
    CHECK(with_request(
              "{url: \"https://gate.example/\", auth: {bearer: \"{token}\"}, json: {t: \"{txet}\"}}") ==
          Lines{"r:5:78: json has the unknown placeholder '{txet}'; did you mean 'text'?"});
    CHECK(with_request("{url: \"https://gate.example/{token}\", form: {a: \"{text\"}}") ==
          Lines{"r:5:58: a '{text' has a '{' without its '}'; write '{{' for the character itself"});
    CHECK(with_request("{url: \"https://gate.example/{token}\", form: {a: \"text}\"}}") ==
          Lines{"r:5:58: a 'text}' has a '}' without its '{'; write '}}' for the character itself"});
    CHECK(with_request("{url: \"https://gate.example/{token}\", form: {a: \"{Text}\"}}") ==
          Lines{"r:5:58: a '{Text}' has a placeholder that is no name; write it as '{text}', and '{{' for a "
                "brace"});
    CHECK(with_request("{url: \"https://gate.example/{token}\", form: {a: \"{{text}} {{\"}}") == Lines{});
    // A brief text has no subject, and what leads to one place no address.
    auto brief = good;
    brief.push_back("form: brief");
    brief[4] = "request: {url: \"https://gate.example/{token}\", form: {a: \"{subject}\"}}";
    CHECK(complaints_about(joined_lines(brief))
              .at(0)
              .starts_with("r:5:58: a has the unknown placeholder '{subject}'"));
}

TEST_CASE("what may be missing is marked as such, and nothing else") {
    CHECK(
        with(4, "settings: {token: {is: secret, optional: true}}") ==
        Lines{
            "r:5:60: bearer has '{token}', which may be empty; write '{token?}', and this is left out then"});
    CHECK(with_request("{url: \"https://gate.example/{token}\", form: {a: \"{text?}\"}}") ==
          Lines{"r:5:58: a has '{text?}', which is never empty; write '{text}'"});
    CHECK(with(4, "settings: {token: secret, a: {is: text, optional: true, default: x}}") ==
          Lines{"r:4:27: setting 'a' is used by nothing; remove it or use '{a}'",
                "r:4:30: setting 'a' has a default and is optional; keep one"});
}

TEST_CASE("secrets are declared, used, and have no default") {
    CHECK(
        with(4, "settings: {}") ==
        Lines{"r:5:60: bearer has the unknown placeholder '{token}'; known here: text, subject, to, person, "
              "language, kind, incident, key, now"});
    CHECK(with(4, "settings: {token: secret, key_two: secret}") ==
          Lines{"r:4:27: setting 'key_two' is used by nothing; remove it or use '{key_two}'"});
    CHECK(with(4, "settings: {token: {is: secret, default: abc}}") ==
          Lines{"r:4:19: setting 'token' is a secret and has a default; remove it"});
    CHECK(
        with(4, "settings: {token: secert}") ==
        Lines{"r:4:19: token 'secert' is not one of text, account, phone, sender, number, url, secret, "
              "secret_url; did you mean 'secret'?",
              "r:5:60: bearer has the unknown placeholder '{token}'; known here: text, subject, to, person, "
              "language, kind, incident, key, now"});
    CHECK(with(4, "settings: {text: secret, Token: secret, kind: text, token: secret}") ==
          Lines{"r:4:12: setting 'text' has the name of something that every recipe has; choose another",
                "r:4:26: setting 'Token' is no usable name; write small letters and '_'",
                "r:4:41: setting 'kind' has the name of something that every recipe has; choose another"});
}

TEST_CASE("a URL is encrypted, whole, and leads to a host that is written out") {
    const auto url = [](const std::string& text) {
        return with_request("{url: \"" + text + "\", form: {a: \"{token}\"}}");
    };
    CHECK(
        url("http://gate.example/") ==
        Lines{
            "r:5:16: url 'http://gate.example/' is not encrypted; write it with https, http is only for this "
            "computer itself"});
    CHECK(url("http://127.0.0.1:8080/send") == Lines{});
    CHECK(url("gate.example/send") == Lines{"r:5:16: url 'gate.example/send' is not a URL; write it whole, "
                                            "as in 'https://www.example.org/'"});
    CHECK(
        url("https://{to}.example/") ==
        Lines{
            "r:5:16: url 'https://{to}.example/' has a placeholder in its host; write the host out, base_url "
            "can replace it"});
    CHECK(url("{to}/send") ==
          Lines{"r:5:16: url '{to}/send' must begin with 'https://HOST/' or with a setting that "
                "is a URL, as in '{server}/message'"});
    CHECK(
        url("https://me:pw@gate.example/") ==
        Lines{
            "r:5:16: url 'https://me:pw@gate.example/' has a user or password in it; leave it out, a URL is "
            "shown to everyone"});
    CHECK(url("https://gate.example/a b") ==
          Lines{"r:5:16: url 'https://gate.example/a b' has characters that a "
                "URL cannot hold; write them as %XX"});
    CHECK(with(4, "settings: {token: url}").size() == 0);
}

TEST_CASE("a request has one body, and one that is sent") {
    const std::string url = "url: \"https://gate.example/{token}\"";
    CHECK(with_request("{" + url + ", json: {}, form: {a: b}}") ==
          Lines{"r:5:10: request has more than one of json, form and text; keep one"});
    CHECK(with_request("{" + url + ", method: GET, text: \"{text}\"}") ==
          Lines{"r:5:10: request has a body, which GET does not send; write POST or PUT"});
    CHECK(with_request("{" + url + ", method: DELETE, json: {}}") ==
          Lines{"r:5:56: method 'DELETE' is not one of GET, POST, PUT, PATCH; write one of these"});
    CHECK(with_request("{" + url + ", json: hello}") ==
          Lines{"r:5:54: json must be a map or a list; write 'key: value' lines"});
    CHECK(with_request("{" + url + ", json: {a: yes}}") ==
          Lines{"r:5:58: json 'yes' could be read as true or false; write it in quotes"});
    CHECK(with_request("{" + url + ", auth: {hmac: {header: X-Sig, secret: \"{token}\"}}}") ==
          Lines{"r:5:10: request has no body to sign; add json, form or text"});
}

TEST_CASE("headers are headers, and who we are is said once") {
    const std::string url = "url: \"https://gate.example/{token}\", json: {}";
    CHECK(with_request("{" + url + ", headers: {\"X Title\": a, \"Content-Length\": \"3\"}}") ==
          Lines{"r:5:68: header 'X Title' is no name of a header; write it as 'X-Example'",
                "r:5:82: header 'Content-Length' is written by the transfer itself; remove it"});
    CHECK(with_request("{" + url + ", auth: {bearer: a, header: {name: X, value: b}}}") ==
          Lines{"r:5:64: auth needs exactly one of basic, bearer, header and hmac"});
    CHECK(with_request("{" + url + ", auth: {digest: a}}") ==
          Lines{"r:5:65: unknown key 'digest'; known here: basic, bearer, header, hmac"});
    CHECK(with_request("{" + url + ", auth: {basic: {user: a}}}") ==
          Lines{"r:5:72: basic has no 'password'; add it"});
}

TEST_CASE("an answer can be accepted, and not whatever it is") {
    CHECK(with(6, "answer: {rules: [{is: permanent, status: 400}]}") ==
          Lines{"r:6:17: no rule accepts anything; add one, as in {is: accepted, status: 200}"});
    CHECK(with(6, "answer: {rules: [{is: accepted, where: [{at: /ok, equals: true}]}]}") ==
          Lines{"r:6:18: rule accepts whatever its status; add 'status', as in 'status: 200'"});
    CHECK(with(6, "answer: {rules: []}") == Lines{"r:6:17: rules has 0 items; at least 1 needed"});
    CHECK(with_rule("{is: acepted, status: 200}").at(0) ==
          "r:6:23: is 'acepted' is not one of accepted, temporary, permanent; did you mean 'accepted'?");
    CHECK(with_rule("{is: permanent, where: [{at: ok, equals: 1}]}") ==
          Lines{"r:6:47: at 'ok' is not a JSON pointer; write '/' before each part, as in '/page/status'"});
    CHECK(with_rule("{is: permanent, where: [{at: /ok}]}") ==
          Lines{"r:6:42: a condition needs exactly one of equals, one_of, none_of, contains, present and "
                "absent"});
    CHECK(with_rule("{is: permanent, where: [{at: /ok, equal: 1}]}") ==
          Lines{"r:6:52: unknown key 'equal'; did you mean 'equals'?"});
    CHECK(with_rule("{is: permanent, where: [{at: /ok, present: false}]}") ==
          Lines{"r:6:61: present must be true; write 'present: true'"});
    CHECK(
        with(
            6,
            "answer: {retry_after: [{header: Retry-After, at: /x}], rules: [{is: accepted, status: 200}]}") ==
        Lines{"r:6:24: retry_after needs exactly one of header and at"});
    CHECK(with(6, "answer: {format: text, id: /id, rules: [{is: accepted, status: 200}]}") ==
          Lines{"r:6:9: answer is a text but is looked into with JSON pointers; write 'format: json' or "
                "remove them"});
}

TEST_CASE("names, lengths and escapes make sense") {
    const auto more = [](const std::string& line) {
        auto lines = good;
        lines.push_back(line);
        return complaints_about(joined_lines(lines));
    };
    CHECK(more("names: {a: {of: too, without: \"+\"}}") ==
          Lines{"r:7:9: name 'a' is of the unknown 'too'; did you mean 'to'?"});
    CHECK(more("names: {a: {of: to}}") ==
          Lines{"r:7:12: name 'a' says nothing new; add starting, without or when"});
    CHECK(more("names: {a: {of: kind, when: {open: x}}}") ==
          Lines{"r:7:9: name 'a' has 'when' for 'open'; a kind is opened or recovered"});
    CHECK(more("longest: {txt: 100}") == Lines{"r:7:11: unknown key 'txt'; did you mean 'text'?"});
    CHECK(more("longest: {text: 10}") ==
          Lines{"r:7:17: text '10' is no length; write 20 to 100000 characters, as in 1600 or '4096 bytes'"});
    CHECK(more("longest: {text: 100, subject: \"4096 bytes\"}") == Lines{});
    CHECK(more("escape: {\"&&\": x}") == Lines{"r:7:10: escape '&&' is not one ASCII character; write one"});
    CHECK(
        more("stands_on: [meta, \"a b\"]") ==
        Lines{
            "r:7:19: stands_on 'a b' is not a usable name; write 1 to 64 letters, digits, '-', '_' or '.'"});
}

TEST_CASE("own recipes: a file, a folder, and in the place of a built-in one") {
    const test::PrivateFolder folder;
    const test::Variable token("SERENO_TEST_TOKEN", "t");
    const std::string file = folder.write("gate.yaml", joined_lines(good));
    const std::string channel = "channels: {g: {kind: gate, token: {env: SERENO_TEST_TOKEN}}}\n";
    CHECK(said("recipes: [" + file + "]\n" + channel + "people: [{name: Ana, g: \"+34600111222\"}]\n") ==
          Lines{});
    CHECK(said("recipes: [" + (folder / ".") + "]\n" + channel) == Lines{});
    CHECK(said(channel).at(0).starts_with("s:1:22: unknown kind 'gate'; known here: smtp, bird, "));
    CHECK(said("recipes: [" + file + ", " + file + "]\n" + channel) ==
          Lines{file + ":1:9: recipe 'gate' is there twice; remove one or rename it"});
    auto twilio = good;
    twilio[0] = "recipe: twilio";
    const std::string own = folder.write("twilio.yaml", joined_lines(twilio));
    const Loaded loaded = load_text(
        "recipes: [" + own + "]\nchannels: {g: {kind: twilio, token: {env: SERENO_TEST_TOKEN}}}\n", "s");
    CHECK(test::lines(loaded.complaints) == Lines{});
    CHECK(std::get<RecipeConfig>(loaded.settings.channels.at(0).service).recipe.title == "Gate");
}

TEST_CASE("a mistake in an own recipe has the place in its own file") {
    const test::PrivateFolder folder;
    auto bad = good;
    bad[4] = "request: {url: \"http://gate.example/\", json: {a: \"{token}\"}}";
    const std::string file = folder.write("bad.yaml", joined_lines(bad));
    CHECK(said("recipes: [" + file + "]\n") ==
          Lines{file +
                ":5:16: url 'http://gate.example/' is not encrypted; write it with https, http is only for "
                "this computer itself"});
    CHECK(
        said("recipes: [nowhere.yaml]\n") ==
        Lines{
            "s:1:11: recipes 'nowhere.yaml' cannot be read (No such file or directory); mend the path, which "
            "starts at this file's folder"});
    const test::PrivateFolder empty;
    CHECK(said("recipes: [" + (empty / ".") + "]\n") ==
          Lines{"s:1:11: recipes '" + (empty / ".") +
                "' is a folder without *.yaml files; put recipes there or remove it"});
    const std::string broken = folder.write("broken.yaml", "recipe: [a\n");
    CHECK(said("recipes: [" + broken + "]\n").size() == 1);
}

TEST_CASE("a channel has what its recipe asks for") {
    const test::Variable token("SERENO_TEST_TOKEN", "t");
    CHECK(said("channels: {t: {kind: telegram}}\n") ==
          Lines{"s:1:15: telegram channel has no 'token'; add it"});
    CHECK(said("channels: {t: {kind: telegram, tokn: {env: SERENO_TEST_TOKEN}}}\n") ==
          Lines{"s:1:15: telegram channel has no 'token'; add it",
                "s:1:32: unknown key 'tokn'; did you mean 'token'?"});
    CHECK(said("channels: {t: {kind: gotify, server: gotify.example, token: {env: SERENO_TEST_TOKEN}}}\n") ==
          Lines{"s:1:38: server 'gotify.example' is not a URL; write it whole, as in "
                "'https://www.example.org/'"});
    CHECK(
        said("channels: {t: {kind: gotify, server: \"http://10.0.0.7/\", token: {env: "
             "SERENO_TEST_TOKEN}}}\n") ==
        Lines{
            "s:1:38: warning: server 'http://10.0.0.7' sends messages and secrets readable over the network; "
            "use https"});
    CHECK(said("channels: {t: {kind: gotify, server: \"https://a.example/?x=1\", token: {env: "
               "SERENO_TEST_TOKEN}}}\n") ==
          Lines{"s:1:38: server 'https://a.example/?x=1' has a query; leave out '?' and what follows"});
    CHECK(said("channels: {t: {kind: gotify, server: \"https://a.example\", base_url: \"https://b.example\", "
               "token: {env: SERENO_TEST_TOKEN}}}\n")
              .at(0)
              .starts_with("s:1:59: unknown key 'base_url'"));
    CHECK(said("channels: {t: {kind: ntfy, priority: high}}\n") ==
          Lines{"s:1:38: priority 'high' is not a whole number; write digits only, as in '3'"});
    CHECK(said("channels: {t: {kind: ntfy, timeout: 10ms}}\n") ==
          Lines{"s:1:37: timeout '10ms' is out of range; write 100ms to 2min"});
    CHECK(said("channels: {t: {kind: ntfy, stands_on: [cloudflare]}}\n") == Lines{});
}

/// The YAML under a heading of docs/channels.md.
std::string documented(const std::string& heading) {
    const std::string page = test::content_of("docs/channels.md");
    const auto start = page.find("```yaml\n", page.find("## " + heading)) + 8;
    return page.substr(start, page.find("```", start) - start);
}

TEST_CASE("what docs/channels.md shows is read without a complaint") {
    CHECK(complaints_about(documented("A recipe of your own")) == Lines{});
    std::string channels = documented("In five lines each");
    // Whatever file or variable is meant: a token and a URL in one.
    for (const std::string source : {"{env: ", "{file: "})
        for (auto at = channels.find(source); at != std::string::npos; at = channels.find(source))
            channels.replace(at, channels.find('}', at) + 1 - at, "\"https://a.example/x\"");
    const Loaded loaded = load_text(channels, "s");
    CHECK(loaded.settings.channels.size() == 21);
    for (const Complaint& one : loaded.complaints) {
        INFO(to_string(one));
        CHECK(one.warning);
    }
    // And each built-in kind has its line in the table.
    const std::string page = test::content_of("docs/channels.md");
    for (const Recipe& one : builtin_recipes()) {
        INFO(one.id);
        CHECK(page.find("| `" + one.id + "` | ") != std::string::npos);
        for (const RecipeSetting& setting : one.settings)
            CHECK(page.find("`" + setting.name + "`") != std::string::npos);
    }
}

TEST_CASE("a URL that is a secret is never repeated") {
    const test::PrivateFolder folder;
    const std::string file = folder.write("url", "hooks.slack.com/services/T0/hunter2\n");
    CHECK(said("channels: {c: {kind: slack, url: {file: " + file + "}}}\n") ==
          Lines{"s:1:34: url is not a URL; write it whole, as in 'https://www.example.org/'"});
    const std::string plain = folder.write("plain", "http://hooks.example/hunter2\n");
    CHECK(said("channels: {c: {kind: slack, url: {file: " + plain + "}}}\n") ==
          Lines{"s:1:34: warning: url sends messages and secrets readable over the network; use https"});
}

TEST_CASE("each person has the kind of address that the channel leads to") {
    const test::Variable url("SERENO_TEST_URL", "https://hooks.example/x");
    const std::string channels =
        "channels:\n  chat: {kind: slack, url: {env: SERENO_TEST_URL}}\n"
        "  alive: {kind: healthchecks, url: {env: SERENO_TEST_URL}}\n  push: {kind: ntfy}\n";
    const Loaded loaded = load_text(
        channels + "people:\n  - {name: Team, chat: true}\n  - {name: Ana, push: ana-alerts, chat: false}\n",
        "s");
    CHECK(test::lines(loaded.complaints) == Lines{});
    CHECK(loaded.settings.recipients ==
          std::vector<Recipient>{{"Team", "en", "chat", "chat"}, {"Ana", "en", "push", "ana-alerts"}});
    CHECK(said(channels + "people: [{name: Team, chat: \"#ops\"}]\n") ==
          Lines{"s:5:29: chat '#ops' is neither true nor false; write true or false"});
    CHECK(said(channels + "people: [{name: Team, chat: true}, {name: Ana, chat: true}]\n") ==
          Lines{"s:5:54: channel 'chat' leads to one place, and somebody has it already; remove it here"});
    CHECK(said(channels + "people: [{name: Ana, alive: true}]\n") ==
          Lines{"s:5:29: channel 'alive' is not for people; remove it here"});
}
