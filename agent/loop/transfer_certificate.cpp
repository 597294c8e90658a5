#include "agent/loop/transfer_certificate.hpp"

#include <algorithm>
#include <string_view>

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace sereno {

namespace {

constexpr std::size_t longest_name = 64;

std::string text_of(const ASN1_STRING* string) {
    if (string == nullptr) return {};
    unsigned char* utf8 = nullptr;
    const int size = ASN1_STRING_to_UTF8(&utf8, string);
    if (size < 0) return {};
    const auto shorter = std::min(static_cast<std::size_t>(size), longest_name);
    std::string text(reinterpret_cast<const char*>(utf8), shorter);
    OPENSSL_free(utf8);
    // A certificate's bytes are anybody's.
    std::replace_if(
        text.begin(), text.end(),
        [](char c) { return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e; },
        '?');
    return text;
}

std::string field(const X509_NAME* name, int nid) {
    const int at = X509_NAME_get_index_by_NID(name, nid, -1);
    return at < 0 ? std::string{} : text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
}

/// Common name or organisation.
std::string called(const X509_NAME* name) {
    std::string text = field(name, NID_commonName);
    return text.empty() ? field(name, NID_organizationName) : text;
}

std::string first_host(X509* certificate) {
    auto* names =
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
    std::string host;
    for (int i = 0; host.empty() && i < sk_GENERAL_NAME_num(names); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
        if (name->type == GEN_DNS) host = text_of(name->d.dNSName);
    }
    GENERAL_NAMES_free(names);
    return host.empty() ? called(X509_get_subject_name(certificate)) : host;
}

int days_left(const X509* certificate) {
    int days = 0, seconds = 0;
    if (ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(certificate)) != 1) return 0;
    return seconds < 0 ? days - 1 : days;
}

void note(X509_STORE_CTX* verification, CertificateNotes& notes, bool well) {
    X509* own = X509_STORE_CTX_get0_cert(verification);
    if (own == nullptr) return;
    if (!notes.seen)
        notes.seen =
            CertificateSeen{.issuer = called(X509_get_issuer_name(own)), .days_left = days_left(own)};
    const STACK_OF(X509)* sent = X509_STORE_CTX_get0_untrusted(verification);
    if (!well && notes.error == 0) {
        notes.error = X509_STORE_CTX_get_error(verification);
        notes.depth = X509_STORE_CTX_get_error_depth(verification);
        notes.alone = sk_X509_num(sent) <= 1 && X509_get_ext_by_NID(own, NID_info_access, -1) >= 0;
    }
    if (!notes.text.empty()) return;
    notes.text = "for " + first_host(own) + " by " + notes.seen->issuer + ", " +
                 std::to_string(std::max(sk_X509_num(sent), 1)) + " in the chain, " +
                 std::to_string(notes.seen->days_left) + " days left";
}

int notes_index() {
    static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

int on_verify(int well, X509_STORE_CTX* verification) {
    const auto* ssl = static_cast<const SSL*>(
        X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx()));
    if (ssl == nullptr) return well;
    auto* notes = static_cast<CertificateNotes*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), notes_index()));
    if (notes == nullptr) return well;
    note(verification, *notes, well != 0);
    return notes->accept_any ? 1 : well;
}

}  // namespace

void note_certificate(void* ssl_context, CertificateNotes& notes) {
    auto* context = static_cast<SSL_CTX*>(ssl_context);
    SSL_CTX_set_ex_data(context, notes_index(), &notes);
    SSL_CTX_set_verify(context, SSL_CTX_get_verify_mode(context), &on_verify);
}

}  // namespace sereno
