#include "probes/probe.hpp"

#include <utility>
#include <variant>

#include "probes/kinds.hpp"

namespace sereno {

std::unique_ptr<ProbeRun> start_probe(ProbeContext& context, const ProbeSpec& spec, Stamp scheduled,
                                      ObservationSink sink) {
    Begin begin{.context = context, .spec = spec, .scheduled = scheduled, .sink = std::move(sink)};
    return std::visit([&begin](const auto& task) { return start(task, std::move(begin)); }, spec.task);
}

}  // namespace sereno
