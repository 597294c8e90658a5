// A server that speaks as Twilio's Messages resource does, its documented errors included.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "tests/alerting/channels/socket_server.hpp"

namespace sereno::test {

class SmsService {
  public:
    struct Request {
        std::string line;                            ///< "POST /2010-04-01/... HTTP/1.1"
        std::map<std::string, std::string> headers;  ///< names in lower case
        std::map<std::string, std::string> form;     ///< decoded
    };

    SmsService() : server_([this](Conversation& talk) { serve(talk); }) {}

    static constexpr const char* account = "AC00000000000000000000000000000001";
    static constexpr const char* token = "0123456789abcdef0123456789abcdef";

    [[nodiscard]] std::uint16_t port() const { return server_.port(); }
    [[nodiscard]] std::string base_url() const { return "http://127.0.0.1:" + std::to_string(port()); }
    [[nodiscard]] int connections() const { return server_.connections(); }

    /// Raw answers for the next requests, instead of the service's own. Empty: the connection is closed.
    void answer_with(std::string raw);
    /// The messages that were taken.
    [[nodiscard]] std::vector<Request> taken() const;

  private:
    void serve(Conversation& talk);
    std::string respond(const Request& request);

    mutable std::mutex mutex_;
    std::deque<std::string> answers_;
    std::vector<Request> taken_;
    SocketServer server_;  // last: its thread uses the others
};

std::string http_answer(const std::string& status, const std::string& body,
                        const std::string& type = "application/json", const std::string& more = "");

}  // namespace sereno::test
