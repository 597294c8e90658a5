#include "agent/rehearsal/world/mime.hpp"

#include <map>

#include "agent/model/ascii.hpp"
#include "agent/rehearsal/world/dns_wire.hpp"

namespace sereno::rehearsal {

namespace {

int digit64(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+') return 62;
    return c == '/' ? 63 : -1;
}

int hex(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

struct Part {
    std::map<std::string, std::string> headers;  // names in lower case
    std::string_view body;
};

std::string_view next_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
}

Part split(std::string_view text) {
    Part part;
    std::string last;
    while (!text.empty()) {
        const std::string_view line = next_line(text);
        if (line.empty()) break;
        if ((line[0] == ' ' || line[0] == '\t') && !last.empty()) {  // folded (RFC 5322 section 2.2.3)
            part.headers[last] += line;
            continue;
        }
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        last = lower_ascii(line.substr(0, colon));
        std::string_view value = line.substr(colon + 1);
        while (!value.empty() && value.front() == ' ')
            value.remove_prefix(1);
        part.headers.emplace(last, value);
    }
    part.body = text;
    return part;
}

std::string parameter(const std::string& header, std::string_view name) {
    const std::size_t at = lower_ascii(header).find(std::string(name) + "=");
    if (at == std::string::npos) return {};
    std::string_view value = std::string_view(header).substr(at + name.size() + 1);
    if (value.starts_with('"')) {
        value.remove_prefix(1);
        return std::string(value.substr(0, value.find('"')));
    }
    return std::string(value.substr(0, value.find_first_of("; \t")));
}

std::string plain_text(const Part& part) {
    const auto encoding = part.headers.find("content-transfer-encoding");
    const std::string how = encoding == part.headers.end() ? std::string{} : lower_ascii(encoding->second);
    std::string text = how.starts_with("base64")             ? base64_decoded(part.body)
                       : how.starts_with("quoted-printable") ? quoted_printable_decoded(part.body)
                                                             : std::string(part.body);
    std::erase(text, '\r');
    while (!text.empty() && text.back() == '\n')
        text.pop_back();
    return text;
}

std::string first_plain_part(const Part& whole, const std::string& boundary) {
    const std::string mark = "--" + boundary;
    std::size_t at = whole.body.find(mark);
    while (at != std::string_view::npos) {
        const std::size_t begin = whole.body.find('\n', at);
        if (begin == std::string_view::npos) break;
        const std::size_t end = whole.body.find(mark, begin);
        const Part part =
            split(whole.body.substr(begin + 1, end == std::string_view::npos ? end : end - begin - 1));
        const auto type = part.headers.find("content-type");
        if (type == part.headers.end() || lower_ascii(type->second).starts_with("text/plain"))
            return plain_text(part);
        at = end;
    }
    return {};
}

}  // namespace

std::string base64_decoded(std::string_view text) {
    std::string out;
    unsigned bits = 0, have = 0;
    for (const char c : text) {
        if (c == '\r' || c == '\n' || c == ' ' || c == '\t') continue;
        const int value = digit64(c);
        if (value < 0) break;
        bits = (bits << 6 | static_cast<unsigned>(value)) & 0xFFFFFF;
        have += 6;
        if (have >= 8) {
            have -= 8;
            out += static_cast<char>(bits >> have & 0xFF);
        }
    }
    return out;
}

std::string quoted_printable_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '=') {
            out += text[i];
        } else if (text.substr(i + 1).starts_with("\r\n")) {
            i += 2;
        } else if (text.substr(i + 1).starts_with('\n')) {
            i += 1;
        } else if (i + 2 < text.size() && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
            out += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
            i += 2;
        } else {
            out += '=';
        }
    }
    return out;
}

std::string encoded_words_decoded(std::string_view text) {
    std::string out;
    bool after_word = false;
    while (!text.empty()) {
        const std::size_t begin = text.find("=?");
        const std::size_t kind = begin == std::string_view::npos ? begin : text.find('?', begin + 2);
        const bool complete =
            kind != std::string_view::npos && kind + 2 < text.size() && text[kind + 2] == '?';
        const std::size_t end = complete ? text.find("?=", kind + 3) : std::string_view::npos;
        if (end == std::string_view::npos) break;
        const std::string_view before = text.substr(0, begin);
        // White space between two encoded words is not part of the text (RFC 2047 section 6.2).
        if (!after_word || before.find_first_not_of(" \t\r\n") != std::string_view::npos) out += before;
        const std::string_view content = text.substr(kind + 3, end - kind - 3);
        if (text[kind + 1] == 'B' || text[kind + 1] == 'b') {
            out += base64_decoded(content);
        } else {
            std::string spaced(content);
            for (char& c : spaced)
                if (c == '_') c = ' ';
            out += quoted_printable_decoded(spaced);
        }
        after_word = true;
        text = text.substr(end + 2);
    }
    return out.append(text);
}

ReadMail read_mail(std::string_view message) {
    const Part whole = split(message);
    ReadMail read;
    if (const auto subject = whole.headers.find("subject"); subject != whole.headers.end())
        read.subject = encoded_words_decoded(subject->second);
    const auto type = whole.headers.find("content-type");
    if (type != whole.headers.end() && lower_ascii(type->second).starts_with("multipart/"))
        read.text = first_plain_part(whole, parameter(type->second, "boundary"));
    else
        read.text = plain_text(whole);
    return read;
}

}  // namespace sereno::rehearsal
