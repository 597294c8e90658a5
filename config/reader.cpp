// On top of yaml-cpp's events, because its nodes forget duplicate keys and what was written.
#include "config/reader.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <map>
#include <optional>
#include <sstream>

#include "config/source.hpp"

namespace sereno {

namespace {

struct Refusal {
    Place place;
    std::string message;
};

Source::Spot spot_of(const YAML::Mark& mark) {
    return {mark.line, mark.column};
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
    Builder(const Source& source, Complaints& complaints) : source_(source), complaints_(complaints) {}

    Node take() { return std::move(root_); }

    void OnDocumentStart(const YAML::Mark&) override {
        root_ = Node{};
        open_.clear();
    }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
        Node node;
        node.place = open_.empty() || is_written(source_.from(spot_of(mark))) ? source_.at(spot_of(mark))
                                                                              : place_for_null(mark);
        add(std::move(node));
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
        complaints_.refuse(source_.at(spot_of(mark)),
                           "aliases ('*name') are not read here; write the value out");
        Node node;
        node.place = source_.at(spot_of(mark));
        add(std::move(node));
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                  const std::string& value) override {
        check_tag(mark, tag);
        if (tag != "?" && !is_closed(source_.from(spot_of(mark))))
            throw Refusal{source_.at(spot_of(mark)), "a quote opens here and never closes; close it"};
        Node node;
        node.kind = Node::Kind::scalar;
        node.place = source_.at(spot_of(mark));
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
            if (const std::optional<Place> item = source_.empty_item_before(spot_of(mark))) return *item;
        return parent.node.place;
    }

    void check_tag(const YAML::Mark& mark, const std::string& tag) {
        if (tag.empty() || tag == "?" || tag == "!") return;
        complaints_.refuse(source_.at(spot_of(mark)), "tag " + quoted(tag) + " is not read here; remove it");
    }

    void begin(const YAML::Mark& mark, const std::string& tag, Node::Kind kind) {
        check_tag(mark, tag);
        if (open_.size() >= most_config_depth)
            throw Refusal{source_.at(spot_of(mark)),
                          "nested more than " + std::to_string(most_config_depth) +
                              " levels deep; check the brackets and the indentation"};
        Open open;
        open.node.kind = kind;
        open.node.place = source_.at(spot_of(mark));
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

    const Source& source_;
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
    // yaml-cpp takes 0x04 for the end and guesses at encodings.
    const Source source(text, file);
    if (!source.check(complaints)) return {};

    std::vector<Node> documents;
    Builder builder(source, complaints);
    try {
        std::istringstream in{std::string(text)};
        YAML::Parser parser(in);
        while (parser.HandleNextDocument(builder))
            documents.push_back(builder.take());
    } catch (const Refusal& refusal) {
        complaints.refuse(refusal.place, refusal.message);
        return {};
    } catch (const YAML::Exception& error) {
        complaints.refuse(source.at(spot_of(error.mark)),
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
