#include "agent/rehearsal/scenario_draft.hpp"

#include <algorithm>

#include "agent/rehearsal/world.hpp"

namespace sereno::rehearsal {

namespace {

using PlacedText = Placed<std::string>;

struct StretchDraft {
    PlacedText from, to;
    int times = 1;
};
struct HappeningDraft {
    PlacedText at;
    std::vector<std::pair<PlacedText, Placed<Condition>>> set;
    std::string say;
};
struct ExpectationDraft {
    Placed<Decision> decision, never, finally;
    PlacedText incidents, subject;
    Placed<AlertKind> alert, no_alert;
    Placed<bool> in_order;
    std::vector<Cause> because;
    std::vector<PlacedText> between;
    std::optional<int> count;
    std::optional<bool> alone;
    std::string channel;
};
struct ScenarioDraft {
    std::string id, title;
    PlacedText starts, ends;
    int speed = 60;
    std::vector<Placed<StretchDraft>> fast_forward;
    std::vector<Placed<HappeningDraft>> timeline;
    std::vector<Placed<ExpectationDraft>> expect;
    WorldPlan world;
};

template <class Enum>
Type<Enum> word_of(std::initializer_list<Enum> values) {
    std::vector<std::pair<std::string, Enum>> words;
    for (const Enum value : values)
        words.emplace_back(sereno::to_string(value), value);
    return choice<Enum>(std::move(words));
}

Type<Decision> decision() {
    using enum Decision;
    return word_of({none, watch, restart_app, fix_local, declare_outage});
}

Type<Cause> cause() {
    using enum Cause;
    return word_of({all_well,
                    insufficient_evidence,
                    suspicion,
                    own_app,
                    host,
                    clock,
                    lan,
                    isp,
                    resolver,
                    policy,
                    platform_dns,
                    platform_routing,
                    platform_network,
                    platform_edge,
                    platform_application,
                    blocked_here,
                    trust_store,
                    ipv6,
                    path_mtu,
                    public_resolver,
                    transit,
                    platform_dnssec,
                    degraded,
                    regional,
                    shared_cdn,
                    shared_dns_provider,
                    cloud_region});
}

Type<Condition> condition() {
    std::vector<std::pair<std::string, Condition>> words;
    for (int i = 0; i <= static_cast<int>(last_condition); ++i)
        words.emplace_back(to_string(static_cast<Condition>(i)), static_cast<Condition>(i));
    return choice<Condition>(std::move(words));
}

/// A map from patterns of nodes to conditions.
Type<std::vector<std::pair<PlacedText, Placed<Condition>>>> changes() {
    using Changes = std::vector<std::pair<PlacedText, Placed<Condition>>>;
    return {[](Check& check, std::string_view key, const Node& node) -> std::optional<Changes> {
        if (!expect_map(check, key, node)) return {};
        Changes out;
        for (std::size_t i = 0; i < node.keys.size(); ++i)
            if (const auto value = condition().read(check, node.keys[i].text, node.items[i]))
                out.push_back({{node.keys[i].text, node.keys[i].place}, {*value, node.items[i].place}});
        return out;
    }};
}

/// A text, or texts by language, of which the English one counts here.
Type<std::string> title() {
    return {[](Check& check, std::string_view key, const Node& node) -> std::optional<std::string> {
        if (node.kind != Node::Kind::map) return text(200).read(check, key, node);
        const Node* english = node.find("en");
        if (english != nullptr) return text(200).read(check, key, *english);
        check.complaints.refuse(node.place, std::string(key) + " has no 'en'; add it");
        return {};
    }};
}

Type<StretchDraft> stretch() {
    static const Fields<StretchDraft> fields{
        required("from", &StretchDraft::from, text(40)),
        required("to", &StretchDraft::to, text(40)),
        required("times", &StretchDraft::times, integer(2, 100)),
    };
    return object<StretchDraft>("fast_forward", fields);
}

Type<HappeningDraft> happening() {
    static const Fields<HappeningDraft> fields{
        required("at", &HappeningDraft::at, text(40)),
        field("set", &HappeningDraft::set, changes()),
        field("say", &HappeningDraft::say, title()),
    };
    return object<HappeningDraft>("timeline entry", fields);
}

Type<ExpectationDraft> expectation() {
    using D = ExpectationDraft;
    const Type<AlertKind> alert = word_of({AlertKind::opened, AlertKind::recovered});
    static const Fields<D> fields{
        field("decision", &D::decision, decision()),
        field("never", &D::never, decision()),
        field("finally", &D::finally, decision()),
        field("incidents", &D::incidents, text(100)),
        field("alert", &D::alert, alert),
        field("no_alert", &D::no_alert, alert),
        field("in_order", &D::in_order, flag()),
        field("subject", &D::subject, text(100)),
        field("causes", &D::because, plain_list_of(cause(), 1, 27)),
        field("between", &D::between, list_of(text(40), 2, 2)),
        field("count", &D::count, integer(0, 1000)),
        field("alone", &D::alone, flag()),
        field("channel", &D::channel, choice<std::string>({{"mail", "mail"}, {"sms", "sms"}})),
    };
    return object<D>("expectation", fields);
}

/// Turns the drafts into a scenario once the first time, `starts`, is known.
class Assembly {
  public:
    Assembly(Check& check, const ScenarioDraft& draft, Place whole)
        : complaints_(check.complaints), draft_(draft), whole_(whole) {}

