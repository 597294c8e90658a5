#include "certificates.hpp"

#include <fstream>
#include <sstream>

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

std::string text_of(const std::string& file) {
    std::stringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

}  // namespace

Authority::Authority() : own_{folder_.path() + "/ca.pem", folder_.path() + "/ca.key"} {
    prepare();
    run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
         "30", "-subj", "/CN=sereno test authority", "-keyout", own_.key, "-out", own_.certificate},
        package);
}

Authority::Authority(const Authority& parent, Validity validity) {
    prepare();
    own_ = sign(parent, "/CN=sereno test authority below", validity, {"basicConstraints=critical,CA:TRUE"});
    chain_ = text_of(own_.certificate);
}

void Authority::prepare() const {
    folder_.write("index.txt", "");
    folder_.write("ca.conf", configuration(folder_.path()));
}

Certificate Authority::sign(const Authority& by, const std::string& subject, Validity validity,
                            const std::vector<std::string>& extensions) {
    const std::string base = folder_.path() + "/" + std::to_string(++issued_);
    const Certificate made{base + ".pem", base + ".key"};
    std::vector<std::string> request{
        "openssl", "req",   "-new",  "-newkey", "ec",     "-pkeyopt", "ec_paramgen_curve:P-256",
        "-nodes",  "-subj", subject, "-keyout", made.key, "-out",     base + ".csr"};
    for (const std::string& extension : extensions)
        request.insert(request.end(), {"-addext", extension});
    run(request, package);
    std::vector<std::string> argv{"openssl",  "ca",
                                  "-batch",   "-notext",
                                  "-config",  folder_.path() + "/ca.conf",
                                  "-cert",    by.own_.certificate,
                                  "-keyfile", by.own_.key,
                                  "-in",      base + ".csr",
                                  "-out",     made.certificate};
    for (std::string& word : dates(validity))
        argv.push_back(std::move(word));
    run(argv, package);
    return made;
}

Certificate Authority::issue(const std::string& name, Validity validity) {
    return issue(name, validity, {});
}

Certificate Authority::issue(const std::string& name, Validity validity,
                             const std::vector<std::string>& extensions) {
    std::vector<std::string> all{"subjectAltName=DNS:" + name};
    all.insert(all.end(), extensions.begin(), extensions.end());
    const Certificate made = sign(*this, "/CN=" + name, validity, all);
    std::ofstream(made.certificate, std::ios::app) << chain_;
    return made;
}

Certificate Authority::issue_alone(const std::string& name) {
    return sign(
        *this, "/CN=" + name, Validity::current,
        {"subjectAltName=DNS:" + name, "authorityInfoAccess=caIssuers;URI:http://authority.example/below"});
}

Certificate self_signed(const Folder& folder, const std::string& name) {
    const Certificate made{folder.path() + "/self.pem", folder.path() + "/self.key"};
    run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
         "30", "-subj", "/CN=" + name, "-addext", "subjectAltName=DNS:" + name, "-keyout", made.key, "-out",
         made.certificate},
        package);
    return made;
}

}  // namespace sereno::test
