// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/virtual_connection.hpp"
#include "device/virtual_receiver.hpp"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

namespace cihost::device {

namespace protocol = virtual_protocol;

namespace {

template<class T>
std::span<std::uint8_t> storage_of(T& value) noexcept {
    return {reinterpret_cast<std::uint8_t*>(&value), sizeof value};
}

class virtual_ca_device final : public ca_device {
  public:
    explicit virtual_ca_device(virtual_connection connection) noexcept
        : connection_{std::move(connection)} {}

    unsigned slot_count() const noexcept override {
        return static_cast<unsigned>(connection_.slot_count());
    }
    int fd() const noexcept override { return connection_.data_fd(); }

    result<std::size_t> read(std::span<std::uint8_t> buffer) noexcept override {
        // as the kernel: no room for [slot][tcid], no read. One byte could be mistaken for errno.
        if (buffer.size() < 2)
            return error_code{EINVAL, boost::system::generic_category()};
        return connection_.receive(buffer);
    }

    error_code write(bytes_view tpdu) noexcept override {
        if (tpdu.empty() || tpdu[0] >= slot_count())
            return {EINVAL, boost::system::generic_category()};
        return connection_.slot(tpdu[0]).call(protocol::operation::ca_write, 0, tpdu);
    }

    result<slot_status> status(unsigned slot) noexcept override {
        if (slot >= slot_count())
            return error_code{EINVAL, boost::system::generic_category()};
        protocol::ca_slot_info info;
        if (const auto error = connection_.slot(slot).call(protocol::operation::ca_get_slot_info,
                                                           slot, {}, storage_of(info)))
            return error;
        return slot_status{.present = (info.flags & protocol::ca_slot_info::present) != 0,
                           .ready = (info.flags & protocol::ca_slot_info::ready) != 0};
    }

    error_code reset() noexcept override {
        return connection_.call(protocol::operation::ca_reset, 0);
    }

  private:
    virtual_connection connection_;
};

} // namespace

result<std::unique_ptr<ca_device>> open_virtual_ca(const std::filesystem::path& folder) {
    auto connection = virtual_connection::open(folder, "ca0");
    if (!connection)
        return connection.error();
    if (connection->data_fd() < 0)
        return error_code{EPROTO, boost::system::generic_category()};
    protocol::ca_cap capabilities;
    if (const auto error =
            connection->call(protocol::operation::ca_get_cap, 0, {}, storage_of(capabilities)))
        return error;
    if (capabilities.slot_count != connection->slot_count())
        return error_code{EPROTO, boost::system::generic_category()};
    return std::unique_ptr<ca_device>{std::make_unique<virtual_ca_device>(std::move(*connection))};
}

} // namespace cihost::device
