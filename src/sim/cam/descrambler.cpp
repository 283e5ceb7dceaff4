// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/cam/descrambler.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace cihost::sim {
namespace {

ts::packet_view view(const std::uint8_t* packet) noexcept {
    return ts::packet_view{ts::packet_view::data_type{packet, ts::packet_size}};
}

bool contains(const std::vector<std::uint16_t>& list, std::uint16_t value) noexcept {
    return std::find(list.begin(), list.end(), value) != list.end();
}

const char* to_text(ts::scrambling bits) noexcept {
    return bits == ts::scrambling::even ? "even" : "odd";
}

} // namespace

descrambler::descrambler(const std::vector<std::uint16_t>& ca_system_ids, duration ecm_time,
                         const stream_behaviour& behaviour, smart_card& card, stream_gate& gate,
                         journal& log)
    : ecm_time_{ecm_time}
    , behaviour_{behaviour}
    , card_{card}
    , gate_{gate}
    , log_{log}
    , emm_reader_{ca_system_ids, card, log} {
    route_pids();
}

void descrambler::reset() {
    emm_reader_.reset();
    ecm_streams_.clear();
    elementary_streams_.clear();
    watches_.clear();
    missing_.clear();
    route_pids();
}

void descrambler::restart(std::uint16_t spared_program, duration length, time_point now) {
    for (auto& [program, service] : watches_) {
        if (program == spared_program || !service.clear_seen)
            continue;
        service.restarts_until = now + length;
        log_.write(
            now, "service_restarts",
            {{"program", program},
             {"for_ms", std::chrono::duration_cast<std::chrono::milliseconds>(length).count()}});
    }
}

void descrambler::select(const std::vector<selected_service>& services, time_point now) {
    const auto former = std::exchange(elementary_streams_, {});
    const auto former_watches = std::exchange(watches_, {});
    for (const auto& service : services) {
        const auto known = former_watches.find(service.program_number);
        auto& now_watched = watches_[service.program_number];
        if (known != former_watches.end())
            now_watched = known->second;
        else
            now_watched.enabled_at = now;
        for (const auto& stream : service.streams)
            add(service, stream, former);
        if (now_watched.leading_pid && !elementary_streams_.contains(*now_watched.leading_pid))
            now_watched.leading_pid.reset();
    }
    std::erase_if(ecm_streams_, [&](const auto& ecm) {
        return std::none_of(
            elementary_streams_.begin(), elementary_streams_.end(),
            [&](const auto& stream) { return contains(stream.second.ecm_pids, ecm.first); });
    });
    route_pids();
}

void descrambler::add(const selected_service& service, const selected_service::stream& stream,
                      const std::map<std::uint16_t, elementary_stream>& former) {
    auto& entry = elementary_streams_[stream.elementary_pid];
    entry.pid = stream.elementary_pid;
    entry.programs.push_back(service.program_number);
    for (const auto ecm_pid : stream.ecm_pids) {
        if (!contains(entry.ecm_pids, ecm_pid))
            entry.ecm_pids.push_back(ecm_pid);
        const auto& ecm = ecm_streams_.try_emplace(ecm_pid, ecm_pid).first->second;
        if (!entry.keys)
            entry.keys = ecm.keys();
    }
    // the ECMs may have moved to another PID: the old keys serve until those of the new one are
    // there
    const auto before = former.find(stream.elementary_pid);
    if (!entry.keys && before != former.end() &&
        contains(before->second.programs, service.program_number))
        entry.keys = before->second.keys;
}

void descrambler::route_pids() {
    roles_.fill(role::none);
    for (const auto pid : gate_.table_pids())
        roles_[pid] = role::table;
    // where a PID has two parts in a broken CA_PMT, tables win
    for (const auto& [pid, stream] : elementary_streams_)
        roles_[pid] = role::elementary;
    for (const auto& [pid, stream] : ecm_streams_)
        roles_[pid] = role::ecm;
    for (const auto pid : emm_reader_.pids())
        roles_[pid] = role::emm;
    roles_[ts::pid_cat] = role::cat;
}

void descrambler::pass(std::span<std::uint8_t> packets, time_point now) {
    install_keys(now);
    if (card_.lapse(now)) {
        log_.write(now, "entitlement_lapsed");
        for (auto& [pid, ecm] : ecm_streams_)
            ecm.lose_keys();
        for (auto& [pid, stream] : elementary_streams_)
            stream.keys.reset();
    }
    look_at_gate(now);
    for (; packets.size() >= ts::packet_size; packets = packets.subspan(ts::packet_size)) {
        const auto packet = view(packets.data());
        switch (roles_[packet.pid()]) {
        case role::none:
            break;
        case role::table:
            if (packet.payload_unit_start())
                gate_.table_seen(packet.pid(), now);
            break;
        case role::cat:
            if (emm_reader_.cat_packet(packet))
                route_pids();
            break;
        case role::emm:
            emm_reader_.emm_packet(packet, now);
            break;
        case role::ecm:
            ecm_packet(packet, now);
            break;
        case role::elementary:
            elementary_packet(packets.data(), now);
            break;
        }
    }
    descramble(now);
}

