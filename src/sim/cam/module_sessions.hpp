// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "sim/cam/journal.hpp"
#include "sim/cam/module_transport.hpp"

#include <cihost/bytes.hpp>
#include <cihost/time.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace cihost::sim {

/// resource_identifier() of the resources that the CAM uses, EN 50221 §8.8.1.
namespace resources {
inline constexpr std::uint32_t resource_manager = 0x00010041;
inline constexpr std::uint32_t application_information = 0x00020041;
inline constexpr std::uint32_t conditional_access_support = 0x00030041;
inline constexpr std::uint32_t host_control = 0x00200041;
inline constexpr std::uint32_t date_time = 0x00240041;
inline constexpr std::uint32_t mmi = 0x00400041;
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
    module_sessions(module_transport& transport, const fault_plan& faults, journal& log) noexcept
        : transport_{transport}
        , faults_{faults}
        , log_{log} {}

    /// The transport connection is gone, and all sessions with it.
    void reset() noexcept;

    /// Asks for a session, as soon as the request before it is answered.
    void open(std::uint32_t resource, time_point now);
    std::size_t count(std::uint32_t resource) const noexcept;
    /// Asks the host to close it; it is gone for the module at once.
    void close(std::uint16_t session, time_point now);
    /// The module has lost it, without a word; what the host still sends there is ignored.
    void lose(std::uint16_t session);
    void send(std::uint16_t session, std::uint32_t tag, bytes_view body, time_point now);

    std::vector<session_event> receive(bytes_view spdu, time_point now);

  private:
    std::vector<session_event> opened(bytes_view body, time_point now);
    std::vector<session_event> objects(bytes_view body, bytes_view apdus, time_point now);
    void request(std::uint32_t resource, time_point now);
    std::vector<session_event> close_requested(bytes_view body, time_point now);
    void closed(bytes_view body, time_point now);
    void refuse_creation(bytes_view body, time_point now);

    module_transport& transport_;
    const fault_plan& faults_;
    journal& log_;
    /// session_nb to resource.
    std::map<std::uint16_t, std::uint32_t> open_;
    /// Lost, or closed with the answer outstanding.
    std::set<std::uint16_t> lost_;
    std::optional<std::uint32_t> requested_;
    std::deque<std::uint32_t> to_request_;
};

} // namespace cihost::sim
