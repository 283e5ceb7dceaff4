// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/virtual_connection.hpp"
#include "device/virtual_receiver.hpp"

#include <cihost/ts/packet.hpp>

#include <array>
#include <cerrno>
#include <utility>

namespace cihost::device {

namespace protocol = virtual_protocol;

namespace {

class virtual_ts_input final : public ts_input {
  public:
    explicit virtual_ts_input(virtual_connection connection) noexcept
        : connection_{std::move(connection)} {}

    int fd() const noexcept override { return connection_.data_fd(); }

    result<std::size_t> read(std::span<std::uint8_t> buffer) noexcept override {
        if (buffer.size() < protocol::max_packets_per_read * ts::packet_size)
            return error_code{EINVAL, boost::system::generic_category()};
        return connection_.receive(buffer);
    }

    error_code take_all() noexcept override { return set_pids({&protocol::whole_multiplex, 1}); }

    error_code take(const ts::pid_filter& pids) noexcept override {
        std::array<std::uint16_t, ts::pid_count> list;
        std::size_t count = 0;
        for (std::uint16_t pid = 0; pid < ts::pid_count; ++pid)
            if (pids.contains(pid))
                list[count++] = pid;
        return set_pids({list.data(), count});
    }

  private:
    error_code set_pids(std::span<const std::uint16_t> pids) noexcept {
        return connection_.call(
            protocol::operation::dvr_set_pids, 0,
            {reinterpret_cast<const std::uint8_t*>(pids.data()), pids.size_bytes()});
    }

    virtual_connection connection_;
};

} // namespace

result<std::unique_ptr<ts_input>> open_virtual_ts_input(const std::filesystem::path& folder) {
    auto connection = virtual_connection::open(folder, "dvr0");
    if (!connection)
        return connection.error();
    if (connection->data_fd() < 0)
        return error_code{EPROTO, boost::system::generic_category()};
    return std::unique_ptr<ts_input>{std::make_unique<virtual_ts_input>(std::move(*connection))};
}

} // namespace cihost::device
