#include "probes/witness/globalping_result.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/json.hpp>

#include "agent/loop/address.hpp"
#include "agent/loop/private_address.hpp"
#include "agent/model/ascii.hpp"
#include "probes/attempt.hpp"
#include "probes/http/judge.hpp"
#include "probes/witness/bounded_json.hpp"

namespace sereno {

namespace json = boost::json;

namespace {

constexpr std::size_t most_words = 200, most_headers = 64, longest_header = 1024, longest_looked_at = 2000;

struct Meaning {
    std::string_view words;  ///< in lower case
    Failure failure;
};

/// The first that is found counts.
constexpr std::array own_troubles{
    // The service's and the probe's own.
    Meaning{"measurement timed out", Failure::witness_unknown},
    Meaning{"test failed", Failure::witness_unknown},
    Meaning{"probe disconnected", Failure::witness_unknown},
    Meaning{"eaddrnotavail", Failure::witness_unknown},
    Meaning{"emfile", Failure::witness_unknown},
    Meaning{"enobufs", Failure::witness_unknown},
    Meaning{"enomem", Failure::witness_unknown},
    Meaning{"eacces", Failure::witness_unknown},
    Meaning{"eperm", Failure::witness_unknown},
    // It leaves out private addresses, and nothing was left.
    Meaning{"private ip", Failure::dns_bogus},
};

constexpr std::array of_pages{
    // c-ares in Node: "queryA ENOTFOUND www.example.com". A resolver next door that refuses says nothing.
    Meaning{"querya econnrefused", Failure::witness_unknown},
    Meaning{"queryaaaa econnrefused", Failure::witness_unknown},
    Meaning{"enotfound", Failure::dns_nxdomain},
    Meaning{"eservfail", Failure::dns_servfail},
    Meaning{"eai_again", Failure::dns_servfail},
    Meaning{"erefused", Failure::dns_refused},
    Meaning{"enodata", Failure::dns_nodata},
    Meaning{"etimeout", Failure::dns_timeout},
    Meaning{"awaiting 'lookup'", Failure::dns_timeout},
    Meaning{"ebadresp", Failure::dns_malformed},
    Meaning{"eformerr", Failure::dns_malformed},
    Meaning{"connect econnrefused", Failure::connect_refused},
    Meaning{"connect econnreset", Failure::connect_reset},
    Meaning{"connect etimedout", Failure::connect_timeout},
    Meaning{"connect timeout", Failure::connect_timeout},
    Meaning{"awaiting 'connect'", Failure::connect_timeout},
    Meaning{"ehostunreach", Failure::connect_unreachable},
    Meaning{"enetunreach", Failure::connect_unreachable},
    // X509_verify_cert(3), as Node names its errors and as OpenSSL words them.
    Meaning{"cert_has_expired", Failure::certificate_expired},
    Meaning{"certificate has expired", Failure::certificate_expired},
    Meaning{"cert_not_yet_valid", Failure::certificate_not_yet_valid},
    Meaning{"not yet valid", Failure::certificate_not_yet_valid},
    Meaning{"altname", Failure::certificate_name},
    Meaning{"hostname_mismatch", Failure::certificate_name},
    Meaning{"hostname mismatch", Failure::certificate_name},
    Meaning{"does not match certificate", Failure::certificate_name},
    Meaning{"self_signed_cert_in_chain", Failure::certificate_untrusted},
    Meaning{"certificate in certificate chain", Failure::certificate_untrusted},
    Meaning{"depth_zero_self_signed", Failure::certificate_self_signed},
    Meaning{"self signed certificate", Failure::certificate_self_signed},
    Meaning{"self-signed certificate", Failure::certificate_self_signed},
    Meaning{"unable_to_get_issuer_cert", Failure::certificate_untrusted},
    Meaning{"issuer certificate", Failure::certificate_untrusted},
    Meaning{"cert_untrusted", Failure::certificate_untrusted},
    Meaning{"unable_to_verify", Failure::certificate_invalid},
    Meaning{"unable to verify", Failure::certificate_invalid},
    Meaning{"cert_", Failure::certificate_invalid},
    Meaning{"before secure tls connection", Failure::tls_reset},
    Meaning{"awaiting 'secureconnect'", Failure::tls_timeout},
    Meaning{"eproto", Failure::tls_handshake},
    Meaning{"ssl routines", Failure::tls_handshake},
    Meaning{"err_ssl", Failure::tls_handshake},
    Meaning{"err_tls", Failure::tls_handshake},
    Meaning{"econnrefused", Failure::connect_refused},
    Meaning{"econnreset", Failure::http_reset},
    Meaning{"epipe", Failure::http_reset},
    Meaning{"socket hang up", Failure::http_reset},
    Meaning{"other side closed", Failure::http_reset},
    Meaning{"socket closed", Failure::http_reset},
    Meaning{"request timeout", Failure::http_timeout},
    Meaning{"etimedout", Failure::http_timeout},
    Meaning{"timed out", Failure::http_timeout},
    Meaning{"timeout", Failure::http_timeout},
    Meaning{"parse error", Failure::http_malformed},
    Meaning{"hpe_", Failure::http_malformed},
    Meaning{"incorrect header check", Failure::http_malformed},
    Meaning{"unexpected end of file", Failure::http_malformed},
    Meaning{"und_err", Failure::http_reset},
};

constexpr std::array of_names{
    Meaning{"connection refused", Failure::witness_unknown},  // by its own resolver
    Meaning{"timed out", Failure::dns_timeout},
    Meaning{"no servers could be reached", Failure::dns_timeout},
    Meaning{"malformed", Failure::dns_malformed},
};

template <std::size_t size>
std::optional<Failure> meaning_in(const std::array<Meaning, size>& known, const std::string& words) {
    const auto found = std::find_if(known.begin(), known.end(), [&](const Meaning& one) {
        return words.find(one.words) != std::string::npos;
    });
    return found == known.end() ? std::nullopt : std::optional{found->failure};
}

/// "read ENOTCONN": an error of the network that is not in the list.
bool names_an_error(std::string_view words) {
    const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
    for (std::size_t at = 0; at + 4 < words.size(); ++at) {
        if (words[at] != 'E' || (at > 0 && words[at - 1] != ' ')) continue;
        const std::string_view rest = words.substr(at + 1, 4);
        if (std::all_of(rest.begin(), rest.end(), is_capital)) return true;
    }
    return false;
}

Stage stage_of(Failure failure) {
    if (failure == Failure::none) return Stage::done;
    if (failure == Failure::witness_unknown) return Stage::schedule;
    const std::string_view name = to_string(failure);
    if (name.starts_with("dns_")) return Stage::dns;
    if (name.starts_with("connect_")) return Stage::connect;
    if (name.starts_with("tls_") || name.starts_with("certificate_")) return Stage::tls;
    return Stage::http;
}

Voice voice(Failure failure, std::string_view words, int status = 0) {
    Voice one;
    one.reached = stage_of(failure);
    one.failure = failure;
    one.http_status = status;
    one.words = plain_text(words, most_words);
    return one;
}

void take_headers(const json::object& headers, TransferResult& result) {
    for (const auto& [name, value] : headers) {
        if (result.headers.size() == most_headers) return;
        const json::value* one = &value;
        if (value.is_array() && !value.get_array().empty()) one = &value.get_array().front();
        if (!one->is_string() || name.size() > longest_header || one->get_string().size() > longest_header)
            continue;
        result.headers.emplace_back(lower_ascii(std::string_view{name.data(), name.size()}),
                                    std::string{one->get_string().data(), one->get_string().size()});
    }
}

/// The probes accept any certificate and say what is wrong with it.
std::optional<Voice> certificate_trouble(const json::object& result) {
    const json::object* tls = object_at(result, "tls");
    if (tls == nullptr) return std::nullopt;
    const json::value* authorized = tls->if_contains("authorized");
    if (authorized == nullptr || !authorized->is_bool() || authorized->get_bool()) return std::nullopt;
    std::string_view why = text_at(*tls, "error");
    if (const json::object* error = object_at(*tls, "error"); why.empty() && error != nullptr)
        why = text_at(*error, "code");
    const Failure known = failure_of_words(why, ViewElsewhere::What::http);
    const bool is_certificate = to_string(known).starts_with("certificate_");
    return voice(is_certificate ? known : Failure::certificate_invalid,
                 "its certificate is not accepted: " + std::string{why.empty() ? "no reason given" : why});
}

Voice page(const json::object& result, const ViewElsewhere& task) {
    if (auto trouble = certificate_trouble(result)) return *std::move(trouble);
    const auto status = whole_at(result, "statusCode");
    if (!status || *status < 100 || *status > 599)
        return voice(Failure::witness_unknown, "a finished fetch without a status");
    TransferResult seen;
    seen.reached = Stage::done;
    seen.status = static_cast<int>(*status);
    if (const json::object* headers = object_at(result, "headers")) take_headers(*headers, seen);
    HttpFetch rules;
    rules.url = task.fetch.url;
    rules.expected_status = task.fetch.expected_status;
    const HttpJudgement judgement = judge(rules, seen);
    // Our own probe would go on, or say where it must not; nobody there looked at what it leads to.
    if (judgement.failure == Failure::http_redirect)
        return voice(Failure::witness_unknown, "no redirect is followed there: " + judgement.detail,
                     seen.status);
    return voice(judgement.failure, judgement.detail, seen.status);
}

/// Where dig says why it gave up, and the service that it waited in vain.
std::string_view last_line(std::string_view words) {
    const auto end = words.find_last_not_of(" \t\r\n");
    if (end == std::string_view::npos) return {};
    words = words.substr(0, end + 1);
    const auto begin = words.find_last_of('\n');
    return begin == std::string_view::npos ? words : words.substr(begin + 1);
}

void take_address(std::string_view text, std::vector<std::string>& addresses) {
    std::string address{text.substr(0, 64)};
    if (is_literal(address)) addresses.push_back(std::move(address));
}

Failure failure_of_code(std::string_view name) {
    if (name == "NOERROR") return Failure::none;
    if (name == "NXDOMAIN") return Failure::dns_nxdomain;
    if (name == "SERVFAIL") return Failure::dns_servfail;
    if (name == "REFUSED" || name == "NOTAUTH") return Failure::dns_refused;
    if (name == "TIMEOUT") return Failure::dns_timeout;
    if (name == "FORMERR" || name == "NOTIMP" || name == "BADVERS") return Failure::dns_malformed;
    return Failure::witness_unknown;
}

Voice resolution(const json::object& result, std::vector<std::string>& addresses) {
    const std::string code{text_at(result, "statusCodeName").substr(0, 32)};
    const Failure failure = failure_of_code(code);
    if (failure == Failure::witness_unknown)
        return voice(failure, code.empty() ? "a DNS answer without its status" : "the DNS status " + code);
    if (failure != Failure::none) return voice(failure, code);
    if (const json::array* answers = list_at(result, "answers"))
        for (const json::value& answer : *answers)
            if (answer.is_object() && text_at(answer.get_object(), "type") == "A")
                take_address(text_at(answer.get_object(), "value"), addresses);
    if (addresses.empty()) return voice(Failure::dns_nodata, "NOERROR without an address");
    const auto bogus = std::find_if(addresses.begin(), addresses.end(), is_private_address);
    if (bogus != addresses.end()) return voice(Failure::dns_bogus, "the name leads to " + *bogus);
    return voice(Failure::none, addresses.front());
}

}  // namespace

Failure failure_of_words(std::string_view words, ViewElsewhere::What what) {
    words = words.substr(0, longest_looked_at);
    const std::string lower = lower_ascii(words);
    if (const auto own = meaning_in(own_troubles, lower)) return *own;
    const auto known =
        what == ViewElsewhere::What::http ? meaning_in(of_pages, lower) : meaning_in(of_names, lower);
    if (known) return *known;
    const bool of_network = what == ViewElsewhere::What::http && names_an_error(words);
    return of_network ? Failure::http_reset : Failure::witness_unknown;
}

GlobalpingSight read_sight(const json::object& result, const ViewElsewhere& task) {
    const std::string_view status = text_at(result, "status"), words = text_at(result, "rawOutput");
    GlobalpingSight sight;
    if (status == "failed") {
        const std::string_view end = last_line(words);
        sight.voice = voice(failure_of_words(end, task.what), end.empty() ? "failed without a word" : end);
    } else if (status == "offline") {
        sight.voice = voice(Failure::witness_unknown, "the probe is offline");
    } else if (status != "finished") {
        sight.voice = voice(Failure::witness_unknown, "the unknown status '" + std::string{status} + "'");
    } else if (task.what == ViewElsewhere::What::http) {
        take_address(text_at(result, "resolvedAddress"), sight.addresses);
        sight.voice = page(result, task);
    } else {
        sight.voice = resolution(result, sight.addresses);
    }
    return sight;
}

}  // namespace sereno
