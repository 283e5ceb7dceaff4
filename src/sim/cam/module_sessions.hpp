// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/cam/journal.hpp"
#include "sim/cam/module_transport.hpp"

#include <cihost/bytes.hpp>
#include <cihost/time.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace cihost::sim {

/// resource_identifier() of the resources that the CAM uses, EN 50221 §8.8.1.
namespace resources {
inline constexpr std::uint32_t resource_manager = 0x00010041;
inline constexpr std::uint32_t application_information = 0x00020041;
inline constexpr std::uint32_t conditional_access_support = 0x00030041;
inline constexpr std::uint32_t date_time = 0x00240041;
} // namespace resources

/// What the session layer has to say to the applications.
struct session_event {
    enum class kind { opened, refused, closed, object };

    kind what = kind::opened;
    /// As the CAM asked for it.
    std::uint32_t resource = 0;
    std::uint16_t session = 0;
    /// For object only: an APDU. The body is borrowed from the SPDU.
    std::uint32_t tag = 0;
    bytes_view body;
};

/// The module's side of the session layer, EN 50221 §7.2: it opens sessions to the host's
/// resources, one at a time, and provides none itself.
class module_sessions {
  public:
    module_sessions(module_transport& transport, journal& log) noexcept
        : transport_{transport}
        , log_{log} {}

    /// The transport connection is gone, and all sessions with it.
    void reset() noexcept;

    /// Asks for a session. One request may be under way.
    void open(std::uint32_t resource, time_point now);
    bool is_open(std::uint32_t resource) const noexcept;
    void send(std::uint16_t session, std::uint32_t tag, bytes_view body, time_point now);

    std::vector<session_event> receive(bytes_view spdu, time_point now);

  private:
    std::vector<session_event> opened(bytes_view body, time_point now);
    std::vector<session_event> objects(bytes_view body, bytes_view apdus, time_point now);
    std::vector<session_event> close_requested(bytes_view body, time_point now);
    void refuse_creation(bytes_view body, time_point now);

    module_transport& transport_;
    journal& log_;
    /// session_nb to resource.
    std::map<std::uint16_t, std::uint32_t> open_;
    std::optional<std::uint32_t> requested_;
};

} // namespace cihost::sim
