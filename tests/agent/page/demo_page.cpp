// Serves a page with a made-up snapshot, for eyes and for the browser test:
//   page_demo SCENE [PORT] [LANGUAGE]
// Prints the page's address; each line on standard input names the scene to show from then on; end of input
// ends it.
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>

#include "agent/page/page.hpp"
#include "scenes.hpp"

using namespace sereno;

namespace {

class Demo {
  public:
    Demo(Loop& loop, std::uint16_t port, std::string language)
        : loop_(loop),
          page_(loop, {.listen = {"127.0.0.1", port}, .team = "Corner Shop", .language = std::move(language)},
                scenes::messages(), {}) {
        input_ = loop.watch(STDIN_FILENO, {.read = true}, [this](Loop::Ready) { read(); });
    }

    [[nodiscard]] std::string url() const { return page_.url(); }

    bool show(const std::string& scene) {
        const auto snapshot = scenes::make(scene, version_ + 1, loop_.now());
        if (!snapshot) return false;
        ++version_;
        page_.show(snapshot);
        return true;
    }

  private:
    void read() {
        char buffer[256];
        const ssize_t size = ::read(STDIN_FILENO, buffer, sizeof buffer);
        if (size <= 0) return loop_.stop();
        line_.append(buffer, static_cast<std::size_t>(size));
        for (std::size_t end = line_.find('\n'); end != std::string::npos; end = line_.find('\n')) {
            const std::string scene = line_.substr(0, end);
            line_.erase(0, end + 1);
            std::cout << (show(scene) ? "shown " : "unknown ") << scene << std::endl;
        }
    }

    Loop& loop_;
    Page page_;
    Loop::Watch input_;
    std::string line_;
    std::uint64_t version_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::cerr << "usage: page_demo SCENE [PORT] [LANGUAGE]; scenes:";
        for (const auto name : scenes::names())
            std::cerr << ' ' << name;
        std::cerr << '\n';
        return 64;
    }
    Loop loop;
    Demo demo{loop, static_cast<std::uint16_t>(argc > 2 ? std::atoi(argv[2]) : 0), argc > 3 ? argv[3] : "en"};
    if (!demo.show(argv[1])) {
        std::cerr << "page_demo: no scene '" << argv[1] << "'\n";
        return 64;
    }
    std::cout << demo.url() << std::endl;
    loop.run();
}
