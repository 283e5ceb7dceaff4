// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/cam/module_transport.hpp"

#include "base/cursor.hpp"
#include "base/writer.hpp"
#include "sim/cam/object_coding.hpp"

#include <algorithm>
#include <utility>

namespace cihost::sim {
namespace {

// TPDU tags, EN 50221 §7.1.5
constexpr std::uint8_t tag_sb = 0x80;
constexpr std::uint8_t tag_rcv = 0x81;
constexpr std::uint8_t tag_create_t_c = 0x82;
constexpr std::uint8_t tag_c_t_c_reply = 0x83;
constexpr std::uint8_t tag_delete_t_c = 0x84;
constexpr std::uint8_t tag_d_t_c_reply = 0x85;
constexpr std::uint8_t tag_data_last = 0xA0;
constexpr std::uint8_t tag_data_more = 0xA1;

} // namespace

void module_transport::power_on() noexcept {
    reset();
    dead_ = false;
    polled_at_.reset();
}

void module_transport::reset() noexcept {
    tcid_.reset();
    owed_.reset();
    queue_.clear();
    joined_.clear();
}

module_transport::input module_transport::host_wrote(bytes_view block, time_point now) {
    cursor in{block};
    const auto link_tcid = in.u8();
    const auto tag = in.u8();
    const auto object = read_body(in);
    if (!object || object->empty() || !in.empty()) {
        log_.violation(now, "malformed TPDU", {{"size", block.size()}});
        return {};
    }
    const auto tcid = object->front();
    const auto body = object->subspan(1);
    if (dies_of(tag, body, now) || faults_.has(cam_fault::silent, now)) {
        log_.write(now, "tpdu_ignored",
                   {{"tag", hex_digits(tag, 2)}, {"reason", dead_ ? "dead" : "silent"}});
        return {};
    }
    if (tcid != link_tcid || tcid == 0) {
        log_.violation(now, "wrong transport connection in TPDU",
                       {{"link", link_tcid}, {"tcid", tcid}});
        return {};
    }
    if (tag == tag_create_t_c && body.empty() && (!tcid_ || *tcid_ == tcid))
        return create(tcid, now);
    if (!tcid_) {
        // no fault: after a reset the host may learn of it later than it sends
        log_.write(now, "tpdu_ignored", {{"tag", hex_digits(tag, 2)}, {"reason", "not connected"}});
        return {};
    }
    if (tcid != *tcid_) {
        log_.violation(now, "no such transport connection", {{"tcid", tcid}});
        return {};
    }
    if (owed_) {
        log_.violation(now, "second TPDU before the answer", {{"tag", hex_digits(tag, 2)}});
        return {};
    }
    return obey(tag, body, now);
}

bool module_transport::dies_of(std::uint8_t tag, bytes_view body, time_point now) {
    if (tag != tag_data_last || !body.empty() || link_.shortest_poll == duration{0})
        return dead_;
    const auto before = std::exchange(polled_at_, now);
    if (before && now - *before < link_.shortest_poll && !std::exchange(dead_, true))
        log_.write(
            now, "died",
            {{"reason", "polled too fast"},
             {"after_ms",
              std::chrono::duration_cast<std::chrono::milliseconds>(now - *before).count()}});
    return dead_;
}

module_transport::input module_transport::obey(std::uint8_t tag, bytes_view body, time_point now) {
    owed_ = answer{tag_sb, *tcid_};
    answer_at_ = now + std::max(link_.answer_time, faults_.delay(now));
    if (tag == tag_data_last || tag == tag_data_more)
        return take_data(tag == tag_data_last, body, now);
    if (!body.empty() || (tag != tag_rcv && tag != tag_delete_t_c)) {
        log_.violation(now, "unexpected TPDU", {{"tag", hex_digits(tag, 2)}});
        return {};
    }
    if (tag == tag_rcv) {
        if (data_available(now))
            owed_->tag = queue_.front().tag;
        else
            log_.violation(now, "RCV without data available");
        return {};
    }
    log_.write(now, "connection", {{"tcid", *tcid_}, {"state", "deleted"}});
    const auto reply = answer{tag_d_t_c_reply, *tcid_};
    reset();
    owed_ = reply;
    return {.deleted = true};
}

module_transport::input module_transport::create(std::uint8_t tcid, time_point now) {
    reset();
    tcid_ = tcid;
    owed_ = answer{tag_c_t_c_reply, tcid};
    answer_at_ = now + std::max(link_.answer_time, faults_.delay(now));
    log_.write(now, "connection", {{"tcid", tcid}, {"state", "created"}});
    return {.created = true};
}

module_transport::input module_transport::take_data(bool last, bytes_view data, time_point now) {
    if (joined_.size() + data.size() > max_spdu_size) {
        log_.violation(now, "SPDU too large");
        joined_.clear();
        return {};
    }
    joined_.insert(joined_.end(), data.begin(), data.end());
    if (!last || joined_.empty()) // an empty Data_Last is a poll
        return {};
    return {.spdu = std::exchange(joined_, {})};
}

std::optional<bytes> module_transport::host_reads(time_point now) {
    if (!owed_ || dead_ || now < answer_at_ || faults_.has(cam_fault::silent, now))
        return std::nullopt;
    auto [tag, tcid] = *std::exchange(owed_, std::nullopt);
    const auto fault = faults_.spoils_answer(now);
    if (fault && (tag == tag_data_last || tag == tag_data_more))
        tag = tag_sb; // so that the data stay
    writer out;
    out.u8(tcid);
    if (tag != tag_sb) {
        bytes data;
        if (tag == tag_data_last || tag == tag_data_more) {
            data = std::move(queue_.front().data);
            queue_.pop_front();
        }
        out.u8(tag);
        write_length(out, 1 + data.size());
        out.u8(tcid).raw(data);
    }
    out.u8(tag_sb).u8(2).u8(tcid).u8(data_available(now) ? 0x80 : 0x00);
    if (!fault)
        return out.take();
    log_.write(now, "fault", {{"fault", name(*fault)}});
    return spoilt(*fault, out.take());
}

bytes module_transport::spoilt(cam_fault fault, bytes block) {
    constexpr std::size_t length_at = 2;
    constexpr std::size_t tcid_at = 3;
    switch (fault) {
    case cam_fault::wrong_length:
        block[length_at] = static_cast<std::uint8_t>(block[length_at] + 3);
        break;
    case cam_fault::wrong_tcid:
        block[tcid_at] = static_cast<std::uint8_t>(block[tcid_at] + 1);
        break;
    default:
        // not the first byte, which is the link layer's
        for (std::size_t i = 1; i < block.size(); ++i) {
            noise_ = noise_ * 1664525 + 1013904223;
            block[i] = static_cast<std::uint8_t>(noise_ >> 24);
        }
        break;
    }
    return block;
}

void module_transport::send(bytes spdu, time_point now) {
    const auto begin = queue_.empty() ? now : std::max(now, queue_.back().ready_at);
    bytes_view left = spdu;
    while (left.size() > link_.fragment_size) {
        const auto part = left.first(link_.fragment_size);
        queue_.push_back({tag_data_more, {part.begin(), part.end()}, begin + think_time_});
        left = left.subspan(link_.fragment_size);
    }
    queue_.push_back({tag_data_last, {left.begin(), left.end()}, begin + think_time_});
}

} // namespace cihost::sim
