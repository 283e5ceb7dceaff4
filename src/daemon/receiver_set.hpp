// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/receiver_port.hpp"
#include "daemon/rpc_error.hpp"
#include "daemon/service_ref.hpp"
#include "device/linux_receiver.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cihost::daemon {

/// A recording with the receiver it runs on. `report.id` is unique over all receivers.
struct set_recording {
    std::string receiver;
    runtime::recording_report report;
};

struct set_trace {
    std::string receiver;
    std::filesystem::path file;
    std::uint64_t bytes = 0;
};

/// For an error code of a receiver about a file: "record to", …
rpc_error file_error(const std::string& verb, const std::filesystem::path& file,
                     const error_code& failed);

struct recording_options {
    /// As runtime::recording_order has them.
    bool any_name = false;
    std::string beside = {};
    runtime::recording_created created = {};
    /// From receiver_set::reserve_id(); nothing: the next.
    std::optional<std::uint64_t> id = {};
};

/// It needs nothing any more.
bool is_finished(const runtime::recording_report& r);

/// All receivers of the daemon under one roof: finds the one a request means. What cannot be done
/// is thrown as rpc_error, in a sentence.
class receiver_set {
  public:
    struct member {
        std::string name;
        std::unique_ptr<receiver_port> port;
        /// Services of the configuration that it does not find.
        std::vector<missing_service> missing = {};
        /// Configured to stay where it is.
        bool fixed = true;
        /// What its frontend can receive; empty: not known.
        std::vector<device::delivery_system> systems = {};
        /// Of a receiver of the kernel's.
        std::optional<device::linux_nodes> nodes = {};
        /// Its frontend is there, as far as is known.
        bool present = true;
        /// Services that are streamed, and to how many viewers.
        std::map<std::uint16_t, std::size_t> viewers = {};
        /// Not configured any more: it goes as soon as its recordings have ended.
        bool retired = false;
    };

    void add(std::string name, std::unique_ptr<receiver_port> port, bool fixed = true,
             std::vector<device::delivery_system> systems = {},
             std::optional<device::linux_nodes> nodes = {}, bool present = true);
    const std::vector<member>& members() const noexcept { return members_; }

    /// What was found out of a member's frontend.
    void note_frontend(std::size_t index, bool present,
                       std::vector<device::delivery_system> systems) {
        members_[index].present = present;
        members_[index].systems = std::move(systems);
    }

    void note_missing(const std::string& name, std::vector<missing_service> services) {
        named(name).missing = std::move(services);
    }
    void retire(std::size_t index, bool retired) { members_[index].retired = retired; }
    void fix(std::size_t index, bool fixed) { members_[index].fixed = fixed; }
    /// Destroys those that have retired and record nothing any more; gives their names.
    std::vector<std::string> remove_retired();

    /// Both are tuned to the same one.
    static bool same_multiplex(const member& a, const member& b);
    /// None: the service is not streamed any more.
    static void note_viewers(member& where, std::uint16_t program_number, std::size_t viewers) {
        if (viewers > 0)
            where.viewers[program_number] = viewers;
        else
            where.viewers.erase(program_number);
    }

    struct location {
        member* where = nullptr;
        std::uint16_t program_number = 0;
        /// As broadcast, if it is known.
        std::string service_name;
    };
    /// Names are compared exactly, then without regard to case. A program number is taken at its
    /// word by a receiver that does not know its services yet.
    location find(const service_ref& service, const std::optional<std::string>& receiver);

    /// The one that a request with this 'receiver' means.
    member& only_or_named(const std::optional<std::string>& name);
    /// Those that it may mean.
    std::vector<member*> named_or_all(const std::optional<std::string>& name);

    set_recording start_recording(const location& what, const std::filesystem::path& file,
                                  recording_options options = {});
    /// The number that a recording will have.
    std::uint64_t reserve_id() { return ++last_id_; }
    /// The number that the next one will have without.
    std::uint64_t next_id() const noexcept { return last_id_ + 1; }
    /// It will have this one at least.
    void go_on_with_id(std::uint64_t next) { last_id_ = std::max(last_id_ + 1, next) - 1; }
    using recording_done = std::function<void(set_recording)>;
    /// `done` is called when all bytes are on disk.
    void stop_recording(std::uint64_t id, recording_done done);
    std::vector<set_recording> recordings();

    /// Gets the trace that runs now, or a sentence why it does not.
    using trace_started = std::function<void(const set_trace&, const std::string& failed)>;
    void start_trace(const std::optional<std::string>& receiver, const std::filesystem::path& file,
                     bool from_start, trace_started done);
    using trace_done = std::function<void(set_trace)>;
    /// `done` is called when the file is complete.
    void stop_trace(const std::optional<std::string>& receiver, trace_done done);

    /// What is not on the disk by now is lost; clear() does not wait for it.
    void give_up_disk();
    /// Destroys the receivers, which withdraws their services.
    void clear() { members_.clear(); }

  private:
    member& named(const std::string& name);
    /// Null: none has it.
    member* member_recording(std::uint64_t id);

    std::vector<member> members_;
    /// Of all members in one sequence, which a member that comes later does not disturb.
    std::uint64_t last_id_ = 0;
};

} // namespace cihost::daemon
