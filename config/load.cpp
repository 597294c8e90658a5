// Reads everything, looks up what refers to something else, completes it, and expands it into probes.
#include "config/load.hpp"

#include <algorithm>
#include <set>

#include "config/catalogue.hpp"
#include "config/channels.hpp"
#include "config/defaults.hpp"
#include "config/draft.hpp"
#include "config/expand.hpp"
#include "config/people.hpp"
#include "config/playbooks.hpp"
#include "config/proxy.hpp"
#include "config/recipes.hpp"
#include "config/secrets.hpp"

namespace sereno {

namespace {

class Loader {
  public:
    Loaded load(std::string_view text, const std::string& name) {
        const int file = complaints_.open(name);
        check_.folder = folder_of(name);
        const Node root = read_document(text, file, complaints_);
        draft_ = read_draft(check_, root);
        whole_ = {file, 1, 1};
        read_catalogues();
        build_general();
        build_resolvers();
        build_controls();
        build_platforms();
        build_apps();
        add_channels(check_, draft_, read_recipes(), settings_);
        add_people(check_, draft_, settings_);
        build_playbooks();
        judge_controls();
        Watch& watch = settings_.watch;
        const NetworkDraft& network = draft_.network;
        watch.probes =
            expand(watch, {network.gateway, network.trap, network.ipv6, settings_.proxy, settings_.witnesses},
                   {draft_.interval.value, draft_.timeout.value});
        return {std::move(settings_), complaints_.sorted()};
    }

  private:
    void refuse(Place place, std::string message) { complaints_.refuse(place, std::move(message)); }

    /// A name that was not there before; complains otherwise.
    bool is_new(std::set<std::string>& seen, std::string_view what, const Placed<std::string>& name) {
        if (!name.given()) return false;  // missing, and complained of
        if (seen.insert(name.value).second) return true;
        refuse(name.place,
               std::string(what) + " " + quoted(name.value) + " is there twice; remove one or rename it");
        return false;
    }

    /// The text of a file that the configuration names, as a file of its own in complaints.
    std::optional<std::string> read_named_file(std::string_view key, const Placed<std::string>& path) {
        Parsed<std::string> content = read_small_file(path.value, most_config_bytes);
        if (!content.value)
            refuse(path.place, std::string(key) + " " + quoted(path.value) + " cannot be read (" +
                                   content.wrong + "); mend the path, which starts at this file's folder");
        return std::move(content.value);
    }

    void read_catalogues() {
        catalogue_ = builtin_catalogue();
        for (const Placed<std::string>& path : draft_.catalogue) {
            const auto content = read_named_file("catalogue", path);
            if (!content) {
                catalogue_whole_ = false;
                continue;
            }
            const int file = complaints_.open(path.value);
            Check check{complaints_, folder_of(path.value)};
            const Node root = read_document(*content, file, complaints_);
            catalogue_whole_ = catalogue_whole_ && root.kind == Node::Kind::map;
            read_catalogue(check, root, catalogue_);
        }
        check_catalogue(complaints_, catalogue_);
    }

    void build_general() {
        settings_.team = draft_.team;
        settings_.language = draft_.language;
        settings_.ca_bundle = draft_.tls.ca_bundle;
        settings_.data_directory = draft_.data;
        settings_.as_origin_zone = draft_.network.as_origin;
        settings_.proxy = build_proxy(draft_.proxy, complaints_, whole_);
        settings_.witnesses = draft_.witnesses;
        settings_.page = draft_.page.listen.value;
        settings_.page_enabled = draft_.page.enabled;
        const Endpoint& listen = settings_.page;
        if (draft_.page.listen.given() && !listen.address.starts_with("127.") && listen.address != "::1")
            complaints_.refuse(draft_.page.listen.place, "listen " + quoted(to_string(listen)) +
                                                             " would show the page to the network, and it "
                                                             "has no login yet; write 127.0.0.1 and reach it "
                                                             "by 'ssh -L' or a proxy with a login");
        build_times();
    }

    void build_times() {
        // A short interval without a timeout of its own: half of it, rather than a complaint.
        if (!draft_.timeout.given())
            draft_.timeout.value = std::min(draft_.timeout.value, draft_.interval.value / 2);
        if (draft_.timeout.value >= draft_.interval.value)
            refuse(draft_.timeout.place, "timeout '" + write_duration(draft_.timeout.value) +
                                             "' is not shorter than the interval of '" +
                                             write_duration(draft_.interval.value) +
                                             "'; shorten it or lengthen interval");
        Thresholds& thresholds = settings_.watch.thresholds;
        thresholds = draft_.decision.thresholds;
        build_confirmed_after(thresholds);
        ordered(draft_.decision.retry_first, draft_.decision.retry_most, thresholds.retry_first,
                thresholds.retry_most);
        if (draft_.alerts.give_up.given()) settings_.alert_give_up = draft_.alerts.give_up.value;
        ordered(draft_.alerts.retry_first, draft_.alerts.retry_most, settings_.alert_retry_first,
                settings_.alert_retry_most);
    }

