// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/receiver_set.hpp"
#include "daemon/service_finder.hpp"
#include "daemon/stream_hub.hpp"

#include <cihost/time.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cihost::daemon {

/// A service that viewers can ask for.
struct viewable_service {
    /// What stands behind /stream/: its number, or, where that is not enough, its name.
    std::string reference;
    std::uint16_t program_number = 0;
    std::string name;
    /// Where several multiplexes have one of this number and name: the receiver of this one.
    std::string receiver = {};
};

/// The services that are watched: one path from the receiver for all viewers of a service, which
/// ends a little after the last of them. On the control thread.
class viewer_streams {
  public:
    /// A player that comes again within it finds all as it was.
    static constexpr std::chrono::seconds default_linger{3};

    /// They must outlive this object.
    viewer_streams(receiver_set& receivers, service_finder& finder, runtime::log_function log,
                   duration linger = default_linger);

    /// From now on the viewer gets the service, of `receiver` if that is said. Throws rpc_error.
    void open(const service_ref& service, const std::shared_ptr<viewer_queue>& viewer,
              const std::optional<std::string>& receiver = {});
    void close(const std::shared_ptr<viewer_queue>& viewer);
    /// Somebody knows it: a receiver, that one if it is said, or the channel list. Throws rpc_error
    /// for a receiver that there is not, and where several services are meant.
    bool knows(const service_ref& service, const std::optional<std::string>& receiver = {}) const;
    /// Those on the air now first, then those of the channel list.
    std::vector<viewable_service> services() const;
    /// Ends what nobody watches any more, and what had to give way. Every second or so.
    void look(time_point now);
    /// The daemon stops.
    void end_all();

  private:
    struct stream {
        std::string receiver;
        std::uint16_t program_number = 0;
        std::string name;
        std::uint64_t id = 0;
        /// Where the receiver was.
        std::optional<device::tuning> where;
        std::shared_ptr<stream_hub> hub = std::make_shared<stream_hub>();
        /// never: somebody watches.
        time_point empty_since = never;
    };

    receiver_set::member* member(const std::string& name);
    stream* running(const service_ref& service, const std::optional<std::string>& receiver) const;
    std::vector<viewable_service> on_air() const;
    stream& start(const receiver_set::location& where);
    void stop(stream& s, const std::string& why);
    void note(const stream& s);
    void say(runtime::severity level, std::string message) const;

    receiver_set& receivers_;
    service_finder& finder_;
    const runtime::log_function log_;
    const duration linger_;
    std::vector<std::unique_ptr<stream>> streams_;
};

} // namespace cihost::daemon
