// The scenario language on top of the configuration's strict reader.
#include <algorithm>
#include <array>
#include <stdexcept>

#include "config/schema.hpp"
#include "config/values.hpp"
#include "scenario.hpp"

namespace sereno::scenario {

namespace {

using PlacedText = Placed<std::string>;

/// Causes that expectations may name before the agent knows them.
constexpr std::array<std::string_view, 11> coming{
    "trust_store", "ipv6",     "path_mtu",   "public_resolver",     "transit",     "platform_dnssec",
    "degraded",    "regional", "shared_cdn", "shared_dns_provider", "cloud_region"};

struct HappeningDraft {
    Placed<Micros> at, until;
    Placed<FaultKind> fault;
    std::vector<PlacedText> of;
    std::vector<std::string> from, only;
    Placed<int> loss{1000, {}};
    Micros flaps{0};
    Placed<Micros> by;
    int status = 0;
    PlacedText how;
};
struct ExpectationDraft {
    std::vector<Decision> says, never, finally;
    std::optional<AlertKind> alert;
    std::optional<std::string> incidents;
    PlacedText subject;
    std::vector<std::string> causes;
    std::vector<Placed<Micros>> between, failed, over;
    std::optional<int> count;
    std::optional<Layer> layer;
};
struct HereDraft {
    std::string country = "ES";
    std::uint32_t asn = 3352;
    bool ipv6 = true, validates = true, proxy = false;
    std::vector<std::string> serves_stale;
};
struct AppDraft {
    std::string name;
    std::vector<std::string> needs;
};
struct ScenarioDraft {
    std::string about;
    std::vector<std::string> watch;
    PlacedText starts{"2026-03-02T09:00:00Z", {}};
    Placed<Micros> length;
    HereDraft here;
    std::map<std::string, Rests> rests;
    std::vector<AppDraft> apps;
    std::vector<std::string> witnesses;
    bool witnesses_given = false;
    std::vector<Placed<HappeningDraft>> timeline;
    std::vector<Placed<ExpectationDraft>> expect;
};

/// "+5:00" is five minutes after the start, "+1:05:00" an hour and five minutes.
Parsed<Micros> parse_offset(std::string_view written) {
    constexpr std::string_view remedy = "is no time since the start; write '+5:00' or '+1:05:00'";
    const Parsed<Micros> bad{{}, std::string{remedy}};
    if (!written.starts_with('+')) return bad;
    std::vector<std::int64_t> parts;
    for (std::string_view rest = written.substr(1);;) {
        const auto colon = rest.find(':');
        const std::string_view part = rest.substr(0, colon);
        if (part.empty() || part.size() > 4 ||
            !std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; }))
            return bad;
        if (!parts.empty() && part.size() != 2) return bad;
        std::int64_t value = 0;
        for (const char c : part)
            value = value * 10 + (c - '0');
        if (!parts.empty() && value > 59) return bad;
        parts.push_back(value);
        if (colon == rest.npos) break;
        rest = rest.substr(colon + 1);
    }
    if (parts.size() < 2 || parts.size() > 3) return bad;
    std::int64_t seconds = 0;
    for (const std::int64_t part : parts)
        seconds = seconds * 60 + part;
    return {std::chrono::seconds{seconds}, {}};
}

Type<Micros> offset() {
    return {[](Check& check, std::string_view key, const Node& node) -> std::optional<Micros> {
        const std::string* written = expect_scalar(check, key, node, "a time since the start like '+5:00'");
        if (written == nullptr) return {};
        const Parsed<Micros> parsed = parse_offset(*written);
        if (!parsed.value) complain_of_value(check, key, node, parsed.wrong);
        return parsed.value;
    }};
}

