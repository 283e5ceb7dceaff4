// SPDX-License-Identifier: LGPL-2.1-or-later
/// A whole host — transport, sessions, every resource, the watch over READY, the plan of CA_PMTs —
/// with a module, a device and a broadcast that do anything at any time.
///
/// Input: a byte of choices, then steps of one byte and what it takes:
///   00-3F          wait that many times 20 ms
///   40-BF          the module sends a block of (byte - 40) bytes, which follow
///   C0-CF          the module sends [length][SPDU], with a status; odd: with data announced
///   D0-DF          the module sends [tag, 2 bytes][length][body] in session (byte - CF)
///   E0-FF          see do_something()

#include "base/cursor.hpp"
#include "base/writer.hpp"
#include "fuzz/host_observer.hpp"
#include "policy/module_host.hpp"

#include <cihost/ts/pmt.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <variant>

using namespace cihost;
using namespace cihost::en50221;
using namespace std::chrono_literals;
using fuzz::require;

namespace {

constexpr std::uint8_t tcid = 1;

policy::cam_profile profile(std::uint8_t choice) {
    policy::cam_profile p;
    p.slot.tcid = tcid;
    p.slot.max_spdu_size = 2000;
    p.slot.early_fetch = (choice & 1) != 0;
    p.slot.poll_floor = (choice & 2) != 0 ? 300ms : 0ms;
    p.slot.resources.resource_manager = (choice & 4) != 0 ? 2 : 1;
    p.slot.resources.application_information = (choice & 4) != 0 ? 5 : 1;
    p.slot.resources.host_control = (choice & 4) != 0 ? 3 : 1;
    p.ca_pmt.listing = static_cast<policy::ca_pmt_listing>((choice >> 3 & 3) % 3);
    p.ca_pmt.change = static_cast<policy::ca_pmt_change>((choice >> 5 & 3) % 3);
    p.ca_pmt.withdrawal = static_cast<policy::ca_pmt_withdrawal>(choice >> 7);
    p.ca_pmt.settle = (choice & 2) != 0 ? 500ms : 0ms;
    p.ca_pmt.pace = (choice & 2) != 0 ? 200ms : 0ms;
    return p;
}

/// The device, the viewer and the broadcast around a host.
class world {
  public:
    explicit world(std::uint8_t choice)
        : host_{profile(choice)} {
        host_.device_opened(interface_, now_);
        drain();
    }

    void wait(duration length) {
        const auto end = now_ + length;
        // at each deadline, and past those that come too thick
        for (int i = 0; i < 20 && host_.deadline() < end; ++i)
            tick_at(std::max(now_, host_.deadline()));
        tick_at(end);
    }

    void module_sends(bytes_view block) {
        sent_ += block.size();
        seen_.answered(block, now_);
        host_.received(block, now_);
        drain();
    }
    void module_sends_spdu(bytes_view spdu, bool more) {
        writer w;
        w.u8(tcid).u8(tpdu::data_last);
        write_length(w, 1 + spdu.size());
        w.u8(tcid).raw(spdu).u8(tpdu::sb).u8(2).u8(tcid).u8(more ? 0x80 : 0);
        module_sends(w.view());
    }

    void do_something(std::uint8_t what, cursor& input) {
        switch (what & 0x0F) {
        case 0:
            present_ = ready_ = true;
            break;
        case 1:
            ready_ = false;
            break;
        case 2:
            present_ = ready_ = false;
            break;
        case 3:
            status_fails_ = !status_fails_;
            break;
        case 4:
            resets_ = !resets_;
            break;
        case 5:
            host_.reset_done(now_);
            seen_.forget();
            break;
        case 6:
            fail_next_write_ = true;
            break;
        case 7:
            refuse_next_write_ = true;
            break;
        case 8:
            wanted_ |= 1U << (input.rest().empty() ? 0 : input.rest()[0] & 7);
            host_.plan().want(program(input.u8()), now_);
            break;
        case 9:
            host_.plan().unwant(program(input.u8()), now_);
            break;
        case 10:
            broadcast(input);
            break;
        case 11:
            host_.plan().retuned(now_);
            break;
        case 12:
            host_.set_time({}, {}, now_);
            break;
        case 13:
            use_menu(what >> 4, input.u8());
            break;
        case 14:
            host_.device_closed(now_);
            drain();
            seen_.forget();
            interface_ = (what & 0x10) != 0 ? ca_interface::high_level : ca_interface::link;
            host_.device_opened(interface_, now_);
            break;
        case 15:
            host_.look_at(now_ + 5ms);
            break;
        }
        host_.tick(now_);
        drain();
    }

    void leave() {
        (void)host_.take_leave(now_);
        drain();
        for (int i = 0; i < 8; ++i)
            wait(500ms);
    }

  private:
    void use_menu(unsigned how, std::uint8_t value) {
        const auto& shown = host_.menu().current();
        const auto id = shown ? shown->id - (value & 1U) : value;
        switch (how) {
        case 0:
            (void)host_.answer_menu(id, policy::menu_cancel{}, now_);
            break;
        case 1:
        case 2:
            (void)host_.answer_menu(id, unsigned{value}, now_);
            break;
        case 3:
        case 4:
            (void)host_.answer_menu(id, std::string(value, '7'), now_);
            break;
        case 5:
            (void)host_.close_menu(now_);
            break;
        case 6:
            host_.ask_release(now_);
            break;
        default:
            (void)host_.enter_menu(now_);
        }
    }

