#include "agent/loop/transfer_outcome.hpp"

#include <cerrno>

#include <curl/curl.h>
#include <openssl/x509_vfy.h>

#include "agent/loop/socket_error.hpp"

namespace sereno {

namespace {

Failure connect_failure(const TransferEnd& end) {
    if (const auto ours = host_failure(end.error)) return *ours;
    switch (end.error) {
        case ECONNREFUSED:
            return Failure::connect_refused;
        case ECONNRESET:
            return Failure::connect_reset;
        case ETIMEDOUT:
            return Failure::connect_timeout;
        case ENETUNREACH:
        case EHOSTUNREACH:
            return end.router_said_so ? Failure::connect_unreachable : Failure::no_route;
        default:
            return Failure::connect_unreachable;
    }
}

/// The same towards a proxy: whatever is not this host's own trouble is the proxy's.
Failure proxy_failure(const TransferEnd& end) {
    const Failure failure = connect_failure(end);
    return host_failure(end.error) || failure == Failure::no_route ? failure : Failure::proxy_refused;
}

Failure certificate_failure(const TransferEnd& end) {
    switch (end.verify_result) {
        case X509_V_OK:               // the chain is good, the name is not;
        case X509_V_ERR_UNSPECIFIED:  // libcurl's value until it has looked at more than the name
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return Failure::certificate_name;
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return end.verify_depth == 0 ? Failure::certificate_expired : Failure::certificate_issuer_expired;
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return Failure::certificate_not_yet_valid;
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
            return Failure::certificate_self_signed;
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_CERT_UNTRUSTED:
            return Failure::certificate_untrusted;
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            // Public authorities say where to fetch the issuer's certificate, and never sign with their root:
            // a server that sends none in between is set up wrongly.
            return end.certificate_alone ? Failure::certificate_invalid : Failure::certificate_untrusted;
        default:
            return Failure::certificate_invalid;
    }
}

/// A timeout belongs to the phase that was running.
Failure timeout(const TransferEnd& end) {
    if (!end.connected) return end.proxied ? Failure::proxy_refused : Failure::connect_timeout;
    // Connected to the proxy, which still tries to connect to the target.
    if (end.proxied && end.tls_wanted && end.proxy_status == 0) return Failure::connect_timeout;
    return end.tls_wanted && !end.tls_done ? Failure::tls_timeout : Failure::http_timeout;
}

Failure broken_connection(const TransferEnd& end) {
    if (!end.connected) return end.proxied ? proxy_failure(end) : connect_failure(end);
    if (end.proxied && end.tls_wanted && end.proxy_status == 0) return Failure::proxy_refused;
    return end.tls_wanted && !end.tls_done ? Failure::tls_reset : Failure::http_reset;
}

}  // namespace

Failure failure_of(const TransferEnd& end) {
    if (end.curl_code != CURLE_OK && end.proxy_status != 0 && end.proxy_status / 100 != 2)
        return Failure::proxy_refused;
    switch (end.curl_code) {
        case CURLE_OK:
            return Failure::none;
        case CURLE_COULDNT_CONNECT:
            return end.proxied ? proxy_failure(end) : connect_failure(end);
        case CURLE_OPERATION_TIMEDOUT:
            return timeout(end);
        case CURLE_SSL_CONNECT_ERROR:
            return end.ended_by_peer && !end.alert_or_protocol ? Failure::tls_reset : Failure::tls_handshake;
        case CURLE_PEER_FAILED_VERIFICATION:
            return certificate_failure(end);
        case CURLE_USE_SSL_FAILED:  // no STARTTLS on offer
        case CURLE_SSL_CIPHER:
            return Failure::tls_handshake;
        // This host's: no memory, no CA bundle, an option that this libcurl lacks.
        case CURLE_OUT_OF_MEMORY:
        case CURLE_FAILED_INIT:
        case CURLE_NOT_BUILT_IN:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_ENGINE_INITFAILED:
            return Failure::host_resources;
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_RESOLVE_PROXY:
            return Failure::address_unknown;
        case CURLE_PROXY:  // something else than HTTP came from it
            return Failure::proxy_refused;
        case CURLE_GOT_NOTHING:
        case CURLE_PARTIAL_FILE:
        case CURLE_SEND_ERROR:
        case CURLE_RECV_ERROR:
            return broken_connection(end);
        case CURLE_WRITE_ERROR:
            return end.too_large ? Failure::http_too_large : Failure::http_malformed;
        default:
            return Failure::http_malformed;
    }
}

Stage stage_of(Failure failure) {
    switch (failure) {
        case Failure::none:
            return Stage::done;
        case Failure::cancelled:
        case Failure::overrun:
        case Failure::address_unknown:
            return Stage::schedule;
        case Failure::host_resources:
        case Failure::host_refused:
        case Failure::no_route:
        case Failure::link_down:
        case Failure::connect_timeout:
        case Failure::connect_refused:
        case Failure::connect_reset:
        case Failure::connect_unreachable:
        case Failure::proxy_refused:
            return Stage::connect;
        case Failure::tls_timeout:
        case Failure::tls_handshake:
        case Failure::tls_reset:
        case Failure::certificate_expired:
        case Failure::certificate_not_yet_valid:
        case Failure::certificate_name:
        case Failure::certificate_issuer_expired:
        case Failure::certificate_self_signed:
        case Failure::certificate_invalid:
        case Failure::certificate_untrusted:
            return Stage::tls;
        default:
            return Stage::http;
    }
}

}  // namespace sereno
