// What a server's certificate said and how its verification went, noted while OpenSSL looks at it: libcurl's
// own way (CURLOPT_CERTINFO) prints every field of every certificate. Inside agent/loop only; OpenSSL's and
// libcurl's handles are void pointers.
#pragma once

#include <optional>
#include <string>

#include "agent/model/observation.hpp"

namespace sereno {

struct CertificateNotes {
    bool accept_any = false;  ///< wanted: verification is noted, not obeyed
    std::optional<CertificateSeen> seen;
    std::string text;    ///< "for www.shop.example by Some CA, 2 in the chain, 29 days left"
    int error = 0;       ///< X509_V_*, the first one; 0: none
    int depth = 0;       ///< of the certificate with that error; 0: the server's own
    bool alone = false;  ///< nothing but the server's own was sent, and it says where to fetch its issuer's
};

/// To be called from CURLOPT_SSL_CTX_FUNCTION: `notes` must outlive the connection.
void note_certificate(void* ssl_context, CertificateNotes& notes);

}  // namespace sereno
