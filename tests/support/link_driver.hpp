// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "sim/cam/cam.hpp"
#include "support/fake_calls.hpp"

#include <cihost/bytes.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <linux/dvb/ca.h>
#include <mutex>
#include <string>
#include <sys/ioctl.h>
#include <utility>

namespace cihost::test {

/// The CA node of a card with one slot, as the kernel's CA core has it, and a simulated CAM in it.
class link_driver final : public fake_calls {
  public:
    explicit link_driver(std::string path = "/dev/dvb/adapter0/ca0")
        : path_{std::move(path)}
        , cam_{settings(), no_log_} {
        cam_.boot(clock::now());
    }

    /// Gets each TPDU that the CAM takes. Its lock is the driver's.
    std::function<void(bytes_view)> taken = [](bytes_view) {};

    /// Of an adapter that was unplugged the core says for ever that the slot is empty.
    void unplug() {
        const std::lock_guard lock{mutex_};
        unplugged_ = true;
        cam_.remove(clock::now());
    }
    void plug_in() {
        const std::lock_guard lock{mutex_};
        unplugged_ = false;
        cam_.boot(clock::now());
    }

  private:
    using clock = std::chrono::steady_clock;

    static sim::cam_settings settings() {
        sim::cam_settings s;
        s.boot_time = std::chrono::milliseconds{60};
        s.think_time = std::chrono::milliseconds{2};
        s.card_key = bytes(16, 0x11);
        return s;
    }

    int opened(int, const char* path, int) override {
        const std::lock_guard lock{mutex_};
        if (unplugged_)
            return -ENODEV;
        if (path != path_)
            return -ENOENT;
        return std::exchange(is_open_, true) ? -EBUSY : 0;
    }
    void closed(int) override {
        const std::lock_guard lock{mutex_};
        is_open_ = false;
    }
    int asked(int, unsigned long request, void* argument) override {
        const std::lock_guard lock{mutex_};
        if (request == CA_GET_CAP) {
            *static_cast<ca_caps*>(argument) = {
                .slot_num = 1, .slot_type = CA_CI_LINK, .descr_num = 0, .descr_type = 0};
            return 0;
        }
        if (request != CA_GET_SLOT_INFO)
            return -EINVAL;
        auto& info = *static_cast<ca_slot_info*>(argument);
        if (info.num != 0)
            return -EINVAL;
        info.type = CA_CI_LINK;
        info.flags = (cam_.present() ? CA_CI_MODULE_PRESENT : 0U) |
                     (cam_.ready(clock::now()) ? CA_CI_MODULE_READY : 0U);
        return 0;
    }
    int ordered(int, unsigned long request, unsigned long) override {
        const std::lock_guard lock{mutex_};
        if (request != CA_RESET)
            return -EINVAL;
        if (!unplugged_)
            cam_.boot(clock::now());
        return 0;
    }
    ssize_t given_to_read(int, void* buffer, std::size_t size) override {
        const std::lock_guard lock{mutex_};
        const auto block = cam_.host_reads(clock::now());
        if (!block)
            return -EAGAIN;
        auto* const to = static_cast<std::uint8_t*>(buffer);
        to[0] = 0;
        const auto n = std::min(size - 1, block->size());
        std::copy_n(block->begin(), n, to + 1);
        return static_cast<ssize_t>(n + 1);
    }
    ssize_t written(int, const void* data, std::size_t size) override {
        const std::lock_guard lock{mutex_};
        if (!cam_.ready(clock::now()))
            return -EINVAL;
        const auto tpdu = bytes_view{static_cast<const std::uint8_t*>(data), size}.subspan(1);
        cam_.host_wrote(tpdu, clock::now());
        taken(tpdu);
        return static_cast<ssize_t>(size);
    }

    const std::string path_;
    std::mutex mutex_;
    sim::event_log no_log_;
    sim::cam cam_;
    bool is_open_ = false;
    bool unplugged_ = false;
};

} // namespace cihost::test
