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

TransferEnd certificate_error(long verify_result) {
    return {.curl_code = CURLE_PEER_FAILED_VERIFICATION,
            .connected = true,
            .tls_wanted = true,
            .verify_result = verify_result};
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

TEST_CASE("certificates fail in four ways") {
    CHECK(failure_of(certificate_error(X509_V_ERR_CERT_HAS_EXPIRED)) == Failure::certificate_expired);
    CHECK(failure_of(certificate_error(X509_V_ERR_CERT_NOT_YET_VALID)) == Failure::certificate_not_yet_valid);
    CHECK(failure_of(certificate_error(X509_V_OK)) == Failure::certificate_name);
    CHECK(failure_of(certificate_error(X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY)) ==
          Failure::certificate_untrusted);
    CHECK(failure_of(certificate_error(X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT)) ==
          Failure::certificate_untrusted);
}

TEST_CASE("the stage follows from the failure") {
    CHECK(stage_of(Failure::none) == Stage::done);
    CHECK(stage_of(Failure::connect_refused) == Stage::connect);
    CHECK(stage_of(Failure::host_resources) == Stage::connect);
    CHECK(stage_of(Failure::certificate_name) == Stage::tls);
    CHECK(stage_of(Failure::http_reset) == Stage::http);
}
