// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/// Four receivers with five slots, four CAMs, one host for all of them that learns and is started
/// again now and then, and people who want services of it.

#include "policy/weeks/air.hpp"
#include "policy/weeks/judge.hpp"
#include "policy/weeks/knowledge.hpp"
#include "policy/weeks/module.hpp"
#include "policy/weeks/operation.hpp"
#include "policy/weeks/receiver.hpp"

#include <cihost/time.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cihost::test {

class weeks_world {
  public:
    weeks_world();
    weeks_world(const weeks_world&) = delete;
    weeks_world& operator=(const weeks_world&) = delete;

    /// Does the operations, which are in order and count from now, and what is due besides for so
    /// long. What went wrong, with the moment and what the hosts said before; empty: nothing.
    std::string run(const std::vector<operation>& operations, duration length);
    /// Nobody wants anything, and every CAM is at home again.
    std::string rest();

    /// How much of the latest run there was.
    duration run_for() const noexcept { return now_ - start_; }
    /// How often something was due.
    std::uint64_t steps() const noexcept { return steps_; }

  private:
    struct user {
        bool recording = false;
        /// Of a viewer.
        unsigned number = 0;
        unsigned service = 0;
        int priority = 0;
        time_point since{};
        /// Where it has its place.
        std::optional<std::size_t> receiver;
    };
    struct insertion {
        time_point at = never;
        unsigned cam = 0;
        unsigned slot = 0;
    };
    struct place {
        weeks_receiver* receiver = nullptr;
        std::size_t slot = 0;
    };

    time_point due() const;
    /// What its hosts said last.
    std::string said(std::size_t receiver) const;
    void apply(const operation& o);
    void apply_to_wishes(const operation& o);
    void apply_to_air(const operation& o);
    void apply_to_cam(const operation& o);
    void apply_to_host(const operation& o);
    void insert(unsigned cam, unsigned slot);
    void pull(unsigned cam);
    place place_of(unsigned slot);
    air_service& service(unsigned number) { return air_[number / 5][number % 5]; }
    /// Leaves each wish to a receiver, as daemon::service_plan asks for it.
    void place_wishes();
    void carry_out(const policy::assignment_answer& answer);

    std::vector<multiplex_on_air> air_ = make_air();
    weeks_knowledge knowledge_;
    std::array<std::unique_ptr<weeks_module>, 4> cams_;
    std::vector<std::unique_ptr<weeks_receiver>> receivers_;
    std::vector<weeks_judge> judges_;
    std::vector<user> users_;
    std::vector<insertion> insertions_;
    /// When the host that was started again asks for all that is wanted.
    time_point host_due_ = never;
    /// What a host got wrong as it began anew.
    std::string lost_;
    time_point now_{};
    /// Of the present run.
    time_point start_{};
    std::uint64_t steps_ = 0;
};

/// In a new world, until shortly after the last of them.
std::string run_operations(const std::vector<operation>& operations);

} // namespace cihost::test
