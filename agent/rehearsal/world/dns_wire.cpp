#include "agent/rehearsal/world/dns_wire.hpp"

#include "agent/model/ascii.hpp"

#include <algorithm>

namespace sereno::rehearsal {

namespace {

constexpr std::size_t header_bytes = 12;
constexpr std::size_t most_answers = 64;

/// Walks over bytes; once anything was missing, every further read gives nothing.
class Reader {
  public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}

    std::uint8_t u8() {
        if (at_ >= bytes_.size()) {
            broken_ = true;
            return 0;
        }
        return static_cast<std::uint8_t>(bytes_[at_++]);
    }
    std::uint16_t u16() {
        const auto high = u8();
        return static_cast<std::uint16_t>(high << 8 | u8());
    }
    std::uint32_t u32() {
        const std::uint32_t high = u16();
        return high << 16 | u16();
    }
    void skip(std::size_t count) {
        if (count > bytes_.size() - at_)
            broken_ = true;
        else
            at_ += count;
    }
    [[nodiscard]] std::size_t at() const { return at_; }
    [[nodiscard]] bool broken() const { return broken_; }

    /// A name, compressed or not (RFC 1035 section 4.1.4). Pointers must lead backwards, so that they end.
    std::string name() {
        std::string text;
        std::size_t back = 0;  // where to go on after the first pointer; 0: none followed
        std::size_t limit = at_;
        while (!broken_) {
            const std::uint8_t length = u8();
            if (length == 0) break;
            if ((length & 0xC0) == 0xC0) {
                const std::size_t target = static_cast<std::size_t>(length & 0x3F) << 8 | u8();
                if (broken_ || target >= limit) return fail();
                if (back == 0) back = at_;
                limit = target;
                at_ = target;
                continue;
            }
            if (length > 63 || text.size() + length + 1 > 254) return fail();
            if (!text.empty()) text += '.';
            for (std::uint8_t i = 0; i < length && !broken_; ++i) {
                const char c = static_cast<char>(u8());
                if (c <= ' ' || c > '~' || c == '.') return fail();
                text += c;
            }
        }
        if (back != 0) at_ = back;
        return text;
    }

  private:
    std::string fail() {
        broken_ = true;
        return {};
    }
    std::string_view bytes_;
    std::size_t at_ = 0;
    bool broken_ = false;
};

void put16(std::string& out, std::uint16_t value) {
    out += static_cast<char>(value >> 8);
    out += static_cast<char>(value & 0xFF);
}

void put_name(std::string& out, std::string_view name) {
    while (!name.empty()) {
        const std::size_t dot = name.find('.');
        const std::string_view label = name.substr(0, dot);
        out += static_cast<char>(label.size());
        out += label;
        name = dot == std::string_view::npos ? std::string_view{} : name.substr(dot + 1);
    }
    out += '\0';
}

std::uint16_t flags_of(const DnsMessage& m) {
    return static_cast<std::uint16_t>((m.response ? 0x8000 : 0) | (m.opcode & 0xF) << 11 |
                                      (m.authoritative ? 0x0400 : 0) | (m.truncated ? 0x0200 : 0) |
                                      (m.recursion_desired ? 0x0100 : 0) |
                                      (m.recursion_available ? 0x0080 : 0) |
                                      (m.checking_disabled ? 0x0010 : 0) | static_cast<int>(m.rcode));
}

}  // namespace

std::optional<DnsMessage> decode_dns(std::string_view bytes) {
    if (bytes.size() < header_bytes || bytes.size() > 65535) return std::nullopt;
    Reader in(bytes);
    DnsMessage message;
    message.id = in.u16();
    const std::uint16_t flags = in.u16();
    message.response = (flags & 0x8000) != 0;
    message.opcode = flags >> 11 & 0xF;
    message.authoritative = (flags & 0x0400) != 0;
    message.truncated = (flags & 0x0200) != 0;
    message.recursion_desired = (flags & 0x0100) != 0;
    message.recursion_available = (flags & 0x0080) != 0;
    message.checking_disabled = (flags & 0x0010) != 0;
    message.rcode = static_cast<Rcode>(flags & 0xF);
    const std::uint16_t questions = in.u16();
    const std::uint16_t answers = in.u16();
    in.skip(4);
    if (questions > 1) return std::nullopt;
    if (questions == 1) {
        DnsQuestion question;
        question.name = in.name();
        question.type = in.u16();
        question.klass = in.u16();
        message.question = std::move(question);
    }
    for (std::uint16_t i = 0; i < answers && !in.broken(); ++i) {
        AddressRecord record;
        record.name = in.name();
        const std::uint16_t type = in.u16();
        const std::uint16_t klass = in.u16();
        record.ttl_seconds = in.u32();
        const std::uint16_t length = in.u16();
        if (type != dns_type_a || klass != dns_class_in) {
            in.skip(length);
            continue;
        }
        if (length != 4) return std::nullopt;
        for (auto& byte : record.address)
            byte = in.u8();
        if (message.answers.size() < most_answers) message.answers.push_back(std::move(record));
    }
    if (in.broken()) return std::nullopt;
    return message;
}

std::string encode_dns(const DnsMessage& message) {
    std::string out;
    put16(out, message.id);
    put16(out, flags_of(message));
    put16(out, message.question ? 1 : 0);
    put16(out, static_cast<std::uint16_t>(message.answers.size()));
    put16(out, 0);
    put16(out, 0);
    if (message.question) {
        put_name(out, message.question->name);
        put16(out, message.question->type);
        put16(out, message.question->klass);
    }
    for (const AddressRecord& record : message.answers) {
        if (message.question && record.name == message.question->name)
            put16(out, 0xC000 | header_bytes);  // the question's name starts right behind the header
        else
            put_name(out, record.name);
        put16(out, dns_type_a);
        put16(out, dns_class_in);
        put16(out, static_cast<std::uint16_t>(record.ttl_seconds >> 16));
        put16(out, static_cast<std::uint16_t>(record.ttl_seconds & 0xFFFF));
        put16(out, 4);
        for (const auto byte : record.address)
            out += static_cast<char>(byte);
    }
    return out;
}

std::string refuse_dns(std::string_view query, Rcode rcode) {
    if (query.size() < header_bytes || (query[2] & 0x80) != 0) return {};
    DnsMessage reply;
    if (auto read = decode_dns(query)) {
        reply = std::move(*read);
        reply.answers.clear();
    } else {
        reply.id = static_cast<std::uint16_t>(static_cast<std::uint8_t>(query[0]) << 8 |
                                              static_cast<std::uint8_t>(query[1]));
    }
    reply.response = true;
    reply.authoritative = reply.truncated = false;
    reply.rcode = rcode;
    return encode_dns(reply);
}

bool lies_in(std::string_view name, std::string_view zone) {
    if (name == zone || zone.empty()) return true;
    return name.size() > zone.size() && name.ends_with(zone) && name[name.size() - zone.size() - 1] == '.';
}

}  // namespace sereno::rehearsal
