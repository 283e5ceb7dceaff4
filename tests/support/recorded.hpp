// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/hex.hpp"
#include "en50221/pcapng.hpp"

#include <cihost/bytes.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace cihost::test {

/// A trace as a file, written line by line: "01 A0 01 01" is [tcid][TPDU].
class recorded {
  public:
    explicit recorded(std::string name = "ca0 slot 0")
        : file_{en50221::pcapng_header(std::array<std::string, 2>{name, name + " sibling"})} {}

    recorded& host(std::string_view block, unsigned slot = 0) {
        return add(en50221::direction::host_to_module, block, slot);
    }
    recorded& cam(std::string_view block, unsigned slot = 0) {
        return add(en50221::direction::module_to_host, block, slot);
    }
    /// The host asks whether there is something, and there is.
    recorded& asked() { return host("01 A0 01 01").cam("01 80 02 01 80").host("01 81 01 01"); }
    recorded& pause(std::uint64_t ms) {
        now_ += ms * 1'000'000;
        return *this;
    }

    const bytes& file() const noexcept { return file_; }

  private:
    recorded& add(en50221::direction which, std::string_view block, unsigned slot) {
        now_ += 10'000'000;
        const auto data = en50221::pcapng_tpdu(slot, which, from_hex(block).value(), now_);
        file_.insert(file_.end(), data.begin(), data.end());
        return *this;
    }

    bytes file_;
    /// 2024-03-01 12:34:56 UTC
    std::uint64_t now_ = 1'709'296'496'000'000'000;
};

} // namespace cihost::test
