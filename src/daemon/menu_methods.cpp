// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/menu_methods.hpp"

#include "daemon/rpc_params.hpp"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <optional>
#include <utility>

namespace cihost::daemon {
namespace {

namespace errc = boost::system::errc;
namespace json = boost::json;

/// Numbers beyond are no slot and no choice either.
unsigned small(std::uint64_t number) {
    constexpr auto most = std::numeric_limits<unsigned>::max();
    return static_cast<unsigned>(std::min<std::uint64_t>(number, most));
}

/// The slot that a request means.
struct place {
    place(receiver_set& receivers, const rpc_params& p)
        : receiver{receivers.only_or_named(p.text("receiver"))}
        , slot{p.number("slot").value_or(0)} {}

    std::string text() const {
        return "slot " + std::to_string(slot) + " of receiver '" + receiver.name + "'";
    }
    json::object result() const { return {{"receiver", receiver.name}, {"slot", slot}}; }

    void check(const error_code& failed) const {
        if (!failed)
            return;
        if (failed == errc::no_such_file_or_directory)
            throw rpc_error{rpc_code::not_found,
                            "There is no " + text() + ": it has " +
                                std::to_string(receiver.port->report().cams.size()) +
                                ", counted from 0."};
        if (failed == errc::resource_unavailable_try_again)
            throw rpc_error{rpc_code::conflict, "No module is ready in " + text() +
                                                    "; 'status' says what is in the way."};
        if (failed.value() == ESTALE)
            throw rpc_error{rpc_code::conflict,
                            "The module in " + text() +
                                " does not show that any more, or has its answer; 'status' says "
                                "what it shows now."};
        if (failed == errc::invalid_argument)
            throw rpc_error{rpc_code::invalid_params,
                            "That is no answer to what the module in " + text() +
                                " shows. Allowed: for a menu 'choice', the number of one of its "
                                "choices from 1 on; for an enquiry 'text', of up to 120 bytes "
                                "without control characters; for all 'cancel'"};
        throw rpc_error{rpc_code::failed,
                        "The module in " + text() + " cannot be asked: " + failed.message() + "."};
    }

    receiver_set::member& receiver;
    std::uint64_t slot;
};

policy::menu_answer answer_in(const rpc_params& p) {
    const auto choice = p.number("choice");
    auto text = p.text("text");
    const bool cancel = p.flag("cancel").value_or(false);
    if (choice.has_value() + text.has_value() + cancel != 1)
        throw rpc_error{rpc_code::invalid_params,
                        "One of 'choice', 'text' and 'cancel' is the answer. Allowed: a number "
                        "from 1, text, true"};
    if (choice)
        return small(*choice);
    if (text)
        return std::move(*text);
    return policy::menu_cancel{};
}

} // namespace

json::object menu_methods::ask(const json::object& params) {
    const rpc_params p{params, {"receiver", "slot"}};
    const place where{receivers_, p};
    where.check(where.receiver.port->enter_menu(small(where.slot)));
    return where.result();
}

json::object menu_methods::answer(const json::object& params) {
    const rpc_params p{params, {"receiver", "slot", "id", "choice", "text", "cancel"}};
    const auto id = p.required_number("id");
    const auto with = answer_in(p);
    const place where{receivers_, p};
    where.check(where.receiver.port->answer_menu(small(where.slot), id, with));
    return where.result();
}

json::object menu_methods::close(const json::object& params) {
    const rpc_params p{params, {"receiver", "slot"}};
    const place where{receivers_, p};
    const auto failed = where.receiver.port->close_menu(small(where.slot));
    if (failed.value() == ESTALE)
        throw rpc_error{rpc_code::conflict, "The module in " + where.text() + " shows nothing."};
    where.check(failed);
    return where.result();
}

} // namespace cihost::daemon
