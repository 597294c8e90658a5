#include "certificates.hpp"

namespace sereno::test {

namespace {

constexpr auto package = "openssl";

std::string configuration(const std::string& folder) {
    return "[ca]\ndefault_ca = own\n[own]\ndatabase = " + folder + "/index.txt\nnew_certs_dir = " + folder +
           "\nrand_serial = yes\ndefault_md = sha256\npolicy = any\ncopy_extensions = copy\nunique_subject = "
           "no\n"
           "default_days = 30\n[any]\ncommonName = supplied\n";
}

/// Where today lies does not matter: long past, long future.
std::vector<std::string> dates(Validity validity) {
    switch (validity) {
        case Validity::expired:
            return {"-startdate", "20100101000000Z", "-enddate", "20110101000000Z"};
        case Validity::not_yet:
            return {"-startdate", "20900101000000Z", "-enddate", "20910101000000Z"};
        case Validity::current:
            break;
    }
    return {"-days", "30"};
}

}  // namespace

Authority::Authority() : own_{folder_.path() + "/ca.pem", folder_.path() + "/ca.key"} {
    folder_.write("index.txt", "");
    folder_.write("ca.conf", configuration(folder_.path()));
    run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
         "30", "-subj", "/CN=sereno test authority", "-keyout", own_.key, "-out", own_.certificate},
        package);
}

Certificate Authority::issue(const std::string& name, Validity validity) {
    const std::string base = folder_.path() + "/" + std::to_string(++issued_);
    const Certificate made{base + ".pem", base + ".key"};
    run({"openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
         "/CN=" + name, "-addext", "subjectAltName=DNS:" + name, "-keyout", made.key, "-out", base + ".csr"},
        package);
    std::vector<std::string> argv{"openssl",  "ca",
                                  "-batch",   "-notext",
                                  "-config",  folder_.path() + "/ca.conf",
                                  "-cert",    own_.certificate,
                                  "-keyfile", own_.key,
                                  "-in",      base + ".csr",
                                  "-out",     made.certificate};
    for (std::string& word : dates(validity))
        argv.push_back(std::move(word));
    run(argv, package);
    return made;
}

}  // namespace sereno::test
