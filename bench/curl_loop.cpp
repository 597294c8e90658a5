// The floor for what an HTTP probe can cost: libcurl's multi socket interface on a bare epoll loop, nothing
// kept, nothing judged. A fresh connection for each request, to one pinned address, as probes do it.
//   curl_loop URL ADDRESS COUNT CONCURRENCY [CA-BUNDLE]
// prints the processor time of one request in microseconds: "user 41.2 system 38.9 total 80.1".
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <curl/curl.h>

namespace {

struct Options {
    std::string url, connect_to, ca_bundle = "/etc/ssl/certs/ca-certificates.crt";
    long count = 0, concurrency = 0;
};

class CurlLoop {
  public:
    explicit CurlLoop(const Options& options)
        : options_(options),
          connect_to_(curl_slist_append(nullptr, options.connect_to.c_str())),
          multi_(curl_multi_init()),
          epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
        curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlLoop::on_socket);
        curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
        curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlLoop::on_timer);
        curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    }
    ~CurlLoop() {
        for (CURL* easy : handles_) {
            curl_multi_remove_handle(multi_, easy);
            curl_easy_cleanup(easy);
        }
        curl_multi_cleanup(multi_);
        curl_slist_free_all(connect_to_);
        ::close(epoll_);
    }
    CurlLoop(const CurlLoop&) = delete;
    CurlLoop& operator=(const CurlLoop&) = delete;

    /// Makes `count` requests; how many of them brought a whole answer.
    long run(long count) {
        begun_ = ended_ = good_ = 0;
        count_ = count;
        for (std::size_t i = 0; i < static_cast<std::size_t>(options_.concurrency) && begun_ < count_; ++i)
            begin(i < handles_.size() ? handles_[i] : make());
        while (ended_ < count_)
            turn();
        return good_;
    }

  private:
    CURL* make() {
        CURL* easy = curl_easy_init();
        handles_.push_back(easy);
        curl_easy_setopt(easy, CURLOPT_URL, options_.url.c_str());
        curl_easy_setopt(easy, CURLOPT_CONNECT_TO, connect_to_);
        curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
        curl_easy_setopt(easy, CURLOPT_PROXY, "");
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
        curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
        curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
        curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
        curl_easy_setopt(easy, CURLOPT_CAINFO, options_.ca_bundle.c_str());
        curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
        curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &CurlLoop::on_body);
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 10'000L);
        return easy;
    }

    void begin(CURL* easy) {
        ++begun_;
        curl_multi_add_handle(multi_, easy);
    }

    void turn() {
        epoll_event events[64];
        const int ready = ::epoll_wait(epoll_, events, 64, static_cast<int>(std::min(timeout_, 1000L)));
        int running = 0;
        if (ready <= 0) {
            timeout_ = -1;
            curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
        }
        for (int i = 0; i < ready; ++i) {
            const unsigned what = events[i].events;
            curl_multi_socket_action(multi_, events[i].data.fd,
                                     ((what & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
                                         ((what & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
                                         ((what & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0),
                                     &running);
        }
        collect();
    }

    void collect() {
        int left = 0;
        while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
            if (message->msg != CURLMSG_DONE) continue;
            CURL* easy = message->easy_handle;
            ++ended_;
            if (message->data.result == CURLE_OK) ++good_;
            curl_multi_remove_handle(multi_, easy);
            if (begun_ < count_) begin(easy);
        }
    }

    static int on_socket(CURL*, curl_socket_t fd, int what, void* self, void* known) {
        auto* loop = static_cast<CurlLoop*>(self);
        if (what == CURL_POLL_REMOVE) {
            ::epoll_ctl(loop->epoll_, EPOLL_CTL_DEL, fd, nullptr);
            return 0;
        }
        epoll_event event{};
        event.events =
            ((what & CURL_POLL_IN) != 0 ? EPOLLIN : 0U) | ((what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0U);
        event.data.fd = fd;
        ::epoll_ctl(loop->epoll_, known != nullptr ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
        if (known == nullptr) curl_multi_assign(loop->multi_, fd, loop);
        return 0;
    }
    static int on_timer(CURLM*, long milliseconds, void* self) {
        static_cast<CurlLoop*>(self)->timeout_ = milliseconds;
        return 0;
    }
    static std::size_t on_body(char*, std::size_t size, std::size_t count, void*) { return size * count; }

    Options options_;
    curl_slist* connect_to_;
    CURLM* multi_;
    int epoll_;
    std::vector<CURL*> handles_;
    long timeout_ = -1;
    long count_ = 0, begun_ = 0, ended_ = 0, good_ = 0;
};

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 5 || argc > 6) {
        std::fprintf(stderr, "usage: curl_loop URL ADDRESS COUNT CONCURRENCY [CA-BUNDLE]\n");
        return 2;
    }
    Options options;
    options.url = argv[1];
    const std::string address = argv[2];
    options.connect_to =
        address.find(':') == std::string::npos ? "::" + address + ":" : "::[" + address + "]:";
    options.count = std::atol(argv[3]);
    options.concurrency = std::atol(argv[4]);
    if (argc == 6) options.ca_bundle = argv[5];
    if (options.count < 1 || options.concurrency < 1) return 2;

    curl_global_init(CURL_GLOBAL_DEFAULT);
    long good = 0;
    rusage before{}, after{};
    {
        CurlLoop loop(options);
        // What is paid once (the CA bundle, the first pages of the libraries) is no cost of a request.
        loop.run(std::min(options.count, 100L));
        ::getrusage(RUSAGE_SELF, &before);
        good = loop.run(options.count);
        ::getrusage(RUSAGE_SELF, &after);
    }
    curl_global_cleanup();
    const auto each = [&](const timeval& from, const timeval& to) {
        return (seconds(to) - seconds(from)) * 1e6 / static_cast<double>(options.count);
    };
    const double user = each(before.ru_utime, after.ru_utime), system = each(before.ru_stime, after.ru_stime);
    std::printf("user %.1f system %.1f total %.1f\n", user, system, user + system);
    if (good == options.count) return 0;
    std::fprintf(stderr, "%ld of %ld requests failed\n", options.count - good, options.count);
    return 1;
}
