// A service that speaks its documented API, from one readable file under services/: what it demands of a
// request, how it refuses one that does not meet a demand, and the conversations to be tried with it.
//
//   channel   as under `channels:` in a configuration; HERE is the server
//   to        the person's address there
//   text      where the alert's text arrives: {at: JSON pointer}, {field: of a form}; nothing: nowhere
//   entities  true: &, < and > arrive as &amp; &lt; and &gt;
//   any_2xx   true: the service is nobody's in particular, and a 2xx is all that is known of it
//   demands   in this order: method, path, query, header, basic, at, field or signed; with `is` (a final * is
//   any
//             ending) or `most` (characters); `else` is the answer when it is not met. `recovered` likewise,
//             when it is over
//   answer    when all are met; `word` is what must be kept of it
//   cases     `answer` is sent whatever was asked; `channel` or `to` make another request. `is` and `word`
//   are
//             what must come of it, and `wait` the time that the service asked for
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "json_service.hpp"

namespace sereno::test {

struct Demand {
    std::string what;  ///< "method", "path", "query", "header", "basic", "at", "field", "signed"
    std::string name;  ///< of a header, query, field or JSON pointer
    std::optional<std::string> is;
    std::size_t most = 0;  ///< characters; 0: any
    JsonService::Reply otherwise;
};

struct Case {
    std::string name, channel, to;
    std::optional<JsonService::Reply> answer;
    std::string is, word;
    std::string wait;  ///< "17s"; empty: none
};

struct ServiceScript {
    std::string id;  ///< of the recipe: the file's name
    std::string channel, to;
    std::string text_at, text_field;
    bool entities = false, any_2xx = false;
    std::vector<Demand> demands, recovered;
    JsonService::Reply answer;
    std::string word;
    std::vector<Case> cases;
};

/// Throws when the file does not say what it should.
ServiceScript read_script(const std::string& path);

/// Whatever the demands say; the answer when all are met.
JsonService::Reply answer_to(const ServiceScript& script, const std::vector<Demand>& demands,
                             const JsonService::Request& request);

/// What arrived in the place of the text; empty: nothing.
std::string text_in(const ServiceScript& script, const JsonService::Request& request);

std::size_t characters(const std::string& utf8);

}  // namespace sereno::test
