// On what a platform or control rests, as a file says it.
#include "config/draft.hpp"

namespace sereno {

namespace {

Type<OperatorId> operator_id() {
    return {
        [word = name()](Check& check, std::string_view key, const Node& node) -> std::optional<OperatorId> {
            auto value = word.read(check, key, node);
            if (!value) return {};
            return OperatorId(std::move(*value));
        }};
}

}  // namespace

Type<Hosting> hosting() {
    static const Fields<Hosting> fields{
        field("dns_provider", &Hosting::dns_provider, operator_id()),
        field("edge", &Hosting::edge, operator_id()),
        field("as", &Hosting::as_numbers, plain_list_of(as_number(), 1, 16)),
    };
    return object<Hosting>("hosting", fields);
}

}  // namespace sereno
