// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "support/fake_calls.hpp"

#include <cihost/bytes.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <functional>
#include <linux/dvb/ca.h>
#include <mutex>
#include <optional>
#include <string>
#include <sys/ioctl.h>
#include <thread>
#include <utility>
#include <vector>

namespace cihost::test {

/// What is known of a module behind a high-level driver.
struct high_level_module {
    bool present = true;
    bool ready = true;
    /// Of application_info, from the application type on.
    bytes application_info{0x01, 0xC1, 0x40, 0x00, 0x01, 0x03, 'C', 'A', 'M'};
    /// Of ca_info.
    bytes ca_info{0x4A, 0xFE};
    /// Whole APDUs that come after enter_menu, one by one.
    std::vector<bytes> menu;
};

/// The CA node of a firedtv or of a dst_ca (Twinhan DST) card, as their drivers answer.
class high_level_driver final : public fake_calls {
  public:
    enum class model { firedtv, dst_ca };

    explicit high_level_driver(model which, std::string path = "/dev/dvb/adapter0/ca0")
        : model_{which}
        , path_{std::move(path)} {}

    /// At the beginning of each CA_GET_MSG, before the driver has done anything.
    std::function<void()> before_fetch = [] {};

    /// Gets each APDU that CA_SEND_MSG takes while a module is there. Its lock is the driver's.
    std::function<void(const bytes&)> taken = [](const bytes&) {};

    /// Changes the module by f(high_level_module&).
    template<class F>
    void with(F f) {
        const std::lock_guard lock{mutex_};
        f(module_);
    }
    /// Every call from now on gives ENODEV.
    void unplug() {
        const std::lock_guard lock{mutex_};
        unplugged_ = true;
    }
    void plug_in() {
        const std::lock_guard lock{mutex_};
        unplugged_ = false;
    }
    /// The next CA_GET_MSG that has an answer gives this instead; `length` as the driver says it.
    void spoil_next_answer(bytes message, unsigned length) {
        const std::lock_guard lock{mutex_};
        spoilt_.emplace(std::move(message), length);
    }
    /// How long CA_RESET blocks; dst_ca's own takes 4 s.
    void set_reset_time(std::chrono::milliseconds time) {
        const std::lock_guard lock{mutex_};
        reset_time_ = time;
    }
    /// The APDUs given to CA_SEND_MSG, those refused too.
    std::vector<bytes> sent() const {
        const std::lock_guard lock{mutex_};
        return sent_;
    }
    unsigned resets() const {
        const std::lock_guard lock{mutex_};
        return resets_;
    }
    /// CA_GET_MSG calls, answered or not.
    unsigned fetches() const {
        const std::lock_guard lock{mutex_};
        return fetches_;
    }

  private:
    static constexpr std::uint32_t application_info_enq = 0x9F8020;
    static constexpr std::uint32_t application_info = 0x9F8021;
    static constexpr std::uint32_t enter_menu = 0x9F8022;
    static constexpr std::uint32_t ca_info_enq = 0x9F8030;
    static constexpr std::uint32_t ca_info = 0x9F8031;
    static constexpr std::uint32_t ca_pmt = 0x9F8032;

    int opened(int, const char* path, int) override {
        const std::lock_guard lock{mutex_};
        if (unplugged_)
            return -ENODEV;
        if (path != path_)
            return -ENOENT;
        if (std::exchange(is_open_, true))
            return -EBUSY;
        return 0;
    }
    void closed(int) override {
        const std::lock_guard lock{mutex_};
        is_open_ = false;
    }
    ssize_t given_to_read(int, void*, std::size_t) override {
        return model_ == model::dst_ca ? 0 : -EINVAL;
    }
    ssize_t written(int, const void*, std::size_t) override {
        return model_ == model::dst_ca ? 0 : -EINVAL;
    }

    int ordered(int, unsigned long request, unsigned long) override {
        std::chrono::milliseconds time{};
        {
            const std::lock_guard lock{mutex_};
            if (unplugged_)
                return -ENODEV;
            if (request != CA_RESET)
                return -EOPNOTSUPP;
            ++resets_;
            last_command_ = 0;
            waiting_menu_.clear();
            time = reset_time_;
        }
        std::this_thread::sleep_for(time);
        return 0;
    }

