// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "en50221/apdu.hpp"
#include "en50221/violation_limit.hpp"

#include <cihost/bytes.hpp>
#include <cihost/en50221/event.hpp>
#include <cihost/time.hpp>

#include <cstdint>
#include <deque>
#include <string>
#include <utility>

namespace cihost::en50221 {

/// An APDU on its way to the module.
struct outgoing_apdu {
    std::uint16_t session_nb = 0;
    bytes data;
};

/// Where resources leave what they have to send and to tell.
struct outbox {
    std::deque<outgoing_apdu> apdus;
    std::deque<event> events;
    /// Sessions that the host wants closed, after what is in `apdus`.
    std::deque<std::uint16_t> closes;
    /// Of the SPDU being read.
    violation_limit violations;

    void complain(std::string what, bytes_view object) {
        if (auto told = violations.pass(make_violation(std::move(what), object)))
            events.push_back(std::move(*told));
    }
};

/// One session of a resource: the base of resource_manager, ca_support and so on.
class resource {
  public:
    resource(std::uint16_t session_nb, outbox& out)
        : session_nb_{session_nb}
        , out_{out} {}
    resource(const resource&) = delete;
    resource& operator=(const resource&) = delete;
    virtual ~resource() = default;

    virtual void opened(time_point) {}
    /// False for a tag that this resource does not know.
    virtual bool receive(const apdu::object& object, time_point now) = 0;
    virtual void tick(time_point) {}
    virtual time_point deadline() const { return never; }
    /// Whether a message from the module is awaited.
    virtual bool owed() const { return false; }

    std::uint16_t session_nb() const noexcept { return session_nb_; }

  protected:
    void send(std::uint32_t tag, bytes_view body = {}) {
        out_.apdus.push_back({session_nb_, apdu::write_object(tag, body)});
    }
    void report(event what) { out_.events.push_back(std::move(what)); }
    /// The session is to be closed by the host.
    void close() { out_.closes.push_back(session_nb_); }
    void complain(std::string what, bytes_view data) { out_.complain(std::move(what), data); }

  private:
    std::uint16_t session_nb_;
    outbox& out_;
};

} // namespace cihost::en50221
