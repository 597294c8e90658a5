# Writes the files of ASSETS (a ;-list of paths) as string_views into the header OUT:
#   cmake -DASSETS=... -DOUT=... -P embed_assets.cmake
# Bytes as numbers: a raw string literal may not be longer than 65,536 characters by the standard's minimum.
set(text "// Made by embed_assets.cmake from assets/.\n#pragma once\n\n#include <string_view>\n\nnamespace sereno::embedded {\n\n")
foreach(path IN LISTS ASSETS)
    get_filename_component(name ${path} NAME)
    string(MAKE_C_IDENTIFIER ${name} name)
    file(READ ${path} bytes HEX)
    string(LENGTH "${bytes}" digits)
    math(EXPR size "${digits} / 2")
    string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
    string(APPEND text "inline constexpr char ${name}_bytes[] = {\n${bytes}\n};\n")
    string(APPEND text "inline constexpr std::string_view ${name}{${name}_bytes, ${size}};\n\n")
endforeach()
string(APPEND text "}  // namespace sereno::embedded\n")
file(WRITE ${OUT} "${text}")
