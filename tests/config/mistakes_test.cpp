// Every kind of mistake, with its exact place and words.
#include "tests/config/support.hpp"

#include "catch.hpp"

using namespace sereno;
using test::Lines;
using test::said;

TEST_CASE("an unknown key is refused with the one that was meant") {
    CHECK(said("team: x\nintervall: 60s\n") ==
          Lines{"s:2:1: unknown key 'intervall'; did you mean 'interval'?"});
    CHECK(said("decision: {failurs: 3}\n") ==
          Lines{"s:1:12: unknown key 'failurs'; did you mean 'failures'?"});
    CHECK(said("network: {colour: red}\n") ==
          Lines{"s:1:11: unknown key 'colour'; known here: gateway, trap, "
                "ipv6, as_origin"});
}

TEST_CASE("a value of the wrong shape is refused") {
    CHECK(said("- a\n- b\n") ==
          Lines{"s:1:1: a configuration must be a map of keys, not a list; write 'key: value' lines"});
    CHECK(said("interval: [60s]\n") == Lines{"s:1:11: interval must be a duration, as in 60s, not a list"});
    CHECK(said("watch: facebook\n") ==
          Lines{"s:1:8: watch must be a list, not a single value; write it as [a, b]"});
    CHECK(said("watch: []\n") == Lines{"s:1:8: watch has 0 items; at least 1 needed"});
    CHECK(said("decision: 3\n") ==
          Lines{"s:1:11: decision must be a map of keys, not a single value; write 'key: value' lines"});
    CHECK(said("team:\n") == Lines{"s:1:1: team is empty; write text or remove it"});
    CHECK(said("resolvers: {system: {a: b}}\n") ==
          Lines{"s:1:21: system must be auto or a list of addresses"});
}

TEST_CASE("words that could be true or false are refused where a text is meant") {
    CHECK(said("team: no\n") ==
          Lines{"s:1:7: team 'no' could be read as true or false; write it in quotes, \"no\""});
    CHECK(said("team: \"no\"\n").empty());
    CHECK(said("controls: {names: [{name: a, operator: a, url: \"http://a.example/\", empty: yes}]}\n")
              .front() == "s:1:76: empty 'yes' is neither true nor false; write true or false");
}

TEST_CASE("numbers are decimal and in range") {
    CHECK(said("decision: {failures: 010}\n") ==
          Lines{"s:1:22: failures '010' starts with 0, which some read as octal; write '10'"});
    CHECK(said("decision: {failures: 0}\n") == Lines{"s:1:22: failures '0' is out of range; write 1 to 20"});
    CHECK(said("decision: {failures: three}\n") ==
          Lines{"s:1:22: failures 'three' is not a whole number; write digits only, as in '3'"});
}

TEST_CASE("durations have a unit and are in range") {
    CHECK(said("interval: 90\n") == Lines{"s:1:11: interval '90' has no unit; write '90s'"});
    CHECK(said("interval: 50ms\n") == Lines{"s:1:11: interval '50ms' is out of range; write 100ms to 1h"});
    CHECK(said("timeout: 2min\n") == Lines{"s:1:10: timeout '2min' is out of range; write 10ms to 1min"});
    CHECK(said("decision: {declare_after: 25h}\n") ==
          Lines{"s:1:27: declare_after '25h' is out of range; write 0s to 24h"});
}

TEST_CASE("a timeout is shorter than the interval") {
    CHECK(said("interval: 2s\ntimeout: 3s\n") == Lines{"s:2:10: timeout '3s' is not shorter than the "
                                                       "interval of '2s'; shorten it or lengthen interval"});
    CHECK(said("interval: 3s\ntimeout: 3s\n").size() == 1);
    CHECK(said("interval: 2s\n").empty());
}