/// "40%", "2.5%": of requests or packets.
Type<int> share() {
    return {[](Check& check, std::string_view key, const Node& node) -> std::optional<int> {
        const std::string* written = expect_scalar(check, key, node, "a share like '40%'");
        if (written == nullptr) return {};
        std::string digits = *written;
        if (digits.ends_with('%')) {
            digits.pop_back();
            const auto dot = digits.find('.');
            const bool tenths = dot != std::string::npos && dot + 2 == digits.size();
            if (tenths) digits.erase(dot, 1);
            const auto value = parse_integer(digits).value;
            if (value && (dot == std::string::npos || tenths)) {
                const std::int64_t permille = tenths ? *value : *value * 10;
                if (permille >= 1 && permille <= 1000) return static_cast<int>(permille);
            }
        }
        complain_of_value(check, key, node, "is no share; write one from '0.1%' to '100%'");
        return {};
    }};
}

template <class V>
Type<std::vector<V>> one_or_more(Type<V> item) {
    return {[item = std::move(item)](Check& check, std::string_view key,
                                     const Node& node) -> std::optional<std::vector<V>> {
        if (node.kind != Node::Kind::scalar) return plain_list_of(item, 1, 40).read(check, key, node);
        if (auto one = item.read(check, key, node)) return std::vector<V>{std::move(*one)};
        return {};
    }};
}

Type<std::vector<PlacedText>> placed_words() {
    return {
        [](Check& check, std::string_view key, const Node& node) -> std::optional<std::vector<PlacedText>> {
            if (node.kind != Node::Kind::scalar) return list_of(text(64), 1, 40).read(check, key, node);
            if (const auto one = text(64).read(check, key, node))
                return std::vector{PlacedText{*one, node.place}};
            return {};
        }};
}

Type<std::string> cause() {
    return {[](Check& check, std::string_view key, const Node& node) -> std::optional<std::string> {
        const auto word = text(40).read(check, key, node);
        if (!word) return {};
        if (cause_from(*word) || std::find(coming.begin(), coming.end(), *word) != coming.end()) return word;
        complain_of_value(check, key, node, "is no cause; docs/causes-and-failures.md lists them");
        return {};
    }};
}

template <class Enum>
Type<Enum> word_of(std::initializer_list<Enum> values) {
    std::vector<std::pair<std::string, Enum>> named;
    for (const Enum value : values)
        named.emplace_back(sereno::to_string(value), value);
    return choice<Enum>(std::move(named));
}

Type<FaultKind> fault_kind() {
    std::vector<std::pair<std::string, FaultKind>> named;
    for (const FaultShape& shape : fault_shapes())
        named.emplace_back(shape.name, shape.kind);
    return choice<FaultKind>(std::move(named));
}

