// On top of yaml-cpp's events, because its nodes forget duplicate keys and what was written.
#include "config/reader.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>

namespace sereno {

namespace {

struct Refusal {
    Place place;
    std::string message;
};

/// Turns yaml-cpp's marks (lines from 0, columns in bytes) into places as an editor shows them.
class Lines {
  public:
    Lines(std::string_view text, int file) : text_(text), file_(file) {
        starts_.push_back(0);
        for (std::size_t i = 0; i < text.size(); ++i)
            if (text[i] == '\n') starts_.push_back(i + 1);
    }
    [[nodiscard]] Place at(const YAML::Mark& mark) const {
        if (mark.is_null()) return {file_, 1, 1};
        const auto line = std::min(static_cast<std::size_t>(std::max(mark.line, 0)), starts_.size() - 1);
        return {file_, static_cast<int>(line) + 1,
                characters(starts_[line], static_cast<std::size_t>(std::max(mark.column, 0))) + 1};
    }
    [[nodiscard]] Place at(std::size_t offset) const {
        const auto next = std::upper_bound(starts_.begin(), starts_.end(), offset);
        const std::size_t start = *std::prev(next);
        return {file_, static_cast<int>(next - starts_.begin()), characters(start, offset - start) + 1};
    }

    /// What the file holds from a mark on.
    [[nodiscard]] std::string_view from(const YAML::Mark& mark) const {
        const auto line = std::min(static_cast<std::size_t>(std::max(mark.line, 0)), starts_.size() - 1);
        const std::size_t offset = starts_[line] + static_cast<std::size_t>(std::max(mark.column, 0));
        return text_.substr(std::min(offset, text_.size()));
    }
    /// The last line before a mark, or the mark's own, that is a '-' with nothing behind it.
    [[nodiscard]] std::optional<Place> empty_item_before(const YAML::Mark& mark) const {
        constexpr std::string_view blank = " \t\r\n";
        for (std::size_t line =
                 std::min(static_cast<std::size_t>(std::max(mark.line, 0)) + 1, starts_.size());
             line-- > 0;) {
            const std::size_t end = line + 1 < starts_.size() ? starts_[line + 1] : text_.size();
            const std::string_view content = text_.substr(starts_[line], end - starts_[line]);
            const auto dash = content.find_first_not_of(blank);
            if (dash == content.npos || content[dash] == '#') continue;
            const auto rest = content.find_first_not_of(blank, dash + 1);
            if (content[dash] == '-' && (rest == content.npos || content[rest] == '#'))
                return at(starts_[line] + dash);
            // The mark's own line may already hold what follows.
            if (static_cast<int>(line) != mark.line) break;
        }
        return {};
    }

  private:
    [[nodiscard]] int characters(std::size_t start, std::size_t bytes) const {
        const std::string_view part = text_.substr(std::min(start, text_.size()), bytes);
        return static_cast<int>(std::count_if(
            part.begin(), part.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
    }
    std::string_view text_;
    int file_;
    std::vector<std::size_t> starts_;
};

/// Length of the UTF-8 sequence at the start of `text` (RFC 3629), 0 when there is none.
std::size_t utf8_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) return 1;
    const std::size_t length = first >= 0xC2 && first <= 0xDF   ? 2
                               : first >= 0xE0 && first <= 0xEF ? 3
                               : first >= 0xF0 && first <= 0xF4 ? 4
                                                                : 0;
    if (length == 0 || length > text.size()) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xC0) != 0x80) return 0;
    if ((first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) > 0x9F) ||
        (first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) > 0x8F))
        return 0;
    return length;
}

/// Says what keeps `text` from being text at all. yaml-cpp takes 0x04 for the end and guesses encodings.
bool is_text(std::string_view text, const Lines& lines, Complaints& complaints) {
    for (std::size_t i = 0; i < text.size();) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if ((byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7F) {
            complaints.refuse(lines.at(i), "control character " + quoted(text.substr(i, 1)) + "; remove it");
            return false;
        }
        const std::size_t length = utf8_length(text.substr(i));
        if (length == 0) {
            complaints.refuse(lines.at(i),
                              "byte " + std::to_string(byte) + " is not UTF-8; save the file as UTF-8");
            return false;
        }
        i += length;
    }
    return true;
}

/// A null that somebody wrote, and not just the lack of a value.
bool is_written(std::string_view text) {
    return text.starts_with('~') || text.starts_with("null") || text.starts_with("Null") ||
           text.starts_with("NULL");
}

/// yaml-cpp 0.7 ends an open quote quietly at the end of the file, swallowing all keys up to there.
bool is_closed(std::string_view text) {
    if (text.empty() || (text[0] != '"' && text[0] != '\'')) return true;  // a block scalar
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[0] == '"' && text[i] == '\\')
            ++i;
        else if (text[i] == text[0]) {
            if (text[0] == '"' || i + 1 >= text.size() || text[i + 1] != '\'') return true;
            ++i;  // '' is a quote inside single quotes
        }
    }
    return false;
}

class Builder : public YAML::EventHandler {
  public:
    Builder(const Lines& lines, Complaints& complaints) : lines_(lines), complaints_(complaints) {}

    Node take() { return std::move(root_); }

