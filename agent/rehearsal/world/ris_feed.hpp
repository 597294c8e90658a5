// RIS Live: tells whoever follows a prefix of each announcement and withdrawal of it. No I/O: a connection is
// a conversation. https://ris-live.ripe.net/manual/
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/model/time.hpp"
#include "agent/rehearsal/world/conversation.hpp"

namespace sereno::rehearsal {

class RisFeed {
  public:
    /// `now`: what the collectors' clocks show.
    explicit RisFeed(std::function<Stamp()> now);
    ~RisFeed();

    /// One connection, after TLS. It may outlive the feed.
    [[nodiscard]] std::unique_ptr<Conversation> converse();

    /// A prefix that the collectors know, announced from the beginning; nothing is told.
    void add(const std::string& prefix, std::uint32_t origin);
    /// Told to those who follow it, as every peer would, when it changes something.
    void show(const std::string& prefix, bool announced);

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace sereno::rehearsal
