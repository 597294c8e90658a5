// What resides in memory over years, and what only starting up needed.
#pragma once

namespace sereno {

/// Once, before threads exist: two allocation arenas for two threads, and freed memory goes back to the
/// system.
void keep_memory_small();

/// Hands back what is resident but not in use: free heap, and the pages of program and libraries that only
/// start-up touched (the kernel maps sixteen around each one used). They are clean file pages; what is needed
/// again is mapped again from the page cache.
void hand_back_memory();

}  // namespace sereno
