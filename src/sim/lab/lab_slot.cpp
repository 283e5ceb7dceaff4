// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/lab/lab_slot.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace cihost::sim {

namespace {

constexpr std::uint32_t once = lab_fault_read_once | lab_fault_write_once;

lab_module describe(const module_card& card) {
    lab_module module{};
    module.buffer_size = card.buffer_size;
    module.manufacturer_id = card.manufacturer_id;
    module.card_id = card.card_id;
    card.manufacturer.copy(module.manufacturer, sizeof module.manufacturer - 1);
    card.name.copy(module.product, sizeof module.product - 1);
    return module;
}

template<class T>
std::optional<T> value_of(bytes_view payload) {
    T value;
    if (payload.size() != sizeof value)
        return std::nullopt;
    std::memcpy(&value, payload.data(), sizeof value);
    return value;
}

} // namespace

lab_slot::lab_slot(record_channel node, const module_card& card, cam_slot& slot, event_log& log)
    : node_{std::move(node)}
    , module_{describe(card)}
    , slot_{slot}
    , log_{log} {
    slot_.attach_to_lab();
}

void lab_slot::prepare(poll_set& set) const {
    set.add(node_.fd(), static_cast<short>(POLLIN | (held_up_ ? POLLOUT : 0)));
}

void lab_slot::serve(time_point now) {
    held_up_ = false;
    for (int i = 0; i < record_channel::records_a_turn; ++i) {
        const auto record = node_.read();
        if (!record)
            break;
        obey(*record, now);
    }
    tell_faults(now);
    tell_presence(now);
    if (!told_present_)
        return;
    tell_ready(now);
    tell_free(now);
    give_fragments(now);
}

time_point lab_slot::deadline(time_point now) const {
    auto next = never;
    if (const auto own = slot_.deadline(); own > now)
        next = own;
    if (slot_.hung_until() > now)
        next = std::min(next, slot_.hung_until());
    return next;
}

bool lab_slot::settled(record_channel::outcome outcome, const char* what, time_point now) {
    if (outcome == record_channel::outcome::refused && failure().empty())
        log_.write(now, "receiver", "lab_refused", {{"slot", slot_.number()}, {"record", what}});
    if (outcome == record_channel::outcome::later)
        held_up_ = true;
    return outcome != record_channel::outcome::later;
}

void lab_slot::garbage(const record_channel::record& record, time_point now) {
    log_.write(now, "receiver", "lab_garbage",
               {{"slot", slot_.number()}, {"type", record.type}, {"size", record.payload.size()}});
}

void lab_slot::obey(const record_channel::record& record, time_point now) {
    switch (record.type) {
    case lab_host_fragment:
        return host_fragment(record.payload, now);
    case lab_reset:
        link_.reset();
        free_owed_ = false;
        slot_.reset(now);
        told_ready_.reset();
        return;
    case lab_interface_reset:
        link_.reset();
        free_owed_ = false; // the driver has set FR itself
        return slot_.interface_reset(now);
    case lab_buffer_size: {
        const auto size = value_of<std::uint16_t>(record.payload);
        if (!size || *size > module_.buffer_size || link_.agree(*size))
            return garbage(record, now);
        log_.write(now, "receiver", "link", {{"slot", slot_.number()}, {"buffer_size", *size}});
        return;
    }
    case lab_ts_enable:
        if (const auto enabled = value_of<std::uint8_t>(record.payload))
            return slot_.enable_ts(*enabled != 0, now);
        return garbage(record, now);
    case lab_shutdown:
        link_.reset();
        free_owed_ = false;
        return slot_.power_off(now);
    case lab_fragment_read:
        return link_.fragment_read();
    default:
        return garbage(record, now);
    }
}

void lab_slot::host_fragment(bytes_view fragment, time_point now) {
    free_owed_ = true;
    const auto tpdu = link_.host_fragment(fragment);
    if (!tpdu) {
        log_.write(now, "receiver", "link_error",
                   {{"slot", slot_.number()},
                    {"what", tpdu.error().message()},
                    {"size", fragment.size()}});
        return;
    }
    if (*tpdu)
        slot_.host_wrote(**tpdu, now);
}

void lab_slot::tell_faults(time_point now) {
    if (const auto wanted = slot_.take_new_faults()) {
        faults_ = *wanted & ~once;
        faults_once_ = *wanted & once;
    }
    const auto hang = slot_.present() && !slot_.free(now) ? std::uint32_t{lab_fault_hang} : 0U;
    const auto faults = faults_ | hang;
    if (faults == told_faults_ && faults_once_ == 0)
        return;
    if (!settled(node_.write_value(lab_faults, faults | faults_once_), "faults", now))
        return;
    told_faults_ = faults;
    faults_once_ = 0;
}

void lab_slot::tell_presence(time_point now) {
    const bool other = slot_.insertions() != told_insertions_;
    if (told_present_ && (other || !slot_.present())) {
        if (!settled(node_.write(lab_eject), "eject", now))
            return;
        told_present_ = false;
        told_ready_.reset();
        free_owed_ = false;
        link_.reset();
    }
    if (told_present_ || !slot_.present())
        return;
    if (!settled(node_.write_value(lab_insert, module_), "insert", now))
        return;
    told_present_ = true;
    told_insertions_ = slot_.insertions();
}

void lab_slot::tell_ready(time_point now) {
    const bool ready = slot_.ready(now);
    if (told_ready_ == ready)
        return;
    const std::uint8_t line = ready ? 1 : 0;
    if (settled(node_.write_value(lab_ready, line), "ready", now))
        told_ready_ = ready;
}

void lab_slot::tell_free(time_point now) {
    if (!free_owed_ || !slot_.free(now))
        return;
    constexpr std::uint8_t free = 1;
    if (settled(node_.write_value(lab_free, free), "free", now))
        free_owed_ = false;
}

void lab_slot::give_fragments(time_point now) {
    while (slot_.free(now)) {
        const auto fragment = link_.next_fragment();
        if (fragment) {
            const auto outcome = node_.write(lab_module_fragment, *fragment);
            if (!settled(outcome, "module_fragment", now))
                return;
            link_.fragment_given();
            if (outcome == record_channel::outcome::refused)
                link_.fragment_read(); // nobody will
            continue;
        }
        if (!link_.idle())
            return; // one at a time
        const auto block = slot_.host_reads(now);
        if (!block)
            return;
        link_.send(*block);
    }
}

} // namespace cihost::sim
