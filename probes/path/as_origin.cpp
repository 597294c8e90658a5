#include "probes/path/as_origin.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "agent/loop/address.hpp"
#include "agent/loop/private_address.hpp"

namespace sereno {

namespace {

constexpr std::chrono::hours valid_for{7 * 24};
constexpr std::size_t most_resolvers = 2;

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
int shortest_prefix(const AddressBits& address) {
    return address.bits == 32 ? 8 : 16;
}

}  // namespace

std::optional<AsOrigin> parse_as_origin(std::string_view text) {
    const auto bar = text.find('|');
    if (bar == std::string_view::npos) return std::nullopt;
    std::string_view numbers = trimmed(text.substr(0, bar));
    numbers = numbers.substr(0, numbers.find(' '));
    std::string_view rest = text.substr(bar + 1);
    const auto number = whole_number<std::uint32_t>(numbers);
    const std::string_view written = trimmed(rest.substr(0, rest.find('|')));
    const auto prefix = read_prefix(written);
    if (!number || *number == 0 || !prefix || written.find('/') == std::string_view::npos ||
        prefix->length < shortest_prefix(prefix->start))
        return std::nullopt;
    return AsOrigin{*number, to_string(*prefix)};
}

std::string as_question(const std::string& address, const std::string& zone) {
    const auto [bytes, bits] = address_bits(address);
    if (bits == 0 || zone.empty()) return {};
    std::string name;
    if (bits == 32) {
        for (std::size_t i = 4; i-- > 0;)
            name += std::to_string(bytes[i]) + ".";
        return name + zone;
    }
    constexpr char digits[] = "0123456789abcdef";
    for (std::size_t i = bytes.size(); i-- > 0;) {
        name += digits[bytes[i] & 15];
        name += '.';
        name += digits[bytes[i] >> 4];
        name += '.';
    }
    const auto dot = std::min(zone.find('.'), zone.size());
    return name + zone.substr(0, dot) + "6" + zone.substr(dot);
}

std::optional<AsOrigin> remembered_origin(const Remembered& remembered, const std::string& address,
                                          Stamp since) {
    const AddressBits bits = address_bits(address);
    if (bits.bits == 0) return std::nullopt;
    for (int length = bits.bits; length >= shortest_prefix(bits); --length) {
        const Fact* fact = remembered.find(FactKind::as_origin, to_string(prefix_of(bits, length)));
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
        const auto prefix = read_prefix(origin.prefix);
        return prefix ? prefix->length : 0;
    };
    for (const std::string& record : reply.records) {
        const auto origin = parse_as_origin(record);
        if (!origin || !holds(*read_prefix(origin->prefix), address_bits(question.address))) continue;
        if (!found || length(*found) < length(*origin)) found = origin;
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
