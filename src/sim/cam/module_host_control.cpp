// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/cam/module_host_control.hpp"

#include "base/writer.hpp"

#include <utility>

namespace cihost::sim {
namespace {

constexpr std::uint32_t tag_tune = 0x9F8400;
constexpr std::uint32_t tag_replace = 0x9F8401;
constexpr std::uint32_t tag_clear_replace = 0x9F8402;
constexpr std::uint32_t tag_ask_release = 0x9F8403;

} // namespace

host_control_order host_control_order::tune(std::uint16_t original_network_id,
                                            std::uint16_t transport_stream_id,
                                            std::uint16_t service_id) {
    writer out;
    out.u16(0).u16(original_network_id).u16(transport_stream_id).u16(service_id);
    return {"tune", tag_tune, out.take()};
}

host_control_order host_control_order::replace(std::uint8_t reference, std::uint16_t replaced_pid,
                                               std::uint16_t replacement_pid) {
    writer out;
    out.u8(reference).pid(replaced_pid).pid(replacement_pid);
    return {"replace", tag_replace, out.take()};
}

host_control_order host_control_order::clear_replace(std::uint8_t reference) {
    return {"clear_replace", tag_clear_replace, {reference}};
}

void module_host_control::reset() {
    session_.reset();
    waiting_.clear();
}

void module_host_control::closed() { reset(); }

void module_host_control::send(host_control_order order, time_point now) {
    waiting_.push_back(std::move(order));
    flush(now);
}

void module_host_control::flush(time_point now) {
    for (; session_ && !waiting_.empty(); waiting_.pop_front()) {
        const auto& order = waiting_.front();
        log_.write(now, "host_control", {{"order", order.name}});
        sessions_.send(*session_, order.tag, order.body, now);
    }
}

bool module_host_control::release(time_point now) {
    if (!session_)
        return false;
    sessions_.close(*session_, now);
    reset();
    return true;
}

void module_host_control::opened(std::uint16_t session, time_point now) {
    session_ = session;
    flush(now);
}

bool module_host_control::receive(const session_event& object, time_point now) {
    if (object.tag != tag_ask_release || !object.body.empty())
        return false;
    log_.write(now, "ask_release");
    release(now);
    return true;
}

} // namespace cihost::sim
