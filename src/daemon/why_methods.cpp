// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/why_methods.hpp"

#include "daemon/rpc_params.hpp"

#include <boost/json/array.hpp>

namespace cihost::daemon {

namespace json = boost::json;

void why_methods::add_to(rpc_dispatcher& dispatcher) {
    dispatcher.add("why", [this](const json::object& params, const rpc_dispatcher::reply& done) {
        done(json::value(why(params)));
    });
}

json::object why_methods::why(const json::object& params) {
    const rpc_params p{params, {"service", "receiver"}};
    const auto answer = inquiry_.ask(p.required_service("service"), p.text("receiver"));
    const auto& verdict = answer.verdict;
    json::array evidence;
    for (const auto& [what, value] : verdict.evidence)
        evidence.push_back({{"what", what}, {"value", value}});
    return {{"service", {{"program_number", answer.program_number}, {"name", answer.name}}},
            {"receiver", answer.receiver ? json::value(*answer.receiver) : json::value()},
            {"cause", policy::name(verdict.found.cause)},
            {"clear", policy::is_clear(verdict.found.cause)},
            {"sentence", verdict.found.sentence},
            {"remedy", verdict.remedy},
            {"evidence", std::move(evidence)}};
}

} // namespace cihost::daemon
