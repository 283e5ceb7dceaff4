// SPDX-License-Identifier: LGPL-2.1-or-later

/// What a module_host does when one service costs another.
///
/// That is no trial of the ladder's, which never touches what runs: it is a module that does not
/// bear the standard's own way (an ADD that is one too many, an UPDATE, not_selected). Before it
/// happens nothing tells, unless what the module says of itself is known, by a profile or from
/// earlier: there is no enquiry that such modules answer truly (quirk 45), with one service there
/// is none to be disturbed, and every other way (ADD of a known service, a list) is what disturbs
/// other modules. So it costs one interruption, of 1 to 2 s, once for each kind of module: what
/// helps is kept by cam_memory, on the disk within a second or two.

#include "policy/ca_pmt_strategy.hpp"
#include "policy/module_host.hpp"

#include <chrono>
#include <string>

namespace cihost::policy {

namespace {

using namespace std::chrono_literals;

/// Until then a service comes back that had to make room for another.
constexpr auto comes_back_within = 4s;

std::string service_number(std::uint16_t program_number) {
    return "service " + std::to_string(program_number);
}

} // namespace

void module_host::see_disturbances(time_point now) {
    for (const auto& [program_number, sight] : sights_) {
        const auto* const r = recovery_.request(program_number);
        const bool asked = r != nullptr && r->at != never;
        disturbances_.see(program_number,
                          sight.received && asked ? std::optional{!sight.scrambled} : std::nullopt,
                          now);
    }
    while (const auto found = disturbances_.next(now))
        act(*found, now);
    const auto menu_gone = menu_gone_at();
    const bool by_menu = menu_waits() || (limit_tried_ && menu_gone != never &&
                                          menu_gone >= limit_tried_->until - comes_back_within);
    if (limit_tried_ && !by_menu && recovery_.clear(limit_tried_->victim)) {
        known_ = plan_.settings();
        limit_tried_.reset();
        log(severity::warning, "the module descrambles " + std::to_string(known_.max_services) +
                                   " at a time: what is wanted beyond waits.");
        outputs_.emplace_back(strategy_tried{known_, true, true});
    } else if (limit_tried_ && (by_menu || now >= limit_tried_->until)) {
        // it was something else
        limit_tried_.reset();
        plan_.use(known_, false, now);
    }
}

void module_host::act(const disturbance& found, time_point now) {
    using cause = disturbance::cause;
    auto other_way = known_;
    switch (found.what) {
    case cause::addition:
        // a moment's pause is the price of a service more
        if (!found.lasting || limit_tried_ ||
            (known_.max_services > 0 && known_.max_services <= found.clear_before))
            return;
        log(severity::warning, service_number(found.victim) + " stopped when " +
                                   service_number(found.by) +
                                   " was added: it is tried without that one.");
        other_way = plan_.settings();
        other_way.max_services = found.clear_before;
        limit_tried_ = {found.victim, now + comes_back_within};
        plan_.use(other_way, false, now);
        return;
    case cause::update:
        other_way.change = ca_pmt_change::add;
        if (other_way.withdrawal == ca_pmt_withdrawal::not_selected ||
            other_way.withdrawal == ca_pmt_withdrawal::last_by_only)
            other_way.withdrawal = ca_pmt_withdrawal::whole_list;
        break;
    case cause::withdrawal:
        other_way.withdrawal = ca_pmt_withdrawal::whole_list;
        break;
    case cause::list:
        if (other_way.listing == ca_pmt_listing::whole_list) {
            other_way.listing = ca_pmt_listing::add;
            other_way.withdrawal = ca_pmt_withdrawal::not_selected;
        } else if (other_way.withdrawal == ca_pmt_withdrawal::whole_list) {
            // which was chosen because an UPDATE costs something, too
            other_way.withdrawal = ca_pmt_withdrawal::add;
        } else if (other_way.withdrawal == ca_pmt_withdrawal::last_by_only) {
            other_way.withdrawal = ca_pmt_withdrawal::not_selected;
        }
        break;
    }
    // a module that forgot it does not know what an UPDATE is about
    if (found.lasting)
        plan_.tell_again(found.victim, ca_pmt_change::add, now);
    // one that is disturbed by every way is not told each time in another
    const bool new_way = strategy_of(other_way) != strategy_of(known_);
    if (!new_way || list_tried_for_ || ways_changed_ >= most_ways)
        return;
    ++ways_changed_;
    log(severity::warning, service_number(found.victim) +
                               " was interrupted when the module was "
                               "told of " +
                               service_number(found.by) +
                               ": from now on it is told in another way.");
    outputs_.emplace_back(strategy_tried{known_, false});
    known_ = other_way;
    plan_.use(known_, false, now);
    // nothing has shown yet that it is better, but a host that begins anew must not go back
    outputs_.emplace_back(strategy_tried{known_, true});
}

} // namespace cihost::policy