void descrambler::install_keys(time_point now) {
    for (auto& [ecm_pid, ecm] : ecm_streams_) {
        if (!ecm.install(now))
            continue;
        boost::json::array pids;
        for (auto& [pid, stream] : elementary_streams_) {
            if (!contains(stream.ecm_pids, ecm_pid))
                continue;
            stream.keys = ecm.keys();
            pids.emplace_back(pid);
        }
        log_.write(now, "first_keys", {{"ecm_pid", ecm_pid}, {"elementary_pids", std::move(pids)}});
    }
}

void descrambler::ecm_packet(ts::packet_view packet, time_point now) {
    const auto ecm_pid = packet.pid();
    const auto key_number =
        ecm_streams_.at(ecm_pid).push(packet, card_, now + ecm_time_, now, log_);
    if (!key_number)
        return;
    for (const auto& [pid, stream] : elementary_streams_) {
        if (!contains(stream.ecm_pids, ecm_pid))
            continue;
        for (const auto program : stream.programs)
            if (!std::exchange(watches_.at(program).ecm_seen, true))
                log_.write(
                    now, "first_ecm",
                    {{"program", program}, {"ecm_pid", ecm_pid}, {"key_number", *key_number}});
    }
}

void descrambler::elementary_packet(std::uint8_t* packet, time_point now) {
    const auto header = view(packet);
    const auto bits = header.scrambling_control();
    if (bits == ts::scrambling::clear)
        return;
    const auto& stream = elementary_streams_.at(header.pid());
    watch_parity(stream, bits, now);
    if (!stream.keys || held_up(stream, now))
        return;
    if (stream.keys->packets.empty())
        touched_.push_back(stream.keys.get());
    stream.keys->packets.push_back(packet);
}

bool descrambler::held_up(const elementary_stream& stream, time_point now) const {
    return !missing_.empty() ||
           std::any_of(stream.programs.begin(), stream.programs.end(), [&](auto program) {
               return gate_.locked(program) || now < watches_.at(program).restarts_until;
           });
}

void descrambler::look_at_gate(time_point now) {
    auto missing = gate_.missing(now);
    // said when it matters alone
    if (missing == missing_ || elementary_streams_.empty())
        return;
    missing_ = std::move(missing);
    log_.write(now, missing_.empty() ? "descrambling_goes_on" : "not_descrambling",
               missing_.empty() ? boost::json::object{}
                                : boost::json::object{{"reason", missing_}});
}

void descrambler::watch_parity(const elementary_stream& stream, ts::scrambling bits,
                               time_point now) {
    for (const auto program : stream.programs) {
        auto& service = watches_.at(program);
        if (!service.leading_pid)
            service.leading_pid = stream.pid;
        if (service.leading_pid != stream.pid || service.leading_parity == bits)
            continue;
        if (std::exchange(service.leading_parity, bits) != ts::scrambling::clear)
            log_.write(now, "crypto_period", {{"program", program}, {"parity", to_text(bits)}});
    }
}

/// All packets of a key in one call: libdvbcsa works on many at a time.
void descrambler::descramble(time_point now) {
    for (auto* keys : touched_) {
        descramble(*keys, now);
        keys->packets.clear();
    }
    touched_.clear();
}

void descrambler::descramble(key_set& keys, time_point now) {
    constexpr std::uint8_t scrambling_bits = 0xC0;
    std::vector<std::uint8_t> left;
    if (behaviour_.leaves_scrambling_bits)
        for (const auto* packet : keys.packets)
            left.push_back(packet[3] & scrambling_bits);
    if (keys.keys.descramble(keys.packets) > 0)
        watch_clear(keys, now);
    for (std::size_t i = 0; i < left.size(); ++i)
        keys.packets[i][3] |= left[i];
}

void descrambler::watch_clear(const key_set& keys, time_point now) {
    if (std::all_of(watches_.begin(), watches_.end(),
                    [](const auto& service) { return service.second.clear_seen; }))
        return;
    for (const auto* packet : keys.packets) {
        const auto header = view(packet);
        if (header.scrambling_control() != ts::scrambling::clear)
            continue;
        for (const auto program : elementary_streams_.at(header.pid()).programs) {
            auto& service = watches_.at(program);
            if (std::exchange(service.clear_seen, true))
                continue;
            const auto after =
                std::chrono::duration_cast<std::chrono::milliseconds>(now - service.enabled_at);
            log_.write(now, "first_clear", {{"program", program}, {"after_ms", after.count()}});
        }
    }
}

} // namespace cihost::sim
