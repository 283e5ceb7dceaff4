// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/demux_filter.hpp"
#include "device/kernel_node.hpp"
#include "device/linux_receiver.hpp"

#include <cihost/ts/packet.hpp>

#include <algorithm>
#include <cerrno>
#include <linux/dvb/dmx.h>
#include <sys/ioctl.h>
#include <utility>
#include <vector>

namespace cihost::device {

namespace {

/// No demux of the kernel has more; more PIDs are the whole multiplex for it.
constexpr std::size_t max_filters = 512;
/// Of a dvr that is given no other (DVR_BUFFER_SIZE).
constexpr std::size_t own_buffer = 10 * 188 * 1024;

/// With any other error a demux says in one way or another that it has no room.
bool is_no_matter_of_room(const error_code& error) noexcept {
    switch (error.value()) {
    case ENODEV:
    case ENXIO:
    case ENOENT:
    case EACCES:
    case EPERM:
    case EIO: // trouble of the bus: opened afresh it may be well
    case ETIMEDOUT:
        return true;
    default:
        return false;
    }
}

class linux_ts_input final : public ts_input {
  public:
    linux_ts_input(kernel_node dvr, std::size_t holds, demux_filter whole,
                   std::filesystem::path demux)
        : dvr_{std::move(dvr)}
        , holds_{holds}
        , demux_{std::move(demux)}
        , whole_{std::move(whole)} {
        filters_.reserve(max_filters); // take() throws nothing
    }

    int fd() const noexcept override { return dvr_.fd(); }
    std::size_t holds() const noexcept override { return holds_; }

    result<std::size_t> read(std::span<std::uint8_t> buffer) noexcept override {
        const auto room = buffer.size() - buffer.size() % ts::packet_size;
        if (room == 0)
            return from_errno(EINVAL);
        const auto size = dvr_.read(buffer.first(room));
        if (size && *size == 0)
            return from_errno(ENODEV);
        return size;
    }

    error_code take_all() noexcept override {
        room_ = max_filters;
        wanting_room_ = false;
        return take_whole();
    }

    error_code take(const ts::pid_filter& pids) noexcept override {
        if (pids.count() == ts::pid_count)
            return take_all();
        wanting_room_ = pids.count() > room_;
        if (!wanting_room_) {
            auto error = add(pids);
            if (error && !is_no_matter_of_room(error))
                error = add_afresh(pids);
            if (error)
                return error;
        }
        if (wanting_room_)
            return take_whole();
        drop_others(pids);
        return stop_whole();
    }

    bool gives_all_for_want_of_room() const noexcept override {
        return wanting_room_ && whole_runs_;
    }

  private:
    struct pid_source {
        ts::pid_t pid;
        demux_filter filter;
    };

    bool has(ts::pid_t pid) const noexcept {
        return std::ranges::any_of(filters_, [&](const auto& source) { return source.pid == pid; });
    }

    /// The first error; what was added until then stays.
    error_code add(const ts::pid_filter& pids) noexcept {
        for (ts::pid_t pid = 0; pid < ts::pid_count; ++pid) {
            if (!pids.contains(pid) || has(pid))
                continue;
            if (filters_.size() == max_filters)
                return from_errno(EMFILE);
            auto filter = demux_filter::open(dvr_.calls(), demux_);
            if (!filter)
                return filter.error();
            if (const auto error = filter->start(pid))
                return error;
            filters_.push_back({pid, std::move(*filter)});
        }
        return {};
    }

    /// When old and new filters had not room beside each other: all PIDs in between. Leaves it at
    /// that, and remembers, when the new ones alone are too many.
    error_code add_afresh(const ts::pid_filter& pids) noexcept {
        room_ = filters_.size();
        if (const auto error = take_whole())
            return error;
        wanting_room_ = pids.count() > room_;
        if (wanting_room_)
            return {};
        const auto error = add(pids);
        if (is_no_matter_of_room(error))
            return error;
        wanting_room_ = error.failed();
        if (wanting_room_)
            room_ = filters_.size();
        return {};
    }

    void drop_others(const ts::pid_filter& pids) noexcept {
        std::erase_if(filters_, [&](const auto& source) { return !pids.contains(source.pid); });
    }

    // first this, then the filters' end: no gap
    error_code take_whole() noexcept {
        if (!whole_runs_) {
            auto error = whole_.start(demux_filter::whole_multiplex);
            if (error && !is_no_matter_of_room(error) && !filters_.empty()) {
                filters_.clear(); // they may have all the room there is
                error = whole_.start(demux_filter::whole_multiplex);
            }
            if (error)
                return error;
            whole_runs_ = true;
        }
        filters_.clear();
        return {};
    }

    error_code stop_whole() noexcept {
        if (!whole_runs_)
            return {};
        const auto error = whole_.stop();
        whole_runs_ = error.failed();
        return error;
    }

    const kernel_node dvr_;
    const std::size_t holds_;
    const std::filesystem::path demux_;
    /// Open from the beginning, so that there is always a filter left for all PIDs.
    demux_filter whole_;
    bool whole_runs_ = false;
    std::vector<pid_source> filters_;
    /// As many filters as the demux is believed to have.
    std::size_t room_ = max_filters;
    bool wanting_room_ = false;
};

} // namespace

result<std::unique_ptr<ts_input>> open_linux_ts_input(const linux_nodes& nodes,
                                                      system_calls& calls) {
    auto dvr = kernel_node::open(calls, nodes.dvr, O_RDONLY);
    if (!dvr)
        return dvr.error();
    // Whole packets: one that crosses the ring's end could be seen half. If the kernel has no
    // memory for it, its own buffer has to do.
    const auto size = nodes.dvr_buffer - nodes.dvr_buffer % ts::packet_size;
    const auto refused = dvr->order(DMX_SET_BUFFER_SIZE, size);
    if (is_no_matter_of_room(refused))
        return refused;
    auto whole = demux_filter::open(calls, nodes.demux);
    if (!whole)
        return whole.error();
    return std::unique_ptr<ts_input>{std::make_unique<linux_ts_input>(
        std::move(*dvr), refused ? own_buffer : size, std::move(*whole), nodes.demux)};
}

} // namespace cihost::device
