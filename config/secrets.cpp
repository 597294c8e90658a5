// A secret stands in a file or in the environment; the configuration says where.
#include "config/secrets.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace sereno {

namespace {

constexpr std::size_t most_secret_bytes = 4096;

struct SecretSource {
    Placed<std::string> file, env;
};

/// Never repeats the value.
std::optional<Secret> checked(Check& check, std::string_view key, Place place, std::string value,
                              const std::string& source) {
    while (!value.empty() && (value.back() == '\n' || value.back() == '\r'))
        value.pop_back();
    if (value.empty()) {
        check.complaints.refuse(place,
                                std::string(key) + " is empty in " + source + "; put the secret there");
        return {};
    }
    for (const char c : value)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
            check.complaints.refuse(place, std::string(key) + " in " + source +
                                               " holds a line break or control character; write one line");
            return {};
        }
    return Secret{std::move(value)};
}

std::optional<Secret> from_file(Check& check, std::string_view key, const Placed<std::string>& file) {
    const std::string path = seen_from(check.folder, file.value);
    Parsed<std::string> content = read_small_file(path, most_secret_bytes);
    if (!content.value) {
        check.complaints.refuse(file.place, std::string(key) + " file " + quoted(path) + " cannot be read (" +
                                                content.wrong +
                                                "); create it with the secret in it, mode 600");
        return {};
    }
    struct stat info {};
    if (stat(path.c_str(), &info) == 0 && (info.st_mode & S_IROTH) != 0)
        check.complaints.warn(file.place, std::string(key) + " file " + quoted(path) +
                                              " can be read by everyone on this computer; chmod o-r it");
    return checked(check, key, file.place, std::move(*content.value), "file " + quoted(path));
}

std::optional<Secret> from_environment(Check& check, std::string_view key, const Placed<std::string>& env) {
    const char* value = std::getenv(env.value.c_str());
    if (value == nullptr) {
        check.complaints.refuse(env.place, std::string(key) + " needs the environment variable " +
                                               quoted(env.value) +
                                               ", which is not set; set it or use {file: PATH}");
        return {};
    }
    return checked(check, key, env.place, std::string(value, strnlen(value, most_secret_bytes)),
                   "environment variable " + quoted(env.value));
}

}  // namespace

std::string to_string(const Secret&) {
    return "***";
}

Parsed<std::string> read_small_file(const std::string& path, std::size_t most_bytes) {
    // O_NONBLOCK: opening a FIFO must not hang; what is no regular file is refused right after.
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) return {{}, std::strerror(errno)};
    struct Closer {
        int fd;
        ~Closer() { ::close(fd); }
    } const closer{fd};
    struct stat info {};
    if (fstat(fd, &info) != 0) return {{}, std::strerror(errno)};
    if (!S_ISREG(info.st_mode))
        return {{}, S_ISDIR(info.st_mode) ? "it is a folder" : "it is not a plain file"};
    std::string out;
    std::array<char, 16384> buffer{};
    while (true) {
        const ssize_t got = ::read(fd, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return {{}, std::strerror(errno)};
        if (got == 0) return {std::move(out), {}};
        out.append(buffer.data(), static_cast<std::size_t>(got));
        if (out.size() > most_bytes)
            return {{}, "it is larger than " + std::to_string(most_bytes) + " bytes"};
    }
}

std::string seen_from(const std::string& folder, const std::string& path) {
    if (path.starts_with('/') || folder.empty() || folder == ".") return path;
    return folder + (folder.ends_with('/') ? "" : "/") + path;
}

std::string folder_of(const std::string& path) {
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

Type<Secret> secret() {
    static const Type<SecretSource> source = object<SecretSource>(
        "secret", {field("file", &SecretSource::file, text(4096)), field("env", &SecretSource::env, text())});
    return {[](Check& check, std::string_view key, const Node& node) -> std::optional<Secret> {
        if (node.kind == Node::Kind::scalar) {
            check.complaints.warn(node.place,
                                  std::string(key) +
                                      " is written in the configuration itself; use {file: PATH} or "
                                      "{env: NAME}");
            return checked(check, key, node.place, node.text, "the configuration");
        }
        if (node.kind == Node::Kind::null) {
            check.complaints.refuse(node.place,
                                    std::string(key) + " is empty; write {file: PATH} or {env: NAME}");
            return {};
        }
        const std::optional<SecretSource> from = source.read(check, key, node);
        if (!from) return {};
        if (from->file.given() && from->env.given()) {
            check.complaints.refuse(node.place, std::string(key) + " has both 'file' and 'env'; keep one");
            return {};
        }
        if (from->file.given()) return from_file(check, key, from->file);
        if (from->env.given()) return from_environment(check, key, from->env);
        if (node.keys.empty())
            check.complaints.refuse(node.place,
                                    std::string(key) + " is empty; write {file: PATH} or {env: NAME}");
        return {};
    }};
}

}  // namespace sereno
