// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/headend/broadcast.hpp"

#include "base/writer.hpp"
#include "ts/section_builder.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace cihost::sim {
namespace {

using namespace std::chrono_literals;

/// A receiver finds its way at once; DVB asks for 500 ms and 100 ms (ETSI TS 101 211 §4.4).
constexpr duration pat_period = 100ms;
constexpr duration pmt_period = 100ms;
constexpr duration cat_period = 100ms;
constexpr duration sdt_period = 500ms;
constexpr duration time_period = 1s;

} // namespace

const char* name(broadcast_part part) noexcept {
    switch (part) {
    case broadcast_part::pat:
        return "pat";
    case broadcast_part::pmt:
        return "pmt";
    case broadcast_part::ecm:
        return "ecm";
    case broadcast_part::emm:
        break;
    }
    return "emm";
}

broadcast::broadcast(const headend_settings& settings, file_tables tables, service_plan plan,
                     key_schedule& keys, carousel& out)
    : settings_{settings}
    , tables_{std::move(tables)}
    , plan_{std::move(plan)}
    , keys_{keys}
    , out_{out} {
    replaced_.add(ts::pid_tdt);
    if (!plan_.groups.empty())
        replaced_.add(ts::pid_cat);
    if (!tables_.has_sdt)
        replaced_.add(ts::pid_sdt);
    for (const auto& service : plan_.services) {
        if (service.group)
            replaced_.add(service.shown.pmt_pid);
    }
}

error_code broadcast::begin(std::string& why) {
    if (const auto error = begin_pmts(why))
        return error;
    begin_tables();
    begin_messages();
    return {};
}

std::chrono::sys_seconds broadcast::utc(duration t) const noexcept {
    return settings_.utc_at_start + std::chrono::floor<std::chrono::seconds>(skipped_ + t);
}

const planned_service* broadcast::planned(std::uint16_t program_number) const noexcept {
    const auto it = std::find_if(plan_.services.begin(), plan_.services.end(), [&](const auto& s) {
        return s.shown.program_number == program_number;
    });
    return it == plan_.services.end() ? nullptr : &*it;
}

result<bytes> broadcast::make_pmt(const file_tables::service& service) const {
    const auto* chosen = planned(service.program_number);
    if (chosen == nullptr || !chosen->group)
        return ts::serialize(service.pmt);
    const auto version = static_cast<std::uint8_t>(pmts_.at(service.program_number).version);
    return ts::serialize(announce(*chosen, plan_.groups[*chosen->group], settings_.level, version));
}

error_code broadcast::begin_pmts(std::string& why) {
    for (const auto& service : tables_.services) {
        // a clear service's PMT too, when its PID is one that we replace
        if (!service.has_pmt || !replaced_.contains(service.pmt_pid))
            continue;
        auto& on_air = pmts_[service.program_number];
        on_air.version = static_cast<std::uint8_t>((service.pmt.version + 1) & 0x1F);
        auto section = make_pmt(service);
        if (!section) {
            why = "the PMT of service " + std::to_string(service.program_number) +
                  " has no room for the CA descriptors";
            return section.error();
        }
        on_air.section = std::move(*section);
        send_pmt(on_air, service.pmt_pid);
    }
    return {};
}

void broadcast::send_pmt(pmt_on_air& on_air, ts::pid_t pid) {
    on_air.carousel_number = out_.add(
        {pid, pmt_period, [&on_air](duration) { return std::vector<bytes>{on_air.section}; }, {}});
}

void broadcast::begin_tables() {
    out_.add({ts::pid_tdt,
              time_period,
              [this](duration t) {
                  std::vector<bytes> sections{make_tdt(utc(t))};
                  if (!tables_.tot.empty())
                      sections.push_back(retime_tot(tables_.tot, utc(t)));
                  return sections;
              },
              {}});
    if (!tables_.has_sdt)
        out_.add({ts::pid_sdt,
                  sdt_period,
                  [sdt = make_sdt(plan_, tables_.transport_stream_id)](duration) { return sdt; },
                  {}});
    if (replaced_.contains(ts::pid_cat))
        out_.add({ts::pid_cat,
                  cat_period,
                  [cat = make_cat(plan_, tables_)](duration) { return std::vector<bytes>{cat}; },
                  {}});
}

