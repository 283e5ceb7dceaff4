// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/bytes.hpp>
#include <cihost/error.hpp>
#include <cihost/ts/pid_filter.hpp>

#include <cstddef>

namespace cihost::device {

/// Where the multiplex comes from behind the CAM: a demux and its dvr. Called on the stream pump's
/// thread alone.
class ts_input {
  public:
    ts_input() = default;
    ts_input(const ts_input&) = delete;
    ts_input& operator=(const ts_input&) = delete;
    virtual ~ts_input() = default;

    /// Readable when read() has something.
    virtual int fd() const noexcept = 0;
    /// Never blocks. Whole packets as far as the device gives them; EAGAIN; EOVERFLOW when packets
    /// were lost because we were slow (go on reading); ENODEV when the device is gone.
    virtual result<std::size_t> read(std::span<std::uint8_t> buffer) noexcept = 0;
    /// All PIDs of the multiplex.
    virtual error_code take_all() noexcept = 0;
    /// These PIDs; those that come already go on without a gap. After an error the next call makes
    /// good what this one left.
    virtual error_code take(const ts::pid_filter& pids) noexcept = 0;
    /// True: the device had no room for the PIDs of take() and gives the whole multiplex instead.
    virtual bool gives_all_for_want_of_room() const noexcept { return false; }
    /// Bytes that may surely wait in it, unread.
    virtual std::size_t holds() const noexcept { return std::size_t{32} << 10; }
};

} // namespace cihost::device
