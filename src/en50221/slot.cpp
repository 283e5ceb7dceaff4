// SPDX-License-Identifier: LGPL-2.1-or-later
#include "en50221/resources.hpp"
#include "en50221/session_layer.hpp"
#include "en50221/transport.hpp"
#include "en50221/violation_limit.hpp"

#include <cihost/en50221/slot.hpp>

#include <algorithm>
#include <deque>
#include <utility>
#include <variant>

namespace cihost::en50221 {

namespace {

/// Resource Manager v2 counts to 63. Connections of one device differ by a few.
std::uint8_t module_id_of(std::uint8_t tcid) {
    return static_cast<std::uint8_t>((tcid + 62) % 63 + 1);
}

} // namespace

/// Carries SPDUs and APDUs between the three layers, and their events to one queue.
class slot::impl {
  public:
    explicit impl(const slot_settings& settings)
        : transport_{settings}
        , sessions_{offered_resources(settings.resources), settings}
        , resources_{settings.resources, module_id_of(settings.tcid)}
        , offered_{settings.resources} {}

    void adjust(const slot_settings& settings, time_point now) {
        transport_.adjust(settings);
        sessions_.answer_repeated(settings.repeated);
        if (settings.resources == offered_)
            return;
        offer(settings.resources, now);
    }

    void start(time_point now) {
        abandon();
        transport_.start(now);
    }

    void stop(time_point now) {
        transport_.stop(now);
        carry(now);
    }

    void receive(bytes_view block, time_point now) {
        take(block, now);
        transport_.release(now);
    }

    /// The layers above say what they have to say before the transport turns to the module again.
    void take(bytes_view block, time_point now) {
        transport_.hold();
        transport_.receive(block, now);
        carry(now);
    }

    void tick(time_point now) {
        resources_.tick(now);
        carry_down(now);
        transport_.tick(now);
        carry(now);
    }

    void write_done(time_point now) { transport_.write_done(now); }

    void write_failed(time_point now) {
        transport_.write_failed();
        carry(now);
    }

    void abandon() {
        transport_.abandon();
        sessions_.abandon();
        resources_.abandon();
        events_.clear();
    }

    void send_ca_pmt(const ca_pmt& value, std::uint16_t session_nb, time_point now) {
        resources_.send_ca_pmt(value, session_nb);
        carry(now);
    }

    bool enter_menu(time_point now) {
        const bool asked = resources_.enter_menu(now);
        carry(now);
        return asked;
    }

    bool answer_menu(std::uint16_t session_nb, unsigned choice, time_point now) {
        const bool fits = resources_.answer_menu(session_nb, choice, now);
        carry(now);
        return fits;
    }

    bool answer_enquiry(std::uint16_t session_nb, const std::optional<std::string>& utf8,
                        time_point now) {
        const bool fits = resources_.answer_enquiry(session_nb, utf8, now);
        carry(now);
        return fits;
    }

    bool close_mmi(std::uint16_t session_nb, time_point now) {
        const bool open = resources_.close_mmi(session_nb, now);
        carry(now);
        return open;
    }

    void offer(const resource_settings& settings, time_point now) {
        offered_ = settings;
        sessions_.offer(offered_resources(settings));
        resources_.offer(settings);
        carry(now);
    }

    void ask_release(time_point now) {
        resources_.ask_release(now);
        carry(now);
    }

    void reply_to_tune(std::uint16_t session_nb, tune_status status, time_point now) {
        resources_.reply_to_tune(session_nb, status);
        carry(now);
    }

    void set_time(const broadcast_clock& clock, time_point now) {
        resources_.set_time(clock, now);
        carry(now);
    }

    std::optional<bytes> next_write() { return transport_.next_write(); }

    std::optional<event> next_event() {
        if (events_.empty())
            return std::nullopt;
        auto next = std::move(events_.front());
        events_.pop_front();
        return next;
    }

    time_point deadline() const { return std::min(transport_.deadline(), resources_.deadline()); }
    bool active() const noexcept { return transport_.active(); }
    void module_failed() noexcept { transport_.blame_early_fetch(); }
    bool early_fetch_given_up() const noexcept { return transport_.early_fetch_given_up(); }
    bool counts_from_write_done() const noexcept { return transport_.counts_from_write_done(); }
    void module_changed() noexcept { transport_.module_changed(); }

  private:
    void carry(time_point now) {
        while (auto up = transport_.next()) {
            if (const auto* spdu = std::get_if<bytes>(&*up)) {
                sessions_.receive(*spdu);
                carry_up(now);
            } else {
                report_transport(std::move(std::get<event>(*up)), now);
            }
        }
        carry_down(now);
        transport_.set_owed(resources_.owed(), now);
        if (auto last = violations_.end())
            events_.push_back(std::move(*last));
    }

