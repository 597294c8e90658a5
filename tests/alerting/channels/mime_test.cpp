#include "alerting/channels/mime.hpp"

#include <sstream>

#include "catch.hpp"

using namespace sereno;

namespace {

Mail plain() {
    Mail mail;
    mail.from_address = "sereno@shop.example";
    mail.to_name = "Ana";
    mail.to_address = "ana@shop.example";
    mail.subject = "Facebook is down";
    mail.body = "Since 15:39 UTC.\n";
    mail.language = "en";
    mail.message_id = "sereno.7.41.1@shop.example";
    mail.date = Stamp{Micros{1'633'362'247'000'000}};
    return mail;
}

std::size_t longest_line(const std::string& text) {
    std::istringstream lines{text};
    std::size_t longest = 0;
    for (std::string line; std::getline(lines, line);)
        longest = std::max(longest, line.size() - 1);
    return longest;
}

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a plain mail is what RFC 5322 shows") {
    CHECK(compose(plain()) ==
          "Date: Mon, 04 Oct 2021 15:44:07 +0000\r\n"
          "From: sereno <sereno@shop.example>\r\n"
          "To: Ana <ana@shop.example>\r\n"
          "Message-ID: <sereno.7.41.1@shop.example>\r\n"
          "Subject: Facebook is down\r\n"
          "Auto-Submitted: auto-generated\r\n"
          "MIME-Version: 1.0\r\n"
          "Content-Type: text/plain; charset=utf-8\r\n"
          "Content-Transfer-Encoding: quoted-printable\r\n"
          "Content-Language: en\r\n"
          "\r\n"
          "Since 15:39 UTC.\r\n");
}

TEST_CASE("no value can begin a header or end the headers") {
    Mail mail = plain();
    mail.subject = "down\r\nBcc: thief@example.org\r\n\r\nbody";
    mail.to_name = "Ana\nBcc: thief@example.org";
    mail.language = "\r\n";
    const std::string text = compose(mail);
    CHECK(!holds(text, "\nBcc:"));
    CHECK(!holds(text, "\r\n\r\nbody"));
    CHECK(!holds(text, "Content-Language"));
    CHECK(holds(text, "Subject: down  Bcc: thief@example.org    body\r\n"));
}

TEST_CASE(
    "headers that are not ASCII become encoded words of at most 75 characters, cut between characters") {
    std::string long_subject;
    for (int i = 0; i < 60; ++i)
        long_subject += "ñ—🙂";
    Mail mail = plain();
    mail.subject = long_subject;
    mail.to_name = "Ána \"Ñ\" <x@y>";
    const std::string text = compose(mail);
    CHECK(longest_line(text) <= 76);
    CHECK(!holds(text, "ñ"));
    CHECK(holds(text, "Subject: =?UTF-8?B?w7HigJTwn5mC"));
    CHECK(holds(text, " <ana@shop.example>\r\n"));
    CHECK(!holds(text, "<x@y>"));
    CHECK(header_text("looks =?like?= a word", 9).find("=?UTF-8?B?") == 0);
    CHECK(header_text(std::string(100, 'a'), 9).find("=?UTF-8?B?") == 0);
    CHECK(header_text("\xff\xfe\x80", 9) == "=?UTF-8?B?//6A?=");
}

TEST_CASE("quoted-printable keeps lines short and endings safe") {
    CHECK(quoted_printable("a\nb\r\nc\rd") == "a\r\nb\r\nc\r\nd\r\n");
    CHECK(quoted_printable(".\nFrom me\n. x\n") == "=2E\r\n=46rom me\r\n=2E x\r\n");
    CHECK(quoted_printable("blank \ntab\t\n1 = 1") == "blank=20\r\ntab=09\r\n1 =3D 1\r\n");
    CHECK(quoted_printable("é") == "=C3=A9\r\n");
    CHECK(quoted_printable("") == "\r\n");
    CHECK(longest_line(quoted_printable(std::string(1'000, 'x'))) == 76);
    std::string accents;
    for (int i = 0; i < 300; ++i)
        accents += "é";
    CHECK(longest_line(quoted_printable(accents)) <= 76);
}

TEST_CASE("an address is refused when it could be anything else") {
    CHECK(is_mail_address("ana@example.org"));
    CHECK(is_mail_address("ana+alerts@sub.example.org"));
    for (const char* bad :
         {"", "ana", "@example.org", "ana@", "a@b@c", "a b@c", "a@b\r\n", "<a@b>", "a@b,c@d", "ána@b"})
        CHECK(!is_mail_address(bad));
    CHECK(!is_mail_address(std::string(260, 'a') + "@example.org"));
}