void broadcast::begin_messages() {
    if (plan_.groups.empty())
        return;
    emms_ = send_emms();
    for (const auto& other : plan_.other_emms)
        out_.add({other.pid,
                  settings_.emm_period,
                  [this](duration) { return std::vector<bytes>{keys_.foreign_emm()}; },
                  {}});
    for (std::size_t group = 0; group < plan_.groups.size(); ++group) {
        ecms_.push_back(send_ecms(group));
        for (const auto& other : plan_.groups[group].other_ecms)
            out_.add({other.pid, settings_.ecm_period,
                      [this, group](duration t) {
                          return std::vector<bytes>{keys_.foreign_ecm_at(group, t)};
                      },
                      [this, group](duration t) { return keys_.next_ecm(group, t); }});
    }
}

std::size_t broadcast::send_emms() {
    return out_.add(
        {plan_.emm.pid, settings_.emm_period, [this](duration t) { return keys_.emms_at(t); }, {}});
}

std::size_t broadcast::send_pat() {
    return out_.add(
        {ts::pid_pat, pat_period, [this](duration) { return std::vector<bytes>{make_pat()}; }, {}});
}

void broadcast::withhold(broadcast_part part, std::size_t number, bool away, duration t) {
    if (part == broadcast_part::pat || part == broadcast_part::emm)
        number = 0;
    if (!away) {
        if (withheld_.erase({part, number}) > 0)
            restore(part, number);
        return;
    }
    withheld_.insert({part, number});
    switch (part) {
    case broadcast_part::pat:
        replaced_.add(ts::pid_pat);
        if (pat_)
            out_.end(*pat_, t);
        return;
    case broadcast_part::pmt:
        return out_.end(pmts_.at(static_cast<std::uint16_t>(number)).carousel_number, t);
    case broadcast_part::ecm:
        return out_.end(ecms_[number], t);
    case broadcast_part::emm:
        return out_.end(emms_, t);
    }
}

void broadcast::restore(broadcast_part part, std::size_t number) {
    switch (part) {
    case broadcast_part::pat:
        pat_ = send_pat();
        return;
    case broadcast_part::pmt: {
        const auto program_number = static_cast<std::uint16_t>(number);
        return send_pmt(pmts_.at(program_number), planned(program_number)->shown.pmt_pid);
    }
    case broadcast_part::ecm:
        ecms_[number] = send_ecms(number);
        return;
    case broadcast_part::emm:
        emms_ = send_emms();
        return;
    }
}

std::size_t broadcast::send_ecms(std::size_t group) {
    return out_.add(
        {plan_.groups[group].ecm.pid, settings_.ecm_period,
         [this, group](duration t) { return std::vector<bytes>{keys_.ecm_at(group, t)}; },
         [this, group](duration t) { return keys_.next_ecm(group, t); }});
}

bytes broadcast::make_pat() const {
    writer body;
    for (const auto& service : tables_.services) {
        const auto* const chosen = planned(service.program_number);
        body.u16(service.program_number)
            .pid(chosen == nullptr ? service.pmt_pid : chosen->shown.pmt_pid);
    }
    return ts::build_section({.table_id = 0x00,
                              .table_id_extension = tables_.transport_stream_id,
                              .version = pat_version_},
                             body.view())
        .value(); // it came as one section too
}

void broadcast::move_pmt_pid(std::uint16_t program_number, duration t) {
    for (auto& service : plan_.services) {
        if (service.shown.program_number != program_number)
            continue;
        auto& on_air = pmts_.at(program_number);
        out_.end(on_air.carousel_number, t);
        service.shown.pmt_pid = plan_.pids.take();
        send_pmt(on_air, service.shown.pmt_pid);
    }
    pat_version_ = (pat_version_ + 1) & 0x1F;
    if (pat_)
        return out_.send_now(*pat_);
    replaced_.add(ts::pid_pat);
    pat_ = send_pat();
}

bool broadcast::move_ecm_pid(std::size_t group, pmt_version version, duration t) {
    out_.end(ecms_[group], t + old_ecm_pid_lasts);
    plan_.groups[group].ecm.pid = plan_.pids.take();
    ecms_[group] = send_ecms(group);
    for (auto& service : plan_.services) {
        if (service.group != group)
            continue;
        service.shown.ecm_pid = plan_.groups[group].ecm.pid;
        auto& on_air = pmts_.at(service.shown.program_number);
        if (version == pmt_version::next)
            on_air.version = static_cast<std::uint8_t>((on_air.version + 1) & 0x1F);
        auto section =
            ts::serialize(announce(service, plan_.groups[group], settings_.level, on_air.version));
        if (!section)
            return false;
        on_air.section = std::move(*section);
        out_.send_now(on_air.carousel_number);
    }
    return true;
}

} // namespace cihost::sim
