// One question to a service on the web that knows more than we do: politely, bounded, and never to a scheme
// or host that nobody named.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "probes/probe.hpp"

namespace sereno {

struct Question {
    std::string url;  ///< https; http only to a loopback address, as in a rehearsal
    std::string method = "GET";
    std::vector<std::string> headers;  ///< "Name: value", beside those that every question has
    std::string body;                  ///< of a POST; JSON
    std::size_t max_body_bytes = 262144;
    Micros timeout{10'000'000};
    bool conditional = false;  ///< sends what the last whole answer to this URL gave (ETag, Last-Modified),
                               ///< so that the answer may be 304 (RFC 9110 section 13.1)
};

struct Answer {
    Stage reached = Stage::schedule;  ///< done when a whole answer came, whatever its status
    Failure failure = Failure::none;  ///< as of a probe's fetch; http_malformed also for a body whose
                                      ///< encoding is broken; http_redirect for one that is not followed
    int status = 0;
    std::string body;                                          ///< decoded (gzip, deflate)
    std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
    Micros retry_after{0};  ///< as asked for with 429 or 503; 0: nothing was said. At most a day
    std::string why;        ///< for people, when it is no 2xx or 304: what went wrong, where
    [[nodiscard]] bool ok() const { return failure == Failure::none && status >= 200 && status < 300; }
    [[nodiscard]] bool not_modified() const { return failure == Failure::none && status == 304; }
};

/// A question under way. Destroying it cancels: its callback is then never called.
class Asked {
  public:
    virtual ~Asked() = default;
};

/// Asks over the probes' own DNS and transfers; the addresses of those asked are remembered, so that they can
/// be asked while names do not resolve. Goes by the proxy where one is configured. Follows at most 3
/// redirects, to https on the same host or one given to allow_redirects().
class Asker {
  public:
    /// `context` must outlive it and what it asks. `contact`: see WitnessSettings.
    Asker(ProbeContext& context, const std::string& contact);
    ~Asker();
    /// A vendor's page may move from `host` to `other`: "discordstatus.com", "www.discordstatus.com".
    void allow_redirects(const std::string& host, const std::string& other);
    /// `done` is called once, from the loop, not before ask() returns, at the latest after the timeout.
    [[nodiscard]] std::unique_ptr<Asked> ask(Question question, std::function<void(const Answer&)> done);

    struct Impl;

  private:
    std::shared_ptr<Impl> impl_;
};

}  // namespace sereno