    Scenario assemble() {
        scenario_.id = draft_.id;
        scenario_.title = draft_.title.empty() ? draft_.id : draft_.title;
        scenario_.speed = draft_.speed;
        scenario_.world = draft_.world;
        nodes_ = node_names(scenario_.world);
        const auto starts = parse_rfc3339(draft_.starts.value);
        if (!starts) {
            refuse(draft_.starts.place, "starts " + quoted(draft_.starts.value) +
                                            " is not a UTC time; write it as '2021-10-04T15:30:00Z'");
            return {};
        }
        scenario_.starts = scenario_.ends = *starts;
        if (const auto ends = time(draft_.ends, "ends")) scenario_.ends = *ends;
        if (scenario_.ends <= scenario_.starts)
            refuse(draft_.ends.place, "ends is not after starts; move it");
        for (const auto& one : draft_.fast_forward)
            add(one.value);
        for (const auto& one : draft_.timeline)
            add(one.value);
        for (const auto& one : draft_.expect)
            add(one.value, one.place);
        if (draft_.expect.empty()) refuse(whole_, "scenario expects nothing; add one expectation at least");
        return std::move(scenario_);
    }

  private:
    void refuse(Place place, std::string message) { complaints_.refuse(place, std::move(message)); }

    /// "15:39", "15:53:47" on the day of the start or, if that lies before it, the day after; or RFC 3339.
    std::optional<Stamp> time(const PlacedText& written, std::string_view key) {
        using std::chrono::days;
        std::string text = written.value;
        if (const auto full = parse_rfc3339(text)) return within(*full, written, key);
        if (text.size() == 5) text += ":00";
        const std::string date = rfc3339(scenario_.starts).substr(0, 11);
        auto at = text.size() == 8 ? parse_rfc3339(date + text + "Z") : std::nullopt;
        if (!at) {
            refuse(written.place,
                   std::string(key) + " " + quoted(written.value) +
                       " is not a UTC time; write it as '15:39', '15:53:47' or '2021-10-04T15:39:00Z'");
            return {};
        }
        if (*at < scenario_.starts) *at += days{1};
        return within(*at, written, key);
    }

    std::optional<Stamp> within(Stamp at, const PlacedText& written, std::string_view key) {
        const bool too_late = scenario_.ends > scenario_.starts && at > scenario_.ends;
        if (at >= scenario_.starts && !too_late && at - scenario_.starts <= std::chrono::days{7}) return at;
        refuse(written.place,
               std::string(key) + " " + quoted(written.value) +
                   " lies outside the scenario, which lasts from starts to ends and at most 7 days");
        return {};
    }

    void add(const StretchDraft& draft) {
        const auto from = time(draft.from, "from"), to = time(draft.to, "to");
        if (!from || !to) return;
        const bool overlaps = !scenario_.fast_forward.empty() && *from < scenario_.fast_forward.back().to;
        if (*to <= *from || overlaps)
            refuse(draft.from.place,
                   "a fast_forward stretch must end after it begins and begin after the one before it");
        scenario_.fast_forward.push_back({*from, *to, static_cast<double>(draft.times)});
    }

    void add(const HappeningDraft& draft) {
        const auto at = time(draft.at, "at");
        for (const auto& [pattern, value] : draft.set)
            check_change(pattern, value);
        if (!at) return;
        if (!scenario_.timeline.empty() && *at < scenario_.timeline.back().at)
            refuse(draft.at.place,
                   "at " + quoted(draft.at.value) + " is before the entry above it; sort the timeline");
        Happening happening{*at, {}, draft.say};
        for (const auto& [pattern, value] : draft.set)
            happening.set.emplace_back(pattern.value, value.value);
        scenario_.timeline.push_back(std::move(happening));
    }

