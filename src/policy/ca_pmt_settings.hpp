// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/time.hpp>

#include <chrono>

namespace cihost::policy {

/// How services come onto a module's list.
enum class ca_pmt_listing {
    /// ONLY for the first, ADD for each further one: nothing that runs is touched.
    only_then_add,
    /// ADD for the first one too, for modules that restart everything at an ONLY.
    add,
    /// The whole list each time, FIRST, MORE …, LAST (ONLY for one), for modules that take no ADD.
    /// What would be an ADD elsewhere is the whole list then.
    whole_list,
};

/// How a module is told that a service on its list has other content.
enum class ca_pmt_change {
    update,
    /// For modules that ignore an UPDATE.
    add,
    /// UPDATE with not_selected, then ADD, for modules that begin anew only so.
    replace,
};

/// How a module is told that a service is not wanted any more.
enum class ca_pmt_withdrawal {
    /// UPDATE with not_selected.
    not_selected,
    /// The list without it: ONLY for one that is left, else FIRST, MORE …, LAST. The last service
    /// of all goes by not_selected.
    whole_list,
    /// ADD with not_selected: for modules that stop others at an UPDATE, and for a moment at a
    /// list.
    add,
    /// UPDATE with not_selected while two or more are left; ONLY for one that is left.
    last_by_only,
};

/// What a module needs in the matter of CA_PMTs; data, not code.
struct ca_pmt_settings {
    ca_pmt_listing listing = ca_pmt_listing::only_then_add;
    ca_pmt_change change = ca_pmt_change::update;
    ca_pmt_withdrawal withdrawal = ca_pmt_withdrawal::not_selected;
    /// From CA_INFO (the first, or one with another list) to the first CA_PMT: some modules ignore
    /// what comes before they settled.
    duration settle{0};
    /// Pause between two CA_PMTs to the same CA Support session; FIRST … LAST count as one.
    duration pace{0};
    /// Services, and elementary streams of all services, that a module is asked for at most; 0 = no
    /// limit. Who came first stays; what does not fit waits. Of a service that alone has too many
    /// streams those are named that matter most.
    unsigned max_services = 0;
    unsigned max_streams = 0;
    /// Only video, audio and subtitles are named, for modules with few descrambler channels. A
    /// service that has none of them is named whole.
    bool presentation_streams_only = false;
    /// CA descriptors that are the same on every stream that has any go to programme level.
    bool raise_ca_descriptors = false;
    /// How long an empty (or missing) list of CA systems is waited out before every CA descriptor
    /// is passed to the module.
    duration ca_info_patience = std::chrono::seconds{10};
    /// A list of CA systems repeated unchanged makes CA_PMTs go out again this often at most.
    duration renewal_pause = std::chrono::seconds{5};

    friend bool operator==(const ca_pmt_settings&, const ca_pmt_settings&) = default;
};

/// `base`, and what `changed` has otherwise than `from`.
inline ca_pmt_settings with_differences(ca_pmt_settings base, const ca_pmt_settings& from,
                                        const ca_pmt_settings& changed) {
    const auto carry = [&](auto member) {
        if (changed.*member != from.*member)
            base.*member = changed.*member;
    };
    carry(&ca_pmt_settings::listing);
    carry(&ca_pmt_settings::change);
    carry(&ca_pmt_settings::withdrawal);
    carry(&ca_pmt_settings::settle);
    carry(&ca_pmt_settings::pace);
    carry(&ca_pmt_settings::max_services);
    carry(&ca_pmt_settings::max_streams);
    carry(&ca_pmt_settings::presentation_streams_only);
    carry(&ca_pmt_settings::raise_ca_descriptors);
    return base;
}

} // namespace cihost::policy
