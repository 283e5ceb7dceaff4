// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "runtime/multiplex.hpp"
#include "runtime/stream_pump.hpp"

#include <cstdint>

namespace cihost::runtime {

/// Tells the taps of recordings and streams in the pump what the multiplex says of their services.
/// On the control thread.
class tap_feed {
  public:
    tap_feed(stream_pump& pump, const multiplex& tables)
        : pump_{pump}
        , tables_{tables} {}

    /// All that is known; for a tap that is new.
    void all(std::uint64_t tap, std::uint16_t program_number) const;
    void pmt(std::uint64_t tap, std::uint16_t program_number) const;
    void description(std::uint64_t tap, std::uint16_t program_number) const;
    void events(std::uint64_t tap, std::uint16_t program_number) const;
    /// Its service is not there.
    void suspend(std::uint64_t tap) const;

  private:
    stream_pump& pump_;
    const multiplex& tables_;
};

} // namespace cihost::runtime
