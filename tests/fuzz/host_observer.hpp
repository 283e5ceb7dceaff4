// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/// What a host may write to a slot, whatever the module does.

#include "base/cursor.hpp"
#include "en50221/apdu.hpp"
#include "en50221/spdu.hpp"
#include "en50221/tpdu.hpp"

#include <cihost/bytes.hpp>
#include <cihost/time.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <set>
#include <utility>

namespace cihost::fuzz {

inline void require(bool condition) {
    if (!condition)
        std::abort();
}

/// Aborts at a TPDU, SPDU or APDU that is malformed or speaks in a session that is not open, and
/// at a TPDU that is written before the one in front of it was answered, or given up; but for an
/// early fetch.
class host_observer {
  public:
    explicit host_observer(std::uint8_t tcid)
        : tcid_{tcid} {}

    void wrote(bytes_view block, time_point now) {
        cursor c{block};
        require(c.u8() == tcid_);
        const auto object = en50221::tpdu::read_object(c);
        require(c.ok() && c.empty() && object.tcid == tcid_ && block.size() <= 4096);
        judge_pace(object.tag, now);
        switch (object.tag) {
        case en50221::tpdu::create_t_c:
            sessions_.clear();
            chain_.clear();
            break;
        case en50221::tpdu::rcv:
        case en50221::tpdu::delete_t_c:
        case en50221::tpdu::d_t_c_reply:
            require(object.data.empty());
            break;
        case en50221::tpdu::t_c_error:
            require(object.data.size() == 1);
            break;
        case en50221::tpdu::data_more:
            require(!object.data.empty());
            chain_.insert(chain_.end(), object.data.begin(), object.data.end());
            break;
        case en50221::tpdu::data_last:
            if (object.data.empty()) {
                require(chain_.empty());
                break;
            }
            chain_.insert(chain_.end(), object.data.begin(), object.data.end());
            judge_spdu(std::exchange(chain_, {}));
            break;
        default:
            require(false);
        }
    }

    /// The module answered: once, or as often as the block may hold statuses.
    void answered(bytes_view block, time_point now) {
        give_up(now);
        const bool several = std::count(block.begin(), block.end(), en50221::tpdu::sb) > 1;
        for (int i = several ? 2 : 1; i > 0 && !outstanding_.empty(); --i)
            outstanding_.pop_front();
    }

    /// The conversation is over.
    void forget() {
        outstanding_.clear();
        sessions_.clear();
        chain_.clear();
    }

  private:
    void give_up(time_point now) {
        while (!outstanding_.empty() && now - outstanding_.front() >= given_up)
            outstanding_.pop_front();
    }

    void judge_pace(std::uint8_t tag, time_point now) {
        using namespace en50221::tpdu;
        if (tag == create_t_c || tag == d_t_c_reply || tag == t_c_error)
            outstanding_.clear();
        give_up(now);
        require(outstanding_.size() < 2);
        require(outstanding_.empty() || now - outstanding_.front() >= earliest);
        if (tag != d_t_c_reply && tag != t_c_error)
            outstanding_.push_back(now);
    }

    void judge_spdu(const bytes& data) {
        using namespace en50221::spdu;
        cursor c{data};
        const auto object = read_object(c);
        require(c.ok());
        cursor body{object.body};
        switch (object.tag) {
        case session_number:
            require(object.body.size() == 2 && sessions_.count(body.u16()) == 1);
            judge_apdus(object.rest);
            return;
        case open_session_response: {
            require(object.body.size() == 7);
            const auto status = body.u8();
            body.u32();
            const auto number = body.u16();
            if (status == 0)
                require(number != 0 && sessions_.insert(number).second);
            break;
        }
        case close_session_request:
            // gone from here on: nothing more is said in it
            require(object.body.size() == 2 && sessions_.erase(body.u16()) == 1);
            break;
        case close_session_response:
            require(object.body.size() == 3);
            body.u8();
            sessions_.erase(body.u16());
            break;
        default:
            require(false);
        }
        require(object.rest.empty());
    }

    static void judge_apdus(bytes_view data) {
        cursor c{data};
        require(!c.empty());
        while (!c.empty()) {
            const auto tag = c.u24();
            c.skip(en50221::read_length(c));
            require(c.ok() && tag >> 16 == 0x9F);
        }
    }

    static constexpr std::chrono::milliseconds earliest{15};
    static constexpr std::chrono::milliseconds given_up{1000};

    std::uint8_t tcid_;
    std::deque<time_point> outstanding_;
    std::set<std::uint16_t> sessions_;
    bytes chain_;
};

} // namespace cihost::fuzz
