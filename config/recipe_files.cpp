// Which files a user's recipes are in.
#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "config/recipes.hpp"
#include "config/secrets.hpp"

namespace sereno {

Parsed<std::vector<std::string>> recipe_files(const std::string& path) {
    constexpr std::size_t most_files = 256;
    struct stat info {};
    if (stat(path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) return {std::vector{path}, {}};
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir(path.c_str()), &closedir);
    if (!folder)
        return {{}, "cannot be read (" + std::string(std::strerror(errno)) + "); mend its permissions"};
    std::vector<std::string> out;
    while (const dirent* const entry = readdir(folder.get())) {
        const std::string name = entry->d_name;
        if (name.ends_with(".yaml") && !name.starts_with('.')) out.push_back(seen_from(path, name));
        if (out.size() > most_files) return {{}, "has more than 256 recipes; name the files that you use"};
    }
    if (out.empty()) return {{}, "is a folder without *.yaml files; put recipes there or remove it"};
    std::sort(out.begin(), out.end());
    return {std::move(out), {}};
}

}  // namespace sereno