Type<Micros> length_of_time() {
    return duration(Micros{1'000}, std::chrono::hours{24 * 365 * 60});
}

Type<HappeningDraft> happening() {
    using D = HappeningDraft;
    static const Fields<D> fields{
        required("at", &D::at, offset()),
        required("fault", &D::fault, fault_kind()),
        field("until", &D::until, offset()),
        field("of", &D::of, placed_words()),
        field("from", &D::from, one_or_more(text(64))),
        field("only", &D::only, one_or_more(text(64))),
        field("share", &D::loss, share()),
        field("flaps", &D::flaps, duration(Micros{1'000'000}, std::chrono::hours{1})),
        field("by", &D::by, length_of_time()),
        field("status", &D::status, integer(100, 599)),
        field("how", &D::how, text(40)),
    };
    return object<D>("a line of the timeline", fields);
}

Type<ExpectationDraft> expectation() {
    using D = ExpectationDraft;
    using enum Decision;
    const Type<std::vector<Decision>> decision =
        one_or_more(word_of({none, watch, restart_app, fix_local, declare_outage}));
    static const Fields<D> fields{
        field("says", &D::says, decision),
        field("never", &D::never, decision),
        field("finally", &D::finally, decision),
        field("alert", &D::alert, word_of({AlertKind::opened, AlertKind::recovered})),
        field("incidents", &D::incidents,
              choice<std::string>(
                  {{"outage", "outage"}, {"local", "local"}, {"app", "app"}, {"unknown", "unknown"}})),
        field("subject", &D::subject, text(64)),
        field("because", &D::causes, plain_list_of(cause(), 1, 12)),
        field("between", &D::between, list_of(offset(), 2, 2)),
        field("layer", &D::layer, word_of({Layer::routes, Layer::dns, Layer::edge, Layer::application})),
        field("failed", &D::failed, list_of(offset(), 2, 2)),
        field("over", &D::over, list_of(offset(), 2, 2)),
        field("count", &D::count, integer(0, 100)),
    };
    return object<D>("an expectation", fields);
}

Type<HereDraft> here() {
    using D = HereDraft;
    static const Fields<D> fields{
        field("country", &D::country, text(2)),
        field("as", &D::asn, as_number()),
        field("ipv6", &D::ipv6, flag()),
        field("validates", &D::validates, flag()),
        field("proxy", &D::proxy, flag()),
        field("serves_stale", &D::serves_stale, one_or_more(text(64))),
    };
    return object<D>("here", fields);
}

Type<std::map<std::string, Rests>> rests() {
    static const Fields<Rests> fields{
        field("dns", &Rests::dns, name()),
        field("edge", &Rests::edge, name()),
        field("region", &Rests::region, name()),
        field("ttl", &Rests::ttl, duration(Micros{1'000'000}, std::chrono::hours{48})),
    };
    return {[](Check& check, std::string_view key,
               const Node& node) -> std::optional<std::map<std::string, Rests>> {
        if (!expect_map(check, key, node)) return {};
        std::map<std::string, Rests> out;
        const Type<Rests> one = object<Rests>("what a platform rests on", fields);
        for (std::size_t i = 0; i < node.keys.size(); ++i)
            if (const auto value = one.read(check, node.keys[i].text, node.items[i]))
                out[node.keys[i].text] = *value;
        return out;
    }};
}

Type<AppDraft> app() {
    static const Fields<AppDraft> fields{
        required("name", &AppDraft::name, name()),
        field("needs", &AppDraft::needs, one_or_more(text(64))),
    };
    return object<AppDraft>("an app", fields);
}

const std::vector<std::string> every_witness{"ris_live", "ripestat", "globalping", "status_pages"};

Type<std::vector<std::string>> witness_list() {
    std::vector<std::pair<std::string, std::string>> named;
    for (const std::string& witness : every_witness)
        named.emplace_back(witness, witness);
    return plain_list_of(choice<std::string>(std::move(named)), 0, 4);
}

const Fields<ScenarioDraft>& scenario_fields() {
    using D = ScenarioDraft;
    static const Fields<D> fields{
        required("about", &D::about, text(300)),
        required("watch", &D::watch, plain_list_of(name(), 1, 40)),
        field("starts", &D::starts, text(40)),
        required("length", &D::length, offset()),
        field("here", &D::here, here()),
        field("rests", &D::rests, rests()),
        field("apps", &D::apps, plain_list_of(app(), 1, 8)),
        field("witnesses", &D::witnesses, witness_list()),
        field("timeline", &D::timeline, list_of(happening(), 0, 200)),
        required("expect", &D::expect, list_of(expectation(), 1, 100)),
    };
    return fields;
}

/// What is written becomes what is meant; what contradicts itself is complained of.
class Assembly {
  public:
    Assembly(Complaints& complaints, const ScenarioDraft& draft) : complaints_(complaints), draft_(draft) {}

    Scenario assemble(const std::string& name, Place whole) {
        scenario_.name = name;
        scenario_.about = draft_.about;
        scenario_.length = draft_.length.value;
        if (const auto starts = parse_rfc3339(draft_.starts.value))
            scenario_.starts = *starts;
        else
            refuse(draft_.starts.place, "starts " + quoted(draft_.starts.value) +
                                            " is not a UTC time; write it as '2021-10-04T15:30:00Z'");
        try {
            scenario_.settings = settings_for(draft_.watch, configuration());
        } catch (const std::runtime_error& error) {
            refuse(whole, error.what());
            return {};
        }
        const HereDraft& here = draft_.here;
        scenario_.world.home = {here.country, here.asn, here.ipv6, here.validates, here.serves_stale};
        scenario_.world.rests = draft_.rests;
        scenario_.world.has_proxy = here.proxy;
        names_ = Ground(scenario_.settings.watch, draft_.rests, {}).names();
        for (const auto& happening : draft_.timeline)
            scenario_.world.faults.push_back(fault_of(happening));
        for (const auto& expectation : draft_.expect)
            scenario_.expect.push_back(expectation_of(expectation));
        return std::move(scenario_);
    }

  private:
    void refuse(Place place, std::string message) { complaints_.refuse(place, std::move(message)); }

    [[nodiscard]] std::string configuration() const {
        std::string text;
        if (draft_.here.proxy)
            text += "proxy: {http: \"http://192.168.1.9:3128\", https: \"http://192.168.1.9:3128\"}\n";
        if (!draft_.apps.empty()) text += "apps:\n";
        for (const AppDraft& app : draft_.apps)
            text += "  - {name: " + app.name + ", needs: [" + joined(app.needs) +
                    "], health: {url: \"http://127.0.0.1:3000/\"}, restart: [systemctl, restart, " +
                    app.name + "]}\n";
        if (!draft_.witnesses_given) return text;
        text += "witnesses:\n";
        for (const std::string& witness : every_witness)
            if (std::find(draft_.witnesses.begin(), draft_.witnesses.end(), witness) ==
                draft_.witnesses.end())
                text += "  " + witness + ": false\n";
        if (draft_.witnesses.size() == every_witness.size()) text += "  status_pages: true\n";
        return text;
    }

    Fault fault_of(const Placed<HappeningDraft>& placed) {
        const HappeningDraft& d = placed.value;
        const FaultShape& shape = shape_of(d.fault.value);
        const std::string kind = "fault " + quoted(shape.name);
        Fault fault{.kind = d.fault.value, .from = d.from, .only = d.only};
        fault.begins = scenario_.starts + d.at.value;
        fault.ends = d.until.given() ? scenario_.starts + d.until.value : Stamp::max();
        if (fault.ends <= fault.begins) refuse(d.until.place, "until is not later than at; mend one of them");
        fault.loss_permille = d.loss.value;
        fault.flaps = d.flaps;
        fault.by = d.by.value;
        fault.status = d.status;
        fault.how = d.how.value;
        if (shape.wants_by && !d.by.given()) refuse(placed.place, kind + " does not say how much; add 'by'");
        if (!fault.how.empty() && std::find(shape.how.begin(), shape.how.end(), fault.how) == shape.how.end())
            refuse(d.how.place, kind + " knows no 'how' " + quoted(fault.how) + known_hows(shape));
        if (fault.how.empty() && !shape.how.empty()) fault.how = shape.how.front();
        if (d.fault.given()) check_of(d, shape, kind, placed.place);
        for (const PlacedText& of : d.of)
            fault.of.push_back(of.value);
        return fault;
    }

    static std::string known_hows(const FaultShape& shape) {
        std::string text;
        for (const std::string_view how : shape.how)
            text += (text.empty() ? "; known here: " : ", ") + std::string{how};
        return text.empty() ? "; leave it out" : text;
    }

    void check_of(const HappeningDraft& d, const FaultShape& shape, const std::string& kind, Place place) {
        using enum FaultShape::OfWhat;
        if (shape.of == nobody) {
            if (!d.of.empty()) refuse(d.of.front().place, kind + " is nobody else's; remove 'of'");
            return;
        }
        if (d.of.empty()) return refuse(place, kind + " does not say whose; add 'of'");
        std::vector<std::string> known = names_;
        if (shape.of == witness) known = {"ris-live", "ripestat", "globalping", "status"};
        if (shape.of == resolver || d.fault.value == FaultKind::way_lost)
            for (const Resolver& one : scenario_.settings.watch.resolvers)
                known.push_back(std::string{shape.of == resolver ? "" : "resolver:"} + one.server.name);
        if (shape.of == FaultShape::OfWhat::app) {
            known.clear();
            for (const App& app : scenario_.settings.watch.apps)
                known.push_back(app.id.value);
        }
        for (const PlacedText& of : d.of)
            if (std::find(known.begin(), known.end(), of.value) == known.end())
                refuse(of.place, "of " + quoted(of.value) + " is nobody here" + suggestion(of.value, known));
    }

    Expectation expectation_of(const Placed<ExpectationDraft>& placed) {
        const ExpectationDraft& d = placed.value;
        Expectation out{.subject = d.subject.value,
                        .causes = d.causes,
                        .between = {Micros{0}, scenario_.length},
                        .count = d.count};
        const int kinds = int{!d.says.empty()} + int{!d.never.empty()} + int{!d.finally.empty()} +
                          int{d.alert.has_value()} + int{d.incidents.has_value()} + int{d.layer.has_value()};
        if (kinds != 1)
            refuse(placed.place,
                   "an expectation is one of says, never, finally, alert, incidents and layer; write exactly "
                   "one");
        using enum Expectation::Kind;
        if (!d.says.empty()) out.kind = says, out.decisions = d.says;
        if (!d.never.empty()) out.kind = never, out.decisions = d.never;
        if (!d.finally.empty()) out.kind = finally, out.decisions = d.finally;
        if (d.alert) out.kind = alert, out.alert = *d.alert;
        if (d.incidents) out.kind = incidents, out.incidents = *d.incidents;
        if (d.layer) out.kind = Expectation::Kind::layer, out.layer = *d.layer;
        if (d.layer && d.subject.value.empty())
            refuse(placed.place, "a layer is a subject's; write subject too");
        if (!d.layer && !(d.failed.empty() && d.over.empty()))
            refuse(placed.place, "failed and over are a layer's; write layer too");
        if (const auto window = window_of("between", d.between)) out.between = *window;
        out.failed = window_of("failed", d.failed);
        out.over = window_of("over", d.over);
        check_subject(d, out);
        return out;
    }

    std::optional<Window> window_of(const std::string& key, const std::vector<Placed<Micros>>& ends) {
        if (ends.size() != 2) return std::nullopt;
        const Window window{ends[0].value, ends[1].value};
        if (window.to < window.from) refuse(ends[1].place, key + " ends before it begins; swap the times");
        if (window.to > scenario_.length)
            refuse(ends[1].place, key + " ends after the scenario; make length longer");
        return window;
    }

    void check_subject(const ExpectationDraft& d, const Expectation& out) {
        if (out.kind == Expectation::Kind::incidents || out.kind == Expectation::Kind::alert) return;
        const Watch& watch = scenario_.settings.watch;
        std::vector<std::string> known{"host"};
        for (const Platform& platform : watch.platforms)
            known.push_back(platform.id.value);
        for (const App& app : watch.apps)
            known.push_back(app.id.value);
        const std::string& subject = d.subject.value;
        if (!subject.empty() && std::find(known.begin(), known.end(), subject) == known.end())
            refuse(d.subject.place,
                   "subject " + quoted(subject) + " is not watched" + suggestion(subject, known));
    }

    Complaints& complaints_;
    const ScenarioDraft& draft_;
    Scenario scenario_;
    std::vector<std::string> names_;
};

}  // namespace

LoadedScenario read_scenario(std::string_view text, const std::string& name, const std::string& file) {
    Complaints complaints;
    const int number = complaints.open(file);
    Check check{complaints, {}};
    const Node root = read_document(text, number, complaints);
    ScenarioDraft draft;
    if (expect_map(check, "the scenario", root))
        read_fields(check, "the scenario", root, scenario_fields(), draft);
    draft.witnesses_given = root.find("witnesses") != nullptr;
    if (complaints.refused()) return {{}, complaints.sorted()};
    Scenario scenario = Assembly(complaints, draft).assemble(name, {number, 1, 1});
    return {std::move(scenario), complaints.sorted()};
}

}  // namespace sereno::scenario
