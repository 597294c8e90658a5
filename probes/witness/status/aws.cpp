// What the AWS Health Dashboard says to everybody: a list of what goes on, in JSON, in UTF-16. A region may
// be down for months: `components` names regions and services.
#include <iconv.h>

#include <algorithm>
#include <charconv>

#include "probes/witness/status/findings.hpp"

namespace sereno {

namespace {

namespace json = boost::json;
using namespace status;

/// By its byte order mark, else by where the zeros of ASCII stand.
const char* encoding_of(std::string_view body) {
    if (body.size() < 2) return "UTF-8";
    if (body.starts_with("\xFE\xFF")) return "UTF-16BE";
    if (body.starts_with("\xFF\xFE")) return "UTF-16LE";
    if (body[0] == '\0') return "UTF-16BE";
    return body[1] == '\0' ? "UTF-16LE" : "UTF-8";
}

class Converter {
  public:
    explicit Converter(const char* from) : handle_(::iconv_open("UTF-8", from)) {}
    ~Converter() {
        if (usable()) ::iconv_close(handle_);
    }
    Converter(const Converter&) = delete;
    Converter& operator=(const Converter&) = delete;

    /// Empty: not in that encoding, or it is not known here.
    [[nodiscard]] std::optional<std::string> convert(std::string_view body) {
        if (!usable()) return {};
        std::string in(body), out(body.size() * 2 + 4, '\0');  // two bytes become three at most
        char *from = in.data(), *to = out.data();
        std::size_t left = in.size(), room = out.size();
        if (::iconv(handle_, &from, &left, &to, &room) == static_cast<std::size_t>(-1)) return {};
        out.resize(out.size() - room);
        return out;
    }

  private:
    [[nodiscard]] bool usable() const { return handle_ != reinterpret_cast<iconv_t>(-1); }
    iconv_t handle_;
};

/// As on its legend: 0 is over, 1 information, 2 degraded, 3 disrupted.
Failure meaning(int status) {
    if (status >= 3) return Failure::reported_outage;
    return status == 2 ? Failure::reported_degraded : Failure::none;
}

/// Written as a text or a number; -1: neither.
int status_at(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    if (value == nullptr) return -1;
    if (value->is_int64() && value->get_int64() >= 0 && value->get_int64() <= 3)
        return static_cast<int>(value->get_int64());
    const std::string_view text = text_at(object, key);
    return text.size() == 1 && text[0] >= '0' && text[0] <= '3' ? text[0] - '0' : -1;
}

/// The region in "arn:aws:health:us-east-1::event/..."; empty when there is none.
std::string_view region_of(std::string_view arn) {
    for (int i = 0; i < 3; ++i) {
        const auto colon = arn.find(':');
        if (colon == arn.npos) return {};
        arn.remove_prefix(colon + 1);
    }
    return arn.substr(0, arn.find(':'));
}

/// The event as a whole when it is named, else the worst of its services that are.
int status_for(const StatusPage& page, const json::object& event) {
    const int whole = status_at(event, "status");
    if (counts(page, text_at(event, "service")) || counts(page, text_at(event, "service_name")) ||
        counts(page, text_at(event, "region_name")) || counts(page, region_of(text_at(event, "arn"))))
        return whole;
    int worst = 0;
    if (const json::object* services = object_at(event, "impacted_services"))
        for (const auto& [key, value] : *services) {
            const json::object* one = value.if_object();
            if (one == nullptr) continue;
            if (counts(page, key) || counts(page, text_at(*one, "service_name")))
                worst = std::max(worst, status_at(*one, "current"));
        }
    return worst;
}

void weigh(const StatusPage& page, const json::object& event, Findings& found) {
    const Failure says = meaning(status_for(page, event));
    if (says == Failure::none) return;
    const std::string service{text_at(event, "service_name")}, region{text_at(event, "region_name")};
    const std::string where = region.empty() ? service : service + " (" + region + ")";
    found.add(says, where + ": " + std::string{text_at(event, "summary")});
    found.affect(where);
}

}  // namespace

StatusReport read_aws(const StatusPage& page, std::string_view body, Stamp) {
    if (body.size() > most_body_bytes)
        return not_understood("it is " + std::to_string(body.size()) + " bytes long, more than is read");
    const char* encoding = encoding_of(body);
    const auto text = Converter(encoding).convert(body);
    if (!text) return not_understood(std::string{"its text is broken "} + encoding);
    std::string_view rest = *text;
    if (rest.starts_with("\xEF\xBB\xBF")) rest.remove_prefix(3);
    const Document document = read_json(rest);
    if (!document.value) return not_understood(document.why);
    const json::array* list = document.value->if_array();
    const auto events = objects_in(list);
    if (list == nullptr || events.size() != list->size())
        return not_understood("expected a list of AWS's events, came other JSON");
    Findings found;
    for (const json::object* one : events) {
        if (status_at(*one, "status") < 0)
            return not_understood("expected AWS's events, came one with the status '" +
                                  std::string{text_at(*one, "status")} + "'");
        weigh(page, *one, found);
    }
    return found.report("nothing is reported");
}

}  // namespace sereno
