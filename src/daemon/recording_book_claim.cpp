// SPDX-License-Identifier: GPL-2.0-or-later

/// Which file the book notes its recordings in, and what it takes up from there.

#include "daemon/recording_book_entry.hpp"
#include "daemon/recording_book_pace.hpp"

#include <mutex>
#include <system_error>
#include <utility>

namespace cihost::daemon {

namespace fs = std::filesystem;
using steady = std::chrono::steady_clock;
using book_pace = recording_book_pace;

/// A keeper's thread that hangs may outlive all else.
struct recording_book::claiming {
    struct outcome {
        std::shared_ptr<const book_claim> claim;
        resumed_state unfinished;
    };
    fs::path folder;
    std::mutex mutex;
    std::optional<outcome> found;
};

recording_book::~recording_book() = default;

void recording_book::begin() {
    begun_at_ = steady::now();
    claim_state_file();
}

void recording_book::use(const fs::path& directory, const std::string& pattern) {
    settings_.pattern = pattern;
    if (directory == settings_.directory)
        return;
    settings_.directory = directory;
    if (!claiming_)
        claim_state_file();
}

/// Again, too, while nothing locks the one that it has.
void recording_book::claim_state_file() {
    claiming_ = std::make_shared<claiming>();
    claiming_->folder = settings_.directory;
    const bool is_new = claimed_folder_ != settings_.directory;
    claimed_at_ = steady::now();
    claim_due_ = !files_.post([to = claiming_, held = claim_, is_new, socket = settings_.socket,
                               log = settings_.log, open = settings_.open_book] {
        std::error_code failed;
        fs::create_directories(to->folder, failed);
        if (failed && is_new) // a disk may be mounted later
            log({runtime::severity::warning, "recording",
                 "The recording folder " + to->folder.string() +
                     " cannot be created: " + failed.message() + "."});
        auto folder = to->folder;
        std::error_code no_folder;
        if (held && fs::equivalent(held->file().parent_path(), folder, no_folder))
            folder = held->file().parent_path(); // by another name
        claiming::outcome found;
        if (held && held->how() == book_claim::hold::firm && held->file().parent_path() == folder) {
            found.claim = held;
        } else {
            found.claim = std::make_shared<const book_claim>(folder, socket, open);
            // what it has noted itself is under way
            if (!held || held->how() != book_claim::hold::by_name ||
                held->file() != found.claim->file())
                found.unfinished = load_state(socket, found.claim->file());
        }
        const std::lock_guard lock{to->mutex};
        to->found = std::move(found);
    });
    if (claim_due_)
        claiming_.reset();
    else
        claimed_folder_ = settings_.directory;
    set_timer();
}

void recording_book::look_at_claim(time_point now) {
    if (claim_due_)
        claim_state_file();
    std::optional<claiming::outcome> found;
    if (claiming_) {
        const std::lock_guard lock{claiming_->mutex};
        found.swap(claiming_->found);
    }
    if (found) {
        const bool of_now = claiming_->folder == settings_.directory;
        claiming_.reset();
        receivers_.go_on_with_id(found->unfinished.next_id);
        resume(std::move(found->unfinished.recordings));
        use_claim(std::move(found->claim));
        if (!of_now) // changed meanwhile
            claim_state_file();
    }
    if (found || now - begun_at_ >= book_pace::load_patience)
        start_due();
}

/// What runs is noted where the next daemon will look for it.
void recording_book::use_claim(std::shared_ptr<const book_claim> next) {
    if (next == claim_)
        return;
    if (!next->remark().empty() && (!claim_ || claim_->remark() != next->remark()))
        say(runtime::severity::warning, next->remark());
    const auto old = std::exchange(claim_, std::move(next));
    if (!old)
        return;
    using hold = book_claim::hold;
    const bool was_written = old->how() == hold::firm || old->how() == hold::by_name;
    if (was_written && old->file() != claim_->file()) {
        state_due_ = true;
        write_state();
        const bool moved =
            !claim_->file().empty() && old->file().parent_path() != claim_->file().parent_path();
        if (moved || old->how() == hold::firm) // else another one has locked it
            files_.remove(old->file());
    }
    files_.post([old] {});
}

} // namespace cihost::daemon
