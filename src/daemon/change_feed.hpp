// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cihost::daemon {

/// What clients subscribe to.
enum class topic { receivers, cams, services, recordings, menus, log, measurements };

inline constexpr std::array topics{topic::receivers,   topic::cams,  topic::services,
                                   topic::recordings,  topic::menus, topic::log,
                                   topic::measurements};
/// "receivers", "cams" …
const char* name(topic about) noexcept;
std::optional<topic> topic_named(std::string_view word);

/// One thing that is different from before.
struct change {
    topic about = topic::receivers;
    /// As CONTROL.md has it: "topic", where the thing is, and its new "value".
    boost::json::object text;
};

/// Compares status reports: what became of each receiver, CAM, menu, service and recording from
/// one to the next. What changes all the time (counts, the signal, the seconds in a sentence) is
/// told as a measurement of the thing, and does not count as a change of it.
class change_feed {
  public:
    /// `status` as control_methods::report() makes it. The first one after forget() brings nothing:
    /// everything is new then. Measurements wait until they are wanted.
    std::vector<change> take(const boost::json::object& status, bool measurements_too);
    void forget();

  private:
    /// Names a thing: its topic, and where it is.
    using key = std::pair<topic, std::string>;
    struct thing {
        boost::json::object place;
        /// What counts as a change of it, and what as a measurement, as last told.
        boost::json::value told;
        boost::json::object measured;
        /// The latest state that it was found in.
        std::size_t seen = 0;
    };

    void look(topic about, boost::json::object place, const boost::json::object& value);
    void look_at_menu(boost::json::object place, const boost::json::value& menu);
    void tell(topic about, const boost::json::object& place, boost::json::value value);
    void take_away_gone();

    std::map<key, thing> things_;
    std::size_t state_ = 0;
    /// While one state is being taken.
    bool measurements_ = false;
    std::vector<change> changes_;
};

} // namespace cihost::daemon
