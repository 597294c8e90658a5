// libcurl's multi socket interface on the loop. Inside agent/loop only; libcurl's handles are void pointers.
#pragma once

#include <functional>
#include <map>
#include <memory>

#include "agent/loop/loop.hpp"

namespace sereno {

/// What was learned about the sockets of one transfer, beside what libcurl says.
struct SocketNotes {
    int open_error = 0;           ///< errno of socket(2); 0: it worked
    Stamp connected;              ///< when it was seen that TCP was connected; zero: never
    bool router_said_so = false;  ///< an ICMP error came from another machine
    bool ended_by_peer = false;   ///< the connection was reset or closed from there before we closed it
};

/// Owns a multi handle, its timer and the watches of its sockets. libcurl is never entered from its own
/// callbacks: what has finished is told from the loop.
class CurlMulti {
  public:
    explicit CurlMulti(Loop& loop);
    ~CurlMulti();
    CurlMulti(const CurlMulti&) = delete;
    CurlMulti& operator=(const CurlMulti&) = delete;

    /// Starts `easy`, whose sockets are made here. `finished(code)` is called once, unless remove() comes
    /// first; the handle stays in the multi handle until then.
    void add(void* easy, std::shared_ptr<SocketNotes> notes, std::function<void(int)> finished);
    /// Ends the transfer, closes its connection if that is its own, and forgets it.
    void remove(void* easy);

  private:
    struct Socket {
        Loop::Watch watch;
        std::shared_ptr<SocketNotes> notes;
        bool connecting = true;
    };
    struct Running {
        std::shared_ptr<SocketNotes> notes;
        std::function<void(int)> finished;
    };

    void note_connected(int fd, SocketNotes& notes) const;
    void act(int fd, int events);
    void collect();
    void finish(void* easy, int code);
    int make_socket(int family, int type, int protocol, void* easy);
    int close_socket(int fd);
    void interest(int fd, int what);
    void set_timer(long milliseconds);
    struct Callbacks;

    Loop& loop_;
    void* multi_;
    Loop::Timer timer_;
    std::map<int, Socket> sockets_;
    std::map<void*, Running> running_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace sereno