    static std::uint16_t program(std::uint8_t number) {
        return static_cast<std::uint16_t>(100 + (number & 7));
    }

    void broadcast(cursor& input) {
        const auto what = input.u8();
        ts::pmt table{.program_number = program(what),
                      .version = static_cast<std::uint8_t>(what >> 3),
                      .pcr_pid = 0x100};
        constexpr std::array<std::uint8_t, 4> systems{0x05, 0x0B, 0x17, 0x18};
        const auto streams = input.u8();
        for (unsigned i = 0; i < (streams & 7U); ++i) {
            ts::pmt::stream stream{0x02, static_cast<ts::pid_t>(0x100 + i), {}};
            if ((streams >> 3 & 1) != 0)
                stream.descriptors.push_back(
                    {0x09, {systems[i & 3], 0, 0xE5, static_cast<std::uint8_t>(i)}});
            table.streams.push_back(std::move(stream));
        }
        if ((streams >> 4 & 1) != 0)
            table.program_info.push_back({0x09, {systems[streams >> 5 & 3], 0, 0xE4, 0x01}});
        (streams & 0x80) != 0 ? host_.plan().pmt_gone(table.program_number, now_)
                              : host_.plan().pmt_received(table, now_);
    }

    void tick_at(time_point then) {
        now_ = then;
        host_.tick(now_);
        drain();
        // a conversation without a time of day begins with the tick after the one that asked for it
        for (int i = 0; i < 3 && host_.deadline() <= now_; ++i) {
            host_.tick(now_);
            drain();
        }
        require(host_.deadline() > now_);
    }

    void drain() {
        // what one call brings about is bounded by what came
        const std::size_t most = 200 + 4 * sent_;
        sent_ = 0;
        for (std::size_t count = 0; const auto output = host_.next(); ++count) {
            require(count < most);
            std::visit([this](const auto& what) { obey(what); }, *output);
        }
        if (!host_.talking())
            seen_.forget();
    }

    void obey(const policy::write_block& what) {
        if (interface_ == ca_interface::link) {
            seen_.wrote(what.block, now_);
        } else {
            cursor c{what.block};
            const auto object = apdu::read_object(c);
            require(c.ok() && c.empty() && object.tag >> 16 == 0x9F);
        }
        require(!host_.traced(what.block).empty());
        if (std::exchange(fail_next_write_, false)) {
            host_.write_failed(what.conversation, now_);
            seen_.forget();
        } else if (std::exchange(refuse_next_write_, false)) {
            host_.write_refused(what.conversation, now_);
            seen_.forget();
        } else {
            host_.write_done(what.conversation, now_);
        }
    }
    void obey(const policy::ask_status&) {
        if (status_fails_)
            host_.status_failed(now_);
        else
            host_.status_came(present_, ready_, now_);
    }
    void obey(const policy::reset_device&) {
        if (resets_)
            host_.reset_done(now_);
        else
            host_.reset_refused(now_);
    }
    void obey(const policy::time_needed&) {}
    void obey(const policy::ca_systems_changed&) {}
    void obey(const policy::conversation_lost&) {}
    void obey(const policy::strategy_tried&) {}
    void obey(const policy::module_asks& what) {
        if (const auto* tune = std::get_if<host_control_tune>(&what.what))
            host_.reply_to_tune(tune->session_nb, tune_status::busy, now_);
        else if (const auto* where = std::get_if<host_control_tune_broadcast>(&what.what))
            host_.reply_to_tune(where->session_nb, tune_status::ok, now_);
    }
    void obey(const policy::ca_pmt_sent& what) {
        require(what.program_number >= 100 && (wanted_ >> (what.program_number - 100) & 1) != 0);
    }
    void obey(const policy::hardware_changed& what) {
        // a conversation begins anew: what was open is not
        if (what.what != hardware_event::module_in)
            seen_.forget();
    }
    void obey(const policy::log_line& what) {
        require(!what.message.empty() && what.message.size() < 4096);
    }

    time_point now_{1h};
    policy::module_host host_;
    fuzz::host_observer seen_{tcid};
    ca_interface interface_ = ca_interface::link;
    bool present_ = true;
    bool ready_ = true;
    bool status_fails_ = false;
    bool resets_ = true;
    bool fail_next_write_ = false;
    bool refuse_next_write_ = false;
    /// Services that were ever wanted.
    unsigned wanted_ = 0;
    std::size_t sent_ = 0;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    cursor input{{data, size}};
    world all{input.u8()};
    const auto take = [&](std::size_t length) {
        return input.take(std::min(length, input.left()));
    };
    while (!input.empty()) {
        const auto step = input.u8();
        if (step < 0x40) {
            all.wait(20ms * step);
        } else if (step < 0xC0) {
            all.module_sends(take(step - 0x40U));
        } else if (step < 0xD0) {
            all.module_sends_spdu(take(input.u8()), (step & 1) != 0);
        } else if (step < 0xE0) {
            const auto tag = input.u16();
            const auto body = take(input.u8());
            writer spdu;
            spdu.u8(spdu::session_number).u8(2).u16(step - 0xCFU);
            spdu.raw(apdu::write_object(0x9F0000U | tag, body));
            all.module_sends_spdu(spdu.view(), false);
        } else {
            all.do_something(step, input);
        }
    }
    all.leave();
    return 0;
}
