// The files under assets/, built into the program.
#pragma once

#include <string>
#include <string_view>

#include "agent/page/response.hpp"

namespace sereno {

struct Asset {
    std::string_view type;
    Body body;
    std::string etag;
    std::string version;  ///< "v=0123456789abcdef": changes with the content; asked with it, kept forever
};

const Asset& style_asset();
const Asset& script_asset();
const Asset& lantern_asset();

}  // namespace sereno
