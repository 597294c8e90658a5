// libcurl's multi socket interface on the loop. Inside agent/loop only; libcurl's handles are void pointers.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "agent/loop/loop.hpp"

namespace sereno {

/// What is wanted of the sockets of one transfer, and what was learned about them beside what libcurl says.
struct SocketNotes {
    std::uint16_t segment_bytes = 0;  ///< wanted: TCP_MAXSEG; 0: the path's own
    int open_error = 0;               ///< errno of socket(2); 0: it worked
    Stamp connected;                  ///< when it was seen that TCP was connected; zero: never
    std::string icmp_from;            ///< the ICMP error that came from another machine; empty: none
    bool ended_by_peer = false;       ///< the connection was reset or closed from there before we closed it
};

/// Owns a multi handle, its timer and its sockets' places in an epoll instance, which is all that the loop
/// watches: one wake-up serves every socket that is ready. libcurl is never entered from its own callbacks.
class CurlMulti {
  public:
    explicit CurlMulti(Loop& loop);
    ~CurlMulti();
    CurlMulti(const CurlMulti&) = delete;
    CurlMulti& operator=(const CurlMulti&) = delete;

    /// Starts `easy`, whose sockets are made here. `finished(code)` is called once, from the loop, unless
    /// remove() comes first; the handle stays in the multi handle until then.
    void add(void* easy, std::shared_ptr<SocketNotes> notes, std::function<void(int)> finished);
    /// Ends the transfer, closes its connection if that is its own, and forgets it.
    void remove(void* easy);

  private:
    struct Socket {
        std::shared_ptr<SocketNotes> notes;
        int family = 0;
        bool connecting = true;
        bool added = false;        // to epoll
        std::uint32_t events = 0;  // wanted; what epoll reports beyond that is dropped, and it is told so
    };
    struct Running {
        std::shared_ptr<SocketNotes> notes;
        std::function<void(int)> finished;
    };

    void note_connected(int fd, SocketNotes& notes) const;
    void serve_sockets();
    void ready(int fd, std::uint32_t events);
    void act(int fd, int events);
    void collect();
    void finish(void* easy, int code);
    int make_socket(int family, int type, int protocol, void* easy);
    int close_socket(int fd);
    void interest(int fd, int what);
    void set_timer(long milliseconds);
    void on_timer();
    void arm(Stamp due);
    struct Callbacks;

    Loop& loop_;
    void* multi_;
    int epoll_ = -1;  // opened for the first socket
    bool watched_ = false;
    Loop::Watch watch_;
    Loop::Timer timer_;
    std::optional<Stamp> due_;  // when libcurl wants to be called
    Stamp armed_for_;           // never later than due_
    bool called_at_once_ = false;
    std::map<int, Socket> sockets_;
    std::map<void*, Running> running_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace sereno
