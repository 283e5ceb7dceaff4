// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/// Services made up for a ca_pmt_plan, and what it sends about them.

#include "policy/ca_pmt_plan.hpp"

#include <cihost/en50221/ca_pmt.hpp>
#include <cihost/time.hpp>
#include <cihost/ts/descriptor.hpp>
#include <cihost/ts/pmt.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace cihost::test {

inline constexpr time_point t0{std::chrono::hours{1}};

inline ts::descriptor ca(std::uint16_t system, std::uint16_t pid) {
    return {0x09,
            {static_cast<std::uint8_t>(system >> 8), static_cast<std::uint8_t>(system),
             static_cast<std::uint8_t>(0xE0 | pid >> 8), static_cast<std::uint8_t>(pid)}};
}

inline ts::pmt service(std::uint16_t program_number, ts::descriptor_list program_info) {
    const auto base = static_cast<ts::pid_t>(program_number * 16);
    ts::pmt table;
    table.program_number = program_number;
    table.pcr_pid = base;
    table.program_info = std::move(program_info);
    table.streams = {{0x1B, base, {}}, {0x04, static_cast<ts::pid_t>(base + 1), {}}};
    return table;
}

inline std::vector<en50221::ca_pmt> drain(policy::ca_pmt_plan& plan, time_point now) {
    std::vector<en50221::ca_pmt> all;
    while (auto out = plan.next(now))
        all.push_back(out->value);
    return all;
}

/// A plan with one CA Support session that knows 0B00.
inline policy::ca_pmt_plan with_module(const policy::ca_pmt_settings& settings = {}) {
    policy::ca_pmt_plan plan{settings};
    plan.ca_session_opened(3, t0);
    plan.ca_info_received(3, {0x0B00}, t0);
    return plan;
}

/// "ONLY 1, ADD 2, UPDATE 1 off": list management, service, and whether it was not_selected.
inline std::string text_of(const std::vector<en50221::ca_pmt>& sent) {
    using en50221::list_management;
    std::string text;
    for (const auto& value : sent) {
        const auto* const list = value.list == list_management::only    ? "ONLY "
                                 : value.list == list_management::first ? "FIRST "
                                 : value.list == list_management::more  ? "MORE "
                                 : value.list == list_management::last  ? "LAST "
                                 : value.list == list_management::add   ? "ADD "
                                                                        : "UPDATE ";
        text += (text.empty() ? "" : ", ") + std::string{list} +
                std::to_string(value.program_number) +
                (value.command == en50221::ca_pmt_command::not_selected ? " off" : "");
    }
    return text;
}

} // namespace cihost::test
