// Bytes of a connection through the reader, the router and the writer of the page, as the session does it:
// cut where the fuzzer wants, so that what comes in pieces must mean the same as what comes whole.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <variant>

#include "agent/page/router.hpp"

using namespace sereno;

namespace {

const MessageCatalogue& no_texts() {
    static const MessageCatalogue empty;
    return empty;
}

/// Everything that the answer to these bytes would be, up to the first refusal.
std::string converse(std::string_view bytes, std::size_t piece, Display& display) {
    RequestReader reader;
    std::string out;
    while (true) {
        auto next = reader.next();
        if (const auto* refusal = std::get_if<Refusal>(&next)) {
            out += head_of(refusal_response(*refusal), {.head_only = false, .close = true}, Stamp{});
            return out;
        }
        if (const auto* request = std::get_if<Request>(&next)) {
            if (request->path.size() + request->query.size() > RequestReader::max_header_bytes) std::abort();
            Outcome outcome = route(*request, "127.0.0.1", display);
            if (const auto* response = std::get_if<Response>(&outcome)) {
                const std::string head = head_of(*response, {.close = !request->keep_alive}, Stamp{});
                if (!head.ends_with("\r\n\r\n") || head.find("\r\n\r\n") != head.size() - 4) std::abort();
                out += head;
            } else {
                out += "later\n";
            }
            if (!request->keep_alive || std::holds_alternative<OpenEvents>(outcome)) return out;
            continue;
        }
        if (bytes.empty()) return out;
        const std::string_view part = bytes.substr(0, piece);
        reader.feed(part);
        bytes.remove_prefix(part.size());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    static Display display{"team", Words{no_texts(), "en"}};
    const std::string_view bytes{reinterpret_cast<const char*>(data + 1), size - 1};
    const std::size_t piece = 1 + data[0] % 64;
    converse(bytes, piece, display);
    converse(bytes, 4096, display);
    return 0;
}