TEST_CASE("retries grow from the first to the longest") {
    CHECK(said("decision:\n  retry_first: 20s\n  retry_most: 10s\n") ==
          Lines{"s:2:16: retry_first '20s' is longer than retry_most '10s'; shorten it"});
    CHECK(said("alerts: {retry_first: 10min, retry_most: 1min}\n") ==
          Lines{"s:1:23: retry_first '10min' is longer than retry_most '1min'; shorten it"});
}

TEST_CASE("languages are those that there are messages in") {
    CHECK(said("language: nl\n") ==
          Lines{"s:1:11: language 'nl' is not one of de, en, es, fr, it, pt; write one of these"});
    CHECK(said("language: no\n") ==
          Lines{"s:1:11: language 'no' is not one of de, en, es, fr, it, pt; write one of these"});
}

TEST_CASE("addresses and ports are literal and possible") {
    CHECK(said("resolvers: {system: [1.2.3]}\n") ==
          Lines{"s:1:22: system '1.2.3' is not an IPv4 or IPv6 address; write it as 192.0.2.1, 192.0.2.1:53, "
                "2001:db8::1 or [2001:db8::1]:53"});
    CHECK(said("resolvers: {system: [\"1.2.3.4:70000\"]}\n") ==
          Lines{"s:1:22: system '1.2.3.4:70000' has no usable port; ports go from 1 to 65535"});
    CHECK(
        said("network: {gateway: router}\n") ==
        Lines{"s:1:20: gateway 'router' is not an IPv4 or IPv6 address; write it as 192.0.2.1, 192.0.2.1:53, "
              "2001:db8::1 or [2001:db8::1]:53"});
    CHECK(said("apps: [{name: a, health: {tcp: 127.0.0.1}}]\n") ==
          Lines{"s:1:32: tcp '127.0.0.1' has no port; write it as '127.0.0.1:3000'"});
    CHECK(said("apps: [{name: a, health: {tcp: \"shop.example:80\"}}]\n") ==
          Lines{"s:1:32: tcp 'shop.example:80' is neither an address nor localhost; write it as "
                "'127.0.0.1:3000'"});
}

TEST_CASE("URLs are whole, plain and show no password") {
    CHECK(said("apps: [{name: a, health: {url: \"ftp://localhost/\"}}]\n") ==
          Lines{"s:1:32: url 'ftp://localhost/' has a scheme that is not fetched; use http or https"});
    CHECK(
        said("apps: [{name: a, health: {url: \"http://me:geheim@localhost/\"}}]\n") ==
        Lines{
            "s:1:32: url 'http://***@localhost/' has a user or password in it; leave it out, a URL is shown "
            "to everyone"});
}

TEST_CASE("an HTTP status lies between 100 and 999") {
    const std::string before = "apps: [{name: a, health: {url: \"http://localhost/\", status: ";
    CHECK(said(before + "1000}}]\n") == Lines{"s:1:61: status '1000' is not an HTTP status; write 204, "
                                              "'200-399' or a list of these, between 100 "
                                              "and 999"});
    CHECK(said(before + "399-200}}]\n").size() == 1);
    CHECK(said(before + "[]}}]\n") == Lines{"s:1:61: status has 0 items; at least 1 needed"});
    CHECK(said(before + "[200, \"300-399\"]}}]\n").empty());
}

TEST_CASE("what must be there and is not is named") {
    CHECK(said("apps:\n  - needs: [facebook]\n") ==
          Lines{"s:2:5: app has no 'name'; add it", "s:2:5: app has no 'health'; add it"});
    CHECK(said("controls:\n  names:\n    - {name: a, url: \"http://a.example/\"}\n").front() ==
          "s:3:7: control has no 'operator'; add it");
    CHECK(said("channels: {mail: {server: a.example}}\n") ==
          Lines{"s:1:18: channel 'mail' has no 'kind'; write smtp, or a service's name, as in twilio"});
}

