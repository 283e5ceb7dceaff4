// SPDX-License-Identifier: LGPL-2.1-or-later
#include "en50221/conversation.hpp"

#include "base/writer.hpp"
#include "en50221/apdu.hpp"
#include "en50221/high_level.hpp"
#include "en50221/redaction.hpp"
#include "en50221/spdu.hpp"
#include "en50221/tpdu.hpp"

namespace cihost::en50221 {

namespace {

/// What both stacks have alike.
template<class Stack, class Settings>
class conversation_of : public conversation {
  public:
    explicit conversation_of(const Settings& settings)
        : stack_{settings} {}

    void start(time_point now) override { stack_.start(now); }
    void stop(time_point now) override { stack_.stop(now); }
    void tick(time_point now) override { stack_.tick(now); }
    void write_done(time_point now) override { stack_.write_done(now); }
    void write_failed(time_point now) override { stack_.write_failed(now); }
    void abandon(time_point now) override { stack_.abandon(now); }
    std::optional<bytes> next_write() override { return stack_.next_write(); }
    std::optional<event> next_event() override { return stack_.next_event(); }
    time_point deadline() const override { return stack_.deadline(); }
    bool active() const noexcept override { return stack_.active(); }
    void send_ca_pmt(const ca_pmt& value, std::uint16_t session_nb, time_point now) override {
        stack_.send_ca_pmt(value, session_nb, now);
    }
    bool enter_menu(time_point now) override { return stack_.enter_menu(now); }
    bool answer_menu(std::uint16_t session_nb, unsigned choice, time_point now) override {
        return stack_.answer_menu(session_nb, choice, now);
    }
    bool answer_enquiry(std::uint16_t session_nb, const std::optional<std::string>& utf8_text,
                        time_point now) override {
        return stack_.answer_enquiry(session_nb, utf8_text, now);
    }
    bool close_mmi(std::uint16_t session_nb, time_point now) override {
        return stack_.close_mmi(session_nb, now);
    }

  protected:
    Stack stack_;
};

class link_conversation final : public conversation_of<slot, slot_settings> {
  public:
    using conversation_of::conversation_of;

    ca_interface interface() const noexcept override { return ca_interface::link; }
    void take(bytes_view block, time_point now) override { stack_.take(block, now); }
    void adjust(const slot_settings& settings, time_point now) override {
        stack_.adjust(settings, now);
    }
    void set_time(std::chrono::sys_seconds utc, std::chrono::minutes local_offset,
                  time_point now) override {
        stack_.set_time(utc, local_offset, now);
    }
    void ask_release(time_point now) override { stack_.ask_release(now); }
    void reply_to_tune(std::uint16_t session_nb, en50221::tune_status status,
                       time_point now) override {
        stack_.reply_to_tune(session_nb, status, now);
    }
    bool early_fetch_given_up() const noexcept override { return stack_.early_fetch_given_up(); }
    bool counts_from_write_done() const noexcept override {
        return stack_.counts_from_write_done();
    }
    void module_failed() override { stack_.module_failed(); }
    void module_changed() override { stack_.module_changed(); }
    bytes traced(bytes_view block) const override { return without_answers(block); }
};

class high_level_conversation final : public conversation_of<high_level, high_level_settings> {
  public:
    high_level_conversation(std::uint8_t tcid)
        : conversation_of{high_level_settings{}}
        , tcid_{tcid} {}

    ca_interface interface() const noexcept override { return ca_interface::high_level; }
    void take(bytes_view block, time_point now) override { stack_.receive(block, now); }
    void write_refused(time_point now) override { stack_.write_refused(now); }
    bytes traced(bytes_view block) const override {
        const auto spdu = spdu::write_session_number(session_of(block), block);
        return without_answers(tpdu::write_object(tpdu::data_last, tcid_, spdu));
    }

  private:
    static std::uint16_t session_of(bytes_view apdu) {
        cursor c{apdu};
        const auto tag = c.u24();
        if (tag >> 8 != apdu::ca_info >> 8)
            return high_level::mmi_session;
        return tag < apdu::ca_info_enq ? high_level::application_session : high_level::ca_session;
    }

    std::uint8_t tcid_;
};

} // namespace

std::unique_ptr<conversation> make_conversation(ca_interface interface,
                                                const slot_settings& settings) {
    if (interface == ca_interface::high_level)
        return std::make_unique<high_level_conversation>(settings.tcid);
    return std::make_unique<link_conversation>(settings);
}

} // namespace cihost::en50221
