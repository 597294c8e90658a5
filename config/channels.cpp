// The schema of the channels over which people are told.
#include "config/draft.hpp"

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

Type<TwilioConfig> twilio() {
    struct Twilio {
        TwilioConfig config;
        std::string kind;
    };
    const Fields<TwilioConfig> keys{
        field("base_url", &TwilioConfig::base_url, url()),
        required("account", &TwilioConfig::account_sid, account()),
        required("token", &TwilioConfig::auth_token, secret()),
        required("from", &TwilioConfig::from, sms_sender()),
    };
    const Fields<Twilio> fields =
        Fields<Twilio>{field("kind", &Twilio::kind, text())} + within(&Twilio::config, keys);
    return {[map = object<Twilio>("sms channel", fields)](Check& check, std::string_view key,
                                                          const Node& node) -> std::optional<TwilioConfig> {
        auto draft = map.read(check, key, node);
        if (!draft) return {};
        std::string& base = draft->config.base_url;
        while (base.ends_with('/'))
            base.pop_back();
        const std::string host = host_of_url(base);
        if (base.starts_with("http://") && host != "localhost" && !host.starts_with("127.") && host != "::1")
            check.complaints.warn(
                node.find("base_url")->place,
                "base_url " + quoted(base) + " sends the token readable over the network; use https");
        return draft->config;
    }};
}

}  // namespace

Type<ChannelDraft> channel() {
    enum class Kind : std::uint8_t { smtp, twilio };
    const Type<Kind> kinds = choice<Kind>({{"smtp", Kind::smtp}, {"twilio", Kind::twilio}});
    return {[kinds, mail = smtp(), sms = twilio()](Check& check, std::string_view key,
                                                   const Node& node) -> std::optional<ChannelDraft> {
        if (!expect_map(check, key, node)) return {};
        const Node* written = node.find("kind");
        if (written == nullptr) {
            check.complaints.refuse(node.place,
                                    "channel " + quoted(key) + " has no 'kind'; write smtp or twilio");
            return {};
        }
        const std::optional<Kind> kind = kinds.read(check, "kind", *written);
        if (!kind) return {};
        if (*kind == Kind::smtp) {
            if (auto config = mail.read(check, key, node)) return ChannelDraft{std::move(*config)};
        } else if (auto config = sms.read(check, key, node)) {
            return ChannelDraft{std::move(*config)};
        }
        return {};
    }};
}

}  // namespace sereno