TEST_CASE("a health check is exactly one of three") {
    CHECK(said("apps: [{name: a, health: {tcp: \"[::1]:80\", unit: a.service}}]\n") ==
          Lines{"s:1:26: health needs exactly one of url, tcp and unit"});
    CHECK(said("apps: [{name: a, health: {}}]\n") ==
          Lines{"s:1:26: health needs exactly one of url, tcp and unit"});
    CHECK(said("apps: [{name: a, health: {unit: a.service, status: 200}}]\n") ==
          Lines{"s:1:44: health has 'status' without a url; remove it"});
    CHECK(said("apps: [{name: a, health: {unit: --help}}]\n") ==
          Lines{"s:1:33: unit '--help' starts with '-'; write a unit's name"});
}

TEST_CASE("nothing is there twice under one name") {
    CHECK(said("watch: [facebook, facebook]\n") ==
          Lines{"s:1:19: platform 'facebook' is there twice; remove one or rename it"});
    CHECK(said("people: [{name: Ana}, {name: Ana}]\n").at(2) ==
          "s:1:30: person 'Ana' is there twice; remove one or rename it");
    CHECK(said("apps:\n  - {name: a, health: {unit: a}}\n  - {name: a, health: {unit: b}}\n") ==
          Lines{"s:3:12: app 'a' is there twice; remove one or rename it"});
    CHECK(said("resolvers: {public: [{name: system, address: 192.0.2.1}]}\n") ==
          Lines{"s:1:29: resolver 'system' is there twice; remove one or rename it"});
    CHECK(said("controls:\n  names: [{name: quad9-dns, operator: q, url: \"http://a.example/\"}]\n"
               "  addresses: [{name: quad9-dns, operator: q, address: 9.9.9.9}]\n") ==
          Lines{"s:3:22: control 'quad9-dns' is there twice; remove one or rename it"});
}

TEST_CASE("platforms that are asked for exist and are watched") {
    CHECK(said("watch: [facebok]\n") == Lines{"s:1:9: unknown platform 'facebok'; did you mean 'facebook'?"});
    const Lines far = said("watch: [friendster]\n");
    REQUIRE(far.size() == 1);
    CHECK(far.front().starts_with("s:1:9: unknown platform 'friendster'; known here: "));
    CHECK(far.front().find(", whatsapp, ") != std::string::npos);
    CHECK(said("apps: [{name: a, needs: [facebok], health: {unit: a}}]\n") ==
          Lines{"s:1:26: needs unknown platform 'facebok'; did you mean 'facebook'?"});
    CHECK(said("watch: [facebook]\napps: [{name: a, needs: [whatsapp], health: {unit: a}}]\n") ==
          Lines{"s:2:26: needs 'whatsapp' is not watched; add it to watch"});
}

TEST_CASE("people are reached over channels that exist, at addresses that fit") {
    const std::string channels =
        "channels:\n  mail: {kind: smtp, server: localhost, from: a@example.org}\n"
        "  sms: {kind: twilio, account: AC1, token: {env: SERENO_TEST_TOKEN}, from: \"+15005550006\"}\n";
    const test::Variable token("SERENO_TEST_TOKEN", "t");
    CHECK(said(channels + "people: [{name: Ana, mial: ana@example.org}]\n") ==
          Lines{"s:4:22: unknown channel 'mial'; did you mean 'mail'?"});
    CHECK(said(channels + "people: [{name: Ana, mail: ana}]\n") ==
          Lines{"s:4:28: mail 'ana' is not an e-mail address; it has no '@'"});
    CHECK(said(channels + "people: [{name: Ana, sms: 600111222}]\n") ==
          Lines{"s:4:27: sms '600111222' has no country code; write it with '+' and the code, as in "
                "'+34600111222'"});
    CHECK(said(channels + "people: [{name: Ana}]\n") ==
          Lines{"s:4:10: warning: 'Ana' has no channel and is never told anything; add one, as in mail: "
                "ana@example.org"});
}

