// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/unique_fd.hpp"

#include <cihost/bytes.hpp>
#include <cihost/error.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace cihost::sim {

/// One node of the lab's kernel module, open: records of lab_protocol.h, one a read() and one a
/// write(). No call waits.
class record_channel {
  public:
    /// Of one turn of the simulator: the air must not wait for a driver that never ends.
    static constexpr int records_a_turn = 64;

    struct record {
        /// 0, which is none: what came was no record.
        std::uint16_t type = 0;
        /// Valid until the next read().
        bytes_view payload;
    };

    /// `why` gets a sentence when it fails with an errno value: EBUSY, or ENOENT and the like when
    /// the module is not loaded.
    static result<record_channel> open(const std::string& file, std::string& why);
    /// Any non-blocking descriptor that keeps the bounds of what is written, under that name.
    record_channel(unique_fd node, std::string name);

    int fd() const noexcept { return node_.get(); }
    /// The next record, if one waits.
    std::optional<record> read();

    enum class outcome {
        taken,
        /// Not now: try again when the descriptor is writable.
        later,
        /// Never: the module does not want it as things are, or is gone.
        refused,
    };
    outcome write(std::uint16_t type, bytes_view payload = {});
    template<class T>
    outcome write_value(std::uint16_t type, const T& value) {
        return write(type, {reinterpret_cast<const std::uint8_t*>(&value), sizeof value});
    }

    /// Why nothing goes any more, a sentence; empty = well.
    const std::string& failure() const noexcept { return failure_; }

  private:
    void fail(int error);

    unique_fd node_;
    std::string name_;
    std::string failure_;
    bytes in_;
    bytes out_;
};

} // namespace cihost::sim
