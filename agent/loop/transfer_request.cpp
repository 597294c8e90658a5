#include "agent/loop/transfer_request.hpp"

#include <algorithm>

#include "agent/loop/address.hpp"
#include "agent/loop/smtp_dialogue.hpp"
#include "agent/loop/transfer_url.hpp"

namespace sereno {

namespace {

bool has_control(const std::string& text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
    });
}

std::string complaint_about(const Transfer& transfer, const std::string& scheme, bool mail) {
    if (scheme != "http" && scheme != "https" && !mail) return "scheme '" + scheme + "' is not allowed";
    if (mail != (transfer.mail != nullptr)) return mail ? "no mail to send" : "mail needs an smtp URL";
    if (!is_literal(transfer.address)) return "'" + transfer.address + "' is not an address";
    if (transfer.method.empty() || !std::all_of(transfer.method.begin(), transfer.method.end(),
                                                [](char c) { return c >= 'A' && c <= 'Z'; }))
        return "the method is not a word in capitals";
    if (std::any_of(transfer.headers.begin(), transfer.headers.end(), has_control))
        return "a header holds a line break or another control character";
    if (has_control(transfer.user_agent) || has_control(transfer.user) || has_control(transfer.password))
        return "user agent, user or password holds a control character";
    if (transfer.handshake_only && scheme != "https") return "only https begins with a handshake";
    if (transfer.proxy && mail) return "no mail through a proxy";
    if (transfer.proxy && (has_control(transfer.proxy->user) || has_control(transfer.proxy->password)))
        return "user or password of the proxy holds a control character";
    if (!mail) return {};
    if (transfer.mail->to.empty()) return "no recipient";
    if (!is_mail_path(transfer.mail->from)) return "the sender is no mail address";
    if (!std::all_of(transfer.mail->to.begin(), transfer.mail->to.end(),
                     [](const std::string& to) { return !to.empty() && is_mail_path(to); }))
        return "a recipient is no mail address";
    return {};
}

}  // namespace

std::optional<TransferTarget> target_of(const Transfer& transfer, std::string& complaint) {
    const auto url = parts_of(transfer.url);
    if (!url) {
        complaint = "not a URL";
        return std::nullopt;
    }
    TransferTarget target;
    target.scheme = url->scheme;
    complaint = complaint_about(transfer, target.scheme, target.mail() && target.scheme.size() <= 5);
    if (!complaint.empty()) return std::nullopt;
    target.endpoint.address = transfer.address;
    target.endpoint.port = transfer.proxy       ? transfer.proxy->port
                           : transfer.port != 0 ? transfer.port
                                                : url->port;
    return target;
}

}  // namespace sereno
