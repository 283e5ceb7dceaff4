// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "policy/ca_pmt_list.hpp"
#include "policy/ca_pmt_settings.hpp"

#include <cihost/en50221/ca_pmt.hpp>
#include <cihost/en50221/ca_pmt_reply.hpp>
#include <cihost/time.hpp>
#include <cihost/ts/pmt.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace cihost::policy {

/// Where a wanted service stands, seen from the module's side.
enum class service_phase {
    /// No PMT for it yet.
    no_pmt,
    /// Its PMT has no CA descriptors.
    free_to_air,
    /// No module, or its CA Support is not open.
    no_module,
    /// CA Support is open; the list of CA systems is still awaited.
    module_starting,
    /// None of the service's CA systems is one of the module's.
    no_common_ca_system,
    /// The module is asked for as much as it can do at a time already.
    over_capacity,
    /// A CA_PMT waits for the pace, or for the module to settle.
    queued,
    /// The module has its CA_PMT.
    requested,
};

struct service_status {
    service_phase phase = service_phase::no_pmt;
    /// CA systems of the CA_PMT sent.
    std::vector<std::uint16_t> ca_system_ids;
    /// The CA_PMT has every CA descriptor of the service: the module told no CA systems.
    bool unfiltered = false;
    time_point wanted_at = never;
    /// Last change of the PMT's content.
    time_point pmt_at = never;
    /// When the latest CA_PMT that the module has was handed over; never before `requested`.
    time_point requested_at = never;
    /// Since the service is wanted.
    unsigned ca_pmts_sent = 0;
    std::optional<en50221::ca_pmt_reply> reply;
};

struct outgoing_ca_pmt {
    std::uint16_t session_nb = 0;
    en50221::ca_pmt value;
};

/// Decides which CA_PMTs one module gets for the services wanted from one multiplex, by default so
/// that no service ever disturbs another: ONLY when the module has none (or none that is still
/// wanted), then ADD; UPDATE when the *content* changed, whatever the version says; UPDATE with
/// not_selected to withdraw. Descriptors are filtered to the CA systems of each CA Support
/// session, and stay on their level and in their order. Modules that need something else get it by
/// ca_pmt_settings.
///
/// Call protocol: report what happens; then take next() until it gives nothing; tick() at
/// deadline().
class ca_pmt_plan {
  public:
    explicit ca_pmt_plan(const ca_pmt_settings& settings = {})
        : settings_{settings} {}

    void want(std::uint16_t program_number, time_point now);
    void unwant(std::uint16_t program_number, time_point now);
    /// A service is asked for by these CA systems alone, of those that a session lists; empty: by
    /// all.
    void use_systems(std::uint16_t program_number, std::vector<std::uint16_t> ca_system_ids,
                     time_point now);

    /// A PMT as received; calling it again with the same content does nothing.
    void pmt_received(const ts::pmt& table, time_point now);
    void pmt_gone(std::uint16_t program_number, time_point now);
    /// Another multiplex: every PMT is gone; the module is told to forget its services.
    void retuned(time_point now);

    void ca_session_opened(std::uint16_t session_nb, time_point now);
    void ca_session_closed(std::uint16_t session_nb, time_point now);
    /// Replaces the session's list, and makes every CA_PMT of the session go out again, EN 50221
    /// §8.4.3: at once when it differs from the one before (a card was swapped), else when
    /// renewal_pause allows.
    void ca_info_received(std::uint16_t session_nb, std::vector<std::uint16_t> ca_system_ids,
                          time_point now);
    void ca_pmt_reply_received(const en50221::ca_pmt_reply& reply, time_point now);
    /// Every session is gone with the module.
    void module_lost(time_point now);

    const ca_pmt_settings& settings() const noexcept { return settings_; }
    /// From now on. What the module was told stays, except where content is another; with `anew`
    /// all of it is told again.
    void use(const ca_pmt_settings& settings, bool anew, time_point now);
    /// Tells a service again although nothing has changed, not as settings() say if `how` does.
    void tell_again(std::uint16_t program_number, std::optional<ca_pmt_change> how, time_point now);
    /// Whether it is the last that would have to make room.
    bool comes_first(std::uint16_t program_number) const;
    /// Whether the service came onto the module's list by ONLY.
    bool begun_by_only(std::uint16_t program_number) const;
    /// What the CA_PMTs of one service hold is as these say, whatever settings() say; nothing: as
    /// all others. False: that makes no difference to what the module was told.
    bool use_content(std::uint16_t program_number, const std::optional<ca_pmt_settings>& settings,
                     time_point now);

    void tick(time_point now) { now_ = now; }
    time_point deadline() const;
    std::optional<outgoing_ca_pmt> next(time_point now);

    /// Nothing for a service that is not wanted.
    std::optional<service_status> status(std::uint16_t program_number) const;
    const std::set<std::uint16_t>& wanted() const noexcept { return wanted_; }
    /// Union of the open sessions' lists; nothing while none has come.
    std::optional<std::vector<std::uint16_t>> ca_system_ids() const;
    /// Whether some session told no CA systems and its patience is over: everything is passed.
    bool unfiltered() const;

  private:
    struct session {
        /// When the list came, or the session opened.
        time_point listed_at = never;
        /// The first list, or the latest that differs.
        time_point settles_since = never;
        bool listed = false;
        std::vector<std::uint16_t> ca_system_ids;
        ca_pmt_list told;
        std::optional<time_point> last_sent;
        /// When the list came last, if it was the one before.
        time_point repeated_at = never;
        std::optional<time_point> renewed_at;
    };
    struct service {
        ts::pmt table;
        time_point changed_at = never;
    };
    struct record {
        time_point wanted_at = never;
        unsigned ca_pmts_sent = 0;
        std::optional<en50221::ca_pmt_reply> reply;
        /// Empty: all.
        std::vector<std::uint16_t> ca_system_ids;
        std::optional<ca_pmt_settings> content = {};
    };

    bool usable(const session& s) const;
    time_point renewal_due(const session& s) const;
    void renew(session& s);
    std::optional<en50221::ca_pmt> desired(const session& s, std::uint16_t program_number) const;
    /// What the module is to have, first come first, as far as it can take it.
    std::vector<en50221::ca_pmt> targets(const session& s) const;
    bool is_target(const session& s, std::uint16_t program_number) const;
    std::optional<en50221::ca_pmt> next_step(session& s) const;
    time_point ready_at(const session& s) const;

    ca_pmt_settings settings_;
    std::set<std::uint16_t> wanted_;
    std::map<std::uint16_t, service> services_;
    std::map<std::uint16_t, record> records_;
    std::map<std::uint16_t, session> sessions_;
    time_point now_ = time_point::min();
};

} // namespace cihost::policy
