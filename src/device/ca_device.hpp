// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "en50221/ca_interface.hpp"

#include <cihost/bytes.hpp>
#include <cihost/error.hpp>

#include <cstddef>

namespace cihost::device {

struct slot_status {
    bool present = false;
    /// Initialised; TPDUs can be exchanged.
    bool ready = false;

    friend bool operator==(slot_status, slot_status) = default;
};

using en50221::ca_interface;

/// A CA device with its slots, as /dev/dvb/adapterN/caM is one. Errors are errno values in the
/// generic category.
///
/// Threads: read() is called on the control thread; write(), status() and reset() block and are
/// called on a slot's thread. An implementation allows read() beside them, and write() and status()
/// of different slots at once: a module that blocks one slot does not delay another. One reset() at
/// a time.
class ca_device {
  public:
    ca_device() = default;
    ca_device(const ca_device&) = delete;
    ca_device& operator=(const ca_device&) = delete;
    virtual ~ca_device() = default;

    virtual ca_interface interface() const noexcept { return ca_interface::link; }
    virtual unsigned slot_count() const noexcept = 0;
    /// Becomes readable when read() has something. Owned by the device.
    virtual int fd() const noexcept = 0;
    /// Never blocks. One block with the slot in front; bytes read, or EAGAIN, or another errno.
    /// ENODEV: the device is gone for good.
    virtual result<std::size_t> read(std::span<std::uint8_t> buffer) noexcept = 0;
    /// [slot][tcid][TPDU], one whole TPDU; may block for 0.5 s a link fragment. Or [slot][APDU]:
    /// the answer to an enquiry comes by read(), menu objects after a status(); EMSGSIZE when the
    /// interface cannot carry it, ENOTSUP when the driver takes no such APDU, EPROTO when the
    /// answer was none.
    virtual error_code write(bytes_view block) noexcept = 0;
    virtual result<slot_status> status(unsigned slot) noexcept = 0;
    /// Resets every slot of the device.
    virtual error_code reset() noexcept = 0;
};

} // namespace cihost::device
