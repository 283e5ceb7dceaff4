// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/cam/fault.hpp"
#include "sim/cam/menu_page.hpp"

#include <cihost/bytes.hpp>
#include <cihost/time.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace cihost::sim {

/// How a module speaks.
struct link_behaviour {
    /// Longer SPDUs leave in Data_More and Data_Last objects, so that the host has to join them.
    std::size_t fragment_size = 250;
    /// From a C_TPDU until its R_TPDU can be read.
    duration answer_time{0};
    /// It dies of C_TPDUs that follow one another faster than this, until it is reset; 0 = never.
    /// Only those that carry nothing count: polls.
    duration shortest_poll{0};
};

/// What a module wants of the host's resources besides what every module wants.
struct session_behaviour {
    /// Opened, and open, before CA Support is asked for; refused, they are asked for again.
    std::vector<std::uint32_t> waits_for;
    /// Asked for again and again although the host does not have them; all else goes on.
    std::vector<std::uint32_t> insists_on;
    duration ask_again = std::chrono::milliseconds{500};
    /// CA Support is opened again this long after CA_INFO, without a word about the session that
    /// is open; 0 = never.
    duration reopens_after{0};
};

/// CA_INFO, EN 50221 §8.4.3.
struct ca_info_behaviour {
    /// The list is empty at first, and comes unasked after that time; 0 = it is there at once.
    duration empty_for{0};
    /// Empty it stays.
    bool empty_always = false;
    /// Sent again unasked, this often; 0 = never.
    duration repeated_every{0};
};

/// How a module takes CA_PMTs, EN 50221 §8.4.3.4.
struct ca_pmt_behaviour {
    enum class obedience {
        obeyed,
        /// As if nothing had come.
        ignored,
        /// Of update: not_selected is obeyed, content is not changed. Of add: a service that the
        /// module knows is not changed.
        partly,
    };
    enum class list_event { only, list, add, update };

    /// What comes sooner than this after CA_INFO is ignored.
    duration ignored_for{0};
    /// A CA_PMT that follows another sooner than this: nothing is descrambled or obeyed any more
    /// until the module is reset.
    duration wedged_within{0};
    obedience only = obedience::obeyed;
    obedience add = obedience::obeyed;
    obedience update = obedience::obeyed;
    /// A service is not looked at again under the version_number that it is known by.
    bool minds_version = false;
    /// not_selected that leaves one service stops that one too.
    bool last_but_one_stops_all = false;
    /// Running services (of an update: the other ones) pass scrambled for restart_time after these.
    std::set<list_event> restarts_on;
    duration restart_time{0};
    /// CA descriptors of elementary streams are not read.
    bool programme_level_only = false;
    /// CA_PMT_REPLY follows each CA_PMT that asks for descrambling, not only a query.
    bool replies = false;
    /// Nothing is descrambled: "not possible for technical reasons", as the reply says.
    bool refuses = false;
    /// Two bytes too many in CA_PMT_REPLY, before CA_enable of the programme.
    bool long_reply = false;
};

/// How much a module can descramble at a time; 0 = no limit.
struct capacity_behaviour {
    unsigned services = 0;
    /// Elementary streams of all services.
    unsigned streams = 0;
    /// What is over it takes the place of the oldest service, else it is not descrambled.
    bool newest_wins = false;
};

struct card_behaviour {
    /// EMMs and ECMs are understood; otherwise it is a card of somebody else, or none.
    bool valid = true;
    /// Authorised before the module was put in: `cam_settings::earlier_emms` are on it.
    bool authorised = false;
    /// The entitlement ends so long after the last EMM, or after the first use of the card; 0 =
    /// never.
    duration lapses_after{0};
    /// The card stays in the module: a reset or a removal of the module leaves it as it is.
    bool outlives_reset = true;
};

/// What a module has to have before it descrambles anything.
struct need_behaviour {
    /// PIDs of the tables that have to come along in its stream, each again within
    /// `table_patience`.
    std::vector<std::uint16_t> table_pids;
    duration table_patience = std::chrono::seconds{30};
    bool date_time = false;
};

/// What comes out of a module's stream path.
struct stream_behaviour {
    /// Descrambled packets keep the scrambling bits they came with.
    bool leaves_scrambling_bits = false;
};

/// Everything that makes one module another than its neighbours; the defaults are a good module.
struct cam_behaviour {
    link_behaviour link;
    session_behaviour sessions;
    ca_info_behaviour ca_info;
    ca_pmt_behaviour ca_pmt;
    capacity_behaviour capacity;
    card_behaviour card;
    need_behaviour needs;
    stream_behaviour stream;
    menu_behaviour menu;
    std::vector<fault_rule> faults;
};

} // namespace cihost::sim
