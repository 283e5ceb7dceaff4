// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/// The virtual receiver's device nodes: SOCK_SEQPACKET sockets in one directory that behave like
/// the kernel's character devices at their worst, so that nothing is easier here than there.
///
///   frontend0   tuner                      ca0   CI slots        dvr0   demux and TS output
///
/// connect() is open(). The server at once sends an open_reply. With error 0 the connection is the
/// node's command channel, and the message carries (SCM_RIGHTS) further SOCK_SEQPACKET descriptors:
/// for dvr0 the data channel; for ca0 the data channel, then a command channel for each slot, 0
/// first. Closing the node's command channel is close().
///
/// Command channel: request, then exactly one reply, one at a time; a reply that takes long is an
/// ioctl or write that blocks. Integers have the machine's byte order, as ioctl arguments have.
/// Each slot has a channel of its own since a write holds the lock of its own slot alone: what
/// blocks in one slot does not delay the other. A slot's channel that is closed is gone for this
/// opener; the node stays open.
///
/// Data channel of ca0: one message is one read(): [slot][tcid][TPDU…]. Bytes of an earlier opener
/// may come first. A message of 1 byte is a failed read and holds errno. Removal of a module says
/// nothing here: ask get_slot_info.
///
/// Data channel of dvr0: one message holds 1…64 packets of 188 bytes. A message of 1 byte is a
/// failed read and holds errno: EOVERFLOW when the reader was too slow and packets were dropped.

#include <cstddef>
#include <cstdint>

namespace cihost::device::virtual_protocol {

struct open_reply {
    /// 0 or errno: EBUSY when another process has the node open.
    std::int32_t error = 0;
};

enum class operation : std::uint32_t {
    // ca0, the node's channel
    ca_reset = 1,
    ca_get_cap = 2,
    // ca0, a slot's channel
    /// argument = that slot, else EINVAL.
    ca_get_slot_info = 3,
    /// payload [slot][tcid][TPDU]; the reply comes when the module took it. EINVAL when it is
    /// another slot or not READY, EIO when it stayed busy for 500 ms or left READY meanwhile.
    ca_write = 4,
    // dvr0
    /// payload std::uint16_t[]: the PIDs to give from now on; 0x2000 = the whole multiplex.
    dvr_set_pids = 16,
    // frontend0
    /// payload tune_parameters; the reply comes at once, lock comes later.
    fe_tune = 32,
    fe_get_status = 33,
};

struct request {
    operation op{};
    std::uint32_t argument = 0;
    // payload follows
};

struct reply {
    std::int32_t error = 0;
    // payload follows when error is 0
};

/// Reply of ca_get_cap.
struct ca_cap {
    std::uint32_t slot_count = 0;
};

/// More than any device has.
inline constexpr std::size_t max_slots = 16;

/// Reply of ca_get_slot_info; flags as in linux/dvb/ca.h.
struct ca_slot_info {
    static constexpr std::uint32_t present = 1;
    static constexpr std::uint32_t ready = 2;
    std::uint32_t flags = 0;
};

struct tune_parameters {
    std::uint64_t frequency_hz = 0;
};

/// Reply of fe_get_status.
struct frontend_status {
    std::uint32_t locked = 0;
    /// Thousandths of a dBm and of a dB.
    std::int32_t strength_mdbm = 0;
    std::int32_t cnr_mdb = 0;
};

inline constexpr std::uint16_t whole_multiplex = 0x2000;
inline constexpr std::size_t max_packets_per_read = 64;
/// Larger than any message of the protocol.
inline constexpr std::size_t max_message = 65536 + 64;

} // namespace cihost::device::virtual_protocol
