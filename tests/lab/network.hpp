// Networks that one process holds and walks into: Linux network namespaces, joined by veth pairs. Needs root.
#pragma once

#include <functional>
#include <string>

namespace sereno::lab {

/// A network of its own, gone with this object and whatever was started in it.
class Network {
  public:
    Network();
    ~Network();
    Network(const Network&) = delete;
    Network& operator=(const Network&) = delete;

    /// Runs `body` with this thread in it: sockets made and programs started there belong there for good.
    void in(const std::function<void()>& body) const;
    /// Moves this thread here, and leaves it here.
    void enter() const;
    /// Feeds ip(8) one command a line.
    void ip(const std::string& commands) const;
    /// Feeds nft(8) a table of rules.
    void nft(const std::string& rules) const;
    /// Writes a file under /proc/sys.
    void set_kernel(const std::string& name, const std::string& value) const;
    /// The name under which ip(8) finds it.
    [[nodiscard]] std::string path() const;

  private:
    int fd_ = -1;
};

/// One cable: an interface `left_name` in `left` and `right_name` in `right`, both switched on.
void join(const Network& left, const std::string& left_name, const Network& right,
          const std::string& right_name);

}  // namespace sereno::lab
