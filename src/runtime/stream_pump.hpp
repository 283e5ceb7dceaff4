// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/unique_fd.hpp"
#include "policy/back_off.hpp"
#include "runtime/control_queue.hpp"
#include "runtime/device_factory.hpp"
#include "runtime/stream_analysis.hpp"
#include "runtime/stream_watch.hpp"

#include <cihost/ts/packet_reader.hpp>
#include <cihost/ts/pid_filter.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace cihost::runtime {

/// What the pump last published.
struct pump_state {
    /// The order that `open`, `error` and the services' figures belong to.
    std::uint64_t generation = 0;
    bool open = false;
    /// Why it is not.
    error_code error;
    /// The error in a sentence, with the remedy.
    std::string problem;
    /// The input was unplugged, and was still there at this time; never: was not.
    time_point unplugged_after = never;
    /// Times that the device dropped packets because we were slow.
    std::uint64_t overflows = 0;
    /// The demux has no room for so many PIDs: the whole multiplex comes.
    bool all_for_want_of_room = false;
    stream_figures figures;
};

/// The thread of one TS path: while there is something to receive, opens the input (again and again
/// while it is not there), reads large batches and has them analysed. Tables come to the control
/// thread as they are complete; figures are published ten times a second at most.
class stream_pump {
  public:
    using order = std::function<void(stream_analysis&)>;

    /// `tables` runs on the control thread.
    /// Without `whole_multiplex` the input is asked for the PIDs that are watched alone.
    stream_pump(control_queue& control, const device_factory& devices, bool whole_multiplex,
                std::function<void(table_sections)> tables);
    stream_pump(const stream_pump&) = delete;
    stream_pump& operator=(const stream_pump&) = delete;
    /// Recordings hand over their last bytes.
    ~stream_pump() { stop(); }

    void start();
    /// Takes the stream from now on, as another multiplex than before.
    void receive(std::uint64_t generation);
    /// Closes the input.
    void idle(std::uint64_t generation);
    void watch(stream_watch what);
    /// Runs on the pump's thread, soon, in the order given.
    void post(order work);
    /// At most 100 ms old while packets flow.
    pump_state state() const;
    void stop();

  private:
    void run();
    void change(std::uint64_t generation, bool on);
    /// Opens the input and uses it until it is lost or not wanted any more.
    void serve();
    void want(const ts::pid_filter& pids);
    /// Asks the input for what is wanted of it.
    error_code ask(device::ts_input& input);
    void fail(const error_code& error);
    bool take(table_sections message);
    /// From open to loss.
    error_code use(device::ts_input& input);
    /// False at the end of the input, with the reason.
    bool drain(device::ts_input& input, error_code& error);
    /// Carries out orders and publishes; waits for the input or an order when nothing is to do.
    /// False when the input is to be closed.
    bool wait(int input, duration at_most);
    duration gathering_time() const;
    void carry_out_orders();
    void publish(time_point now);

    control_queue& control_;
    const device_factory devices_;
    const bool whole_multiplex_;
    const std::function<void(table_sections)> tables_;
    const unique_fd wake_;
    /// Tables on their way to the control thread.
    std::atomic<unsigned> underway_ = 0;

    mutable std::mutex mutex_;
    std::vector<order> orders_;
    pump_state published_;
    bool stopping_ = false;

    // the pump thread's
    ts::packet_reader reader_;
    stream_analysis analysis_;
    pump_state state_;
    bool receiving_ = false;
    /// The input belongs to a multiplex that was left.
    bool changed_ = false;
    policy::back_off pause_;
    ts::pid_filter pids_;
    /// When the input was opened, or gave packets last.
    time_point seen_at_ = never;
    /// The input has not been asked for pids_ yet.
    bool ask_due_ = false;
    bytes buffer_;
    time_point published_at_ = time_point::min();
    bool unpublished_ = false;
    /// Somebody waits for tables.
    bool awaits_pmt_ = true;
    /// Of the latest figures: something is wanted; nothing is that is not clear.
    bool wanted_ = false;
    bool calm_ = false;
    time_point watched_at_ = never;
    /// Bytes, when the input was drained last, and the time that they came in.
    std::size_t last_read_ = 0;
    /// Bytes that are left in the device while nothing is wanted.
    std::size_t most_gathered_ = 0;
    duration last_took_{0};
    time_point drained_at_ = never;

    std::thread thread_;
};

} // namespace cihost::runtime