TEST_CASE("channels make sense") {
    CHECK(said("channels: {mail: {kind: smpt}}\n") ==
          Lines{"s:1:25: unknown kind 'smpt'; did you mean 'smtp'?"});
    CHECK(said("channels: {name: {kind: smtp, server: localhost, from: a@example.org}}\n") ==
          Lines{"s:1:12: channel 'name' has the name of a key of people; choose another"});
    CHECK(said("channels: {mail: {kind: smtp, server: localhost, from: a@example.org, user: u}}\n") ==
          Lines{"s:1:77: user 'u' has no password; add 'password'"});
    const test::Variable secret("SERENO_TEST_PASSWORD", "p");
    CHECK(
        said("channels:\n  mail: {kind: smtp, server: mx.example.org, security: none, user: u, "
             "password: {env: SERENO_TEST_PASSWORD}, from: a@example.org}\n") ==
        Lines{
            "s:2:56: warning: security 'none' sends the password readable over the network; write starttls"});
    CHECK(
        said("channels:\n  sms: {kind: twilio, account: AC/../x, token: {env: SERENO_TEST_PASSWORD}, "
             "from: \"+15005550006\"}\n") ==
        Lines{
            "s:2:32: account 'AC/../x' is not an account id; write the letters and digits that the provider "
            "shows, as in 'AC0123...'"});
    CHECK(
        said("channels:\n  sms: {kind: twilio, account: AC1, token: {env: SERENO_TEST_PASSWORD}, "
             "from: MG01, base_url: \"http://sms.example.org/\"}\n") ==
        Lines{
            "s:2:95: warning: base_url 'http://sms.example.org' sends messages and secrets readable over the "
            "network; use https"});
}

TEST_CASE("files that are named can be read") {
    CHECK(said("catalogue: [nowhere.yaml]\n") == Lines{"s:1:13: catalogue 'nowhere.yaml' cannot be read (No "
                                                       "such file or directory); mend the path, which "
                                                       "starts at this file's folder"});
    CHECK(said("tls: {ca_bundle: /nowhere/ca.crt}\n") ==
          Lines{"s:1:18: ca_bundle '/nowhere/ca.crt' cannot be read (No such file or directory); mend the "
                "path or "
                "remove it"});
    CHECK(said("data: ~/sereno\n") ==
          Lines{"s:1:7: data '~/sereno' starts with '~', which only a shell knows; write the whole path"});
    CHECK(
        test::lines(load_file("/nowhere/sereno.yaml").complaints) ==
        Lines{
            "/nowhere/sereno.yaml: cannot be read (No such file or directory); name a YAML file, or none for "
            "the default"});
    CHECK(test::lines(load_file("/tmp").complaints) ==
          Lines{"/tmp: cannot be read (it is a folder); name a YAML file, or none for the default"});
}

TEST_CASE("a page for the whole network is refused, because it has no login yet") {
    CHECK(
        said("page: {listen: \"0.0.0.0:80\"}\n") ==
        Lines{
            "s:1:16: listen '0.0.0.0:80' would show the page to the network, and it has no login yet; write "
            "127.0.0.1 and reach it by 'ssh -L' or a proxy with a login"});
    CHECK(said("page: none\n") ==
          Lines{"s:1:7: page 'none' is not a page; write off, or {listen: \"127.0.0.1:8484\"}"});
}

TEST_CASE("nothing can be judged without controls, and little with few") {
    CHECK(
        said("controls: {names: [], addresses: []}\n") ==
        Lines{
            "s:1:1: no control is left, so nothing could ever be decided; add some under controls, or remove "
            "the empty lists"});
    const std::string before = "watch: [facebook]\ncontrols: {names: [], addresses: [";
    const std::string meta = "{name: m, operator: meta, address: 192.0.2.1}";
    const std::string google = "{name: g, operator: google, address: 8.8.8.8}";
    CHECK(said(before + meta + ", " + google + "]}\n") ==
          Lines{"s:1:1: warning: controls of only one operator are unrelated to 'facebook'; add some, three "
                "are good"});
    CHECK(said(before + meta + "]}\n") ==
          Lines{"s:1:1: warning: no control is unrelated to 'facebook'; add some, three are good"});
}

