// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/cursor.hpp"
#include "en50221/early_fetch.hpp"
#include "en50221/poll_timer.hpp"
#include "en50221/tpdu.hpp"
#include "en50221/violation_limit.hpp"

#include <cihost/bytes.hpp>
#include <cihost/en50221/event.hpp>
#include <cihost/en50221/slot.hpp>
#include <cihost/time.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <variant>

namespace cihost::en50221 {

/// One transport connection, EN 50221 §7.1, host side, sans-I/O. Command and response: a TPDU goes
/// out, and nothing more until the module answered it or the silence ended the connection. Where
/// the kernel is slow to fetch an answer that is due, one more may go out, and makes it do so: over
/// an empty poll whatever comes next, over anything else an empty poll. Answers come in the order
/// of what they answer.
///
/// Call protocol: as of `slot`, one layer down. After each call drain next_write() and next(), and
/// read deadline() again. next() gives SPDUs and events in the order in which they happened.
class transport {
  public:
    /// What the connection has for the layer above: an SPDU, or an event.
    using indication = std::variant<bytes, event>;

    explicit transport(const slot_settings& settings)
        : settings_{settings}
        , poll_{settings}
        , early_{settings} {}

    /// From now on; the connection's number stays.
    void adjust(const slot_settings& settings);
    void start(time_point now);
    /// Sends what is queued, then Delete_T_C.
    void stop(time_point now);
    void abandon();
    void receive(bytes_view block, time_point now);
    /// Nothing is written, but what was decided on already, until release() or tick().
    void hold() noexcept { held_ = true; }
    void release(time_point now) {
        held_ = false;
        proceed(now);
    }
    void tick(time_point now);
    void write_done(time_point now);
    void write_failed();

    /// Queues an SPDU. Dropped unless the connection is up.
    void send(bytes_view spdu, time_point now);
    /// Whether the module owes the layers above a message: sets the pace of polls.
    void set_owed(bool owed, time_point now);

    std::optional<bytes> next_write();
    std::optional<indication> next();
    time_point deadline() const;
    bool active() const noexcept { return state_ != state::idle; }
    bool early_fetch_given_up() const noexcept { return early_.given_up(); }
    /// See slot::counts_from_write_done().
    bool counts_from_write_done() const noexcept;
    void module_changed() noexcept { early_.module_changed(); }
    /// Something went wrong: perhaps the module does not bear early fetches.
    void blame_early_fetch() noexcept;

  private:
    /// EN 50221 §7.1.3. `stopping` is active with nothing but the queue left to do.
    enum class state { idle, in_creation, active, stopping, in_deletion };
    /// A TPDU that was not answered yet.
    struct command {
        time_point written;
        /// Counts writes and write_done().
        unsigned number = 0;
        /// When the device had taken it.
        std::optional<time_point> taken;
        /// An empty Data_Last.
        bool poll = false;
        /// Written before the one in front of it was answered.
        bool over = false;
        /// An RCV, and no data came for it so far.
        bool receive = false;
    };
    struct answer_parts {
        /// SB_value, once the status object came.
        std::optional<bool> data_available;
        bool malformed = false;
    };

    void reset(state next) noexcept;
    command& write(bytes block, time_point now);
    void poll(time_point now);
    void create(time_point now);
    void end(disconnected::why reason);
    void proceed(time_point now);
    void proceed_active(bool poll_due, time_point now);
    bool something_to_say() const noexcept { return refusal_due_ || !queue_.empty(); }
    void say_next(time_point now);
    time_point early_fetch_due() const;
    void fetch_early(time_point now);
    void watch_silence(time_point now);
    void out_of_patience(time_point now);
    duration patience() const;
    time_point silent_since() const;

    void receive_block(bytes_view block, time_point now);
    void receive_reply(cursor objects, std::uint8_t tag, time_point now);
    void receive_answer(cursor objects, time_point now);
    void receive_object(const tpdu::object& object, answer_parts& parts, time_point now);
    void receive_data(const tpdu::object& object, time_point now);
    void lose_part(std::uint8_t tag) noexcept;
    void deleted_by_module();
    void conclude(const answer_parts& parts, time_point now);
    void answered(bool data_available, time_point now);
    void update_pace(time_point now) noexcept;
    void complain(std::string what, bytes_view data);

    slot_settings settings_;
    state state_ = state::idle;
    poll_timer poll_;
    early_fetch early_;

    /// Oldest first; two at most.
    std::deque<command> outstanding_;
    /// The answer's data came then; its status is still missing.
    std::optional<time_point> status_missing_since_;
    unsigned commands_written_ = 0;
    unsigned commands_taken_ = 0;
    /// Answers until an early fetch cannot be what a module suffers from.
    unsigned aftermath_ = 0;
    unsigned creates_left_ = 0;
    bool held_ = false;
    bool suspected_ = false;
    bool owed_ = false;
    /// A block of another connection came while an answer was due: it may have been that answer,
    /// and then there will be no other. Believed once in a row.
    bool strayed_ = false;
    bool stray_excused_ = false;

    /// SB said so; RCV is due.
    bool data_available_ = false;
    /// RCVs since anything of ours was written.
    unsigned receives_ = 0;
    /// The last RCV brought no data, and yet SB announces some: RCV at the pace of polls, or the
    /// two would spin.
    bool broken_promise_ = false;
    /// Data_More so far.
    bytes chain_;
    bool chain_open_ = false;
    /// Too large, or a part of it could not be read: nothing of it goes up.
    bool chain_lost_ = false;

    /// Of the block being read.
    violation_limit violations_;
    /// SPDUs; of the first, said_ bytes went as Data_More.
    std::deque<bytes> queue_;
    std::size_t said_ = 0;
    /// The module asked for a second connection, and is owed T_C_Error.
    bool refusal_due_ = false;
    std::deque<bytes> writes_;
    std::deque<indication> indications_;
};

} // namespace cihost::en50221