    /// Who agrees makes a declaration come sooner, never later.
    void build_confirmed_after(Thresholds& thresholds) {
        const Placed<Micros>& given = draft_.decision.declare_confirmed_after;
        if (given.given() && given.value > thresholds.declare_after)
            refuse(given.place, "declare_confirmed_after '" + write_duration(given.value) +
                                    "' is longer than declare_after '" +
                                    write_duration(thresholds.declare_after) + "'; shorten it");
        const Micros wanted = given.given() ? given.value : thresholds.declare_confirmed_after;
        thresholds.declare_confirmed_after = std::min(wanted, thresholds.declare_after);
    }

    /// Retries start at `first` and grow to `most`. Where only one is given, the other's default gives way.
    void ordered(const Placed<Micros>& first, const Placed<Micros>& most, Micros& first_out,
                 Micros& most_out) {
        if (first.given()) first_out = first.value;
        if (most.given()) most_out = most.value;
        if (first_out <= most_out) return;
        if (!first.given())
            first_out = most_out;
        else if (!most.given())
            most_out = first_out;
        else
            refuse(first.place, "retry_first '" + write_duration(first.value) +
                                    "' is longer than retry_most '" + write_duration(most.value) +
                                    "'; shorten it");
    }

    void build_resolvers() {
        settings_.system_resolvers = draft_.resolvers.system;
        settings_.private_answers = draft_.resolvers.private_answers;
        std::vector<Resolver>& resolvers = settings_.watch.resolvers;
        resolvers.push_back({{"system", {}, {}}, {}});
        if (!draft_.resolvers.others) {
            for (Resolver& one : default_public_resolvers())
                resolvers.push_back(std::move(one));
            return;
        }
        std::set<std::string> seen{"system"};
        for (const Placed<ResolverDraft>& one : *draft_.resolvers.others)
            if (is_new(seen, "resolver", one.value.name))
                resolvers.push_back({{one.value.name.value, one.value.address, one.value.https},
                                     OperatorId(one.value.operator_id)});
    }

    void build_controls() {
        std::set<std::string> seen;
        const auto build = [&](const std::optional<std::vector<Placed<ControlDraft>>>& drafts, bool literal,
                               std::vector<Control> defaults) {
            if (!drafts) {
                for (Control& control : defaults)
                    if (seen.insert(control.name).second)
                        settings_.watch.controls.push_back(std::move(control));
                return;
            }
            for (const Placed<ControlDraft>& one : *drafts) {
                const ControlDraft& draft = one.value;
                if (!is_new(seen, "control", draft.name)) continue;
                Control control;
                control.id = SubjectId("control:" + draft.name.value);
                control.name = draft.name.value;
                control.operator_id = OperatorId(draft.operator_id);
                control.hosting = draft.hosting;
                if (literal)
                    control.connect = TcpConnect{draft.address};
                else
                    control.fetch = draft.fetch;
                settings_.watch.controls.push_back(std::move(control));
            }
        };
        build(draft_.controls.names, false, default_name_controls());
        build(draft_.controls.addresses, true, default_address_controls());
    }

    void build_platforms() {
        std::vector<Placed<std::string>> wanted;
        if (draft_.watch)
            wanted = *draft_.watch;
        else
            for (std::string& id : default_watch_list())
                wanted.push_back({std::move(id), whole_});
        std::set<std::string> seen;
        for (const Placed<std::string>& id : wanted) {
            if (!is_new(seen, "platform", id)) continue;
            if (const Platform* platform = catalogue_.find(id.value))
                watch(*platform);
            else if (catalogue_whole_)
                refuse(id.place, "unknown platform " + quoted(id.value) + platform_meant(id.value));
        }
    }

    [[nodiscard]] std::string platform_meant(const std::string& id) const {
        return complaints_.full() ? std::string{} : suggestion(id, catalogue_.ids());
    }

    void watch(const Platform& platform) {
        settings_.watch.platforms.push_back(platform);
        watched_.insert(platform.id.value);
    }

