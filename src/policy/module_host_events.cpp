// SPDX-License-Identifier: LGPL-2.1-or-later

/// What a conversation tells, and what follows from it.

#include "policy/module_host.hpp"

#include <array>
#include <cstdio>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace cihost::policy {

namespace {

const char* describe(en50221::disconnected::why reason) {
    using why = en50221::disconnected::why;
    switch (reason) {
    case why::create_failed:
        return "it did not answer to the offer of a connection";
    case why::silent:
        return "it stopped answering";
    case why::deleted_by_module:
        return "it ended the connection";
    case why::write_failed:
        return "the device did not take what was written to it";
    case why::stopped:
        return "it was ended in order";
    }
    return "";
}

std::string resource(en50221::resource_id id) {
    const std::string name = en50221::resource_name(id);
    if (!name.empty())
        return name;
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "resource %08X", id.value);
    return text.data();
}

template<class Event>
constexpr bool concerns_receiver = std::is_same_v<Event, en50221::host_control_tune> ||
                                   std::is_same_v<Event, en50221::host_control_tune_broadcast> ||
                                   std::is_same_v<Event, en50221::host_control_replace> ||
                                   std::is_same_v<Event, en50221::host_control_clear_replace> ||
                                   std::is_same_v<Event, en50221::host_control_release_answered>;

} // namespace

void module_host::act(const en50221::event& what, time_point now) {
    std::visit(
        [&](const auto& e) {
            using type = std::decay_t<decltype(e)>;
            if constexpr (std::is_same_v<type, en50221::connected>) {
                log(severity::debug, "the connection to the module is up.");
            } else if constexpr (std::is_same_v<type, en50221::session_opened>) {
                log(severity::debug, "the module opened " + resource(e.resource) + ".");
                if (e.resource.same_resource(en50221::ca_support_v1))
                    plan_.ca_session_opened(e.session_nb, now);
            } else if constexpr (std::is_same_v<type, en50221::session_closed>) {
                log(severity::debug, "the session for " + resource(e.resource) + " was closed.");
                if (e.resource.same_resource(en50221::ca_support_v1)) {
                    plan_.ca_session_closed(e.session_nb, now);
                    outputs_.emplace_back(ca_systems_changed{});
                } else if (e.resource.same_resource(en50221::host_control_v1)) {
                    outputs_.emplace_back(module_asks{e});
                }
            } else if constexpr (std::is_same_v<type, en50221::session_refused>) {
                log(severity::info,
                    "the module asked for " + resource(e.resource) + ", which is not offered.");
                if (e.resource.same_resource(en50221::host_control_v1))
                    host_control_wanted_ = e.resource.version();
            } else if constexpr (std::is_same_v<type, en50221::application_info_received>) {
                if (!application_)
                    log(severity::info, "the module is \"" + e.info.menu_string + "\".");
                application_ = e.info;
                nameless_starts_ = 0;
                choose_profile(plan_.ca_system_ids(), now);
            } else if constexpr (std::is_same_v<type, en50221::ca_info_received>) {
                if (supervisor_.ready_at() != never && !initialised_)
                    ready_to_ca_info_ = now - supervisor_.ready_at();
                initialised_ = true;
                broke_off_.clear();
                supervisor_.initialised(now);
                choose_profile(e.ca_system_ids, now);
                plan_.ca_info_received(e.session_nb, e.ca_system_ids, now);
                card_told(now);
                outputs_.emplace_back(ca_systems_changed{});
            } else if constexpr (std::is_same_v<type, en50221::ca_pmt_reply_received>) {
                plan_.ca_pmt_reply_received(e.reply, now);
            } else if constexpr (std::is_same_v<type, en50221::ca_pmt_too_large>) {
                too_large_.insert(e.program_number);
                log(severity::error, "service " + std::to_string(e.program_number) +
                                         " is too large for this interface: the module cannot be "
                                         "asked to descramble it.");
            } else if constexpr (std::is_same_v<type, en50221::mmi_shown>) {
                menu_shown(e, now);
            } else if constexpr (std::is_same_v<type, en50221::mmi_closed>) {
                menu_closed(e.session_nb);
            } else if constexpr (std::is_same_v<type, en50221::menu_refused>) {
                menu_not_shown();
            } else if constexpr (std::is_same_v<type, en50221::cicam_reset_requested>) {
                const bool granted = supervisor_.reset_requested(now);
                if (violations_.pass(now))
                    log(severity::info, granted ? "the module asks to be reset, and is."
                                                : "the module asks to be reset too often: "
                                                  "it is not done.");
            } else if constexpr (concerns_receiver<type>) {
                outputs_.emplace_back(module_asks{e});
            } else if constexpr (std::is_same_v<type, en50221::suspect>) {
                log(severity::warning, "the module owes an answer.");
                supervisor_.suspect();
            } else if constexpr (std::is_same_v<type, en50221::responsive>) {
                log(severity::info, "the module answers again.");
                supervisor_.responsive();
            } else if constexpr (std::is_same_v<type, en50221::disconnected>) {
                log(e.reason == en50221::disconnected::why::stopped ? severity::info
                                                                    : severity::warning,
                    std::string{"the conversation with the module is over: "} + describe(e.reason) +
                        ".");
                lose(now);
                broke_off_ = describe(e.reason);
                supervisor_.disconnected(e.reason, now);
            } else if constexpr (std::is_same_v<type, en50221::violation>) {
                if (violations_.pass(now, 1 + e.more))
                    log(severity::warning,
                        e.what + (e.more > 0 ? " It sent " + std::to_string(e.more) +
                                                   " more such objects with it."
                                             : ""));
            }
        },
        what);
}

} // namespace cihost::policy