    void OnDocumentStart(const YAML::Mark&) override {
        root_ = Node{};
        open_.clear();
    }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
        Node node;
        node.place = open_.empty() || is_written(lines_.from(mark)) ? lines_.at(mark) : place_for_null(mark);
        add(std::move(node));
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
        complaints_.refuse(lines_.at(mark), "aliases ('*name') are not read here; write the value out");
        Node node;
        node.place = lines_.at(mark);
        add(std::move(node));
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                  const std::string& value) override {
        check_tag(mark, tag);
        if (tag != "?" && !is_closed(lines_.from(mark)))
            throw Refusal{lines_.at(mark), "a quote opens here and never closes; close it"};
        Node node;
        node.kind = Node::Kind::scalar;
        node.place = lines_.at(mark);
        node.text = value;
        node.plain = tag == "?";
        add(std::move(node));
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                         YAML::EmitterStyle::value) override {
        begin(mark, tag, Node::Kind::list);
    }
    void OnSequenceEnd() override { end(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                    YAML::EmitterStyle::value) override {
        begin(mark, tag, Node::Kind::map);
    }
    void OnMapEnd() override { end(); }

  private:
    struct Open {
        Node node;
        std::map<std::string, int> seen = {};  ///< keys of a map, with their lines
        bool value_next = false;
        bool drop_value = false;  ///< the key was refused
    };

    /// yaml-cpp marks a missing value with the place of whatever follows it.
    [[nodiscard]] Place place_for_null(const YAML::Mark& mark) const {
        const Open& parent = open_.back();
        if (parent.value_next && !parent.node.keys.empty()) return parent.node.keys.back().place;
        if (parent.node.kind == Node::Kind::list)
            if (const std::optional<Place> item = lines_.empty_item_before(mark)) return *item;
        return parent.node.place;
    }

    void check_tag(const YAML::Mark& mark, const std::string& tag) {
        if (tag.empty() || tag == "?" || tag == "!") return;
        complaints_.refuse(lines_.at(mark), "tag " + quoted(tag) + " is not read here; remove it");
    }

    void begin(const YAML::Mark& mark, const std::string& tag, Node::Kind kind) {
        check_tag(mark, tag);
        if (open_.size() >= most_config_depth)
            throw Refusal{lines_.at(mark), "nested more than " + std::to_string(most_config_depth) +
                                               " levels deep; check the brackets and the indentation"};
        Open open;
        open.node.kind = kind;
        open.node.place = lines_.at(mark);
        open_.push_back(std::move(open));
    }

    void end() {
        Node node = std::move(open_.back().node);
        open_.pop_back();
        add(std::move(node));
    }

    void add(Node node) {
        if (++values_ > most_config_values)
            throw Refusal{node.place, "more than " + std::to_string(most_config_values) +
                                          " values in one file; split it"};
        if (open_.empty()) {
            root_ = std::move(node);
            return;
        }
        Open& parent = open_.back();
        if (parent.node.kind == Node::Kind::list) {
            parent.node.items.push_back(std::move(node));
        } else if (!parent.value_next) {
            add_key(parent, std::move(node));
        } else {
            if (!parent.drop_value) parent.node.items.push_back(std::move(node));
            parent.value_next = false;
        }
    }

    void add_key(Open& parent, Node key) {
        parent.value_next = true;
        parent.drop_value = true;
        if (key.kind != Node::Kind::scalar) {
            complaints_.refuse(key.place, "a key must be one word, not " + std::string(to_string(key.kind)));
            return;
        }
        const auto [seen, fresh] = parent.seen.emplace(key.text, key.place.line);
        if (!fresh) {
            complaints_.refuse(key.place, "duplicate key " + quoted(key.text) + ", first in line " +
                                              std::to_string(seen->second) + "; remove one of them");
            return;
        }
        parent.drop_value = false;
        parent.node.keys.push_back(std::move(key));
    }

    const Lines& lines_;
    Complaints& complaints_;
    std::vector<Open> open_;
    Node root_;
    std::size_t values_ = 0;
};

}  // namespace

const Node* Node::find(std::string_view key) const {
    for (std::size_t i = 0; i < keys.size(); ++i)
        if (keys[i].text == key) return &items[i];
    return nullptr;
}

std::string_view to_string(Node::Kind kind) {
    switch (kind) {
        case Node::Kind::null:
            return "nothing";
        case Node::Kind::scalar:
            return "a single value";
        case Node::Kind::list:
            return "a list";
        case Node::Kind::map:
            return "a map of keys";
    }
    return "?";
}

std::vector<Node> read_yaml(std::string_view text, int file, Complaints& complaints) {
    if (text.size() > most_config_bytes) {
        complaints.refuse({file, 0, 0}, std::to_string(text.size()) + " bytes are too many; at most " +
                                            std::to_string(most_config_bytes) + " are read");
        return {};
    }
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    const Lines lines(text, file);
    if (!is_text(text, lines, complaints)) return {};

    std::vector<Node> documents;
    Builder builder(lines, complaints);
    try {
        std::istringstream in{std::string(text)};
        YAML::Parser parser(in);
        while (parser.HandleNextDocument(builder))
            documents.push_back(builder.take());
    } catch (const Refusal& refusal) {
        complaints.refuse(refusal.place, refusal.message);
        return {};
    } catch (const YAML::Exception& error) {
        complaints.refuse(lines.at(error.mark),
                          "cannot be read as YAML (" + error.msg +
                              "); check quotes, colons and indentation here and just above");
        return {};
    } catch (const std::exception& error) {
        complaints.refuse({file, 1, 1}, std::string("cannot be read as YAML (") + error.what() + ")");
        return {};
    }
    return documents;
}

Node read_document(std::string_view text, int file, Complaints& complaints) {
    std::vector<Node> documents = read_yaml(text, file, complaints);
    if (documents.empty()) {
        Node none;
        none.place = {file, 1, 1};
        return none;
    }
    for (std::size_t i = 1; i < documents.size(); ++i)
        complaints.refuse(documents[i].place,
                          "a second document ('---') in one file; join them or remove one");
    return std::move(documents.front());
}

}  // namespace sereno
