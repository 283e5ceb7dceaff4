// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "en50221/resource.hpp"

#include <cihost/en50221/ca_pmt.hpp>

namespace cihost::en50221 {

/// CA Support, EN 50221 §8.4.3. A module may hold several sessions, each with CA systems of its
/// own.
class ca_support final : public resource {
  public:
    using resource::resource;

    void opened(time_point now) override;
    bool receive(const apdu::object& object, time_point now) override;
    bool owed() const override { return !listed_ || queried_; }

    void send_ca_pmt(const ca_pmt& value);
    /// A list of CA systems came, and it was not empty.
    bool listed() const noexcept { return listed_; }

  private:
    void receive_ca_info(bytes_view body);
    void receive_ca_pmt_reply(bytes_view body);

    bool listed_ = false;
    /// A query waits for its reply.
    bool queried_ = false;
};

} // namespace cihost::en50221
