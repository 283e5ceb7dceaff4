// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/// A receiver on the Linux devices, with drivers of this process behind them. Its tuner is the
/// fake_receiver's: libdvbv5 makes its own system calls.

#include "base/unique_fd.hpp"
#include "receiver_fixture.hpp"
#include "runtime/device_factory.hpp"
#include "support/catch.hpp"
#include "support/demux_driver.hpp"
#include "support/fake_calls.hpp"

#include <cihost/ts/packet.hpp>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <sys/timerfd.h>
#include <unistd.h>
#include <utility>

namespace cihost::test {

/// Readable every 2 ms: in place of descriptors that no kernel knows.
class ticking {
  public:
    ticking()
        : fd_{::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)} {
        const itimerspec every{.it_interval = {0, 2'000'000}, .it_value = {0, 2'000'000}};
        ::timerfd_settime(fd_.get(), 0, &every, nullptr);
    }
    int fd() const noexcept { return fd_.get(); }
    /// False: it was not time.
    bool take() const noexcept {
        std::uint64_t ticks = 0;
        return ::read(fd_.get(), &ticks, sizeof ticks) == sizeof ticks;
    }

  private:
    unique_fd fd_;
};

/// linux_ts_input, whose driver gets what the tuner has on air.
class driven_ts final : public device::ts_input {
  public:
    driven_ts(std::unique_ptr<device::ts_input> input, demux_driver& driver, fake_receiver& world)
        : input_{std::move(input)}
        , driver_{driver}
        , world_{world} {}
    int fd() const noexcept override { return clock_.fd(); }
    result<std::size_t> read(std::span<std::uint8_t> buffer) noexcept override {
        if (clock_.take()) {
            const auto packets = world_.on_air();
            for (std::size_t at = 0; at < packets.size(); at += ts::packet_size) {
                const auto packet = bytes_view{packets}.subspan(at).first<ts::packet_size>();
                driver_.deliver(ts::packet_view{packet}.pid(), packet);
            }
        }
        return input_->read(buffer);
    }
    error_code take_all() noexcept override { return input_->take_all(); }
    error_code take(const ts::pid_filter& pids) noexcept override { return input_->take(pids); }

  private:
    const std::unique_ptr<device::ts_input> input_;
    demux_driver& driver_;
    fake_receiver& world_;
    const ticking clock_;
};

/// linux_link_ca, whose driver cannot wake anybody.
class driven_ca final : public device::ca_device {
  public:
    explicit driven_ca(std::unique_ptr<device::ca_device> ca)
        : ca_{std::move(ca)} {}
    device::ca_interface interface() const noexcept override { return ca_->interface(); }
    unsigned slot_count() const noexcept override { return ca_->slot_count(); }
    int fd() const noexcept override { return clock_.fd(); }
    result<std::size_t> read(std::span<std::uint8_t> buffer) noexcept override {
        clock_.take();
        return ca_->read(buffer);
    }
    error_code write(bytes_view block) noexcept override { return ca_->write(block); }
    result<device::slot_status> status(unsigned slot) noexcept override {
        return ca_->status(slot);
    }
    error_code reset() noexcept override { return ca_->reset(); }

  private:
    const std::unique_ptr<device::ca_device> ca_;
    const ticking clock_;
};

struct driven_receiver : receiver_fixture {
    const std::string adapter = folder / "adapter0";
    const device::linux_nodes nodes{.frontend = adapter + "/frontend0",
                                    .demux = adapter + "/demux0",
                                    .dvr = adapter + "/dvr0",
                                    .ca = adapter + "/ca0"};

    driven_receiver() {
        std::filesystem::create_directory(adapter);
        for (const auto& node : {nodes.frontend, nodes.demux, nodes.dvr, nodes.ca})
            std::ofstream{node} << "a node";
    }

    /// The CA device of `ca`; the stream goes by `demux` if there is one.
    void use(fake_calls& ca, demux_driver* demux = nullptr) {
        replace = [this, &ca, demux](device_factory& devices) {
            devices.explain = linux_devices(nodes).explain;
            devices.open_ca = [this, &ca]() -> result<std::unique_ptr<device::ca_device>> {
                auto opened = device::open_linux_ca(nodes, ca);
                if (opened && (*opened)->interface() == device::ca_interface::link)
                    return std::unique_ptr<device::ca_device>{
                        std::make_unique<driven_ca>(std::move(*opened))};
                return opened;
            };
            if (demux == nullptr)
                return;
            devices.open_ts_input = [this, demux]() -> result<std::unique_ptr<device::ts_input>> {
                auto opened = device::open_linux_ts_input(nodes, *demux);
                if (!opened)
                    return opened.error();
                return std::unique_ptr<device::ts_input>{
                    std::make_unique<driven_ts>(std::move(*opened), *demux, world)};
            };
        };
    }
    /// Any sentence for people: of the log, the receiver, a CAM or a service.
    bool says(const std::string& part) const {
        const auto in = [&](const std::string& text) {
            return text.find(part) != std::string::npos;
        };
        const auto report = r->report();
        return logged(part) || in(report.reason) ||
               std::ranges::any_of(report.cams, [&](const auto& c) { return in(c.reason); }) ||
               std::ranges::any_of(report.services, [&](const auto& s) { return in(s.reason); });
    }
};

} // namespace cihost::test
