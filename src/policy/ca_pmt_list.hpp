// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "policy/ca_pmt_settings.hpp"

#include <cihost/en50221/ca_pmt.hpp>
#include <cihost/time.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace cihost::policy {

/// What one CA Support session was told, and the CA_PMTs that bring it to what it is to have: list
/// management as ca_pmt_settings say.
class ca_pmt_list {
  public:
    struct entry {
        en50221::ca_pmt value;
        time_point requested_at = never;
        /// Made while the module had told no CA systems.
        bool unfiltered = false;
        /// How it came onto the list.
        en50221::list_management begun_by = en50221::list_management::only;
        /// To be told again all the same.
        bool stale = false;
        /// In this way, whatever the settings say.
        std::optional<ca_pmt_change> stale_by = {};
    };
    using services = std::vector<en50221::ca_pmt>;

    /// The next CA_PMT on the way to `targets`, entered into the book; nothing when there is none.
    std::optional<en50221::ca_pmt> next(const services& targets, const ca_pmt_settings& settings,
                                        bool unfiltered, time_point now);
    /// The same without telling anything new: withdraws what `keeps` does not name.
    std::optional<en50221::ca_pmt> next_withdrawal(const std::set<std::uint16_t>& keeps,
                                                   ca_pmt_withdrawal how);

    /// A list was begun and has to be gone through without pause.
    bool list_under_way() const noexcept { return !rest_.empty(); }
    /// Everything told up to `then` has to be told again.
    void renew(time_point then);
    /// One service has to be told again; nothing happens to one that was not told. `how`: not as
    /// the settings say.
    void tell_again(std::uint16_t program_number, std::optional<ca_pmt_change> how);

    bool empty() const noexcept { return told_.empty(); }
    /// Nothing for a service that the module was not told.
    const entry* find(std::uint16_t program_number) const;
    /// Also while it is taken off to be told anew.
    bool holds(std::uint16_t program_number) const {
        return told_.contains(program_number) || replaced_.contains(program_number);
    }

  private:
    std::optional<en50221::ca_pmt> next_change(const services& targets,
                                               const ca_pmt_settings& settings, bool unfiltered,
                                               time_point now);
    void renumber(en50221::ca_pmt& value) const;
    en50221::ca_pmt tell(en50221::ca_pmt value, en50221::list_management list, bool unfiltered,
                         time_point now);
    en50221::ca_pmt tell_all(services all, bool unfiltered, time_point now);
    en50221::ca_pmt next_of_list();
    en50221::ca_pmt withdraw(std::uint16_t program_number, ca_pmt_withdrawal how);

    std::map<std::uint16_t, entry> told_;
    /// Taken off by ca_pmt_change::replace, and not told again yet.
    std::set<std::uint16_t> replaced_;
    /// Of a list that was begun.
    std::deque<en50221::ca_pmt> rest_;
};

} // namespace cihost::policy
