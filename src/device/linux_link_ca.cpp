// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/linux_ca.hpp"

#include <utility>

namespace cihost::device {

namespace {

/// CA_CI_LINK: the kernel has the link layer. No lock of ours: the kernel takes the one of the slot
/// that is written to, so that a module that hangs delays no other.
class linux_link_ca final : public ca_device {
  public:
    linux_link_ca(kernel_node node, unsigned slots) noexcept
        : node_{std::move(node)}
        , slots_{slots} {}

    unsigned slot_count() const noexcept override { return slots_; }
    int fd() const noexcept override { return node_.fd(); }

    result<std::size_t> read(std::span<std::uint8_t> buffer) noexcept override {
        if (buffer.size() < header)
            return from_errno(EINVAL);
        const auto size = node_.read(buffer);
        if (size && *size == 0)
            return from_errno(ENODEV);
        if (size && *size < header)
            return from_errno(EIO);
        return size;
    }

    // One contiguous write a TPDU: the kernel would take a gathered one for two. It blocks although
    // the node is open for non-blocking use.
    error_code write(bytes_view block) noexcept override {
        // the kernel sends nothing of a bare header and says it did; old kernels do not look at the
        // slot
        if (block.size() <= header || block[0] >= slots_)
            return from_errno(EINVAL);
        const auto size = node_.write(block);
        if (!size)
            return size.error();
        // the rest cannot be sent behind it: each write is a TPDU of its own
        return *size == block.size() ? error_code{} : from_errno(EIO);
    }

    result<slot_status> status(unsigned slot) noexcept override {
        if (slot >= slots_)
            return from_errno(EINVAL);
        const auto info = ask_slot_info(node_, slot);
        if (!info)
            return info.error();
        if (!is_of_type(*info, CA_CI_LINK))
            return slot_status{};
        return slot_status{.present = (info->flags & CA_CI_MODULE_PRESENT) != 0,
                           .ready = (info->flags & CA_CI_MODULE_READY) != 0};
    }

    // The common core ignores the argument; older drivers take it for a set of slots.
    error_code reset() noexcept override { return node_.order(CA_RESET, (1UL << slots_) - 1); }

  private:
    /// [slot][tcid]
    static constexpr std::size_t header = 2;

    kernel_node node_;
    unsigned slots_;
};

} // namespace

std::unique_ptr<ca_device> make_link_ca(kernel_node node, unsigned slots) {
    return std::make_unique<linux_link_ca>(std::move(node), slots);
}

} // namespace cihost::device