TEST_CASE("a control that rests on the same as a platform does not count for it") {
    const auto with = [](const std::string& hosting) {
        return said("watch: [facebook]\ncontrols: {names: [], addresses: [{name: a, operator: a, hosting: " +
                    hosting + ", address: 192.0.2.1}, {name: g, operator: google, address: 8.8.8.8}]}\n");
    };
    CHECK(with("{as: [64500]}").empty());
    CHECK(with("{as: [64500, 32934]}").size() == 1);
    CHECK(with("{edge: meta}").size() == 1);
    CHECK(with("{dns_provider: meta}").size() == 1);
}

TEST_CASE("the user's text is shown harmless and short") {
    CHECK(said("language: \"\\e[2J\"\n") ==
          Lines{"s:1:11: language '\\x1b[2J' is not one of de, en, es, fr, it, pt; write one of these"});
    CHECK(said("language: \"\\x9b2J\"\n") ==
          Lines{"s:1:11: language '\\x9b2J' is not one of de, en, es, fr, it, pt; write one of these"});
    CHECK(said("language: " + std::string(70, 'x') + "\n") ==
          Lines{"s:1:11: language '" + std::string(60, 'x') +
                "...' is not one of de, en, es, fr, it, pt; write one of these"});
}

TEST_CASE("all mistakes of a file come at once, in the order of their places") {
    const std::string text =
        "teem: x\n"
        "watch: [facebok, instagram, instagram]\n"
        "interval: 90\n"
        "timeout: 5m\n"
        "interval: 60s\n"
        "apps:\n"
        "  - name: bot\n"
        "    needs: [whatsapp]\n"
        "    health: {url: \"www.example.org\"}\n"
        "channels: {mail: {kind: smtp, server: \"a b\", from: nobody}}\n"
        "people: [{name: Ana, mail: ana@example.org, sns: x}]\n"
        "page: {listen: \"127.0.0.1:99999\"}\n";
    CHECK(said(text) ==
          Lines{
              "s:1:1: unknown key 'teem'; did you mean 'team'?",
              "s:2:9: unknown platform 'facebok'; did you mean 'facebook'?",
              "s:2:29: platform 'instagram' is there twice; remove one or rename it",
              "s:3:11: interval '90' has no unit; write '90s'",
              "s:4:10: timeout '5m' has an unknown unit; write '5min'",
              "s:5:1: duplicate key 'interval', first in line 3; remove one of them",
              "s:8:13: needs 'whatsapp' is not watched; add it to watch",
              "s:9:19: url 'www.example.org' is not a URL; write it whole, as in 'https://www.example.org/'",
              "s:10:39: server 'a b' is not a host name; write letters, digits, hyphens and dots, as in "
              "'www.example.org'",
              "s:10:52: from 'nobody' is not an e-mail address; it has no '@'",
              "s:11:45: unknown channel 'sns'; known here: name, language, mail",
              "s:12:16: listen '127.0.0.1:99999' has no usable port; ports go from 0 (any free one) to 65535",
          });
}

TEST_CASE("a flood of mistakes is cut, and says so") {
    std::string text = "watch:\n";
    for (int i = 0; i < 600; ++i)
        text += "k" + std::to_string(i) + ": x\n";
    const Lines all = said(text);
    REQUIRE(all.size() == 501);
    CHECK(all.back() == "s: and 101 more complaints; mend these first");
}