    int asked(int, unsigned long request, void* argument) override {
        if (request == CA_GET_MSG)
            before_fetch();
        const std::lock_guard lock{mutex_};
        if (unplugged_)
            return -ENODEV;
        switch (request) {
        case CA_GET_CAP:
            *static_cast<ca_caps*>(argument) = {
                .slot_num = 1, .slot_type = CA_CI, .descr_num = 1, .descr_type = CA_ECD};
            return 0;
        case CA_GET_SLOT_INFO: {
            auto& info = *static_cast<ca_slot_info*>(argument);
            return model_ == model::firedtv ? firedtv_slot_info(info) : dst_slot_info(info);
        }
        case CA_SEND_MSG: {
            const auto& message = *static_cast<const ca_msg*>(argument);
            sent_.emplace_back(message.msg, message.msg + std::min<std::size_t>(
                                                              message.length, sizeof message.msg));
            const int given = model_ == model::firedtv ? firedtv_send(message) : dst_send(message);
            if (given == 0 && (module_.present || module_.ready))
                taken(sent_.back());
            return given;
        }
        case CA_GET_MSG: {
            ++fetches_;
            auto& message = *static_cast<ca_msg*>(argument);
            return model_ == model::firedtv ? firedtv_get(message) : dst_get(message);
        }
        default:
            return -EOPNOTSUPP;
        }
    }

    static std::uint32_t tag_of(const ca_msg& message) {
        return static_cast<std::uint32_t>(message.msg[0] << 16 | message.msg[1] << 8 |
                                          message.msg[2]);
    }
    static bytes object(std::uint32_t tag, const bytes& body) {
        bytes all{static_cast<std::uint8_t>(tag >> 16), static_cast<std::uint8_t>(tag >> 8),
                  static_cast<std::uint8_t>(tag), static_cast<std::uint8_t>(body.size())};
        all.insert(all.end(), body.begin(), body.end());
        return all;
    }
    bool spoil(ca_msg& message) {
        if (!spoilt_)
            return false;
        std::copy_n(spoilt_->first.begin(), std::min(spoilt_->first.size(), sizeof message.msg),
                    message.msg);
        message.length = spoilt_->second;
        spoilt_.reset();
        return true;
    }

    // firedtv: remembers the last command; the next fetch goes by that, and forgets it.

    int firedtv_slot_info(ca_slot_info& info) const {
        if (info.num != 0)
            return -EACCES;
        info.type = CA_CI;
        info.flags = (module_.present ? CA_CI_MODULE_PRESENT : 0U) |
                     (module_.ready ? CA_CI_MODULE_READY : 0U);
        return 0;
    }
    int firedtv_send(const ca_msg& message) {
        last_command_ = tag_of(message);
        switch (last_command_) {
        case enter_menu:
            waiting_menu_.assign(module_.menu.begin(), module_.menu.end());
            return 0;
        case application_info_enq:
        case ca_info_enq:
        case ca_pmt:
            return 0;
        default:
            return -EACCES;
        }
    }
    int firedtv_get(ca_msg& message) {
        bytes answer;
        switch (std::exchange(last_command_, 0)) {
        case application_info_enq:
            answer = object(application_info, module_.application_info);
            break;
        case ca_info_enq:
            answer = object(ca_info, module_.ca_info);
            break;
        default:
            if (waiting_menu_.empty())
                return -EACCES;
            answer = waiting_menu_.front();
            waiting_menu_.pop_front();
        }
        if (spoil(message))
            return 0;
        std::ranges::copy(answer, message.msg);
        message.length = static_cast<unsigned>(answer.size());
        return 0;
    }

    // dst_ca: one buffer for all that the card says; a fetch copies its first 128 bytes and leaves
    // the length alone.

    int dst_slot_info(ca_slot_info& info) {
        buffer_.fill(0xEE);
        info.flags = 0;
        if (!module_.present)
            return 0; // neither type nor number
        info.num = 1;
        info.type = CA_CI;
        info.flags = module_.ready ? CA_CI_MODULE_READY : CA_CI_MODULE_PRESENT;
        return 0;
    }
    int dst_send(const ca_msg& message) {
        switch (tag_of(message)) {
        case application_info_enq:
            keep(object(application_info, module_.application_info));
            break;
        case ca_info_enq:
            keep(object(ca_info, module_.ca_info));
            break;
        case ca_pmt: // the first byte of the length is taken for the length
            if (message.msg[3] > 247)
                return -EPERM;
            break;
        default:
            break; // taken, and nothing done
        }
        return 0;
    }
    int dst_get(ca_msg& message) {
        if (tag_of(message) != application_info && tag_of(message) != ca_info)
            return 0; // as it came
        if (!spoil(message))
            std::copy_n(buffer_.begin(), 128, message.msg);
        return 0;
    }
    void keep(const bytes& answer) {
        buffer_.fill(0xDD); // what was there before
        std::copy_n(answer.begin(), std::min(answer.size(), buffer_.size()), buffer_.begin());
    }

    const model model_;
    const std::string path_;
    mutable std::mutex mutex_;
    high_level_module module_;
    bool is_open_ = false;
    bool unplugged_ = false;
    std::optional<std::pair<bytes, unsigned>> spoilt_;
    std::chrono::milliseconds reset_time_{};
    std::vector<bytes> sent_;
    unsigned resets_ = 0;
    unsigned fetches_ = 0;
    std::uint32_t last_command_ = 0;
    std::deque<bytes> waiting_menu_;
    std::array<std::uint8_t, 256> buffer_{};
};

} // namespace cihost::test