    /// One block may hold many SPDUs, each with a violation of its own.
    void tell(event what) {
        if (auto* wrong = std::get_if<violation>(&what)) {
            if (auto told = violations_.pass(std::move(*wrong)))
                events_.push_back(std::move(*told));
        } else {
            events_.push_back(std::move(what));
        }
    }

    /// Sessions end before the connection they ran on.
    void report_transport(event what, time_point now) {
        if (std::holds_alternative<disconnected>(what)) {
            sessions_.disconnected();
            carry_up(now);
            resources_.disconnected();
            collect();
        }
        tell(std::move(what));
    }

    void carry_up(time_point now) {
        while (auto up = sessions_.next()) {
            if (const auto* apdus = std::get_if<session_layer::apdus>(&*up)) {
                resources_.receive(apdus->session_nb, apdus->data, now);
            } else {
                auto& what = std::get<event>(*up);
                if (const auto* opened = std::get_if<session_opened>(&what))
                    resources_.session_opened(opened->session_nb, opened->resource, now);
                else if (const auto* closed = std::get_if<session_closed>(&what))
                    close(closed->session_nb);
                tell(std::move(what));
            }
            collect();
        }
    }

    /// What a session showed goes before it.
    void close(std::uint16_t session_nb) {
        resources_.session_closed(session_nb);
        collect();
    }

    /// What the resources said, before anything else happens: order is part of the protocol.
    void collect() {
        while (auto told = resources_.next_event())
            tell(std::move(*told));
        while (const auto down = resources_.next_apdu())
            sessions_.send(down->session_nb, down->data);
        while (const auto session_nb = resources_.next_close())
            sessions_.close(*session_nb);
    }

    void carry_down(time_point now) {
        collect();
        while (const auto down = sessions_.next_spdu())
            transport_.send(*down, now);
    }

    transport transport_;
    session_layer sessions_;
    resources resources_;
    resource_settings offered_;
    violation_limit violations_;
    std::deque<event> events_;
};

slot::slot(const slot_settings& settings)
    : impl_{std::make_unique<impl>(settings)} {}
slot::slot(slot&&) noexcept = default;
slot& slot::operator=(slot&&) noexcept = default;
slot::~slot() = default;

void slot::adjust(const slot_settings& settings, time_point now) { impl_->adjust(settings, now); }
void slot::start(time_point now) { impl_->start(now); }
void slot::stop(time_point now) { impl_->stop(now); }
void slot::receive(bytes_view block, time_point now) { impl_->receive(block, now); }
void slot::take(bytes_view block, time_point now) { impl_->take(block, now); }
void slot::tick(time_point now) { impl_->tick(now); }
void slot::write_done(time_point now) { impl_->write_done(now); }
void slot::write_failed(time_point now) { impl_->write_failed(now); }
void slot::abandon(time_point) { impl_->abandon(); }
std::optional<bytes> slot::next_write() { return impl_->next_write(); }
std::optional<event> slot::next_event() { return impl_->next_event(); }
time_point slot::deadline() const { return impl_->deadline(); }
bool slot::active() const noexcept { return impl_->active(); }
bool slot::early_fetch_given_up() const noexcept { return impl_->early_fetch_given_up(); }
bool slot::counts_from_write_done() const noexcept { return impl_->counts_from_write_done(); }
void slot::module_failed() { impl_->module_failed(); }
void slot::module_changed() { impl_->module_changed(); }

void slot::send_ca_pmt(const ca_pmt& value, std::uint16_t session_nb, time_point now) {
    impl_->send_ca_pmt(value, session_nb, now);
}

bool slot::enter_menu(time_point now) { return impl_->enter_menu(now); }

bool slot::answer_menu(std::uint16_t session_nb, unsigned choice, time_point now) {
    return impl_->answer_menu(session_nb, choice, now);
}

bool slot::answer_enquiry(std::uint16_t session_nb, const std::optional<std::string>& utf8_text,
                          time_point now) {
    return impl_->answer_enquiry(session_nb, utf8_text, now);
}

bool slot::close_mmi(std::uint16_t session_nb, time_point now) {
    return impl_->close_mmi(session_nb, now);
}

void slot::offer(const resource_settings& resources, time_point now) {
    impl_->offer(resources, now);
}
void slot::ask_release(time_point now) { impl_->ask_release(now); }
void slot::reply_to_tune(std::uint16_t session_nb, tune_status status, time_point now) {
    impl_->reply_to_tune(session_nb, status, now);
}

void slot::set_time(std::chrono::sys_seconds utc, std::chrono::minutes local_offset,
                    time_point now) {
    impl_->set_time({utc, local_offset, now}, now);
}

} // namespace cihost::en50221
