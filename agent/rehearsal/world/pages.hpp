// What the world's web servers answer, depending on the condition of their node. Pure.
#pragma once

#include "agent/rehearsal/plan.hpp"
#include "agent/rehearsal/world/http_conversation.hpp"

namespace sereno::rehearsal {

/// Where a captive portal sends everybody.
inline constexpr const char* portal_host = "login.portal.example";

/// A platform's front end, with the headers of the company that runs it (PagePlan::edge). Meta's in trouble
/// answers as on 2021-10-04: 503 with `proxy-status`.
HttpAnswer answer_front_end(const PagePlan& page, Condition condition, const HttpRequest& request);
/// What a captive portal answers to every request over plain HTTP.
HttpAnswer answer_portal();
/// A connectivity-check page, over plain HTTP.
HttpAnswer answer_control(const NameControlPlan& control, Condition condition, const HttpRequest& request);
/// The health page of one of the team's programs.
HttpAnswer answer_app(Condition condition, const HttpRequest& request);

}  // namespace sereno::rehearsal
