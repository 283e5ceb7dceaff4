// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/book_claim.hpp"
#include "daemon/kept_files.hpp"
#include "daemon/receiver_set.hpp"
#include "daemon/recording_state.hpp"
#include "daemon/service_finder.hpp"
#include "runtime/control_queue.hpp"

#include <cihost/time.hpp>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace cihost::daemon {

struct recording_settings {
    std::filesystem::path directory;
    /// recording_file_name.
    std::string pattern;
    /// The daemon's own, as a name for it.
    std::filesystem::path socket;
    runtime::log_function log;
    /// replace_options::open.
    std::function<int(const std::filesystem::path&)> open_file = {};
    /// book_claim's. On the keeper's thread.
    book_opener open_book = {};
};

struct recording_request {
    service_ref service;
    std::optional<std::string> receiver;
    /// Absolute. Nothing: by the pattern.
    std::optional<std::filesystem::path> file;
    /// Nothing: until it is stopped.
    std::optional<std::chrono::seconds> duration;
    /// It goes on when the daemon is started again.
    bool outlives_daemon = true;
    /// Whoever started it is gone, and it is to end; empty: it does not depend on anybody.
    std::function<bool()> abandoned = {};
};

/// A recording as its user knows it: with its end, its event, and the parts that it is in.
struct booked_recording {
    set_recording running;
    std::string title;
    std::optional<std::chrono::system_clock::time_point> end;
    /// Files of the parts before the one that runs.
    std::vector<std::string> earlier_files;
};

/// The recordings of the daemon beyond one run of one receiver: their names, their ends, the report
/// beside each (recording_sidecar), and what goes on after a restart. On the control thread; what
/// it has to do with files is the keeper's.
class recording_book {
  public:
    recording_book(boost::asio::io_context& context, receiver_set& receivers,
                   service_finder& finder, recording_settings settings);
    recording_book(const recording_book&) = delete;
    recording_book& operator=(const recording_book&) = delete;
    ~recording_book();

    /// For those that begin from now on.
    void use(const std::filesystem::path& directory, const std::string& pattern);
    /// Takes up what the daemon before left unfinished, and goes on with its numbers.
    void begin();

    struct started {
        set_recording recording;
        std::string service_name;
        /// Why it may never begin; empty: nothing is known against it.
        std::string remark;
    };
    using started_function = std::function<void(std::variant<started, rpc_error>)>;
    /// `done` is called when the file is there, or cannot be. Throws rpc_error, or hands it to
    /// `done`.
    void start(const recording_request& what, started_function done);
    /// `done` is called when all bytes are on disk. Throws rpc_error.
    void stop(std::uint64_t id, std::function<void(booked_recording)> done);
    /// By their numbers.
    std::vector<booked_recording> list();

    /// The daemon stops: nothing ends by itself any more, and what is under way goes on at the next
    /// start.
    void halt();
    /// After halt(), when the receivers have closed their files.
    void finish();

  private:
    struct entry;
    using entry_ptr = std::shared_ptr<entry>;
    enum class ending { by_itself, stopped };
    struct due_start {
        recording_request what;
        started_function done;
    };

    entry_ptr find(std::uint64_t id) const;
    bool is_known(std::uint64_t id) const;
    void start_now(const recording_request& what, started_function done);
    /// Those that waited for their numbers.
    void start_due();
    void run_part(const entry_ptr& e, const receiver_set::location& where, started_function done);
    void part_begun(const entry_ptr& e, const error_code& failed, const std::filesystem::path& file,
                    const started_function& done);
    std::filesystem::path name_for(const entry& e, const receiver_set::location& where) const;
    void claim_state_file();
    bool is_claiming() const { return claiming_ || claim_due_; }
    void look_at_claim(time_point now);
    void use_claim(std::shared_ptr<const book_claim> next);
    void resume(std::vector<resumed_recording> kept);
    /// The report of one that does not go on.
    void end_report(resumed_recording of);
    void go_on(const entry_ptr& e);
    receiver_set::location find_again(const entry& e);
    void note_description(entry& e);
    void look();
    /// For the next look.
    void set_timer();
    void look_at(const entry_ptr& e, const std::vector<set_recording>& all, time_point now);
    /// By itself; `reason` for those who ask why, empty: its time is over.
    void end_running(const entry_ptr& e, const std::string& reason);
    void end(const entry_ptr& e, const set_recording& last, ending why);
    void write_sidecar(entry& e, const set_recording* now, const std::string& state,
                       const std::string& reason);
    static std::filesystem::path sidecar_file(const entry& e);
    void remove_sidecar(const entry& e);
    void write_state();
    /// Why nothing can be noted, once.
    void say_unwritable();
    replace_options keeping(std::size_t room) const;
    void say(runtime::severity level, std::string message) const;
    booked_recording describe(const entry& e, const set_recording& running) const;
    set_recording waiting(const entry& e) const;

    receiver_set& receivers_;
    service_finder& finder_;
    recording_settings settings_;
    std::vector<entry_ptr> entries_;
    /// What is told of those that have ended, for as long as their receivers know them.
    std::map<std::uint64_t, booked_recording> ended_;
    std::vector<due_start> due_;
    /// From the keeper's thread; empty once it is taken up.
    struct claiming;
    std::shared_ptr<claiming> claiming_;
    std::filesystem::path claimed_folder_;
    time_point claimed_at_{};
    /// The keeper had too much to do for it.
    bool claim_due_ = false;
    /// Where the state is written; nothing before the first is claimed, and after finish().
    std::shared_ptr<const book_claim> claim_;
    std::string trouble_told_;
    time_point begun_at_ = never;
    bool halted_ = false;
    bool state_due_ = false;
    runtime::control_timer timer_;
    kept_files files_;
};

} // namespace cihost::daemon
