// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fake_slots.hpp"

#include "policy/module_host.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <sys/socket.h>
#include <utility>

namespace cihost::test {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

namespace {

error_code errno_code(int value) { return {value, boost::system::generic_category()}; }

} // namespace

void slots_world::insert(unsigned number) {
    const std::lock_guard lock{mutex};
    sim::cam_settings settings;
    settings.boot_time = 60ms;
    settings.think_time = 2ms;
    settings.card_key = bytes(16, 0x11);
    slots.at(number).cam = std::make_unique<sim::cam>(settings, no_log);
}

void slots_world::reboot(unsigned number) {
    const std::lock_guard lock{mutex};
    slots.at(number).cam->boot(clock::now() + 400ms);
}

void slots_world::hang(unsigned number, int ms) {
    const std::lock_guard lock{mutex};
    slots.at(number).write_blocks_ms = ms;
}

void slots_world::take_out_at_write(unsigned number) {
    const std::lock_guard lock{mutex};
    slots.at(number).leaves = true;
}

std::vector<bytes> slots_world::written(unsigned number) const {
    const std::lock_guard lock{mutex};
    return slots.at(number).written;
}

unsigned slots_world::ca_pmts(unsigned number) const {
    const auto all = written(number);
    return static_cast<unsigned>(std::ranges::count_if(
        all, [](const bytes& b) { return policy::ca_pmt_program(b).has_value(); }));
}

fake_slots::fake_slots(slots_world& world)
    : world_{world} {
    std::array<int, 2> fds{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds.data()) != 0)
        throw std::runtime_error("socketpair");
    near_.reset(fds[0]);
    far_.reset(fds[1]);
    // for an earlier opener; the last for a slot that does not exist
    for (const auto& stale : {bytes{0, 1, 0x80, 2, 1, 0x80}, bytes{1, 2, 0xA0, 1, 2, 0x80, 2, 2, 0},
                              bytes{7, 8, 0x80, 2, 8, 0x80}})
        ::send(far_.get(), stale.data(), stale.size(), MSG_NOSIGNAL);
    thread_ = std::thread{[this] { run(); }};
}

fake_slots::~fake_slots() {
    stop_ = true;
    thread_.join();
}

result<std::size_t> fake_slots::read(std::span<std::uint8_t> buffer) noexcept {
    const auto n = ::recv(near_.get(), buffer.data(), buffer.size(), 0);
    if (n < 0)
        return errno_code(errno);
    return static_cast<std::size_t>(n);
}

error_code fake_slots::write(bytes_view block) noexcept {
    int blocks = 0;
    {
        const std::lock_guard lock{world_.mutex};
        auto& slot = world_.slots.at(block[0]);
        slot.written.emplace_back(block.begin() + 1, block.end());
        if (std::exchange(slot.leaves, false)) {
            slot.noticed = false;
            slot.cam.reset();
        }
        if (!slot.noticed || !slot.cam || !slot.cam->ready(clock::now()))
            return errno_code(EINVAL);
        blocks = slot.write_blocks_ms;
        if (blocks == 0)
            slot.cam->host_wrote(block.subspan(1), clock::now());
    }
    if (blocks == 0)
        return {};
    std::this_thread::sleep_for(std::chrono::milliseconds{blocks});
    return errno_code(EIO);
}

result<device::slot_status> fake_slots::status(unsigned number) noexcept {
    const std::lock_guard lock{world_.mutex};
    const auto& slot = world_.slots.at(number);
    if (!slot.noticed)
        return device::slot_status{};
    return device::slot_status{slot.cam->present(), slot.cam->ready(clock::now())};
}

error_code fake_slots::reset() noexcept {
    ++world_.resets;
    const std::lock_guard lock{world_.mutex};
    for (auto& slot : world_.slots) {
        slot.noticed = slot.cam != nullptr;
        if (slot.cam)
            slot.cam->boot(clock::now());
    }
    return {};
}

void fake_slots::run() {
    while (!stop_) {
        {
            const std::lock_guard lock{world_.mutex};
            for (std::size_t i = 0; i < world_.slots.size(); ++i)
                while (auto block = world_.slots[i].noticed
                                        ? world_.slots[i].cam->host_reads(clock::now())
                                        : std::nullopt) {
                    block->insert(block->begin(), static_cast<std::uint8_t>(i));
                    ::send(far_.get(), block->data(), block->size(), MSG_NOSIGNAL);
                }
        }
        std::this_thread::sleep_for(1ms);
    }
}

} // namespace cihost::test
