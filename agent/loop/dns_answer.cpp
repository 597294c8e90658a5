#include "agent/loop/dns_answer.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <climits>
#include <cstdint>
#include <optional>
#include <utility>

#include <ares.h>

#include "agent/loop/private_address.hpp"
#include "agent/model/ascii.hpp"

namespace sereno {

namespace {

constexpr std::size_t header_bytes = 12, question_bytes = 4, record_bytes = 10;
constexpr std::size_t most_records = 64, most_values = 16, most_aliases = 16, longest_text = 512;
constexpr std::size_t serial_bytes = 4;
constexpr unsigned type_cname = 5, class_internet = 1;

std::string canonical(std::string name) {
    while (name.ends_with('.') && !name.ends_with("\\."))  // a dot within a label is escaped
        name.pop_back();
    return lower_ascii(name);
}

/// Reads forward through a message; a read past its end fails. Compressed names are c-ares' work.
class Cursor {
  public:
    explicit Cursor(std::span<const unsigned char> message) : message_(message) {}

    [[nodiscard]] bool skip(std::size_t bytes) {
        if (bytes > message_.size() - at_) return false;
        at_ += bytes;
        return true;
    }
    [[nodiscard]] std::optional<std::string> name() {
        if (at_ >= message_.size()) return std::nullopt;
        char* text = nullptr;
        long length = 0;
        if (ares_expand_name(message_.data() + at_, message_.data(), static_cast<int>(message_.size()), &text,
                             &length) != ARES_SUCCESS)
            return std::nullopt;
        std::string found = canonical(text);
        ares_free_string(text);
        if (!skip(static_cast<std::size_t>(length))) return std::nullopt;
        return found;
    }
    /// Big-endian; the caller knows that they are there.
    [[nodiscard]] std::uint32_t number(std::size_t offset, std::size_t bytes) const {
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < bytes; ++i)
            value = value << 8 | message_[at_ + offset + i];
        return value;
    }
    [[nodiscard]] bool has(std::size_t bytes) const { return bytes <= message_.size() - at_; }
    [[nodiscard]] const unsigned char* here() const { return message_.data() + at_; }
    [[nodiscard]] std::size_t at() const { return at_; }

