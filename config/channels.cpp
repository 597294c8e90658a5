// The schema of the channels over which people are told.
#include "config/channels.hpp"

#include <algorithm>

namespace sereno {

namespace {

Type<SmtpConfig> smtp() {
    struct Smtp {
        Endpoint server;
        SmtpConfig config;
        std::string kind;
    };
    using Security = SmtpConfig::Security;
    const Fields<SmtpConfig> login{
        field("security", &SmtpConfig::security,
              choice<Security>(
                  {{"starttls", Security::starttls}, {"tls", Security::tls}, {"none", Security::none}})),
        field("user", &SmtpConfig::user, text()),
        field("password", &SmtpConfig::password, secret()),
        required("from", &SmtpConfig::from, mail_address()),
    };
    const Fields<Smtp> fields =
        Fields<Smtp>{field("kind", &Smtp::kind, text()), required("server", &Smtp::server, mail_server())} +
        within(&Smtp::config, login);
    return {[map = object<Smtp>("mail channel", fields)](Check& check, std::string_view key,
                                                         const Node& node) -> std::optional<SmtpConfig> {
        auto draft = map.read(check, key, node);
        if (!draft) return {};
        SmtpConfig& config = draft->config;
        config.host = draft->server.address;
        config.port = draft->server.port;
        if (config.port == 0)
            config.port = config.security == Security::tls    ? 465
                          : config.security == Security::none ? 25
                                                              : 587;
        const Node* user = node.find("user");
        const Node* password = node.find("password");
        if (user != nullptr && password == nullptr)
            check.complaints.refuse(user->place,
                                    "user " + quoted(config.user) + " has no password; add 'password'");
        if (user == nullptr && password != nullptr)
            check.complaints.refuse(password->place, "password has no user; add 'user'");
        const bool here =
            config.host == "localhost" || config.host.starts_with("127.") || config.host == "::1";
        if (password != nullptr && config.security == Security::none && !here)
            check.complaints.warn(
                node.find("security")->place,
                "security 'none' sends the password readable over the network; write starttls");
        return config;
    }};
}

/// Whoever listens on the way would read what identifies us.
void warn_of_plain_http(Check& check, std::string_view key, Place place, const std::string& url, bool shown) {
    const std::string host = host_of_url(url);
    if (!url.starts_with("http://") || host == "localhost" || host.starts_with("127.") || host == "::1")
        return;
    check.complaints.warn(place, std::string(key) + (shown ? " " + quoted(url) : std::string()) +
                                     " sends messages and secrets readable over the network; use https");
}

/// Without the slashes at its end: paths begin with one.
Type<std::string> base_url() {
    return {
        [any = url()](Check& check, std::string_view key, const Node& node) -> std::optional<std::string> {
            auto value = any.read(check, key, node);
            if (!value) return {};
            while (value->ends_with('/'))
                value->pop_back();
            warn_of_plain_http(check, key, node.place, *value, true);
            if (value->find('?') == std::string::npos) return value;
            complain_of_value(check, key, node, "has a query; leave out '?' and what follows");
            return {};
        }};
}

/// A URL that is a secret as a whole; never repeated.
Type<Secret> secret_url(bool with_path) {
    return {[any = secret(), with_path](Check& check, std::string_view key,
                                        const Node& node) -> std::optional<Secret> {
        auto value = any.read(check, key, node);
        if (!value) return {};
        const Parsed<std::string> parsed = parse_url(value->value);
        if (!parsed.value) {
            check.complaints.refuse(node.place, std::string(key) + " " + parsed.wrong);
            return {};
        }
        warn_of_plain_http(check, key, node.place, *parsed.value, false);
        if (with_path && parsed.value->find('?') != std::string::npos) {
            check.complaints.refuse(node.place,
                                    std::string(key) + " has a query; leave out '?' and what follows");
            return {};
        }
        Secret out{*parsed.value};
        while (with_path && out.value.ends_with('/'))
            out.value.pop_back();
        return out;
    }};
}

Type<std::string> setting_value(RecipeSetting::Type type) {
    switch (type) {
        case RecipeSetting::Type::account:
            return account();
        case RecipeSetting::Type::phone:
            return phone();
        case RecipeSetting::Type::sender:
            return sms_sender();
        case RecipeSetting::Type::url:
            return base_url();
        case RecipeSetting::Type::number:
            return {[whole = integer(-1'000'000, 1'000'000)](Check& check, std::string_view key,
                                                             const Node& node) -> std::optional<std::string> {
                const auto value = whole.read(check, key, node);
                return value ? std::optional(std::to_string(*value)) : std::nullopt;
            }};
        case RecipeSetting::Type::text:
        case RecipeSetting::Type::secret:
        case RecipeSetting::Type::secret_url:
            break;
    }
    return text();
}

/// Does something follow the setting in a URL?
bool goes_on(const RecipeRequest& request, const std::string& setting) {
    return request.url.parts.size() > 1 && request.url.parts.front().name == setting;
}

Field<RecipeConfig> setting_field(const Recipe& recipe, const RecipeSetting& setting) {
    const std::string name = setting.name;
    const bool needed = !setting.optional && setting.initial.empty();
    if (!setting.secret())
        return {
            name, needed,
            [name, type = setting_value(setting.type)](Check& check, const Node& node, RecipeConfig& into) {
                if (auto value = type.read(check, name, node)) into.settings[name] = std::move(*value);
            }};
    const bool with_path =
        goes_on(recipe.request, name) || (recipe.recovered && goes_on(*recipe.recovered, name));
    const Type<Secret> type =
        setting.type == RecipeSetting::Type::secret_url ? secret_url(with_path) : secret();
    return {name, needed, [name, type](Check& check, const Node& node, RecipeConfig& into) {
                if (auto value = type.read(check, name, node)) into.secrets[name] = std::move(*value);
            }};
}

/// The keys of a channel of this kind.
Fields<RecipeConfig> recipe_fields(const Recipe& recipe) {
    const Type<std::vector<OperatorId>> operators{
        [names = plain_list_of(name(), 0, 16)](Check& check, std::string_view key,
                                               const Node& node) -> std::optional<std::vector<OperatorId>> {
            auto ids = names.read(check, key, node);
            if (!ids) return {};
            return std::vector<OperatorId>(ids->begin(), ids->end());
        }};
    Fields<RecipeConfig> fields{
        {"kind", true, [](Check&, const Node&, RecipeConfig&) {}},
        field("timeout", &RecipeConfig::timeout, duration(Micros{100'000}, Micros{120'000'000})),
        field("stands_on", &RecipeConfig::stands_on, operators),
    };
    if (!recipe.request.url.parts.empty() && recipe.request.url.parts.front().name.empty())
        fields.push_back(field("base_url", &RecipeConfig::base_url, base_url()));
    for (const RecipeSetting& setting : recipe.settings)
        fields.push_back(setting_field(recipe, setting));
    return fields;
}

RecipeConfig recipe_channel(Check& check, const Recipe& recipe, const Node& node) {
    RecipeConfig config;
    for (const RecipeSetting& setting : recipe.settings)
        if (!setting.initial.empty()) config.settings[setting.name] = setting.initial;
    read_fields(check, recipe.id + " channel", node, recipe_fields(recipe), config);
    config.recipe = recipe;
    return config;
}

using Service = decltype(ChannelConfig::service);

std::optional<Service> service(Check& check, const std::string& id, const Node& node,
                               const std::vector<Recipe>& recipes) {
    static const Type<SmtpConfig> mail = smtp();
    if (!expect_map(check, id, node)) return {};
    const Node* const kind = node.find("kind");
    if (kind == nullptr) {
        check.complaints.refuse(
            node.place,
            "channel " + quoted(id) + " has no 'kind'; write smtp, or a service's name, as in twilio");
        return {};
    }
    const auto written = name().read(check, "kind", *kind);
    if (!written) return {};
    if (*written == "smtp") {
        auto config = mail.read(check, id, node);
        return config ? std::optional<Service>(std::move(*config)) : std::nullopt;
    }
    const auto found =
        std::find_if(recipes.begin(), recipes.end(), [&](const Recipe& one) { return one.id == *written; });
    if (found == recipes.end()) {
        std::vector<std::string> known{"smtp"};
        for (const Recipe& one : recipes)
            known.push_back(one.id);
        check.complaints.refuse(kind->place,
                                "unknown kind " + quoted(*written) + suggestion(*written, known));
        return {};
    }
    return recipe_channel(check, *found, node);
}

}  // namespace

void add_channels(Check& check, const Draft& draft, const std::vector<Recipe>& recipes, Settings& settings) {
    for (const auto& [id, node] : draft.channels) {
        if (id.value == "name" || id.value == "language") {
            check.complaints.refuse(
                id.place, "channel " + quoted(id.value) + " has the name of a key of people; choose another");
            continue;
        }
        if (!node) continue;
        if (auto one = service(check, id.value, *node, recipes))
            settings.channels.push_back({id.value, std::move(*one)});
    }
}

std::string to_string(const ChannelConfig& channel) {
    if (const auto* smtp = std::get_if<SmtpConfig>(&channel.service)) {
        std::string out = channel.id + ": smtp " + smtp->host + ":" + std::to_string(smtp->port);
        if (!smtp->user.empty()) out += " as " + smtp->user + ", password " + to_string(smtp->password);
        return out;
    }
    const auto& config = std::get<RecipeConfig>(channel.service);
    std::string out = channel.id + ": " + config.recipe.id;
    if (!config.base_url.empty()) out += " " + config.base_url;
    std::string before = " ";
    for (const RecipeSetting& setting : config.recipe.settings) {
        const auto value = config.settings.find(setting.name);
        const auto hidden = config.secrets.find(setting.name);
        if (value == config.settings.end() && hidden == config.secrets.end()) continue;
        out += before + setting.name + " " +
               (hidden == config.secrets.end() ? value->second : to_string(hidden->second));
        before = ", ";
    }
    return out;
}

}  // namespace sereno
