// Applies what the store was given to the file, one transaction a call. Lives on the store's thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/store/file.hpp"
#include "agent/store/store.hpp"

namespace sereno {

class Writer {
  public:
    /// `opened.database` must be set.
    Writer(std::string path, std::unique_ptr<Database> database);

    /// What earlier runs left. Sets `unreadable` to the number of rows that hold values of no known meaning.
    /// Empty when the file cannot be read: fault() says why.
    [[nodiscard]] std::optional<Restored> restore(std::size_t& unreadable);

    /// All of it or nothing, on the disk when it returns true. `ids` as in Store::commit. After a failure the
    /// same batch may be written again, also when the failure came from a commit that did reach the disk.
    [[nodiscard]] bool write(const StoreBatch& batch, std::vector<MessageId>& ids);
    [[nodiscard]] bool write(const OutboxMessage& progress);
    /// Also drops the oldest facts beyond facts_at_most. `bytes`: what that cost the disk.
    [[nodiscard]] bool write(const std::vector<Fact>& facts, std::size_t& bytes);

    [[nodiscard]] std::vector<DecisionRecord> decisions(Stamp since, std::size_t limit);
    [[nodiscard]] std::vector<Incident> incidents(std::size_t limit);
    /// Empty when the file cannot be read.
    [[nodiscard]] std::optional<std::vector<OutboxMessage>> waiting(const std::string& channel,
                                                                    MessageId after, std::size_t limit);

    /// Deletes a few rows that are too old or too many; false when there was nothing left to delete. Never
    /// touches what is not finished.
    [[nodiscard]] bool tidy();

    /// After a failure: a fresh connection; a damaged file is set aside first and the numbering goes on in a
    /// new one. The new name of a damaged file, else empty. Whether it worked shows at the next write.
    std::string begin_anew();

    [[nodiscard]] const SqliteFault& fault() const { return fault_; }

  private:
    [[nodiscard]] bool ready();
    [[nodiscard]] bool settle(bool well);
    [[nodiscard]] bool insert(const std::vector<OutboxMessage>& messages, std::vector<MessageId>& ids);

    std::string path_;
    std::unique_ptr<Database> database_;
    SqliteFault fault_;
    std::uint64_t told_ = 0;  ///< the highest message number that anybody was told of
};

/// Finished rows go when they are this much older than the newest row, so that a wrong clock alone deletes
/// nothing.
inline constexpr Micros kept_for{std::int64_t{400} * 86'400 * 1'000'000};
inline constexpr std::int64_t facts_at_most = 4096;
/// Rows of each other table; the oldest finished ones beyond go.
inline constexpr std::int64_t kept_at_most = 100'000;

}  // namespace sereno
