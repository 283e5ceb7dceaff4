// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/cursor.hpp"
#include "device/block_queue.hpp"
#include "device/linux_ca.hpp"
#include "en50221/apdu.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <mutex>
#include <optional>
#include <sys/eventfd.h>
#include <utility>

namespace cihost::device {

namespace apdu = en50221::apdu;

namespace {

/// What dst_ca copies, without saying how much of it is valid.
constexpr std::size_t unsaid_length = 128;

constexpr std::size_t max_apdu = sizeof ca_msg::msg;

/// Of one [slot][APDU].
constexpr std::size_t slot_size = 1;

std::uint32_t tag_of(bytes_view object) noexcept { return cursor{object}.u24(); }

/// The object that the message begins with, as it stands there: drivers give more bytes than it
/// has. nullopt: no object.
std::optional<bytes_view> object_in(const ca_msg& message) noexcept {
    const std::size_t given = message.length == 0 ? unsaid_length : message.length;
    if (given > max_apdu)
        return std::nullopt;
    const bytes_view all{message.msg, given};
    cursor c{all};
    c.u24();
    c.skip(en50221::read_length(c));
    if (!c.ok())
        return std::nullopt;
    return all.first(given - c.left());
}

/// dst_ca's "the card does not answer" is -1, which is EPERM.
error_code meant(const error_code& error) noexcept {
    return error.value() == EPERM ? from_errno(EIO) : error;
}

/// CA_CI: transport and session layer are the driver's or the firmware's; objects go by ioctl.
/// Known drivers: firedtv, dst_ca. Neither looks at the slot, so there is one.
class linux_high_level_ca final : public ca_device {
  public:
    linux_high_level_ca(kernel_node node, unique_fd event) noexcept
        : node_{std::move(node)}
        , answers_{std::move(event)} {}

    ca_interface interface() const noexcept override { return ca_interface::high_level; }
    unsigned slot_count() const noexcept override { return 1; }
    // the node's own is always readable (firedtv) or never (dst_ca)
    int fd() const noexcept override { return answers_.fd(); }

    result<std::size_t> read(std::span<std::uint8_t> buffer) noexcept override {
        if (buffer.size() < 2)
            return from_errno(EINVAL);
        return answers_.pop(buffer);
    }

    error_code write(bytes_view block) noexcept override {
        if (block.size() < slot_size + apdu::tag_size + 1 || block[0] != 0)
            return from_errno(EINVAL);
        const auto object = block.subspan(slot_size);
        if (object.size() > max_apdu)
            return from_errno(EMSGSIZE);
        const std::lock_guard lock{exchange_};
        if (const auto error = send(object))
            return error;
        switch (tag_of(object)) {
        case apdu::application_info_enq:
            return fetch(apdu::application_info);
        case apdu::ca_info_enq:
            return fetch(apdu::ca_info);
        case apdu::enter_menu:
            menu_ = true;
            break;
        case apdu::close_mmi:
            menu_ = false;
            break;
        }
        return {};
    }

    result<slot_status> status(unsigned slot) noexcept override {
        if (slot != 0)
            return from_errno(EINVAL);
        const std::lock_guard lock{exchange_};
        const auto info = ask_slot_info(node_, 0);
        if (!info)
            return meant(info.error());
        const auto now = status_of(*info);
        if (!now.present)
            menu_ = false;
        if (menu_)
            if (const auto error = fetch_menu())
                return error;
        return now;
    }

    error_code reset() noexcept override {
        const std::lock_guard lock{exchange_};
        if (const auto error = node_.order(CA_RESET, 1))
            return meant(error);
        menu_ = false;
        answers_.clear();
        return {};
    }

  private:
    error_code send(bytes_view object) noexcept {
        ca_msg message{};
        message.length = static_cast<unsigned>(object.size());
        std::ranges::copy(object, message.msg);
        const auto error = node_.ask(CA_SEND_MSG, message);
        if (error.value() == EACCES) // firedtv: not an object that it knows
            return from_errno(ENOTSUP);
        return meant(error);
    }

    /// The answer to the enquiry just sent. Only ever after one: it is not waited for, but made by
    /// the call.
    error_code fetch(std::uint32_t expected) noexcept {
        ca_msg message{};
        // dst_ca wants to be told what it is asked for
        message.msg[0] = static_cast<std::uint8_t>(expected >> 16);
        message.msg[1] = static_cast<std::uint8_t>(expected >> 8);
        message.msg[2] = static_cast<std::uint8_t>(expected);
        if (const auto error = node_.ask(CA_GET_MSG, message))
            return error.value() == EACCES ? from_errno(EPROTO) : meant(error);
        const auto object = object_in(message);
        if (!object || tag_of(*object) != expected)
            return from_errno(EPROTO);
        return queue(*object) ? error_code{} : from_errno(ENOBUFS);
    }

    /// One MMI object, if the module has one; nothing tells us, so it is looked for with each
    /// question for the status. An error only when the device is gone.
    error_code fetch_menu() noexcept {
        if (answers_.full()) // what is not read yet is not asked for again
            return {};
        ca_msg message{};
        const auto error = node_.ask(CA_GET_MSG, message);
        switch (error.value()) {
        case 0:
            break;
        case ENODEV:
            return error;
        case EOPNOTSUPP:
        case ENOTTY:
        case EINVAL: // never will
            menu_ = false;
            return {};
        default: // EACCES: nothing there
            return {};
        }
        const auto object = object_in(message);
        if (!object || (tag_of(*object) >> 8) != apdu::close_mmi >> 8) // dst_ca: as we gave it
            return {};
        if (tag_of(*object) == apdu::close_mmi)
            menu_ = false;
        queue(*object);
        return {};
    }

    bool queue(bytes_view object) noexcept {
        std::array<std::uint8_t, block_queue::max_block> block;
        block[0] = 0;
        std::ranges::copy(object, block.begin() + slot_size);
        return answers_.push(bytes_view{block}.first(slot_size + object.size()));
    }

    /// firedtv has both flags, dst_ca one or the other and never both: until a driver has shown
    /// both, either means that the module can be talked to.
    slot_status status_of(const ca_slot_info& info) noexcept {
        if (!is_of_type(info, CA_CI))
            return {};
        const bool present = (info.flags & CA_CI_MODULE_PRESENT) != 0;
        const bool ready = (info.flags & CA_CI_MODULE_READY) != 0;
        has_both_flags_ = has_both_flags_ || (present && ready);
        return {.present = present || ready, .ready = ready || (present && !has_both_flags_)};
    }

    const kernel_node node_;
    block_queue answers_;
    /// An enquiry and the fetching of its answer are one: the drivers remember one enquiry, and
    /// dst_ca keeps its answer where the slot's status goes too. There is one slot, so nobody
    /// else waits.
    std::mutex exchange_;
    bool menu_ = false;
    bool has_both_flags_ = false;
};

} // namespace

result<std::unique_ptr<ca_device>> make_high_level_ca(kernel_node node) {
    unique_fd event{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    if (!event)
        return from_errno(errno);
    return std::unique_ptr<ca_device>{
        std::make_unique<linux_high_level_ca>(std::move(node), std::move(event))};
}

} // namespace cihost::device
