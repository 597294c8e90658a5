// From what libcurl and the socket say about an ended transfer to one failure. Pure.
#pragma once

#include "agent/model/failure.hpp"

namespace sereno {

struct TransferEnd {
    int curl_code = 0;  ///< CURLcode
    int error = 0;      ///< errno of socket(2) or connect(2); 0: none
    bool router_said_so = false;
    bool ended_by_peer = false;
    bool connected = false;   ///< TCP
    bool tls_wanted = false;  ///< at this point of the transfer
    bool tls_done = false;
    bool alert_or_protocol = false;  ///< OpenSSL gave a reason of its own: an alert, a version, a cipher
    long verify_result = 0;          ///< X509_V_*
    int verify_depth = 0;            ///< of the certificate that failed; 0: the server's own
    bool certificate_alone = false;  ///< it was sent without its issuer's, and says where to fetch that
    bool proxied = false;            ///< the connection is one to a proxy
    int proxy_status = 0;            ///< the proxy's answer to CONNECT; 0: none
    bool too_large = false;          ///< we stopped it at the bound
};

/// Failure::none for CURLE_OK.
Failure failure_of(const TransferEnd& end);
/// The stage at which an attempt with this failure stood; done for none.
Stage stage_of(Failure failure);

}  // namespace sereno
