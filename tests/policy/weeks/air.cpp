// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/weeks/air.hpp"

#include "base/writer.hpp"

#include <cihost/ts/packet.hpp>

#include <algorithm>
#include <random>
#include <utility>

namespace cihost::test {
namespace {

constexpr unsigned services_per_multiplex = 5;

/// 0: none.
constexpr std::array<std::array<std::uint16_t, 2>, 5> combinations{
    {{conax, 0}, {conax, nagra}, {nagra, 0}, {viaccess, conax}, {viaccess, 0}}};

sim::aes_key service_key(std::uint16_t ca_system_id) {
    sim::aes_key key{};
    key[0] = static_cast<std::uint8_t>(ca_system_id >> 8);
    key[1] = static_cast<std::uint8_t>(ca_system_id);
    return key;
}

sim::control_word word_of(std::uint16_t program_number, std::int64_t period) {
    std::minstd_rand random{static_cast<unsigned>(program_number * 1'000'003 + period + 1)};
    return sim::make_control_word([&] { return static_cast<std::uint8_t>(random() >> 8); });
}

ts::descriptor ca_descriptor(const air_service::ecm_stream& ecm) {
    writer out;
    out.u16(ecm.ca_system_id).pid(ecm.pid);
    return {0x09, out.take()};
}

bytes packet(ts::pid_t pid, bool unit_start, bytes_view payload) {
    writer out;
    out.u8(ts::sync_byte).u16((unit_start ? 0x4000U : 0U) | pid).u8(0x10);
    if (unit_start)
        out.u8(0); // pointer_field
    out.raw(payload);
    auto whole = out.take();
    whole.resize(ts::packet_size, 0xFF);
    return whole;
}

} // namespace

bytes emm_for(std::uint16_t ca_system_id) {
    return sim::make_emm(weeks_card_key, {ca_system_id, service_key(ca_system_id)}, ca_system_id);
}

air_service::air_service(std::uint16_t program_number, unsigned place,
                         std::vector<std::uint16_t> systems)
    : program_number_{program_number}
    , place_{place} {
    for (unsigned i = 0; i < 2; ++i)
        streams_.push_back(static_cast<ts::pid_t>(0x100 + 0x10 * place + i));
    for (const auto id : systems)
        ecms_.push_back({id, static_cast<ts::pid_t>(0x500 + 0x20 * place + ecms_.size())});
}

ts::pmt air_service::table() const {
    ts::pmt table;
    table.program_number = program_number_;
    table.version = version_;
    table.pcr_pid = streams_.front();
    for (std::size_t i = 0; i < streams_.size(); ++i) {
        ts::pmt::stream s;
        s.stream_type = i == 0 ? 0x02 : 0x03;
        s.elementary_pid = streams_[i];
        table.streams.push_back(std::move(s));
    }
    if (!signalled_)
        return table;
    // on both levels by turns, as on air
    const bool by_stream = program_number_ % 2 == 0;
    for (const auto& ecm : ecms_) {
        const auto d = ca_descriptor(ecm);
        if (!by_stream)
            table.program_info.push_back(d);
        for (auto& s : table.streams)
            if (by_stream)
                s.descriptors.push_back(d);
    }
    return table;
}

std::vector<std::uint16_t> air_service::systems() const {
    std::vector<std::uint16_t> all;
    if (signalled_)
        for (const auto& ecm : ecms_)
            all.push_back(ecm.ca_system_id);
    return all;
}

time_point air_service::next_period(time_point now) const {
    const auto period = (now.time_since_epoch() + std::chrono::seconds{place_}) / crypto_period;
    return time_point{} + crypto_period * (period + 1) - std::chrono::seconds{place_};
}

void air_service::changed(bool version, time_point now) {
    if (version)
        version_ = (version_ + 1) & 0x1F;
    changed_at_ = now;
    period_ = -1; // packets are made anew
}

void air_service::renew_version(time_point now) { changed(true, now); }

void air_service::move_ecms(bool with_version, time_point now) {
    ++moves_;
    for (std::size_t i = 0; i < ecms_.size(); ++i)
        ecms_[i].pid = static_cast<ts::pid_t>(0x500 + 0x20 * place_ + (moves_ % 8) * 4 + i);
    changed(with_version, now);
}

void air_service::change_systems(time_point now) {
    if (ecms_.empty())
        return;
    ecms_.clear();
    for (const auto id : combinations[++combination_ % combinations.size()])
        if (id != 0)
            ecms_.push_back({id, ts::pid_null});
    move_ecms(true, now);
}

void air_service::switch_scrambling(bool signalled, time_point now) {
    if (ecms_.empty())
        return;
    scrambled_ = !scrambled_;
    signalled_ = scrambled_ || !signalled;
    changed(true, now);
}

void air_service::list(bool listed, time_point now) {
    if (listed != listed_)
        changed(false, now);
    listed_ = listed;
}

void air_service::begin_period(std::int64_t number) {
    period_ = number;
    const auto parity = number % 2 == 0 ? sim::parity::even : sim::parity::odd;
    const auto current = word_of(program_number_, number);
    const auto next = word_of(program_number_, number + 1);
    const bool even = parity == sim::parity::even;
    content_ = {even ? current : next, even ? next : current};
    keys_.set_key(parity, current);
    clear_.clear();
    ecm_packets_.clear();
    std::minstd_rand random{static_cast<unsigned>(program_number_ + number * 7919)};
    for (const auto pid : streams_) {
        bytes payload(184);
        std::ranges::generate(payload, [&] { return static_cast<std::uint8_t>(random() >> 8); });
        const auto one = packet(pid, false, payload);
        clear_.insert(clear_.end(), one.begin(), one.end());
    }
    scrambled_packets_ = clear_;
    if (!scrambled())
        return;
    std::vector<std::uint8_t*> addresses;
    for (std::size_t at = 0; at < scrambled_packets_.size(); at += ts::packet_size)
        addresses.push_back(scrambled_packets_.data() + at);
    keys_.scramble(addresses, parity);
    for (const auto& ecm : ecms_) {
        const auto section =
            sim::make_ecm(even ? 0x80 : 0x81, ecm.ca_system_id, service_key(ecm.ca_system_id),
                          content_, static_cast<std::uint64_t>(number));
        const auto one = packet(ecm.pid, true, section);
        ecm_packets_.insert(ecm_packets_.end(), one.begin(), one.end());
    }
}

void air_service::send(bytes& out, unsigned counter, time_point now) {
    const auto period = (now.time_since_epoch() + std::chrono::seconds{place_}) / crypto_period;
    if (period != period_)
        begin_period(period);
    const auto begin = out.size();
    out.insert(out.end(), ecm_packets_.begin(), ecm_packets_.end());
    out.insert(out.end(), scrambled_packets_.begin(), scrambled_packets_.end());
    for (auto at = begin; at < out.size(); at += ts::packet_size)
        out[at + 3] = static_cast<std::uint8_t>((out[at + 3] & 0xF0) | (counter & 0x0F));
}

bool air_service::came_clear(bytes_view packets) const {
    const auto mine = packets.last(clear_.size());
    for (std::size_t at = 0; at < mine.size(); at += ts::packet_size)
        if ((mine[at + 3] & 0xC0) != 0 ||
            !std::equal(mine.begin() + static_cast<std::ptrdiff_t>(at) + 4,
                        mine.begin() + static_cast<std::ptrdiff_t>(at + ts::packet_size),
                        clear_.begin() + static_cast<std::ptrdiff_t>(at) + 4))
            return false;
    return true;
}

bool air_service::marked_scrambled(bytes_view packets) const {
    // the leading stream stands for the service
    return (packets.last(clear_.size())[3] & 0xC0) != 0;
}

std::vector<multiplex_on_air> make_air() {
    const std::vector<std::vector<std::uint16_t>> systems{
        {conax}, {nagra}, {conax, nagra}, {viaccess}, {}};
    std::vector<multiplex_on_air> all(4);
    for (unsigned m = 0; m < all.size(); ++m)
        for (unsigned i = 0; i < services_per_multiplex; ++i)
            all[m].emplace_back(static_cast<std::uint16_t>(100 * (m + 1) + i + 1), i,
                                systems[(i + m) % systems.size()]);
    return all;
}

} // namespace cihost::test
