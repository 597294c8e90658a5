// What the world's web servers answer, depending on the condition of their node. Pure.
#pragma once

#include "agent/rehearsal/plan.hpp"
#include "agent/rehearsal/world/http_conversation.hpp"

namespace sereno::rehearsal {

/// A platform's front end. In trouble it answers as Meta's edge did on 2021-10-04: 503 with `proxy-status`.
HttpAnswer answer_front_end(const PagePlan& page, Condition condition, const HttpRequest& request);
/// A connectivity-check page, over plain HTTP.
HttpAnswer answer_control(const NameControlPlan& control, Condition condition, const HttpRequest& request);
/// The health page of one of the team's programs.
HttpAnswer answer_app(Condition condition, const HttpRequest& request);

}  // namespace sereno::rehearsal
