// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/unique_fd.hpp"
#include "sim/lab/lab_protocol.h"
#include "support/catch.hpp"

#include <cihost/bytes.hpp>

#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <mutex>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <sys/eventfd.h>
#include <thread>
#include <unistd.h>
#include <vector>

/// Of a test case that has nothing to do elsewhere.
#define CIHOST_NEEDS_LAB(node)                                                                     \
    if (!std::filesystem::exists(cihost::test::lab_path(node)))                                    \
    CIHOST_SKIP("no " + cihost::test::lab_path(node) +                                             \
                ": this is not the kernel lab with such a node")

namespace cihost::test {

inline std::string lab_path(const std::string& name) { return "/dev/cihost_lab_" + name; }

/// The air of an adapter or the CAM in a slot of a real kernel in the lab (lab_protocol.h), played
/// by a test. Records that come are kept; a CAM starts by itself and takes every fragment.
class lab_node {
  public:
    explicit lab_node(const std::string& name)
        : node_{::open(lab_path(name).c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC)}
        , stop_{::eventfd(0, EFD_CLOEXEC)} {
        if (!node_ || !stop_)
            throw std::runtime_error("cannot open " + lab_path(name));
        thread_ = std::thread{[this] { run(); }};
    }
    ~lab_node() {
        ::eventfd_write(stop_.get(), 1);
        thread_.join();
    }

    /// Waits while the kernel has no room for it.
    void send(std::uint16_t type, bytes_view payload = {}) {
        const lab_record head{type, 0, static_cast<std::uint32_t>(payload.size())};
        bytes record(sizeof head + payload.size());
        std::memcpy(record.data(), &head, sizeof head);
        std::copy(payload.begin(), payload.end(), record.begin() + sizeof head);
        while (::write(node_.get(), record.data(), record.size()) < 0) {
            if (errno != EAGAIN)
                throw std::runtime_error(std::string{"lab: "} + std::strerror(errno));
            pollfd room{node_.get(), POLLOUT, 0};
            ::poll(&room, 1, 1000);
        }
    }
    template<class T>
    void send(std::uint16_t type, const T& payload) {
        send(type, bytes_view{reinterpret_cast<const std::uint8_t*>(&payload), sizeof payload});
    }
    void insert() {
        send(lab_insert, lab_module{.buffer_size = 256,
                                    .manufacturer_id = 0x1234,
                                    .card_id = 0x5678,
                                    .reserved = 0,
                                    .manufacturer = "cihost",
                                    .product = "lab CAM"});
    }

    /// The payloads of that type when there are `count`, or those there are after a long while.
    std::vector<bytes> wait(std::uint16_t type, std::size_t count = 1) {
        std::unique_lock lock{mutex_};
        std::vector<bytes> found;
        changed_.wait_for(lock, std::chrono::seconds{20}, [&] {
            found.clear();
            for (const auto& [kind, payload] : records_)
                if (kind == type)
                    found.push_back(payload);
            return found.size() >= count;
        });
        return found;
    }

  private:
    void run() {
        constexpr std::uint8_t yes = 1;
        std::array<std::uint8_t, 2 * lab_max_fragment> buffer;
        for (;;) {
            std::array<pollfd, 2> fds{{{node_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
            ::poll(fds.data(), fds.size(), -1);
            if (fds[1].revents != 0)
                return;
            lab_record head{};
            const auto n = ::read(node_.get(), buffer.data(), buffer.size());
            if (n < static_cast<ssize_t>(sizeof head))
                continue;
            std::memcpy(&head, buffer.data(), sizeof head);
            if (head.type == lab_reset)
                send(lab_ready, yes);
            if (head.type == lab_host_fragment)
                send(lab_free, yes);
            const std::lock_guard lock{mutex_};
            records_.emplace_back(head.type,
                                  bytes(buffer.begin() + sizeof head, buffer.begin() + n));
            changed_.notify_all();
        }
    }

    const unique_fd node_;
    const unique_fd stop_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::pair<std::uint16_t, bytes>> records_;
    std::thread thread_;
};

} // namespace cihost::test
