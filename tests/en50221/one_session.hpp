// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/hex.hpp"
#include "en50221/resources.hpp"
#include "support/catch.hpp"

#include <cihost/bytes.hpp>
#include <cihost/en50221/event.hpp>
#include <cihost/en50221/resource_id.hpp>
#include <cihost/time.hpp>

#include <chrono>
#include <string>
#include <variant>
#include <vector>

namespace cihost::test {

/// The resources with one open session of them, number 5; what opening it says is over.
struct one_session {
    one_session(const en50221::resource_settings& settings, en50221::resource_id resource)
        : layer{settings} {
        layer.session_opened(5, resource, now);
        sent();
    }

    /// APDUs, each for the session.
    std::vector<std::string> sent() {
        std::vector<std::string> all;
        while (const auto apdu = layer.next_apdu()) {
            CHECK(apdu->session_nb == 5);
            all.push_back(to_hex(apdu->data));
        }
        return all;
    }
    std::vector<std::string> say(const bytes& apdus) {
        layer.receive(5, apdus, now);
        return sent();
    }
    template<class Event>
    Event next() {
        auto what = layer.next_event();
        REQUIRE(what);
        REQUIRE(std::holds_alternative<Event>(*what));
        return std::get<Event>(*what);
    }
    bool silent() { return !layer.next_event(); }

    time_point now{std::chrono::hours{1}};
    en50221::resources layer;
};

} // namespace cihost::test
