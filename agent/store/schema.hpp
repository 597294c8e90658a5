// The tables and their versions: what a file must look like before anything else touches it.
#pragma once

#include <string>

#include "agent/store/sqlite.hpp"

namespace sereno {

enum class SchemaState {
    ready,
    empty,    ///< a file without any table
    older,    ///< of an earlier version; migrate() brings it up
    later,    ///< written by a later version of sereno
    foreign,  ///< another program's database
    failed,   ///< Database::fault() says why
};

[[nodiscard]] SchemaState inspect_schema(Database& database);

/// From empty or older to ready, each version in one transaction. False: Database::fault() says why.
[[nodiscard]] bool migrate(Database& database);

/// Durability and memory settings of a connection that writes.
[[nodiscard]] bool prepare_for_writing(Database& database);

/// The version that migrate() ends at.
[[nodiscard]] int schema_version();

}  // namespace sereno
