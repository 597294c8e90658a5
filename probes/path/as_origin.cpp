#include "probes/path/as_origin.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "agent/loop/private_address.hpp"

namespace sereno {

namespace {

constexpr std::chrono::hours valid_for{7 * 24};
constexpr std::size_t most_resolvers = 2;

struct Bytes {
    unsigned char byte[16] = {};
    int bits = 0;  ///< 32 or 128; 0: not an address
};

Bytes bytes_of(const std::string& address) {
    Bytes bytes;
    if (::inet_pton(AF_INET, address.c_str(), bytes.byte) == 1)
        bytes.bits = 32;
    else if (::inet_pton(AF_INET6, address.c_str(), bytes.byte) == 1)
        bytes.bits = 128;
    return bytes;
}

std::string text_of(const Bytes& bytes) {
    char text[INET6_ADDRSTRLEN] = "";
    ::inet_ntop(bytes.bits == 32 ? AF_INET : AF_INET6, bytes.byte, text, sizeof text);
    return text;
}

/// The first `length` bits of an address, as prefixes are written.
std::string prefix_of(Bytes bytes, int length) {
    for (int bit = length; bit < bytes.bits; ++bit)
        bytes.byte[bit / 8] &= static_cast<unsigned char>(~(0x80U >> (bit % 8)));
    return text_of(bytes) + "/" + std::to_string(length);
}

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \"");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \"") - first + 1);
}

/// Nobody announces more than such a prefix: who says so would own half the Internet, for a week.
int shortest_prefix(const Bytes& bytes) {
    return bytes.bits == 32 ? 8 : 16;
}

/// As prefixes are written everywhere: the same one from two sources compares equal.
std::optional<std::string> read_prefix(std::string_view text) {
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const Bytes bytes = bytes_of(std::string{text.substr(0, slash)});
    const auto length = whole_number<int>(text.substr(slash + 1));
    if (bytes.bits == 0 || !length || *length < shortest_prefix(bytes) || *length > bytes.bits)
        return std::nullopt;
    return prefix_of(bytes, *length);
}

bool holds(const std::string& prefix, const std::string& address) {
    const auto length = whole_number<int>(std::string_view{prefix}.substr(prefix.find('/') + 1));
    const Bytes bytes = bytes_of(address);
    return length && *length <= bytes.bits && prefix_of(bytes, *length) == prefix;
}

}  // namespace

std::optional<AsOrigin> parse_as_origin(std::string_view text) {
    const auto bar = text.find('|');
    if (bar == std::string_view::npos) return std::nullopt;
    std::string_view numbers = trimmed(text.substr(0, bar));
    numbers = numbers.substr(0, numbers.find(' '));
    std::string_view rest = text.substr(bar + 1);
    const auto number = whole_number<std::uint32_t>(numbers);
    const auto prefix = read_prefix(trimmed(rest.substr(0, rest.find('|'))));
    if (!number || *number == 0 || !prefix) return std::nullopt;
    return AsOrigin{*number, *prefix};
}

std::string as_question(const std::string& address, const std::string& zone) {
    const Bytes bytes = bytes_of(address);
    if (bytes.bits == 0 || zone.empty()) return {};
    std::string name;
    if (bytes.bits == 32) {
        for (int i = 3; i >= 0; --i)
            name += std::to_string(bytes.byte[i]) + ".";
        return name + zone;
    }
    constexpr char digits[] = "0123456789abcdef";
    for (int i = 15; i >= 0; --i) {
        name += digits[bytes.byte[i] & 15];
        name += '.';
        name += digits[bytes.byte[i] >> 4];
        name += '.';
    }
    const auto dot = std::min(zone.find('.'), zone.size());
    return name + zone.substr(0, dot) + "6" + zone.substr(dot);
}

