// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "en50221/spdu.hpp"

#include <cihost/bytes.hpp>
#include <cihost/en50221/event.hpp>
#include <cihost/en50221/resource_id.hpp>
#include <cihost/en50221/slot.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace cihost::en50221 {

/// A resource the host provides, and whether a module may have several sessions to it.
struct offered_resource {
    resource_id id;
    bool many_sessions = false;
};

/// The session layer of one module, EN 50221 §7.2, sans-I/O: SPDUs in and out below, APDUs in and
/// out above. The resources are the host's, so every session is opened by the module.
///
/// Call protocol: after each call drain next_spdu() and next(). next() gives APDUs and events in
/// the order in which they happened.
class session_layer {
  public:
    static constexpr std::size_t max_sessions = 32;

    /// What a session's peer sent: one or more APDUs.
    struct apdus {
        std::uint16_t session_nb = 0;
        bytes data;
    };
    using indication = std::variant<apdus, event>;

    explicit session_layer(std::vector<offered_resource> offered,
                           const slot_settings& settings = {});

    /// From now on; what is open stays open.
    void offer(std::vector<offered_resource> offered) { offered_ = std::move(offered); }
    void answer_repeated(repeated_session how) noexcept { repeated_ = how; }
    void receive(bytes_view spdu);
    /// Dropped unless the session is open.
    void send(std::uint16_t session_nb, bytes_view apdus);
    /// Asks the module to close; nothing more is passed either way.
    void close(std::uint16_t session_nb);
    /// The connection is gone: closes every session. Numbers go on.
    void disconnected();
    void abandon();

    std::optional<bytes> next_spdu();
    std::optional<indication> next();

  private:
    struct session {
        resource_id resource;
        bool closing = false;
    };

    using session_map = std::map<std::uint16_t, session>;

    void open_requested(resource_id wanted);
    void create_responded(bool opened, resource_id id, std::uint16_t session_nb, bytes_view spdu);
    void close_requested(std::uint16_t session_nb);
    void close_responded(std::uint16_t session_nb, bytes_view spdu);
    spdu::open_status judge(resource_id wanted, const offered_resource* offer) const;
    const offered_resource* find_offer(resource_id wanted) const;
    session_map::const_iterator find_open(resource_id wanted) const;
    bool full() const noexcept { return sessions_.size() >= max_sessions; }
    void forget_unanswered_close();
    void open(std::uint16_t session_nb, resource_id id);
    std::uint16_t free_number();
    void erase(session_map::const_iterator which);
    void complain(std::string what, bytes_view data);

    std::vector<offered_resource> offered_;
    repeated_session repeated_;
    unsigned first_number_;
    unsigned stride_;
    session_map sessions_;
    /// 0: none so far.
    unsigned last_number_ = 0;
    std::deque<bytes> spdus_;
    std::deque<indication> indications_;
};

} // namespace cihost::en50221
