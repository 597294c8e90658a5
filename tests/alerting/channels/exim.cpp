#include "exim.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace sereno::test {

namespace fs = std::filesystem;

namespace {

constexpr const char* acls = R"(
begin acl
connect:
  accept
rcpt:
  deny condition = LOGIN_REQUIRED
       !authenticated = *
       message = 550 log in first
  defer local_parts = later
        message = 450 mailbox busy, try again
  deny local_parts = nobody
       message = 550 no such user here
  accept
data:
  deny condition = ${if match{$recipients}{heavy@}}
       message = 554 not wanted here
  accept
begin routers
all:
  driver = accept
  transport = file
begin transports
file:
  driver = appendfile
  directory = FOLDER/mail
  create_directory
  maildir_format
  directory_mode = 0755
  mode = 0644
  check_string =
  escape_string =
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_advertise_condition = ${if def:tls_in_cipher}
  server_condition = ${if and {{eq{$auth2}{watchman}}{eq{$auth3}{s3cret}}}}
  server_set_id = $auth2
)";

// Exim gives up root: what it reads and writes must be open to its own user.
void open_to_all(const std::string& path) {
    fs::permissions(path, fs::perms::all);
}

std::string read_file(const std::string& path) {
    std::ifstream file{path};
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace

Exim::Exim(const Options& options)
    : endpoint_(free_endpoint()),
      daemon_(command(options), "exim4-daemon-light", [this] { return accepts(endpoint_); }) {}

std::vector<std::string> Exim::command(const Options& options) {
    const std::string& folder = folder_.path();
    open_to_all(folder);
    fs::create_directory(folder + "/spool");
    open_to_all(folder + "/spool");
    std::string text =
        "FOLDER = " + folder + "\nLOGIN_REQUIRED = " + (options.login_required ? "yes" : "no") +
        "\nprimary_hostname = mail.shop.example\nlocal_interfaces = " + endpoint_.address +
        "\ndaemon_smtp_ports = " + std::to_string(endpoint_.port) +
        "\nspool_directory = FOLDER/spool\nlog_file_path = FOLDER/%slog\npid_file_path = FOLDER/pid\n"
        "deliver_drop_privilege = true\nhost_lookup =\nrfc1413_hosts =\nkeep_environment =\n"
        "message_size_limit = 1M\nacl_smtp_connect = connect\nacl_smtp_rcpt = rcpt\nacl_smtp_data = data\n";
    if (options.certificate.certificate.empty()) {
        text += "tls_advertise_hosts =\n";
    } else {
        folder_.write("server.pem", read_file(options.certificate.certificate));
        folder_.write("server.key", read_file(options.certificate.key));
        open_to_all(folder + "/server.pem");
        open_to_all(folder + "/server.key");
        text +=
            "tls_advertise_hosts = *\ntls_certificate = FOLDER/server.pem\ntls_privatekey = "
            "FOLDER/server.key\n";
        if (options.tls_at_once) text += "tls_on_connect_ports = " + std::to_string(endpoint_.port) + "\n";
    }
    // Not writable for others, else Exim refuses it.
    const std::string file = folder_.write("exim.conf", text + acls);
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read |
                              fs::perms::others_read);
    return {"exim4", "-C", file, "-bdf"};
}

std::vector<std::string> Exim::mails(std::size_t count) const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    for (;;) {
        std::vector<std::string> files;
        std::error_code missing;
        for (const auto& entry : fs::directory_iterator{folder_.path() + "/mail/new", missing})
            files.push_back(entry.path());
        if (files.size() >= count) return files;
        if (std::chrono::steady_clock::now() > deadline)
            throw std::runtime_error("mail did not arrive: " + log());
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
}

std::string Exim::log() const {
    return read_file(folder_.path() + "/mainlog") + daemon_.log();
}

std::string decoded(const std::string& file, const std::string& headers) {
    constexpr const char* script =
        "import sys, email, email.policy\n"
        "m = email.message_from_binary_file(open(sys.argv[1], 'rb'), policy=email.policy.default)\n"
        "assert not m.defects, m.defects\n"
        "out = ''.join(h + ': ' + str(m[h]) + '\\n' for h in sys.argv[2].split()) + m.get_content()\n"
        "sys.stdout.buffer.write(out.encode())\n";
    return run({"python3", "-c", script, file, headers}, "python3");
}

}  // namespace sereno::test
