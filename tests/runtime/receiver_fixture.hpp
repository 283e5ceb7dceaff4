// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/// A receiver on devices of this process.

#include "driver.hpp"
#include "fake_receiver.hpp"
#include "runtime/receiver.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cihost::test {

using namespace runtime;

struct receiver_fixture {
    temporary_folder folder;
    fake_receiver world;
    boost::asio::io_context context;
    std::vector<log_record> log;
    bool whole_multiplex = true;
    /// Devices that take the place of the world's.
    std::function<void(device_factory&)> replace = [](device_factory&) {};
    /// The last word on the settings.
    std::function<void(receiver_settings&)> adjust = [](receiver_settings&) {};
    std::unique_ptr<receiver> r;

    void begin() {
        receiver_settings settings;
        settings.name = "test";
        settings.whole_multiplex = whole_multiplex;
        settings.tuning.emplace().frequency_hz = 474'000'000;
        adjust(settings);
        auto devices = world.devices();
        replace(devices);
        r = std::make_unique<receiver>(context, settings, std::move(devices),
                                       [this](const log_record& record) { log.push_back(record); });
        r->start();
    }
    bool until(const std::function<bool(const receiver_report&)>& condition) {
        return run_until(context, [&] { return condition(r->report()); });
    }
    static const service_report* service(const receiver_report& report, std::uint16_t program) {
        const auto it =
            std::ranges::find(report.services, program, &service_report::program_number);
        return it == report.services.end() ? nullptr : &*it;
    }
    bool until_state(std::uint16_t program, const std::string& state) {
        return until([&](const receiver_report& report) {
            const auto* const s = service(report, program);
            return s != nullptr && s->state == state;
        });
    }
    service_report service(std::uint16_t program) {
        const auto report = r->report();
        const auto* const s = service(report, program);
        REQUIRE(s != nullptr);
        return *s;
    }
    bool until_cam(const std::string& state) {
        return until([&](const receiver_report& report) {
            return !report.cams.empty() && report.cams[0].state == state;
        });
    }
    std::uint64_t record(std::uint16_t program, const std::string& name) {
        const auto id = r->start_recording({program, folder / name});
        REQUIRE(id);
        return *id;
    }
    recording_report stop(std::uint64_t id) {
        std::optional<recording_report> final;
        REQUIRE_FALSE(r->stop_recording(id, [&](recording_report report) { final = report; }));
        REQUIRE(run_until(context, [&] { return final.has_value(); }));
        return *final;
    }
    bool logged(const std::string& part) const {
        return std::ranges::any_of(
            log, [&](const auto& l) { return l.message.find(part) != std::string::npos; });
    }
};

} // namespace cihost::test
