#include "probes/witness/asker.hpp"

namespace sereno {

struct Asker::Impl {
    ProbeContext& context;
    std::string contact;
};

Asker::Asker(ProbeContext& context, const std::string& contact)
    : impl_(std::make_shared<Impl>(Impl{context, contact})) {}
Asker::~Asker() = default;
void Asker::allow_redirects(const std::string&, const std::string&) {}
std::unique_ptr<Asked> Asker::ask(Question, std::function<void(const Answer&)>) {
    return nullptr;
}

}  // namespace sereno
