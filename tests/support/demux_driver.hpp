// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "support/fake_calls.hpp"

#include <cihost/bytes.hpp>
#include <cihost/ts/packet.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <functional>
#include <linux/dvb/dmx.h>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <sys/ioctl.h>
#include <utility>

namespace cihost::test {

/// Demux and dvr of one adapter, as the kernel's software demux has them (dmxdev, dvb_demux).
class demux_driver final : public fake_calls {
  public:
    static constexpr const char* demux_path = "/dev/dvb/adapter0/demux0";
    static constexpr const char* dvr_path = "/dev/dvb/adapter0/dvr0";

    demux_driver() = default;
    /// Of the adapter with that folder.
    explicit demux_driver(const std::string& adapter)
        : demux_{adapter + "/demux0"}
        , dvr_node_{adapter + "/dvr0"} {}

    /// How many openings of the demux there can be, and how many of them running.
    std::size_t max_filters = 256;
    std::size_t max_feeds = 256;
    /// After each call and each closing.
    std::function<void()> after_each_call = [] {};

    /// A packet from the tuner: one copy into the dvr if any filter matches, numbered by the
    /// caller.
    void deliver(ts::pid_t pid, std::uint32_t number) {
        bytes packet(ts::packet_size, 0xFF);
        packet[0] = ts::sync_byte;
        packet[1] = static_cast<std::uint8_t>(pid >> 8);
        packet[2] = static_cast<std::uint8_t>(pid);
        packet[3] = 0x10;
        std::memcpy(packet.data() + 4, &number, sizeof number);
        deliver(pid, packet);
    }
    void deliver(ts::pid_t pid, bytes_view packet) {
        const std::lock_guard lock{mutex_};
        const bool wanted = std::ranges::any_of(filters_, [&](const auto& filter) {
            return filter.second && (*filter.second == pid || *filter.second == whole_multiplex);
        });
        if (!wanted || dvr_ < 0 || overflow_)
            return;
        if (ring_.size() + ts::packet_size >= ring_size_) {
            overflow_ = true;
            return;
        }
        ring_.insert(ring_.end(), packet.begin(), packet.end());
    }
    void unplug() {
        const std::lock_guard lock{mutex_};
        unplugged_ = true;
    }
    void plug_in() {
        const std::lock_guard lock{mutex_};
        unplugged_ = false;
    }
    std::size_t ring_size() const {
        const std::lock_guard lock{mutex_};
        return ring_size_;
    }
    /// Openings of the demux.
    std::size_t filters() const {
        const std::lock_guard lock{mutex_};
        return filters_.size();
    }
    std::size_t feeds() const {
        const std::lock_guard lock{mutex_};
        return running();
    }

  private:
    static constexpr std::uint16_t whole_multiplex = 0x2000;

    std::size_t running() const {
        return static_cast<std::size_t>(std::ranges::count_if(
            filters_, [](const auto& filter) { return filter.second.has_value(); }));
    }

    int opened(int fd, const char* path, int flags) override {
        const int given = open_node(fd, path, flags);
        after_each_call();
        return given;
    }
    int open_node(int fd, const std::string& path, int flags) {
        const std::lock_guard lock{mutex_};
        if (unplugged_)
            return -ENODEV;
        if (path == dvr_node_) {
            if ((flags & O_ACCMODE) == O_RDWR)
                return -EOPNOTSUPP;
            if (dvr_ >= 0)
                return -EBUSY;
            dvr_ = fd;
            ring_.clear();
            overflow_ = false;
            ring_size_ = 10 * 188 * 1024;
            return 0;
        }
        if (path != demux_)
            return -ENOENT;
        if (filters_.size() >= max_filters)
            return -EMFILE;
        filters_[fd] = std::nullopt;
        return 0;
    }
    void closed(int fd) override {
        {
            const std::lock_guard lock{mutex_};
            if (fd == dvr_)
                dvr_ = -1;
            filters_.erase(fd);
        }
        after_each_call();
    }

    int asked(int fd, unsigned long request, void* argument) override {
        const int given = ask(fd, request, argument);
        after_each_call();
        return given;
    }
    int ask(int fd, unsigned long request, void* argument) {
        const std::lock_guard lock{mutex_};
        if (fd == dvr_)
            return -EINVAL;
        auto& filter = filters_.at(fd);
        // DMX_ADD_PID: for filters that are read by themselves
        if (request != DMX_SET_PES_FILTER)
            return -EINVAL;
        const auto& wanted = *static_cast<const dmx_pes_filter_params*>(argument);
        filter.reset();
        if (wanted.pid > whole_multiplex || wanted.input != DMX_IN_FRONTEND ||
            wanted.output != DMX_OUT_TS_TAP || wanted.pes_type != DMX_PES_OTHER ||
            wanted.flags != DMX_IMMEDIATE_START)
            return -EINVAL; // what this demux does not model
        if (running() >= max_feeds)
            return -EBUSY;
        filter = wanted.pid;
        return 0;
    }
    int ordered(int fd, unsigned long request, unsigned long argument) override {
        const int given = order(fd, request, argument);
        after_each_call();
        return given;
    }
    int order(int fd, unsigned long request, unsigned long argument) {
        const std::lock_guard lock{mutex_};
        if (fd == dvr_ && request == DMX_SET_BUFFER_SIZE) {
            if (argument == 0)
                return -EINVAL;
            ring_size_ = argument;
            ring_.clear();
            return 0;
        }
        if (fd == dvr_ || request != DMX_STOP)
            return -EINVAL;
        filters_.at(fd).reset();
        return 0;
    }

    ssize_t given_to_read(int fd, void* buffer, std::size_t size) override {
        const std::lock_guard lock{mutex_};
        if (unplugged_)
            return -ENODEV;
        if (fd != dvr_)
            return -EINVAL;
        if (std::exchange(overflow_, false)) {
            ring_.clear();
            return -EOVERFLOW;
        }
        if (ring_.empty())
            return -EAGAIN;
        const auto n = std::min(size, ring_.size());
        std::copy_n(ring_.begin(), n, static_cast<std::uint8_t*>(buffer));
        ring_.erase(ring_.begin(), ring_.begin() + static_cast<std::ptrdiff_t>(n));
        return static_cast<ssize_t>(n);
    }

    const std::string demux_ = demux_path;
    const std::string dvr_node_ = dvr_path;
    mutable std::mutex mutex_;
    bool unplugged_ = false;
    int dvr_ = -1;
    bytes ring_;
    std::size_t ring_size_ = 0;
    bool overflow_ = false;
    /// By descriptor; what it lets through while it runs.
    std::map<int, std::optional<std::uint16_t>> filters_;
};

} // namespace cihost::test