  private:
    std::span<const unsigned char> message_;
    std::size_t at_ = 0;
};

/// One record of the type asked, or an alias: its value as text.
struct Record {
    std::string owner, value;
    int ttl = 0;
};
struct Section {
    std::vector<Record> aliases, wanted;
};

std::string literal_of(int family, const unsigned char* bytes) {
    char text[INET6_ADDRSTRLEN] = "";
    ::inet_ntop(family, bytes, text, sizeof text);
    return text;
}

/// The strings of a TXT record as one text; what is not printable as in a zone file, "\\009" (RFC 1035
/// section 5.1).
std::optional<std::string> text_of(std::span<const unsigned char> data) {
    std::string text;
    while (!data.empty()) {
        const std::size_t length = data[0];
        if (length >= data.size()) return std::nullopt;
        for (const unsigned char c : data.subspan(1, length)) {
            if (text.size() >= longest_text) break;
            if (c >= ' ' && c <= '~')
                text += static_cast<char>(c);
            else
                text.append({'\\', static_cast<char>('0' + c / 100), static_cast<char>('0' + c / 10 % 10),
                             static_cast<char>('0' + c % 10)});
        }
        data = data.subspan(1 + length);
    }
    return text;
}

/// The data of one record, `size` bytes from where `cursor` stands. Empty: they contradict themselves.
std::optional<std::string> value_of(RecordType type, Cursor cursor, std::size_t size) {
    const std::size_t end = cursor.at() + size;
    switch (type) {
        case RecordType::a:
            if (size != sizeof(in_addr)) return std::nullopt;
            return literal_of(AF_INET, cursor.here());
        case RecordType::aaaa:
            if (size != sizeof(in6_addr)) return std::nullopt;
            return literal_of(AF_INET6, cursor.here());
        case RecordType::txt:
            return text_of({cursor.here(), size});
        case RecordType::ns: {
            auto name = cursor.name();
            return cursor.at() == end ? name : std::nullopt;
        }
        case RecordType::soa: {
            if (!cursor.name() || !cursor.name() || cursor.at() + serial_bytes > end) return std::nullopt;
            return std::to_string(cursor.number(0, serial_bytes));
        }
    }
    return std::nullopt;
}

/// Reads one record into `section`. False: the bytes end early or contradict themselves.
bool read_record(Cursor& cursor, RecordType wanted, Section& section) {
    auto owner = cursor.name();
    if (!owner || !cursor.has(record_bytes)) return false;
    const unsigned type = cursor.number(0, 2), record_class = cursor.number(2, 2);
    const std::uint32_t raw_ttl = cursor.number(4, 4);
    const int ttl = raw_ttl > INT_MAX ? 0 : static_cast<int>(raw_ttl);  // RFC 2181 section 8
    const std::size_t size = cursor.number(8, 2);
    if (!cursor.skip(record_bytes) || !cursor.has(size)) return false;
    const bool alias = type == type_cname;
    if (record_class == class_internet && (alias || type == static_cast<unsigned>(wanted))) {
        auto value = value_of(alias ? RecordType::ns : wanted, cursor, size);
        if (!value) return false;
        (alias ? section.aliases : section.wanted).push_back({*std::move(owner), *std::move(value), ttl});
    }
    return cursor.skip(size);
}

/// Reads the next `records` of them. The number of the one that cannot be read; empty: all can.
std::optional<unsigned> read_section(Cursor& cursor, unsigned records, RecordType wanted, Section& section) {
    for (unsigned i = 0; i < std::min<std::size_t>(records, most_records); ++i)
        if (!read_record(cursor, wanted, section)) return i + 1;
    return std::nullopt;
}

/// The question section must repeat the question. (Some servers leave it out when they fail; that is seen
/// before.)
bool repeats_question(Cursor& cursor, unsigned questions, const DnsQuery& query) {
    if (questions != 1) return false;
    const auto name = cursor.name();
    if (!name || *name != canonical(query.name) || !cursor.has(question_bytes)) return false;
    if (cursor.number(0, 2) != static_cast<unsigned>(query.type)) return false;
    return cursor.skip(question_bytes);
}

DnsReply failed(DnsReply reply, Failure failure, std::string detail) {
    reply.failure = failure;
    reply.detail = std::move(detail);
    return reply;
}

std::optional<std::pair<Failure, std::string>> failure_of_code(unsigned code) {
    switch (code) {
        case 0:
            return std::nullopt;
        case 1:
            return std::pair{Failure::dns_malformed, std::string("FORMERR")};
        case 2:
            return std::pair{Failure::dns_servfail, std::string("SERVFAIL")};
        case 3:
            return std::pair{Failure::dns_nxdomain, std::string("NXDOMAIN")};
        case 4:
            return std::pair{Failure::dns_malformed, std::string("NOTIMP")};
        case 5:
            return std::pair{Failure::dns_refused, std::string("REFUSED")};
        case 9:
            return std::pair{Failure::dns_lame, std::string("NOTAUTH")};
        default:
            return std::pair{Failure::dns_malformed, "response code " + std::to_string(code)};
    }
}

/// Follows the aliases from the name asked and takes the values of the name at the end of that way: what a
/// server adds about other names is no answer.
bool follow(Section section, const DnsQuery& query, DnsReply& reply) {
    std::string name = canonical(query.name);
    bool aliased = false;
    const auto lasts = [&reply](int ttl) {
        reply.ttl_seconds = reply.ttl_seconds < 0 ? ttl : std::min(reply.ttl_seconds, ttl);
    };
    for (std::size_t step = 0; step <= most_aliases; ++step) {
        const auto alias = std::find_if(section.aliases.begin(), section.aliases.end(),
                                        [&](const Record& one) { return one.owner == name; });
        if (alias == section.aliases.end()) break;
        aliased = true;
        lasts(alias->ttl);
        name = alias->value;
    }
    const bool literal = query.type == RecordType::a || query.type == RecordType::aaaa;
    std::vector<std::string>& values = literal ? reply.addresses : reply.records;
    for (Record& record : section.wanted) {
        if (record.owner != name || values.size() == most_values) continue;
        values.push_back(std::move(record.value));
        lasts(record.ttl);
    }
    return aliased;
}

/// Nothing but where else to ask. Of a question for name servers that is what a parent zone says: the
/// authority section names them (RFC 1034 section 4.3.2).
DnsReply referral(DnsReply reply, Cursor cursor, unsigned questions, unsigned authorities,
                  const DnsQuery& query) {
    Section section;
    if (query.type == RecordType::ns && cursor.skip(header_bytes) &&
        repeats_question(cursor, questions, query) &&
        !read_section(cursor, authorities, RecordType::ns, section))
        follow({{}, std::move(section.wanted)}, query, reply);
    return failed(std::move(reply), Failure::dns_lame, "a referral instead of an answer");
}

bool is_unspecified(const std::string& literal) {
    return literal == "0.0.0.0" || literal == "::";
}

}  // namespace

