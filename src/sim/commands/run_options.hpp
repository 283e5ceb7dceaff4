// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/cam/cam.hpp"
#include "sim/commands/headend_options.hpp"
#include "sim/lab/lab_slot.hpp"
#include "sim/nodes/node_folder.hpp"
#include "sim/receiver/tuner.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace cihost::sim {

/// What `cihost-sim run` is told.
class run_options {
  public:
    void add_to(CLI::App& command);

    headend_options transmitter;
    std::string folder = default_node_folder().string();
    /// The kernel lab's adapter; nothing: device nodes of our own.
    std::optional<unsigned> lab;
    bool no_cam = false;
    std::string source;
    std::string on_air;
    std::string log;
    double duration_s = 0;

    tuner_settings reception() const;
    /// One a slot; nothing and a sentence (or more, a line each) when the options make no sense.
    std::optional<std::vector<cam_settings>> modules(const headend_settings& transmitted,
                                                     std::string& why) const;
    /// How that CAM describes itself in attribute memory.
    module_card card(const cam_settings& module) const;

    /// What is to be said of them besides, a sentence each.
    std::vector<std::string> remarks() const;

  private:
    std::optional<std::vector<cam_settings>> chosen_modules(std::uint16_t broadcast_system,
                                                            std::string& why) const;
    void adjust(cam_settings& module) const;
    bool set_second_systems(cam_settings& second, std::uint16_t transmitted) const;

    /// Ready-made ones or files, one a slot.
    std::vector<std::string> cams_;
    bool authorised_ = false;
    std::optional<std::string> cam_name_;
    std::optional<unsigned> application_information_;
    std::optional<unsigned> boot_ms_;
    std::optional<unsigned> think_ms_;
    std::optional<unsigned> ecm_ms_;
    std::optional<unsigned> slots_;
    std::vector<std::string> second_ca_systems_;
    unsigned link_buffer_ = module_card{}.buffer_size;
    std::uint64_t frequency_hz_ = tuner_settings{}.frequency_hz;
    std::string delivery_;
    unsigned lock_ms_ = 150;
};

} // namespace cihost::sim
