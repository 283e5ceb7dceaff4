// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "runtime/stream_watch.hpp"

#include <cihost/time.hpp>
#include <cihost/ts/cat.hpp>
#include <cihost/ts/packet.hpp>
#include <cihost/ts/pmt.hpp>
#include <cihost/ts/time_table.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cihost::runtime {

/// A service as its multiplex describes it.
struct service_entry {
    ts::pid_t pmt_pid = ts::pid_null;
    std::optional<ts::pmt> pmt;
    /// When the PMT's last change was complete.
    time_point pmt_at = never;
    std::string name;
    std::string provider;
    std::string present_event;
    /// Of its EIT present/following, as broadcast.
    std::vector<bytes> event_sections;
};

struct multiplex_change {
    /// Another transport_stream_id: nothing known before counts any more.
    bool other_multiplex = false;
    /// Services whose PMT is new or has other content.
    std::vector<std::uint16_t> pmts;
    /// Services that are no longer there.
    std::vector<std::uint16_t> gone;
    /// Services whose present or following event is new.
    std::vector<std::uint16_t> events;
    /// The SDT is new.
    bool descriptions = false;
    std::optional<ts::time_table> time;
};

/// What is known of the multiplex, by its tables. Nothing is forgotten while the signal is away:
/// only another transport_stream_id or PAT makes that.
class multiplex {
  public:
    multiplex_change take(const table_sections& table);

    std::optional<std::uint16_t> transport_stream_id() const noexcept {
        return transport_stream_id_;
    }
    const std::map<std::uint16_t, service_entry>& services() const noexcept { return services_; }
    const service_entry* find(std::uint16_t program_number) const;
    const std::optional<ts::cat>& cat() const noexcept { return cat_; }
    /// All sections, as broadcast.
    const std::vector<bytes>& sdt_sections() const noexcept { return sdt_sections_; }
    /// Counts the PATs seen.
    std::uint64_t pat_count() const noexcept { return pat_count_; }

  private:
    void take_pat(const std::vector<ts::section_view>& sections, multiplex_change& change);
    void take_pmt(const ts::section_view& section, const table_sections& table,
                  multiplex_change& change);
    void take_cat(const std::vector<ts::section_view>& sections);
    void take_names(const table_sections& table, const std::vector<ts::section_view>& sections);
    void name_services();
    void take_events(const table_sections& table, const std::vector<ts::section_view>& sections,
                     multiplex_change& change);

    std::optional<std::uint16_t> transport_stream_id_;
    std::map<std::uint16_t, service_entry> services_;
    std::optional<ts::cat> cat_;
    std::vector<bytes> sdt_sections_;
    std::uint64_t pat_count_ = 0;
    /// Name and provider by service_id, also of services that the PAT does not list (yet).
    std::map<std::uint16_t, std::pair<std::string, std::string>> names_;
};

/// Which stream tells when a service is clear: video before audio before any other. A list, because
/// a PMT may announce streams that are not on air.
std::vector<ts::pid_t> leading_pids(const ts::pmt& table);
/// CA systems of both levels, each once, in the order of the PMT.
std::vector<std::uint16_t> ca_systems(const ts::pmt& table);
/// PIDs of the CA descriptors of both levels whose system is in `systems` (all if that is empty);
/// placeholders name none.
std::vector<ts::pid_t> ecm_pids(const ts::pmt& table, const std::vector<std::uint16_t>& systems);

} // namespace cihost::runtime
