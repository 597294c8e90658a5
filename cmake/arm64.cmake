# Builds for arm64 on a Debian machine of another kind:
#     scripts/unpack-arm64 build/arm64-root
#     cmake -B build/arm64 --toolchain cmake/arm64.cmake -DSERENO_ARM64_ROOT=$PWD/build/arm64-root
# What is built runs under qemu-aarch64-static; `ctest` and the like find it by themselves.
if(NOT SERENO_ARM64_ROOT OR NOT EXISTS ${SERENO_ARM64_ROOT}/usr/lib/aarch64-linux-gnu)
    message(FATAL_ERROR "SERENO_ARM64_ROOT '${SERENO_ARM64_ROOT}' holds no arm64 libraries; have them unpacked: scripts/unpack-arm64 FOLDER, and name its absolute path")
endif()
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES SERENO_ARM64_ROOT)

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64-static -L ${SERENO_ARM64_ROOT})

set(CMAKE_SYSROOT ${SERENO_ARM64_ROOT})
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${SERENO_ARM64_ROOT})
set(ENV{PKG_CONFIG_LIBDIR} ${SERENO_ARM64_ROOT}/usr/lib/aarch64-linux-gnu/pkgconfig:${SERENO_ARM64_ROOT}/usr/share/pkgconfig)
