// Secrets come from files and the environment, and are never shown.
#include "tests/config/support.hpp"

#include "catch.hpp"

using namespace sereno;
using test::Lines;

namespace {

std::string with_password(const std::string& password) {
    return "channels:\n  mail:\n    kind: smtp\n    server: mx.example.org\n    user: u\n    password: " +
           password + "\n    from: a@example.org\n";
}

const SmtpConfig& smtp_of(const Loaded& loaded) {
    return std::get<SmtpConfig>(loaded.settings.channels.at(0).service);
}

}  // namespace

TEST_CASE("a secret is read from a file beside the configuration, without its line end") {
    const test::PrivateFolder folder;
    (void)folder.write("mail.secret", "correct horse\n");
    const Loaded loaded = load_file(folder.write("sereno.yaml", with_password("{file: mail.secret}")));
    REQUIRE(test::lines(loaded.complaints).empty());
    CHECK(smtp_of(loaded).password.value == "correct horse");
}

TEST_CASE("a secret is read from the environment") {
    const test::Variable variable("SERENO_TEST_SECRET", "battery");
    const Loaded loaded = load_text(with_password("{env: SERENO_TEST_SECRET}"), "s");
    REQUIRE(test::lines(loaded.complaints).empty());
    CHECK(smtp_of(loaded).password.value == "battery");
}

TEST_CASE("a secret in the configuration itself works and is warned of, without being repeated") {
    const Loaded loaded = load_text(with_password("hunter2"), "s");
    CHECK(loaded.ok());
    CHECK(smtp_of(loaded).password.value == "hunter2");
    CHECK(test::lines(loaded.complaints) == Lines{"s:6:15: warning: password is written in the configuration "
                                                  "itself; use {file: PATH} or {env: NAME}"});
}

TEST_CASE("a secret that is not there is named, with what to do") {
    CHECK(test::said(with_password("{env: SERENO_TEST_UNSET}")) ==
          Lines{"s:6:21: password needs the environment variable 'SERENO_TEST_UNSET', which is not set; set "
                "it or "
                "use {file: PATH}"});
    CHECK(test::said(with_password("{file: /nowhere/secret}")) ==
          Lines{"s:6:22: password file '/nowhere/secret' cannot be read (No such file or directory); create "
                "it with "
                "the secret in it, mode 600"});
    CHECK(test::said(with_password("{file: a, env: B}")) ==
          Lines{"s:6:15: password has both 'file' and 'env'; keep one"});
    CHECK(test::said(with_password("{}")) ==
          Lines{"s:6:15: password is empty; write {file: PATH} or {env: NAME}"});
    const test::Variable empty("SERENO_TEST_EMPTY", "");
    CHECK(
        test::said(with_password("{env: SERENO_TEST_EMPTY}")) ==
        Lines{"s:6:21: password is empty in environment variable 'SERENO_TEST_EMPTY'; put the secret there"});
}

TEST_CASE("a secret is one line, and its file is nobody else's") {
    const test::PrivateFolder folder;
    const std::string two = folder.write("two", "a\nb\n");
    CHECK(test::said(with_password("{file: " + two + "}")) ==
          Lines{"s:6:22: password in file '" + two +
                "' holds a line break or control character; write one line"});
    const std::string open = folder.write("open", "a\n");
    REQUIRE(chmod(open.c_str(), 0644) == 0);
    CHECK(test::said(with_password("{file: " + open + "}")) ==
          Lines{"s:6:22: warning: password file '" + open +
                "' can be read by everyone on this computer; chmod o-r it"});
}

TEST_CASE("a pipe in the place of a file does not hang the reader") {
    const test::PrivateFolder folder;
    REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
    const Lines said = test::said(with_password("{file: " + (folder / "pipe") + "}"));
    REQUIRE(said.size() == 1);
    CHECK(said[0].find("(it is not a plain file)") != std::string::npos);
}

TEST_CASE("whatever is printed shows no secret") {
    const ChannelConfig mail{
        "mail", SmtpConfig{.host = "mx.example.org", .user = "u", .password = {"hunter2"}, .from = {}}};
    CHECK(to_string(mail) == "mail: smtp mx.example.org:587 as u, password ***");
    const Loaded loaded = load_text(
        "channels:\n  sms: {kind: twilio, account: AC1, token: hunter2, from: MG01, base_url: "
        "\"https://a.example/\"}\n"
        "  chat: {kind: slack, url: \"https://hooks.slack.com/services/hunter2\"}\n",
        "s");
    REQUIRE(loaded.settings.channels.size() == 2);
    CHECK(to_string(loaded.settings.channels[0]) ==
          "sms: twilio https://a.example account AC1, token ***, from MG01");
    CHECK(to_string(loaded.settings.channels[1]) == "chat: slack url ***");
    for (const Complaint& one : loaded.complaints)
        CHECK(to_string(one).find("hunter2") == std::string::npos);
    CHECK(to_string(Secret{"hunter2"}) == "***");
}
