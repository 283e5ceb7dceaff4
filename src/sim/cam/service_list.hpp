// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/cam/behaviour.hpp"
#include "sim/cam/ca_pmt_object.hpp"
#include "sim/cam/journal.hpp"

#include <cihost/time.hpp>

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace cihost::sim {

/// What the descrambler is to do for one service.
struct selected_service {
    struct stream {
        std::uint16_t elementary_pid = 0;
        /// Those whose ECMs this CAM reads, never empty.
        std::vector<std::uint16_t> ecm_pids;

        friend bool operator==(const stream&, const stream&) = default;
    };

    std::uint16_t program_number = 0;
    std::vector<stream> streams;
};

/// The services that CA_PMT objects put into the module, EN 50221 §8.4.3.4. Strict: `only` and
/// `first` drop every other service at once, `update` changes none that it does not know.
class service_list {
  public:
    service_list(std::vector<std::uint16_t> ca_system_ids, journal& log,
                 const ca_pmt_behaviour& behaviour = {})
        : ca_system_ids_{std::move(ca_system_ids)}
        , log_{log}
        , behaviour_{behaviour} {}

    void apply(const ca_pmt_object& object, time_point now);
    void clear(const char* reason, time_point now);

    /// Services with something to descramble, by program_number.
    std::vector<selected_service> selected() const;
    /// ECM PIDs, among those that govern the stream, of the CAM's own systems.
    std::vector<std::uint16_t> usable_ecm_pids(const ca_pmt_object& object,
                                               const ca_pmt_object::stream& s) const;

  private:
    using streams = std::vector<selected_service::stream>;

    /// Whether the object may change its own service.
    bool manage_list(const ca_pmt_object& object, time_point now);
    /// Why this module does not care for the object; nothing if it does.
    const char* reason_to_ignore(const ca_pmt_object& object) const;
    void deselect(std::uint16_t program_number, time_point now);
    void drop_others(std::uint16_t program_number, const char* reason, time_point now);
    void drop(std::uint16_t program_number, const char* reason, time_point now);
    void set(const ca_pmt_object& object, time_point now);
    void write_dropped(std::uint16_t program_number, const char* reason, time_point now);

    std::vector<std::uint16_t> ca_system_ids_;
    journal& log_;
    ca_pmt_behaviour behaviour_;
    /// A service without streams is known, so that `update` may enable it, but not descrambled.
    std::map<std::uint16_t, streams> services_;
    /// By which they were set last.
    std::map<std::uint16_t, std::uint8_t> versions_;
    /// Between `first` and `last`.
    bool list_under_way_ = false;
};

} // namespace cihost::sim
