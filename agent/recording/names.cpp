#include "agent/recording/names.hpp"

namespace sereno {

// Without a default, so that the compiler names whoever is missing.

std::string_view to_string(RecordType type) {
    switch (type) {
        case RecordType::a:
            return "a";
        case RecordType::ns:
            return "ns";
        case RecordType::soa:
            return "soa";
        case RecordType::txt:
            return "txt";
        case RecordType::aaaa:
            return "aaaa";
    }
    return "?";
}

std::string_view to_string(DnsTransport transport) {
    switch (transport) {
        case DnsTransport::udp:
            return "udp";
        case DnsTransport::tcp:
            return "tcp";
        case DnsTransport::https:
            return "https";
    }
    return "?";
}

std::string_view to_string(Family family) {
    switch (family) {
        case Family::any:
            return "any";
        case Family::v4:
            return "v4";
        case Family::v6:
            return "v6";
    }
    return "?";
}

std::string_view to_string(HttpVersion version) {
    switch (version) {
        case HttpVersion::http1:
            return "http1";
        case HttpVersion::http2:
            return "http2";
    }
    return "?";
}

std::string_view to_string(PathProtocol protocol) {
    switch (protocol) {
        case PathProtocol::udp:
            return "udp";
        case PathProtocol::tcp:
            return "tcp";
    }
    return "?";
}

std::string_view to_string(JsonRule::Is is) {
    switch (is) {
        case JsonRule::Is::present:
            return "present";
        case JsonRule::Is::equal:
            return "equal";
        case JsonRule::Is::different:
            return "different";
        case JsonRule::Is::at_least:
            return "at_least";
        case JsonRule::Is::at_most:
            return "at_most";
    }
    return "?";
}

std::string_view to_string(ViewElsewhere::What what) {
    switch (what) {
        case ViewElsewhere::What::dns:
            return "dns";
        case ViewElsewhere::What::http:
            return "http";
    }
    return "?";
}

}  // namespace sereno
