// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/change_feed.hpp"
#include "daemon/event_log.hpp"
#include "daemon/rpc_dispatcher.hpp"

#include <cihost/time.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <set>

namespace cihost::daemon {

struct subscription_settings {
    /// From one look at the state to the next, and from one telling of measurements.
    std::chrono::milliseconds period{100};
    std::chrono::milliseconds measurements_period{1000};
    /// Of one client.
    std::size_t most = 8;
};

/// Clients that want to be told what changes: `subscribe` and `unsubscribe`, as CONTROL.md
/// documents them. The state is looked at once for all of them, and not at all while there are
/// none. On the control thread, but for log lines, which may come from any.
class subscriptions {
  public:
    using state_function = std::function<boost::json::object()>;

    /// `state` gives a control_methods::report(). All of them must outlive this object.
    subscriptions(boost::asio::io_context& context, event_log& log, state_function state,
                  subscription_settings values = {});
    subscriptions(const subscriptions&) = delete;
    subscriptions& operator=(const subscriptions&) = delete;
    ~subscriptions();

    void add_to(rpc_dispatcher& dispatcher);
    /// Nobody is told anything any more.
    void close();

  private:
    struct subscription {
        std::uint64_t number = 0;
        std::weak_ptr<rpc_client> client;
        std::set<topic> about;
        std::uint64_t sequence = 0;
    };

    boost::json::object subscribe(const boost::json::object& params,
                                  const rpc_dispatcher::client& who);
    boost::json::object unsubscribe(const boost::json::object& params,
                                    const rpc_dispatcher::client& who);
    bool wanted(topic about) const;
    bool states_wanted() const;
    /// Those whose clients have gone.
    void forget_gone();
    /// Follows what the subscriptions want: the timer, the log.
    void adapt();
    void set_timer();
    /// Tells what is new; gives the state as it is now.
    boost::json::object look();
    void tell(const std::vector<change>& changes);
    /// On any thread.
    void take_line(const log_line& line);
    void tell_lines();

    boost::asio::io_context& context_;
    event_log& log_;
    const state_function state_;
    const subscription_settings settings_;
    boost::asio::steady_timer timer_;
    bool looking_ = false;
    change_feed feed_;
    time_point measured_at_ = never;
    std::list<subscription> all_;
    std::uint64_t last_number_ = 0;

    std::mutex mutex_;
    std::deque<log_line> lines_;
    /// Of those that were too many to keep.
    std::uint64_t lost_ = 0;
    bool listening_ = false;
    /// What is posted to the control thread may come after our end.
    const std::shared_ptr<subscriptions*> self_;
};

} // namespace cihost::daemon