std::optional<AsOrigin> remembered_origin(const Remembered& remembered, const std::string& address,
                                          Stamp since) {
    const Bytes bytes = bytes_of(address);
    if (bytes.bits == 0) return std::nullopt;
    for (int length = bytes.bits; length >= shortest_prefix(bytes); --length) {
        const Fact* fact = remembered.find(FactKind::as_origin, prefix_of(bytes, length));
        if (fact == nullptr || fact->when < since) continue;
        if (const auto number = whole_number<std::uint32_t>(fact->values.front()))
            return AsOrigin{*number, fact->key};
    }
    return std::nullopt;
}

AsLookup::AsLookup(ProbeContext& context, const std::vector<std::string>& addresses, Stamp deadline,
                   std::function<void(AsNumbers)> done)
    : context_(context), deadline_(deadline), done_(std::move(done)), resolvers_(context.resolvers) {
    if (resolvers_.empty()) resolvers_.push_back({.name = "system", .endpoint = {}, .https_url = {}});
    resolvers_.resize(std::min(resolvers_.size(), most_resolvers));
    const Stamp now = context_.loop.now();
    questions_.reserve(most);  // requests refer to them
    for (const std::string& address : addresses) {
        if (is_private_address(address) || numbers_.contains(address)) continue;
        if (const auto known = remembered_origin(context_.remembered, address, now - valid_for)) {
            numbers_[address] = known->number;
            continue;
        }
        const bool asked = std::any_of(questions_.begin(), questions_.end(),
                                       [&](const Question& question) { return question.address == address; });
        if (asked || questions_.size() == most || as_question(address, context_.as_origin_zone).empty())
            continue;
        questions_.push_back({.address = address});
    }
    unanswered_ = questions_.size();
    if (unanswered_ == 0 || now >= deadline_) {
        timer_ = context_.loop.after(Micros{0}, [this] { end(); });
        return;
    }
    timer_ = context_.loop.at(deadline_, [this] { end(); });
    for (Question& question : questions_)
        ask(question);
}

void AsLookup::ask(Question& question) {
    DnsQuery query;
    query.server = resolvers_[question.resolver];
    query.name = as_question(question.address, context_.as_origin_zone);
    query.type = RecordType::txt;
    const Stamp now = context_.loop.now();
    const auto still_to_ask = static_cast<std::int64_t>(resolvers_.size() - question.resolver);
    question.request =
        context_.dns.ask(query, now + (deadline_ - now) / still_to_ask,
                         [this, &question](const DnsReply& reply) { answered(question, reply); });
}

void AsLookup::answered(Question& question, const DnsReply& reply) {
    const auto finished = std::move(question.request);
    std::optional<AsOrigin> found;
    // Several routes may hold the address: the most specific one carries its packets.
    const auto length = [](const AsOrigin& origin) {
        return whole_number<int>(std::string_view{origin.prefix}.substr(origin.prefix.find('/') + 1))
            .value_or(0);
    };
    for (const std::string& record : reply.records) {
        const auto origin = parse_as_origin(record);
        if (origin && holds(origin->prefix, question.address) && (!found || length(*found) < length(*origin)))
            found = origin;
    }
    if (found) {
        numbers_[question.address] = found->number;
        context_.remembered.keep(FactKind::as_origin, found->prefix,
                                 {std::to_string(found->number), found->prefix}, context_.loop.now());
    } else if (reply.failure != Failure::dns_nxdomain && reply.failure != Failure::dns_nodata &&
               question.resolver + 1 < resolvers_.size() && context_.loop.now() < deadline_) {
        ++question.resolver;
        return ask(question);
    }
    if (--unanswered_ == 0) end();
}

void AsLookup::end() {
    timer_.cancel();
    for (Question& question : questions_)
        question.request.reset();  // whoever still answers comes too late
    // What was learned long ago is better than nothing when nobody answers now.
    for (const Question& question : questions_)
        if (!numbers_.contains(question.address))
            if (const auto old = remembered_origin(context_.remembered, question.address, Stamp{}))
                numbers_[question.address] = old->number;
    const auto done = std::move(done_);
    done(std::move(numbers_));
}

}  // namespace sereno