    void check_change(const PlacedText& pattern, const Placed<Condition>& value) {
        bool known = false;
        for (const std::string& node : nodes_) {
            if (!means(pattern.value, node)) continue;
            known = true;
            const auto possible = conditions_of(node);
            if (std::find(possible.begin(), possible.end(), value.value) != possible.end()) continue;
            std::vector<std::string> words;
            words.reserve(possible.size());
            for (const Condition one : possible)
                words.emplace_back(to_string(one));
            return refuse(value.place, quoted(node) + " cannot be " + quoted(to_string(value.value)) +
                                           "; it can be " + joined(words));
        }
        if (!known)
            refuse(pattern.place, quoted(pattern.value) + " names nothing in this world" +
                                      suggestion(pattern.value, nodes_));
    }

    void add(const ExpectationDraft& draft, Place place) {
        using Kind = Expectation::Kind;
        Expectation e;
        int kinds = 0;
        const auto is = [&](bool given, Kind kind) {
            if (!given) return false;
            ++kinds;
            e.kind = kind;
            return true;
        };
        if (is(draft.decision.given(), Kind::decision)) e.decision = draft.decision.value;
        if (is(draft.never.given(), Kind::never)) e.decision = draft.never.value;
        if (is(draft.finally.given(), Kind::finally)) e.decision = draft.finally.value;
        if (is(draft.incidents.given(), Kind::incidents)) e.key = draft.incidents.value;
        if (is(draft.alert.given(), Kind::alert)) e.alert = draft.alert.value;
        if (is(draft.no_alert.given(), Kind::no_alert)) e.alert = draft.no_alert.value;
        is(draft.in_order.given(), Kind::in_order);
        if (kinds != 1)
            refuse(place,
                   "an expectation is exactly one of decision, never, finally, incidents, alert, no_alert, "
                   "in_order");
        if (e.kind == Kind::finally && draft.subject.value.empty())
            refuse(place, "finally needs a 'subject'; add it");
        check_subject(draft.subject);
        e.subject = draft.subject.value;
        e.causes = draft.because;
        e.count = draft.count;
        e.alone = draft.alone;
        e.channel = draft.channel;
        if (draft.between.size() == 2) {
            const auto from = time(draft.between[0], "between"), to = time(draft.between[1], "between");
            if (from && to) {
                if (*to < *from)
                    refuse(draft.between[1].place, "between ends before it begins; swap its two times");
                e.between = Window{*from, *to};
            }
        }
        scenario_.expect.push_back(std::move(e));
    }

    void check_subject(const PlacedText& subject) {
        if (!subject.given()) return;
        std::vector<std::string> known{"host"};
        for (const PlatformPlan& one : scenario_.world.platforms)
            known.push_back(one.id);
        for (const AppPlan& one : scenario_.world.apps)
            known.push_back("app:" + one.name);
        if (std::find(known.begin(), known.end(), subject.value) == known.end())
            refuse(subject.place, "subject " + quoted(subject.value) + " is not in this world" +
                                      suggestion(subject.value, known));
    }

    Complaints& complaints_;
    const ScenarioDraft& draft_;
    Place whole_;
    Scenario scenario_;
    std::vector<std::string> nodes_;
};

}  // namespace

Scenario scenario_from(Check& check, const Node& root) {
    static const Fields<ScenarioDraft> fields{
        required("scenario", &ScenarioDraft::id, name()),
        field("title", &ScenarioDraft::title, title()),
        required("starts", &ScenarioDraft::starts, text(40)),
        required("ends", &ScenarioDraft::ends, text(40)),
        field("speed", &ScenarioDraft::speed, integer(1, fastest)),
        field("fast_forward", &ScenarioDraft::fast_forward, list_of(stretch(), 0, 50)),
        {"world", true,
         [](Check& c, const Node& node, ScenarioDraft& into) { into.world = world_from(c, node); }},
        required("timeline", &ScenarioDraft::timeline, list_of(happening(), 1, 1000)),
        required("expect", &ScenarioDraft::expect, list_of(expectation(), 1, 200)),
    };
    ScenarioDraft draft;
    if (!expect_map(check, "scenario", root)) return {};
    read_fields(check, "scenario", root, fields, draft);
    if (check.complaints.refused()) return {};
    return Assembly(check, draft, root.place).assemble();
}

}  // namespace sereno::rehearsal