DnsReply read_dns_answer(std::span<const unsigned char> bytes, const DnsQuery& query,
                         bool private_answers_are_real) {
    DnsReply reply;
    Cursor cursor(bytes);
    if (!cursor.has(header_bytes)) return failed(reply, Failure::dns_malformed, "shorter than a header");
    const unsigned flags = cursor.number(2, 2), questions = cursor.number(4, 2),
                   records = cursor.number(6, 2), authorities = cursor.number(8, 2);
    if ((flags & 0x8000) == 0)
        return failed(reply, Failure::dns_malformed, "a question came back as the answer");
    reply.authoritative = (flags & 0x0400) != 0;
    reply.validated = query.recursion && (flags & 0x0020) != 0;
    const unsigned code = flags & 0x000f;
    const auto coded = failure_of_code(code);
    if (coded && coded->first != Failure::dns_nxdomain) return failed(reply, coded->first, coded->second);
    if (!coded && (flags & 0x0200) != 0) return failed(reply, Failure::dns_truncated, "cut short");
    if (!query.recursion && !reply.authoritative) {
        if (records == 0 && !coded) return referral(std::move(reply), cursor, questions, authorities, query);
        return failed(reply, Failure::dns_lame, "not authoritative");
    }
    if (coded) return failed(reply, coded->first, coded->second);

    if (!cursor.skip(header_bytes) || !repeats_question(cursor, questions, query))
        return failed(reply, Failure::dns_malformed, "the answer is to another question");
    Section section;
    if (const auto unreadable = read_section(cursor, records, query.type, section))
        return failed(reply, Failure::dns_malformed,
                      "record " + std::to_string(*unreadable) + " cannot be read");
    const bool aliased = follow(std::move(section), query, reply);
    if (reply.addresses.empty() && reply.records.empty()) {
        if (aliased && !query.recursion) return reply;
        return failed(reply, Failure::dns_nodata,
                      aliased ? "an alias without a record of the type asked" : "an empty answer");
    }
    const auto bogus =
        std::find_if(reply.addresses.begin(), reply.addresses.end(), [&](const std::string& address) {
            return private_answers_are_real ? is_unspecified(address) : !is_public_address(address);
        });
    if (bogus != reply.addresses.end()) {
        std::string detail = *bogus + " is no public address";
        return failed(std::move(reply), Failure::dns_bogus, std::move(detail));
    }
    return reply;
}

}  // namespace sereno
