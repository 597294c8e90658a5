#include "agent/rehearsal/world/certificates.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace sereno::rehearsal {

namespace {

template <auto free>
struct Free {
    template <class T>
    void operator()(T* object) const {
        free(object);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Bytes = std::unique_ptr<BIO, Free<BIO_free_all>>;
using Extension = std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>>;

void must(bool worked, const char* what) {
    if (!worked) throw std::runtime_error(std::string("OpenSSL could not ") + what);
}

Key new_key() {
    Key key(EVP_EC_gen("P-256"));
    must(key != nullptr, "make a P-256 key");
    return key;
}

std::string text_of(const Bytes& bytes) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bytes.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate) {
    const Bytes out(BIO_new(BIO_s_mem()));
    must(out && PEM_write_bio_X509(out.get(), certificate) == 1, "write a certificate");
    return text_of(out);
}

std::string pem_of(EVP_PKEY* key) {
    const Bytes out(BIO_new(BIO_s_mem()));
    must(out && PEM_write_bio_PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
         "write a key");
    return text_of(out);
}

/// Version 3, a random serial number, this common name, valid from yesterday, or so much later.
Certificate blank(EVP_PKEY* key, const std::string& name, std::chrono::seconds later = {}) {
    using days = std::chrono::days;
    const auto from = later - days{1}, to = later + days{30};
    const auto move = [](ASN1_TIME* at, std::chrono::seconds by) {
        const auto whole = std::chrono::floor<days>(by);
        return X509_time_adj_ex(at, static_cast<int>(whole.count()), (by - whole).count(), nullptr);
    };
    Certificate certificate(X509_new());
    X509* x = certificate.get();
    std::uint64_t serial = 0;
    must(x != nullptr && RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1,
         "begin a certificate");
    bool good = X509_set_version(x, X509_VERSION_3) == 1;
    good = good && ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), serial >> 1 | 1) == 1;
    good = good && move(X509_getm_notBefore(x), from) && move(X509_getm_notAfter(x), to);
    good = good && X509_set_pubkey(x, key) == 1;
    good = good &&
           X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8,
                                      reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0) == 1;
    must(good, "fill in a certificate");
    return certificate;
}

void extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
    must(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "extend a certificate");
}

}  // namespace

struct CertificateAuthority::Impl {
    Key key = new_key();
    Key server_key = new_key();  // one for all servers: they are one process
    Certificate certificate;
    std::string pem;
};

CertificateAuthority::CertificateAuthority() : impl_(std::make_unique<Impl>()) {
    impl_->certificate = blank(impl_->key.get(), "sereno rehearsal CA");
    X509* ca = impl_->certificate.get();
    must(X509_set_issuer_name(ca, X509_get_subject_name(ca)) == 1, "name an issuer");
    extend(ca, ca, NID_basic_constraints, "critical,CA:TRUE");
    extend(ca, ca, NID_key_usage, "critical,keyCertSign,cRLSign");
    extend(ca, ca, NID_subject_key_identifier, "hash");
    must(X509_sign(ca, impl_->key.get(), EVP_sha256()) > 0, "sign a certificate");
    impl_->pem = pem_of(ca);
}

CertificateAuthority::~CertificateAuthority() = default;

const std::string& CertificateAuthority::certificate() const {
    return impl_->pem;
}

ServerIdentity CertificateAuthority::issue(const std::vector<std::string>& hosts, const std::string& address,
                                           std::chrono::seconds later) const {
    X509* ca = impl_->certificate.get();
    // A common name holds at most 64 characters (RFC 5280, ub-common-name); clients read the alternative
    // names.
    const Certificate certificate = blank(impl_->server_key.get(), "sereno rehearsal server", later);
    X509* x = certificate.get();
    must(X509_set_issuer_name(x, X509_get_subject_name(ca)) == 1, "name an issuer");
    std::string names = address.empty() ? "" : "IP:" + address;
    for (const std::string& host : hosts)
        names += (names.empty() ? "DNS:" : ",DNS:") + host;
    extend(x, ca, NID_basic_constraints, "critical,CA:FALSE");
    extend(x, ca, NID_ext_key_usage, "serverAuth");
    extend(x, ca, NID_subject_alt_name, names);
    extend(x, ca, NID_authority_key_identifier, "keyid");
    must(X509_sign(x, impl_->key.get(), EVP_sha256()) > 0, "sign a certificate");
    return {pem_of(x), pem_of(impl_->server_key.get())};
}

}  // namespace sereno::rehearsal
