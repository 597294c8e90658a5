// The proxy between this network and the rest: said in the file, or by the environment as for other programs.
#pragma once

#include "config/draft.hpp"

namespace sereno {

/// `environment`, `none`, or a map of http, https, user, password and except.
Type<ProxyDraft> proxy();

/// The variables http_proxy, https_proxy, all_proxy and no_proxy; but for http_proxy also in capitals, where
/// the small ones are not set. HTTP_PROXY is not read: a web server puts a request's header of that name
/// there (CVE-2016-5385). An empty variable is none. What is set and cannot be used is warned of at `place`.
Proxy proxy_from_environment(Complaints& complaints, Place place);

/// What the draft says, completed from the environment where it says so.
Proxy build_proxy(const ProxyDraft& draft, Complaints& complaints, Place whole_file);

}  // namespace sereno
