// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/bytes.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <stdexcept>
#include <utility>

namespace cihost::test {

/// The link layer as a kernel's CA core does it, EN 50221 annex A.4: a TPDU goes in fragments, each
/// behind two bytes that tell its connection and whether more follow; those of several connections
/// may be mixed. The host is given one whole TPDU block a read, the connection id in front.
class link_layer {
  public:
    static constexpr std::size_t header_size = 2;
    static constexpr std::uint8_t more_follow = 0x80;

    /// As negotiated, header included; 16…512 are legal.
    explicit link_layer(std::size_t buffer_size)
        : payload_{buffer_size - header_size} {
        if (buffer_size <= header_size)
            throw std::invalid_argument("a link without room");
    }

    /// [tcid][TPDU] as it crosses the link, in either direction.
    std::deque<bytes> fragments(bytes_view block) const {
        const auto id = block[0];
        auto rest = block.subspan(1);
        std::deque<bytes> all;
        do {
            const auto part = rest.first(std::min(rest.size(), payload_));
            rest = rest.subspan(part.size());
            auto& f = all.emplace_back(bytes{id, rest.empty() ? std::uint8_t{0} : more_follow});
            f.insert(f.end(), part.begin(), part.end());
        } while (!rest.empty());
        return all;
    }

    /// False for a fragment that no link carries: the kernel negotiates anew, and what was under
    /// way is lost.
    bool arrive(bytes_view fragment) {
        if (fragment.size() < header_size || fragment.size() > payload_ + header_size) {
            unfinished_.clear();
            whole_.clear();
            return false;
        }
        auto& block = unfinished_[fragment[0]];
        if (block.empty())
            block.push_back(fragment[0]);
        block.insert(block.end(), fragment.begin() + header_size, fragment.end());
        if ((fragment[1] & more_follow) == 0) {
            whole_.push_back(std::move(block));
            unfinished_.erase(fragment[0]);
        }
        return true;
    }

    /// One read of the device, without the slot byte.
    std::optional<bytes> read() {
        if (whole_.empty())
            return std::nullopt;
        auto block = std::move(whole_.front());
        whole_.pop_front();
        return block;
    }

    /// A block of the module, mixed with fragments of another connection that does not come to its
    /// end.
    bytes carry_to_host(const bytes& block) {
        for (const auto& f : fragments(block)) {
            arrive(bytes{static_cast<std::uint8_t>(~block[0]), more_follow, 0xA1});
            arrive(f);
        }
        auto got = read();
        if (!got || read())
            throw std::logic_error("one block is not one read");
        unfinished_.clear();
        return std::move(*got);
    }

    /// A write of the host, as the module puts it together again.
    bytes carry_to_module(const bytes& block) const {
        link_layer module{payload_ + header_size};
        return module.carry_to_host(block);
    }

  private:
    std::size_t payload_;
    std::map<std::uint8_t, bytes> unfinished_;
    std::deque<bytes> whole_;
};

} // namespace cihost::test
