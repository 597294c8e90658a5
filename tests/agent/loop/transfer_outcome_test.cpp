#include "agent/loop/transfer_outcome.hpp"

#include <cerrno>

#include <curl/curl.h>
#include <openssl/x509_vfy.h>

#include "catch.hpp"

using namespace sereno;

namespace {

TransferEnd connect_error(int error, bool router = false) {
    return {.curl_code = CURLE_COULDNT_CONNECT, .error = error, .router_said_so = router};
}

TransferEnd certificate_error(long verify_result, int depth = 0, bool alone = false) {
    return {.curl_code = CURLE_PEER_FAILED_VERIFICATION,
            .connected = true,
            .tls_wanted = true,
            .verify_result = verify_result,
            .verify_depth = depth,
            .certificate_alone = alone};
}

/// A proxy that was connected to.
TransferEnd by_proxy(int curl_code, bool tls_wanted, int proxy_status = 0) {
    return {.curl_code = curl_code,
            .connected = true,
            .tls_wanted = tls_wanted,
            .proxied = true,
            .proxy_status = proxy_status};
}

}  // namespace

TEST_CASE("each errno of a connect has its failure, and those about this host never blame the target") {
    CHECK(failure_of(connect_error(ECONNREFUSED)) == Failure::connect_refused);
    CHECK(failure_of(connect_error(ECONNRESET)) == Failure::connect_reset);
    CHECK(failure_of(connect_error(ETIMEDOUT)) == Failure::connect_timeout);
    CHECK(failure_of(connect_error(ENETUNREACH)) == Failure::no_route);
    CHECK(failure_of(connect_error(EHOSTUNREACH)) == Failure::no_route);
    CHECK(failure_of(connect_error(EHOSTUNREACH, true)) == Failure::connect_unreachable);
    for (const int error : {EMFILE, ENFILE, ENOMEM, ENOBUFS, EADDRNOTAVAIL})
        CHECK(failure_of(connect_error(error)) == Failure::host_resources);
    for (const int error : {EACCES, EPERM})
        CHECK(failure_of(connect_error(error)) == Failure::host_refused);
    CHECK(failure_of(connect_error(ENETDOWN)) == Failure::link_down);
}

TEST_CASE("certificates fail by kind, and by which one of the chain it is") {
    CHECK(failure_of(certificate_error(X509_V_ERR_CERT_HAS_EXPIRED)) == Failure::certificate_expired);
    CHECK(failure_of(certificate_error(X509_V_ERR_CERT_HAS_EXPIRED, 1)) ==
          Failure::certificate_issuer_expired);
    CHECK(failure_of(certificate_error(X509_V_ERR_CERT_NOT_YET_VALID)) == Failure::certificate_not_yet_valid);
    CHECK(failure_of(certificate_error(X509_V_OK)) == Failure::certificate_name);
    CHECK(failure_of(certificate_error(X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY)) ==
          Failure::certificate_untrusted);
    CHECK(failure_of(certificate_error(X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, 0, true)) ==
          Failure::certificate_invalid);
    CHECK(failure_of(certificate_error(X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, 1)) ==
          Failure::certificate_untrusted);
    CHECK(failure_of(certificate_error(X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT)) ==
          Failure::certificate_self_signed);
    CHECK(failure_of(certificate_error(X509_V_ERR_INVALID_PURPOSE)) == Failure::certificate_invalid);
    CHECK(failure_of(certificate_error(X509_V_ERR_CERT_SIGNATURE_FAILURE)) == Failure::certificate_invalid);
}

TEST_CASE("a proxy's trouble is not the target's, nor this host's") {
    CHECK(failure_of(by_proxy(CURLE_RECV_ERROR, true, 407)) == Failure::proxy_refused);
    CHECK(failure_of(by_proxy(CURLE_RECV_ERROR, true, 502)) == Failure::proxy_refused);
    CHECK(failure_of(by_proxy(CURLE_RECV_ERROR, true)) == Failure::proxy_refused);
    CHECK(failure_of(by_proxy(CURLE_RECV_ERROR, true, 200)) == Failure::tls_reset);
    CHECK(failure_of(by_proxy(CURLE_GOT_NOTHING, false)) == Failure::http_reset);
    // The proxy has not answered CONNECT: it is still trying.
    CHECK(failure_of(by_proxy(CURLE_OPERATION_TIMEDOUT, true)) == Failure::connect_timeout);
    CHECK(failure_of(by_proxy(CURLE_OPERATION_TIMEDOUT, true, 200)) == Failure::tls_timeout);
    CHECK(failure_of({.curl_code = CURLE_OPERATION_TIMEDOUT, .proxied = true}) == Failure::proxy_refused);
    TransferEnd unreachable = connect_error(ECONNREFUSED);
    unreachable.proxied = true;
    CHECK(failure_of(unreachable) == Failure::proxy_refused);
    unreachable.error = EMFILE;
    CHECK(failure_of(unreachable) == Failure::host_resources);
}

TEST_CASE("the stage follows from the failure") {
    CHECK(stage_of(Failure::none) == Stage::done);
    CHECK(stage_of(Failure::connect_refused) == Stage::connect);
    CHECK(stage_of(Failure::host_resources) == Stage::connect);
    CHECK(stage_of(Failure::certificate_name) == Stage::tls);
    CHECK(stage_of(Failure::http_reset) == Stage::http);
}
