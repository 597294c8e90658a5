// Whom to ask for another view, and where. What the file does not speak of is as usual.
#include "config/witnesses.hpp"

namespace sereno {

namespace {

const WitnessSettings nobody{.ris_live_url = {},
                             .ripestat_url = {},
                             .globalping_url = {},
                             .globalping_token = {},
                             .status_pages = false,
                             .contact = {}};

struct FeedDraft {
    std::string url = WitnessSettings{}.ris_live_url;
};
struct LookingGlassDraft {
    std::string url = WitnessSettings{}.ripestat_url;
};
struct ProbeNetworkDraft {
    std::string url = WitnessSettings{}.globalping_url;
    Secret token;
};

/// The beginning of many URLs: what follows is put behind it.
Type<std::string> base_url() {
    return {[any = service_url()](Check& check, std::string_view key,
                                  const Node& node) -> std::optional<std::string> {
        auto value = any.read(check, key, node);
        if (!value) return {};
        if (value->find('?') != std::string::npos) {
            complain_of_value(check, key, node, "has a query; leave out '?' and what follows");
            return {};
        }
        if (!value->ends_with('/')) *value += '/';
        return value;
    }};
}

/// `true`: where it usually is; `false`: not asked; or a map.
template <class T>
Type<T> service(std::string_view what, const Fields<T>& fields) {
    return {[map = object<T>(std::string(what), fields)](Check& check, std::string_view key,
                                                         const Node& node) -> std::optional<T> {
        if (node.kind != Node::Kind::scalar) return map.read(check, key, node);
        T draft;
        if (node.text == "true") return draft;
        draft.url.clear();
        if (node.text == "false") return draft;
        complain_of_value(check, key, node,
                          "is neither true nor false; write one of these, or {url: \"" + T{}.url + "\"}");
        return {};
    }};
}

/// How those who run these services reach whoever asks them.
Type<std::string> contact() {
    return {
        [plain = text()](Check& check, std::string_view key, const Node& node) -> std::optional<std::string> {
            const auto written = plain.read(check, key, node);
            if (!written) return {};
            if (Parsed<std::string> mail = parse_mail_address(*written); mail.value) return mail.value;
            Parsed<std::string> page = parse_url(*written);
            if (page.value && page.value->starts_with("https:")) return page.value;
            complain_of_value(check, key, node,
                              "is neither an e-mail address nor a page; write it as 'ops@example.org' or "
                              "'https://www.example.org/'");
            return {};
        }};
}

Fields<WitnessSettings> witness_fields() {
    const Fields<FeedDraft> feed{field("url", &FeedDraft::url, feed_url())};
    const Fields<LookingGlassDraft> glass{field("url", &LookingGlassDraft::url, base_url())};
    const Fields<ProbeNetworkDraft> network{field("url", &ProbeNetworkDraft::url, base_url()),
                                            field("token", &ProbeNetworkDraft::token, secret())};
    return {
        {"ris_live", false,
         [type = service("ris_live", feed)](Check& check, const Node& node, WitnessSettings& into) {
             if (auto draft = type.read(check, "ris_live", node)) into.ris_live_url = std::move(draft->url);
         }},
        {"ripestat", false,
         [type = service("ripestat", glass)](Check& check, const Node& node, WitnessSettings& into) {
             if (auto draft = type.read(check, "ripestat", node)) into.ripestat_url = std::move(draft->url);
         }},
        {"globalping", false,
         [type = service("globalping", network)](Check& check, const Node& node, WitnessSettings& into) {
             auto draft = type.read(check, "globalping", node);
             if (!draft) return;
             into.globalping_url = std::move(draft->url);
             into.globalping_token = std::move(draft->token.value);
         }},
        field("status_pages", &WitnessSettings::status_pages, flag()),
        field("contact", &WitnessSettings::contact, contact()),
    };
}

}  // namespace

Type<WitnessSettings> witnesses() {
    static const Fields<WitnessSettings> fields = witness_fields();
    return {[map = object<WitnessSettings>("witnesses", fields)](
                Check& check, std::string_view key, const Node& node) -> std::optional<WitnessSettings> {
        if (node.kind != Node::Kind::scalar) return map.read(check, key, node);
        if (node.text == "none" || node.text == "false") return nobody;
        complain_of_value(check, key, node,
                          "is not a map; write none, or {globalping: false} to do without one of them");
        return {};
    }};
}

}  // namespace sereno