    void build_apps() {
        std::set<std::string> seen;
        for (const Placed<AppDraft>& one : draft_.apps) {
            const AppDraft& draft = one.value;
            check_needs(draft);
            if (!is_new(seen, "app", draft.name)) continue;
            App app;
            app.id = SubjectId("app:" + draft.name.value);
            app.name = draft.name.value;
            for (const Placed<std::string>& need : draft.needs)
                app.needs.emplace_back(need.value);
            app.health = draft.health;
            app.restart_command = draft.restart;
            settings_.watch.apps.push_back(std::move(app));
        }
    }

    void check_needs(const AppDraft& app) {
        std::set<std::string> seen;
        for (const Placed<std::string>& need : app.needs) {
            if (!seen.insert(need.value).second)
                refuse(need.place, "needs has " + quoted(need.value) + " twice; remove one of them");
            if (watched_.contains(need.value)) continue;
            if (catalogue_.find(need.value) != nullptr)
                refuse(need.place, "needs " + quoted(need.value) + " is not watched; add it to watch");
            else if (catalogue_whole_)
                refuse(need.place,
                       "needs unknown platform " + quoted(need.value) + platform_meant(need.value));
        }
    }

    /// Own ones, and the built-in ones whose names they have not taken.
    std::vector<Recipe> read_recipes() {
        std::vector<Recipe> out;
        std::set<std::string> seen{"smtp"};
        for (const Placed<std::string>& path : draft_.recipes) {
            const Parsed<std::vector<std::string>> files = recipe_files(path.value);
            if (!files.value) refuse(path.place, "recipes " + quoted(path.value) + " " + files.wrong);
            for (const std::string& name : files.value.value_or(std::vector<std::string>{})) {
                const auto content = read_named_file("recipes", {name, path.place});
                if (!content) continue;
                const int file = complaints_.open(name);
                Check check{complaints_, folder_of(name)};
                const Node root = read_document(*content, file, complaints_);
                auto recipe = read_recipe(check, root);
                const Node* const id = root.find("recipe");
                if (recipe && id != nullptr && is_new(seen, "recipe", {recipe->id, id->place}))
                    out.push_back(std::move(*recipe));
            }
        }
        for (const Recipe& one : builtin_recipes())
            if (seen.insert(one.id).second) out.push_back(one);
        return out;
    }

    void build_playbooks() {
        std::set<std::string> seen;
        for (const Placed<std::string>& path : draft_.playbooks) {
            const auto content = read_named_file("playbooks", path);
            if (!content) continue;
            const int file = complaints_.open(path.value);
            Check check{complaints_, folder_of(path.value)};
            for (Placed<Playbook>& one : read_playbooks(check, *content, file))
                if (is_new(seen, "playbook", {one.value.id, one.place}))
                    settings_.playbooks.push_back(std::move(one.value));
        }
        // An own playbook of the same id takes the built-in one's place.
        for (const Playbook& one : builtin_playbooks())
            if (seen.insert(one.id).second) settings_.playbooks.push_back(one);
    }

    /// Without controls that share nothing with a platform there is never a verdict.
    void judge_controls() {
        if (complaints_.refused()) return;
        const std::vector<Control>& controls = settings_.watch.controls;
        if (controls.empty()) {
            refuse(whole_,
                   "no control is left, so nothing could ever be decided; add some under controls, or remove "
                   "the empty lists");
            return;
        }
        for (const Platform& platform : settings_.watch.platforms) {
            std::set<std::string> others;
            for (const Control& control : controls)
                if (!shares_fate(control, platform)) others.insert(control.operator_id.value);
            if (others.size() >= 2) continue;
            complaints_.warn(whole_,
                             (others.empty() ? "no control is" : "controls of only one operator are") +
                                 std::string(" unrelated to ") + quoted(platform.id.value) +
                                 "; add some, three are good");
        }
    }

    Complaints complaints_;
    Check check_{complaints_, "."};
    Draft draft_;
    Place whole_;
    Catalogue catalogue_;
    bool catalogue_whole_ = true;  ///< every file was read: an id that is missing is truly unknown
    Settings settings_;
    std::set<std::string> watched_;  ///< ids of platforms
};

}  // namespace

bool Loaded::ok() const {
    return std::all_of(complaints.begin(), complaints.end(),
                       [](const Complaint& one) { return one.warning; });
}

Loaded load_text(std::string_view text, const std::string& name) {
    return Loader().load(text, name);
}

Loaded load_file(const std::string& path) {
    const Parsed<std::string> content = read_small_file(path, most_config_bytes);
    if (content.value) return load_text(*content.value, path);
    Loaded out;
    out.complaints.push_back(
        {path, 0, 0, "cannot be read (" + content.wrong + "); name a YAML file, or none for the default",
         false});
    return out;
}

Settings default_settings() {
    return load_text("", "built-in default").settings;
}

}  // namespace sereno