TEST_CASE("witnesses are all, some or none of those that there are") {
    CHECK(said("witnesses: none\n").empty());
    CHECK(said("witnesses: false\n").empty());
    CHECK(
        said("witnesses: {ris_live: false, ripestat: true, globalping: {}, status_pages: false}\n").empty());
    CHECK(
        said("witnesses: off\n") ==
        Lines{"s:1:12: witnesses 'off' is not a map; write none, or {globalping: false} to do without one of "
              "them"});
    CHECK(
        said("witnesses: {ris: false}\n") ==
        Lines{
            "s:1:13: unknown key 'ris'; known here: ris_live, ripestat, globalping, status_pages, contact"});
    CHECK(said("witnesses: {ris_live: \"wss://a.example/\"}\n") ==
          Lines{"s:1:23: ris_live 'wss://a.example/' is neither true nor false; write one of these, or {url: "
                "\"wss://ris-live.ripe.net/v1/ws/\"}"});
    CHECK(said("witnesses: {status_pages: none}\n") ==
          Lines{"s:1:27: status_pages 'none' is neither true nor false; write true or false"});
}

TEST_CASE("a witness is asked over an encrypted connection, or on this computer") {
    CHECK(
        said("witnesses: {ripestat: {url: \"http://stat.example/\"}}\n") ==
        Lines{
            "s:1:29: url 'http://stat.example/' is not encrypted; write it with https, http is only for this "
            "computer itself"});
    CHECK(said("witnesses: {ripestat: {url: \"http://127.0.0.1.example/\"}}\n").size() == 1);
    CHECK(said("witnesses: {globalping: {url: \"http://[::1]:8080/\"}}\n").empty());
    CHECK(said("witnesses: {globalping: {url: \"http://localhost:8080\"}}\n").empty());
    CHECK(said("witnesses: {globalping: {url: \"https://api.example/?a=b\"}}\n") ==
          Lines{"s:1:31: url 'https://api.example/?a=b' has a query; leave out '?' and what follows"});
    CHECK(said("witnesses: {ris_live: {url: \"ws://feed.example/\"}}\n") ==
          Lines{"s:1:29: url 'ws://feed.example/' is not encrypted; write it with wss, ws is only for this "
                "computer itself"});
    CHECK(said("witnesses: {ris_live: {url: \"ws://127.0.0.1:8080/v1/ws/\"}}\n").empty());
    CHECK(said("witnesses: {ris_live: {url: \"https://feed.example/\"}}\n") ==
          Lines{"s:1:29: url 'https://feed.example/' is not a WebSocket; write it whole, as in "
                "'wss://ris-live.ripe.net/v1/ws/'"});
    CHECK(said("witnesses: {ris_live: {url: \"wss://me:geheim@feed.example/\"}}\n") ==
          Lines{"s:1:29: url 'wss://***@feed.example/' has a user or password in it; leave it out, a URL is "
                "shown to everyone"});
}

TEST_CASE("a witness's token is a secret, and its users can be reached") {
    const Lines written = said("witnesses: {globalping: {token: geheim}}\n");
    REQUIRE(written.size() == 1);
    CHECK(written.front() ==
          "s:1:33: warning: token is written in the configuration itself; use {file: PATH} or {env: NAME}");
    CHECK(said("witnesses: {contact: \"ops@example.org\"}\n").empty());
    CHECK(said("witnesses: {contact: \"https://www.example.org/ops\"}\n").empty());
    CHECK(said("witnesses: {contact: \"call Ana\"}\n") ==
          Lines{"s:1:22: contact 'call Ana' is neither an e-mail address nor a page; write it as "
                "'ops@example.org' or 'https://www.example.org/'"});
    CHECK(said("witnesses: {contact: \"http://www.example.org/\"}\n").size() == 1);
}

TEST_CASE("an outage that a witness agrees to is not declared later than one without") {
    CHECK(said("decision: {declare_confirmed_after: 20s}\n").empty());
    CHECK(said("decision: {declare_confirmed_after: 1s}\n") ==
          Lines{"s:1:37: declare_confirmed_after '1s' is out of range; write 5s to 24h"});
    CHECK(said("decision: {declare_after: 10s, declare_confirmed_after: 20s}\n") ==
          Lines{"s:1:57: declare_confirmed_after '20s' is longer than declare_after '10s'; shorten it"});
}
