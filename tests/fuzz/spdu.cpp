// SPDX-License-Identifier: LGPL-2.1-or-later
/// Any SPDUs to the session layer, with the resources on top. Input: [length][SPDU]…, FF asks the
/// host to close the session whose number follows.

#include "base/cursor.hpp"
#include "en50221/resources.hpp"
#include "en50221/session_layer.hpp"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <variant>

using namespace cihost;
using namespace cihost::en50221;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    cursor input{{data, size}};
    session_layer sessions{offered_resources({})};
    resources top;
    std::set<std::uint16_t> open;
    time_point now{std::chrono::hours{1}};
    top.set_time({{}, {}, now}, now);
    const auto require = [](bool condition) {
        if (!condition)
            std::abort();
    };
    while (!input.empty()) {
        const auto length = input.u8();
        if (length == 0xFF)
            sessions.close(input.u8());
        else
            sessions.receive(input.take(std::min<std::size_t>(length, input.left())));
        while (auto what = sessions.next()) {
            if (const auto* apdus = std::get_if<session_layer::apdus>(&*what)) {
                require(open.count(apdus->session_nb) == 1 && !apdus->data.empty());
                top.receive(apdus->session_nb, apdus->data, now);
                continue;
            }
            const auto& e = std::get<event>(*what);
            if (const auto* opened = std::get_if<session_opened>(&e)) {
                require(opened->session_nb != 0 && open.insert(opened->session_nb).second);
                top.session_opened(opened->session_nb, opened->resource, now);
            } else if (const auto* closed = std::get_if<session_closed>(&e)) {
                require(open.erase(closed->session_nb) == 1);
                top.session_closed(closed->session_nb);
            }
        }
        require(open.size() <= session_layer::max_sessions);
        top.tick(now += std::chrono::milliseconds{300});
        require(top.deadline() > now);
        while (top.next_event()) {
        }
        while (const auto apdu = top.next_apdu())
            sessions.send(apdu->session_nb, apdu->data);
        while (const auto session_nb = top.next_close())
            sessions.close(*session_nb);
        while (const auto spdu = sessions.next_spdu())
            require(spdu->size() >= 4);
    }
    sessions.disconnected();
    return 0;
}
