// Lists of the model as text for a database column, and back. What comes back may have been written by
// anyone.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/system/errc.hpp>
#include <limits>

#include "agent/json/json.hpp"

namespace sereno {

namespace json = boost::json;

namespace {

constexpr std::size_t most_bytes = 1 << 20;
constexpr std::size_t most_items = 1000;

/// Reads fields; the first that is missing or of another kind makes everything after it worthless.
class Fields {
  public:
    Fields(const json::value& value, bool& good) : object_(value.if_object()), good_(good) {
        if (!object_) good_ = false;
    }

    /// What earlier versions did not write.
    [[nodiscard]] bool has(std::string_view name) const { return good_ && object_->if_contains(name); }

    const json::value* field(std::string_view name) {
        const json::value* found = good_ ? object_->if_contains(name) : nullptr;
        if (!found) good_ = false;
        return found;
    }
    std::string text(std::string_view name) {
        const json::value* found = field(name);
        const json::string* string = found ? found->if_string() : nullptr;
        if (!string) good_ = false;
        return string ? std::string{string->data(), string->size()} : std::string{};
    }
    std::int64_t number(std::string_view name) {
        const json::value* found = field(name);
        const std::int64_t* integer = found ? found->if_int64() : nullptr;
        if (!integer) good_ = false;
        return integer ? *integer : 0;
    }
    int integer(std::string_view name) {
        const std::int64_t value = number(name);
        if (value < std::numeric_limits<int>::min() || value > std::numeric_limits<int>::max()) good_ = false;
        return good_ ? static_cast<int>(value) : 0;
    }
    Stamp stamp(std::string_view name) { return Stamp{Micros{number(name)}}; }
    std::optional<Stamp> maybe_stamp(std::string_view name) {
        const json::value* found = field(name);
        return found && !found->is_null() ? std::optional{stamp(name)} : std::nullopt;
    }
    template <class Enum>
    Enum code(std::string_view name, std::optional<Enum> (*from)(std::string_view)) {
        const std::optional<Enum> known = from(text(name));
        if (!known) good_ = false;
        return known.value_or(Enum{});
    }
    const json::array& list(std::string_view name) {
        static const json::array none;
        const json::value* found = field(name);
        const json::array* array = found ? found->if_array() : nullptr;
        if (!array || array->size() > most_items) good_ = false;
        return good_ ? *array : none;
    }

