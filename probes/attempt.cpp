#include "probes/attempt.hpp"

#include <algorithm>
#include <utility>

namespace sereno {

namespace {

constexpr std::size_t most_detail_bytes = 200;

}  // namespace

Attempt::Attempt(Begin begin)
    : context_(begin.context),
      deadline_(begin.context.loop.now() + begin.spec.timeout),
      delivery_(std::make_shared<Delivery>()) {
    delivery_->sink = std::move(begin.sink);
    Observation& o = delivery_->observation;
    o.probe = begin.spec.id;
    o.subject = begin.spec.subject;
    o.kind = kind_of(begin.spec.task);
    o.group = begin.spec.group;
    o.scheduled = begin.scheduled;
    o.started = deadline_ - begin.spec.timeout;
}

Observation& Attempt::seen() {
    return delivery_->observation;
}

void Attempt::pass(std::string_view detail) {
    end(Stage::done, Failure::none, detail);
}

void Attempt::fail(Stage stage, Failure failure, std::string_view detail) {
    end(stage, failure, detail);
}

void Attempt::end(Stage reached, Failure failure, std::string_view detail) {
    if (ended_) return;
    ended_ = true;
    Observation& o = delivery_->observation;
    o.finished = loop().now();
    o.reached = reached;
    o.failure = failure;
    o.detail = plain_text(detail, most_detail_bytes);
    // Weakly: when the run is destroyed before the loop comes to it, nobody is told.
    loop().post([weak = std::weak_ptr<Delivery>(delivery_)] {
        const auto delivery = weak.lock();
        if (!delivery) return;
        const ObservationSink sink = std::move(delivery->sink);
        sink(std::move(delivery->observation));
    });
}

std::string plain_text(std::string_view text, std::size_t most) {
    std::string plain;
    for (const char c : text) {
        if (plain.size() == most) break;
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f) {
            if (!plain.empty() && plain.back() != ' ') plain += ' ';
        } else {
            plain += byte < 0x80 ? c : '?';
        }
    }
    while (!plain.empty() && plain.back() == ' ')
        plain.pop_back();
    return plain.substr(std::min(plain.find_first_not_of(' '), plain.size()));
}

}  // namespace sereno
