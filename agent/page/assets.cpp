#include "agent/page/assets.hpp"

#include "agent/page/embedded_assets.hpp"

namespace sereno {

namespace {

Asset asset(std::string_view type, std::string_view content) {
    std::string etag = etag_of(content);
    std::string version = "v=" + etag.substr(1, etag.size() - 2);
    return {type, std::make_shared<const std::string>(content), std::move(etag), std::move(version)};
}

}  // namespace

const Asset& style_asset() {
    static const Asset it = asset("text/css; charset=utf-8", embedded::style_css);
    return it;
}

const Asset& script_asset() {
    static const Asset it = asset("text/javascript; charset=utf-8", embedded::app_js);
    return it;
}

const Asset& lantern_asset() {
    static const Asset it = asset("image/svg+xml", embedded::lantern_svg);
    return it;
}

}  // namespace sereno
