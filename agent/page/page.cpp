#include "agent/page/page.hpp"

#include "agent/page/server.hpp"

namespace sereno {

struct Page::Impl {
    std::shared_ptr<Server> server;
};

Page::Page(Loop& loop, PageSettings settings, const MessageCatalogue& catalogue, PageHistory history)
    : impl_(std::make_unique<Impl>()) {
    impl_->server = std::make_shared<Server>(loop, std::move(settings), catalogue, std::move(history));
    impl_->server->start();
}

Page::~Page() {
    impl_->server->stop();
}

Endpoint Page::endpoint() const {
    return impl_->server->endpoint();
}

std::string Page::url() const {
    return "http://" + to_string(endpoint()) + "/";
}

void Page::show(SnapshotPtr snapshot) {
    impl_->server->show(std::move(snapshot));
}

}  // namespace sereno
