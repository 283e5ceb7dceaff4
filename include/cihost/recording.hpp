// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/recording_gap.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cihost {

struct recording_status {
    std::filesystem::path file;
    /// "waiting" for the first clear picture or sound, or for the service to come back;
    /// "recording"; "stopped"; "failed": the disk gave an error that does not pass.
    std::string state;
    /// Why it waits or failed, or what is wrong with the disk; of one that stopped without a
    /// packet: why there was none. Empty: nothing is wrong.
    std::string reason;
    /// In the file. Packets are 188 bytes.
    std::uint64_t bytes = 0;
    std::uint64_t packets = 0;
    /// Not in the file: the disk was full or too slow.
    std::uint64_t dropped_packets = 0;
    /// Left out of the file once it had begun: the CAM was late, or the service is not clear any
    /// more.
    std::uint64_t scrambled_packets = 0;
    std::uint64_t continuity_errors = 0;
    /// When its first packet came, by the system's clock; nothing: none has.
    std::optional<std::chrono::system_clock::time_point> began;
    /// The first 200 of them, and how many there are.
    std::vector<recording_gap> gaps;
    std::uint64_t gap_count = 0;

    /// It is over.
    bool ended() const { return state == "stopped" || state == "failed"; }
};

/// One service on its way to a file, made by receiver::record(). The file is an MPEG transport
/// stream of that service alone, begins with its PAT and PMT at the first clear picture or sound,
/// and is whole packets at every instant, whatever happens to this program. A full or slow disk
/// costs this recording packets, which are counted, and it goes on when there is room.
///
/// May outlive its receiver, whose end stops it. Any thread may call the functions at any time, but
/// for moves and destruction.
class recording {
  public:
    static constexpr std::chrono::seconds default_patience{20};

    recording(recording&&) noexcept;
    /// Stops the one that was here.
    recording& operator=(recording&&) noexcept;
    /// stop(), whatever comes of it. What was moved from may only be destroyed or assigned to.
    ~recording();

    /// Now; of one that has ended: its end.
    recording_status status() const;
    /// Waits until it ends by itself ("failed"), or stop() or the receiver's end ends it, at most
    /// so long. True: it has ended.
    bool wait(std::chrono::milliseconds patience) const;
    /// Ends it, lets go of its service, and waits until all of it is in the file, which is closed
    /// then; a file without a packet is removed. Doing so again gives the same. Throws
    /// receiver_error: timeout when the disk takes longer; it ends all the same, when it can.
    recording_status stop(std::chrono::milliseconds patience = default_patience);

  private:
    friend class receiver;
    class impl;
    explicit recording(std::unique_ptr<impl>) noexcept;

    std::unique_ptr<impl> impl_;
};

} // namespace cihost
