// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/rpc_dispatcher.hpp"

#include "base/suggestion.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace cihost::daemon {
namespace {

namespace json = boost::json;

std::string line_of(const json::value& message) { return json::serialize(message) + "\n"; }

json::object error_response(const json::value& id, const rpc_error& error) {
    return {{"jsonrpc", "2.0"},
            {"id", id},
            {"error", {{"code", static_cast<int>(error.code())}, {"message", error.message()}}}};
}

json::object response(const json::value& id, rpc_outcome outcome) {
    if (const auto* error = std::get_if<rpc_error>(&outcome))
        return error_response(id, *error);
    json::object object{{"jsonrpc", "2.0"}, {"id", id}};
    object["result"] = std::move(std::get<json::value>(outcome));
    return object;
}

rpc_error invalid(std::string message) { return {rpc_code::invalid_request, std::move(message)}; }

/// Throws rpc_error if the request is not one.
void check_request(const json::object& request) {
    const auto* version = request.if_contains("jsonrpc");
    if (version == nullptr || *version != json::value("2.0"))
        throw invalid("A request must say \"jsonrpc\": \"2.0\".");
    const auto* method = request.if_contains("method");
    if (method == nullptr || !method->is_string())
        throw invalid("A request must name its \"method\" as text.");
    if (const auto* id = request.if_contains("id");
        id != nullptr && !id->is_string() && !id->is_number() && !id->is_null())
        throw invalid("The \"id\" of a request must be a number or text.");
}

} // namespace

void rpc_dispatcher::add(std::string name, method code) {
    add_for_client(std::move(name),
                   [code = std::move(code)](const json::object& params, const client&, reply done) {
                       code(params, std::move(done));
                   });
}

void rpc_dispatcher::add_for_client(std::string name, client_method code) {
    methods_.insert_or_assign(std::move(name), std::move(code));
}

void rpc_dispatcher::handle(std::string_view line, answer done, const client& who) const {
    json::parse_options options;
    options.max_depth = max_depth;
    boost::system::error_code failed;
    const auto message = json::parse(line, failed, {}, options);
    if (failed) {
        done(rpc_error_line(
            {rpc_code::parse_error, "This is not a line of JSON: " + failed.message() + "."}));
        return;
    }
    if (const auto* requests = message.if_array()) {
        batch(*requests, who, std::move(done));
        return;
    }
    call(message, who, [done = std::move(done)](const json::value& answered) {
        done(answered.is_null() ? std::string{} : line_of(answered));
    });
}

void rpc_dispatcher::batch(const json::array& requests, const client& who, answer done) const {
    if (requests.empty() || requests.size() > max_batch) {
        done(rpc_error_line(invalid("A batch holds 1 to " + std::to_string(max_batch) +
                                    " requests, this one holds " + std::to_string(requests.size()) +
                                    ".")));
        return;
    }
    struct gathering {
        json::array answers;
        std::size_t open = 0;
        answer done;
    };
    auto all = std::make_shared<gathering>();
    all->open = requests.size();
    all->done = std::move(done);
    for (const auto& request : requests)
        call(request, who, [all](json::value answered) {
            if (!answered.is_null())
                all->answers.push_back(std::move(answered));
            if (--all->open == 0)
                all->done(all->answers.empty() ? std::string{} : line_of(all->answers));
        });
}

void rpc_dispatcher::call(const json::value& request, const client& who,
                          std::function<void(json::value)> done) const {
    json::value id;
    bool notification = false;
    try {
        const auto* object = request.if_object();
        if (object == nullptr)
            throw invalid("A request must be a JSON object.");
        check_request(*object);
        if (const auto* given = object->if_contains("id"))
            id = *given;
        else
            notification = true;

        static const json::object none;
        const auto* params = object->if_contains("params");
        if (params != nullptr && !params->is_object())
            throw rpc_error{rpc_code::invalid_params,
                            "\"params\" must be an object: parameters go by name."};

        // once: a method that replied and then throws must not answer twice
        auto open = std::make_shared<std::function<void(json::value)>>(std::move(done));
        invoke(object->at("method").get_string(), params != nullptr ? params->get_object() : none,
               who, [open, id, notification](rpc_outcome outcome) {
                   if (auto waiting = std::exchange(*open, nullptr))
                       waiting(notification ? json::value{} : response(id, std::move(outcome)));
               });
    } catch (const rpc_error& e) {
        done(notification ? json::value{} : error_response(id, e));
    }
}

void rpc_dispatcher::invoke(std::string_view name, const json::object& params, const client& who,
                            const reply& done) const {
    const auto found = methods_.find(name);
    if (found == methods_.end()) {
        std::vector<std::string> names;
        for (const auto& [known, code] : methods_)
            names.push_back(known);
        std::string message = "There is no method '" + std::string(name) + "'";
        if (const auto meant = suggestion(name, names))
            message += "; did you mean '" + *meant + "'?";
        else
            message += ".";
        message += " Methods: " + join(names);
        return done(rpc_error{rpc_code::method_not_found, message});
    }
    try {
        found->second(params, who, done);
    } catch (const rpc_error& e) {
        done(e);
    } catch (const std::exception& e) {
        done(rpc_error{rpc_code::internal_error,
                       "cihostd failed at this request: " + std::string(e.what())});
    }
}

std::string rpc_error_line(const rpc_error& error) {
    return line_of(error_response(nullptr, error));
}

std::string rpc_notification_line(std::string_view method, json::object params) {
    json::object message{{"jsonrpc", "2.0"}, {"method", method}};
    message["params"] = std::move(params);
    return line_of(message);
}

} // namespace cihost::daemon
