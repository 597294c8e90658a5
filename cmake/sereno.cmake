# How a folder becomes a library, a test program or a fuzz target here.

add_library(sereno_options INTERFACE)
target_include_directories(sereno_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(sereno_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wno-missing-field-initializers
    -ffunction-sections -fdata-sections)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # GCC 12 sees overlapping copies in optimised string concatenation where there are none (its bug 105651).
    target_compile_options(sereno_options INTERFACE $<$<CONFIG:Release>:-Wno-restrict>)
endif()
target_link_options(sereno_options INTERFACE -Wl,--gc-sections -Wl,--as-needed)
if(SERENO_WERROR)
    target_compile_options(sereno_options INTERFACE -Werror)
endif()
if(SERENO_SANITIZE)
    # Not vptr: its checker needs a free descriptor, and some tests leave none.
    target_compile_options(sereno_options INTERFACE -fsanitize=address,undefined -fno-sanitize=vptr
        -fno-sanitize-recover=undefined
        -fno-omit-frame-pointer)
    target_link_options(sereno_options INTERFACE -fsanitize=address,undefined)
endif()
if(SERENO_FUZZ)
    target_compile_options(sereno_options INTERFACE -fsanitize=fuzzer-no-link,address,undefined)
    target_link_options(sereno_options INTERFACE -fsanitize=address,undefined)
endif()

# sereno_library(NAME SOURCES ... [LINKS ...]): the allowed arrows between rooms are exactly these LINKS.
function(sereno_library name)
    cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
    add_library(${name} STATIC ${arg_SOURCES})
    target_link_libraries(${name} PUBLIC sereno_options ${arg_LINKS})
endfunction()

# sereno_test(NAME SOURCES ... LINKS ... [LABELS ...] [SERIAL]): one Catch2 program, each test case one ctest test.
function(sereno_test name)
    cmake_parse_arguments(arg "SERIAL" "TIMEOUT" "SOURCES;LINKS;LABELS" ${ARGN})
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 60)
    endif()
    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE sereno_catch ${arg_LINKS})
    set(properties TIMEOUT ${arg_TIMEOUT})
    if(arg_LABELS)
        list(APPEND properties LABELS ${arg_LABELS})
    endif()
    if(arg_SERIAL)
        list(APPEND properties RUN_SERIAL TRUE)
    endif()
    catch_discover_tests(${name} TEST_PREFIX "${name}: " WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
        PROPERTIES ${properties})
endfunction()
