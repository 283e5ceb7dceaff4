// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/headend/ca_tables.hpp"
#include "sim/headend/carousel.hpp"
#include "sim/headend/file_tables.hpp"
#include "sim/headend/headend.hpp"
#include "sim/headend/key_schedule.hpp"
#include "sim/headend/service_plan.hpp"

#include <cihost/error.hpp>
#include <cihost/ts/pid_filter.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace cihost::sim {

/// The tables and CA messages that the head-end adds to a file: fills a carousel with them, and
/// changes them.
class broadcast {
  public:
    broadcast(const headend_settings& settings, file_tables tables, service_plan plan,
              key_schedule& keys, carousel& out);

    /// Begins to send. errc::too_large when a PMT has no room for its CA descriptors.
    error_code begin(std::string& why);
    /// PIDs of which the file's own packets are dropped, because ours replace them.
    const ts::pid_filter& replaced() const noexcept { return replaced_; }

    /// Gives the group's ECMs another PID from t on; true when the PMTs still fit.
    bool move_ecm_pid(std::size_t group, pmt_version version, duration t);
    /// Gives the PMT of a scrambled service another PID from t on, by a new PAT.
    void move_pmt_pid(std::uint16_t program_number, duration t);

    /// What is not sent any more from t on, or again: the PMT of a service, by its program_number;
    /// ECMs, by their group; the PAT or EMMs, whatever the number.
    void withhold(broadcast_part part, std::size_t number, bool away, duration t);

    /// How long ECMs go on where they were, for hosts that follow a PMT slowly.
    static constexpr duration old_ecm_pid_lasts = std::chrono::seconds{2};

    /// The broadcast time goes on by this much, though nothing was sent.
    void skip(duration time) noexcept { skipped_ += time; }

    const service_plan& plan() const noexcept { return plan_; }

  private:
    /// A PMT on air: replaced as a whole when it changes.
    struct pmt_on_air {
        std::size_t carousel_number = 0;
        std::uint8_t version = 0;
        bytes section;
    };

    result<bytes> make_pmt(const file_tables::service& service) const;
    error_code begin_pmts(std::string& why);
    void begin_tables();
    void begin_messages();
    std::size_t send_ecms(std::size_t group);
    std::size_t send_emms();
    std::size_t send_pat();
    void restore(broadcast_part part, std::size_t number);
    void send_pmt(pmt_on_air& on_air, ts::pid_t pid);
    bytes make_pat() const;
    const planned_service* planned(std::uint16_t program_number) const noexcept;
    std::chrono::sys_seconds utc(duration t) const noexcept;

    headend_settings settings_;
    duration skipped_{0};
    file_tables tables_;
    service_plan plan_;
    key_schedule& keys_;
    carousel& out_;
    ts::pid_filter replaced_;
    /// By program_number.
    std::map<std::uint16_t, pmt_on_air> pmts_;
    /// Our own, once there is one.
    std::optional<std::size_t> pat_;
    std::uint8_t pat_version_ = 0;
    /// The carousel's number of each group's ECMs.
    std::vector<std::size_t> ecms_;
    std::size_t emms_ = 0;
    std::set<std::pair<broadcast_part, std::size_t>> withheld_;
};

} // namespace cihost::sim
