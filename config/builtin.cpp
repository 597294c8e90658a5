// The files built into the program, and the message catalogue among them.
#include "config/builtin.hpp"

#include <algorithm>

#include "config/reader.hpp"

namespace sereno {

namespace {

/// evidence: {no_route: "..."} becomes "evidence.no_route".
void flatten(const Node& node, const std::string& before, std::map<std::string, std::string>& into) {
    if (node.kind == Node::Kind::scalar) {
        std::string text = node.text;
        while (text.ends_with('\n'))
            text.pop_back();
        into[before] = std::move(text);
    }
    for (std::size_t i = 0; i < node.keys.size(); ++i)
        flatten(node.items[i], before.empty() ? node.keys[i].text : before + "." + node.keys[i].text, into);
}

/// "messages/en.yaml" is named for "en".
std::string language_of(std::string_view file) {
    const std::string_view base = file.substr(file.rfind('/') + 1);
    return std::string(base.substr(0, base.rfind('.')));
}

}  // namespace

std::string_view builtin_file(std::string_view name) {
    const auto files = embedded_files();
    const auto found =
        std::find_if(files.begin(), files.end(), [&](const EmbeddedFile& file) { return file.name == name; });
    return found == files.end() ? std::string_view{} : found->content;
}

std::vector<std::string_view> builtin_files(std::string_view folder) {
    std::vector<std::string_view> out;
    for (const EmbeddedFile& file : embedded_files())
        if (file.name.size() > folder.size() && file.name.starts_with(folder) &&
            file.name[folder.size()] == '/')
            out.push_back(file.name);
    return out;
}

const std::vector<std::string>& languages() {
    static const std::vector<std::string> all = [] {
        std::vector<std::string> out;
        for (const std::string_view file : builtin_files("messages"))
            out.push_back(language_of(file));
        return out;
    }();
    return all;
}

MessageCatalogue read_builtin_messages(Complaints& complaints) {
    MessageCatalogue out;
    for (const std::string_view file : builtin_files("messages")) {
        const int number = complaints.open("built-in " + std::string(file));
        flatten(read_document(builtin_file(file), number, complaints), "", out[language_of(file)]);
    }
    return out;
}

const MessageCatalogue& builtin_messages() {
    static const MessageCatalogue catalogue = [] {
        Complaints ignored;  // a test reads them all and finds none
        return read_builtin_messages(ignored);
    }();
    return catalogue;
}

}  // namespace sereno
