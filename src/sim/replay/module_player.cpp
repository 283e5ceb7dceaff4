// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/replay/module_player.hpp"

#include "base/cursor.hpp"
#include "base/writer.hpp"
#include "en50221/tpdu.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace cihost::sim {

namespace {

using namespace en50221;
using namespace std::chrono_literals;

/// What a module takes to answer a poll.
constexpr duration status_time = 1ms;

} // namespace

time_point module_player::next_block_at(std::size_t host_messages) const {
    if (finished() || what_.blocks[played_].host_messages_before > host_messages)
        return never;
    return recorded_pace_ ? start_ + (what_.blocks[played_].at - what_.at) : time_point::min();
}

void module_player::answer(bytes block, duration after, time_point now) {
    const auto last = answers_.empty() ? now : answers_.back().first;
    answers_.emplace_back(std::max(last, now + after), std::move(block));
}

bytes module_player::with_status(bytes block, std::size_t host_messages, time_point now) const {
    const bool waiting = available(host_messages, now) && what_.blocks[played_].asked;
    const std::uint8_t value = waiting ? tpdu::sb_data_available : std::uint8_t{0};
    block.insert(block.end(), {tpdu::sb, 2, what_.tcid, value});
    return block;
}

void module_player::answer_status(std::size_t host_messages, time_point now) {
    answer(with_status({what_.tcid}, host_messages, now), status_time, now);
}

void module_player::play_block(std::size_t host_messages, time_point now) {
    const auto& recorded = what_.blocks[played_];
    writer out;
    out.u8(what_.tcid);
    for (const auto& part : recorded.parts) {
        auto data = what_.module[part.message].data;
        if (part.tag == tpdu::data_more || part.tag == tpdu::data_last)
            set_session_number(data, numbers_.now(session_number_of(data)));
        const auto piece = bytes_view{data}.subspan(part.offset, part.size);
        if (part.tag == 0)
            out.raw(piece);
        else
            out.raw(bytes_view{tpdu::write_object(part.tag, what_.tcid, piece)}.subspan(1));
    }
    const auto after = recorded_pace_ ? std::max(recorded.after, status_time) : status_time;
    ++played_;
    if (recorded.status) {
        answer(with_status(out.take(), host_messages, now), after, now);
    } else {
        answer(out.take(), after, now);
        answer(with_status({what_.tcid}, host_messages, now), after + status_time, now);
    }
}

void module_player::host_wrote(bytes_view block, std::size_t host_messages, time_point now) {
    cursor c{block};
    c.u8();
    const auto object = tpdu::read_object(c);
    const auto reply = [&](std::uint8_t tag) {
        answer(with_status(tpdu::write_object(tag, what_.tcid), host_messages, now), status_time,
               now);
    };
    switch (object.tag) {
    case tpdu::create_t_c:
        if (what_.replied)
            reply(tpdu::c_t_c_reply);
        break;
    case tpdu::delete_t_c:
        reply(tpdu::d_t_c_reply);
        break;
    case tpdu::rcv:
    case tpdu::data_last:
    case tpdu::data_more:
        if (available(host_messages, now) &&
            (object.tag == tpdu::rcv || !what_.blocks[played_].asked))
            play_block(host_messages, now);
        else
            answer_status(host_messages, now);
        break;
    default: // D_T_C_Reply, T_C_Error: the last word
        break;
    }
}

std::optional<bytes> module_player::read(time_point now) {
    if (answers_.empty() || now < answers_.front().first)
        return std::nullopt;
    auto block = std::move(answers_.front().second);
    answers_.pop_front();
    return block;
}

} // namespace cihost::sim
