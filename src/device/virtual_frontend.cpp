// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/virtual_connection.hpp"
#include "device/virtual_receiver.hpp"

#include <utility>

namespace cihost::device {

namespace protocol = virtual_protocol;

namespace {

class virtual_frontend final : public frontend {
  public:
    explicit virtual_frontend(virtual_connection connection) noexcept
        : connection_{std::move(connection)} {}

    error_code tune(const tuning& where) noexcept override {
        const protocol::tune_parameters parameters{.frequency_hz = where.frequency_hz};
        return connection_.call(
            protocol::operation::fe_tune, 0,
            {reinterpret_cast<const std::uint8_t*>(&parameters), sizeof parameters});
    }

    result<signal_status> status() noexcept override {
        protocol::frontend_status now;
        if (const auto error =
                connection_.call(protocol::operation::fe_get_status, 0, {},
                                 {reinterpret_cast<std::uint8_t*>(&now), sizeof now}))
            return error;
        return signal_status{
            .locked = now.locked != 0, .strength_mdbm = now.strength_mdbm, .cnr_mdb = now.cnr_mdb};
    }

  private:
    virtual_connection connection_;
};

} // namespace

result<std::unique_ptr<frontend>> open_virtual_frontend(const std::filesystem::path& folder) {
    auto connection = virtual_connection::open(folder, "frontend0");
    if (!connection)
        return connection.error();
    return std::unique_ptr<frontend>{std::make_unique<virtual_frontend>(std::move(*connection))};
}

} // namespace cihost::device