  private:
    const json::object* object_;
    bool& good_;
};

/// A number that is not negative, whichever way the parser held it.
std::optional<std::uint64_t> unsigned_of(const json::value& value) {
    if (const std::uint64_t* big = value.if_uint64()) return *big;
    if (const std::int64_t* small = value.if_int64(); small && *small >= 0) return *small;
    return std::nullopt;
}

Evidence evidence_of(const json::value& value, bool& good) {
    Fields fields{value, good};
    Evidence evidence;
    evidence.rule = fields.text("rule");
    evidence.group = fields.code("group", group_from);
    evidence.weight = fields.integer("weight");
    for (const json::value& id : fields.list("basis")) {
        const auto number = unsigned_of(id);
        if (!number) good = false;
        evidence.basis.push_back(ObservationId{number.value_or(0)});
    }
    for (const json::value& pair : fields.list("facts")) {
        const json::array* two = pair.if_array();
        if (!two || two->size() != 2 || !(*two)[0].is_string() || !(*two)[1].is_string()) {
            good = false;
            break;
        }
        const json::string &name = (*two)[0].get_string(), &fact = (*two)[1].get_string();
        evidence.facts.emplace_back(std::string{name.data(), name.size()},
                                    std::string{fact.data(), fact.size()});
    }
    return evidence;
}

Alternative alternative_of(const json::value& value, bool& good) {
    Fields fields{value, good};
    Alternative alternative;
    alternative.cause = fields.code("cause", cause_from);
    alternative.permille = fields.integer("permille");
    alternative.against = fields.text("against");
    return alternative;
}

RuleId rule_of(const json::value& value, bool& good) {
    const json::string* text = value.if_string();
    if (!text) good = false;
    return text ? RuleId{text->data(), text->size()} : RuleId{};
}

LayerTimeline layer_of(const json::value& value, bool& good) {
    Fields fields{value, good};
    LayerTimeline layer;
    layer.layer = fields.code("layer", layer_from);
    layer.state = fields.code("state", layer_state_from);
    layer.since = fields.stamp("since");
    layer.failed = fields.maybe_stamp("failed");
    layer.over = fields.maybe_stamp("over");
    return layer;
}

IncidentSubject subject_of(const json::value& value, bool& good) {
    Fields fields{value, good};
    IncidentSubject subject;
    subject.subject = SubjectId{fields.text("subject")};
    subject.name = fields.text("name");
    subject.decision = fields.code("decision", decision_from);
    subject.cause = fields.code("cause", cause_from);
    subject.since = fields.stamp("since");
    subject.over = fields.maybe_stamp("over");
    if (fields.has("layers"))
        for (const json::value& layer : fields.list("layers"))
            subject.layers.push_back(layer_of(layer, good));
    if (subject.layers.size() > layer_count) good = false;
    return subject;
}

template <class Item>
boost::system::result<std::vector<Item>> unpack(std::string_view text,
                                                Item (*item_of)(const json::value&, bool&)) {
    const auto bad = [] { return boost::system::errc::make_error_code(boost::system::errc::bad_message); };
    if (text.size() > most_bytes) return bad();
    json::parse_options options;
    options.max_depth = 8;
    options.allow_invalid_utf8 = true;  // a name may be any bytes; it must come back as it went in
    boost::system::error_code error;
    const json::value value = json::parse(text, error, {}, options);
    if (error) return error;
    const json::array* array = value.if_array();
    if (!array || array->size() > most_items) return bad();
    bool good = true;
    std::vector<Item> items;
    items.reserve(array->size());
    for (const json::value& one : *array) {
        items.push_back(item_of(one, good));
        if (!good) return bad();
    }
    return items;
}

json::value packed(std::optional<Stamp> at) {
    if (!at) return nullptr;
    return at->time_since_epoch().count();
}

json::object packed(const LayerTimeline& layer) {
    return {{"layer", to_string(layer.layer)},
            {"state", to_string(layer.state)},
            {"since", packed(layer.since)},
            {"failed", packed(layer.failed)},
            {"over", packed(layer.over)}};
}

}  // namespace

std::string pack_evidence(const std::vector<Evidence>& evidence) {
    json::array list;
    for (const Evidence& one : evidence) {
        if (list.size() == most_items) break;
        json::array basis, facts;
        for (const ObservationId id : one.basis)
            if (basis.size() < most_items) basis.push_back(id.value);
        for (const auto& [name, value] : one.facts)
            if (facts.size() < most_items)
                facts.push_back(json::array{json::string{name}, json::string{value}});
        list.push_back(json::object{{"rule", one.rule},
                                    {"group", to_string(one.group)},
                                    {"weight", one.weight},
                                    {"basis", std::move(basis)},
                                    {"facts", std::move(facts)}});
    }
    return json::serialize(list);
}

boost::system::result<std::vector<Evidence>> unpack_evidence(std::string_view text) {
    return unpack<Evidence>(text, evidence_of);
}

std::string pack_alternatives(const std::vector<Alternative>& alternatives) {
    json::array list;
    for (const Alternative& one : alternatives)
        if (list.size() < most_items)
            list.push_back(json::object{
                {"cause", to_string(one.cause)}, {"permille", one.permille}, {"against", one.against}});
    return json::serialize(list);
}

boost::system::result<std::vector<Alternative>> unpack_alternatives(std::string_view text) {
    return unpack<Alternative>(text, alternative_of);
}

std::string pack_rules(const std::vector<RuleId>& rules) {
    json::array list;
    for (const RuleId& one : rules)
        if (list.size() < most_items) list.push_back(json::string{one});
    return json::serialize(list);
}

boost::system::result<std::vector<RuleId>> unpack_rules(std::string_view text) {
    return unpack<RuleId>(text, rule_of);
}

std::string pack_subjects(const std::vector<IncidentSubject>& subjects) {
    json::array list;
    for (const IncidentSubject& one : subjects) {
        if (list.size() == most_items) break;
        json::array layers;
        for (const LayerTimeline& layer : one.layers)
            if (layers.size() < layer_count) layers.push_back(packed(layer));
        list.push_back(json::object{{"subject", one.subject.value},
                                    {"name", one.name},
                                    {"decision", to_string(one.decision)},
                                    {"cause", to_string(one.cause)},
                                    {"since", packed(one.since)},
                                    {"over", packed(one.over)},
                                    {"layers", std::move(layers)}});
    }
    return json::serialize(list);
}

boost::system::result<std::vector<IncidentSubject>> unpack_subjects(std::string_view text) {
    return unpack<IncidentSubject>(text, subject_of);
}

}  // namespace sereno
