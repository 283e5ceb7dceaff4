// SPDX-License-Identifier: GPL-2.0-or-later

/// What the book leaves on the disk: by the keeper's thread alone.

#include "daemon/recording_book_entry.hpp"
#include "daemon/recording_book_pace.hpp"

#include <boost/json/serialize.hpp>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <system_error>
#include <utility>

namespace cihost::daemon {

namespace fs = std::filesystem;
using steady = std::chrono::steady_clock;
using book_pace = recording_book_pace;
namespace {

/// A recording may fill its disk, and its end has to be told all the same: about 400 gaps.
constexpr std::size_t sidecar_room = std::size_t{64} << 10;
constexpr std::size_t state_room = std::size_t{16} << 10;

/// `why`: as replace_file() has it.
std::string disk_remedy(const std::string& why) {
    const auto& words = std::generic_category();
    if (why == words.message(ENOSPC) || why == words.message(EDQUOT))
        return " Make room on its disk.";
    return " [recording] directory names another folder.";
}

std::string state_trouble(const fs::path& file, const std::string& why) {
    return "What is recorded cannot be noted in " + file.string() + ": " + why +
           ". It is tried again and again; until then a restart of cihostd goes on with what was "
           "noted before." +
           disk_remedy(why);
}

} // namespace

fs::path recording_book::sidecar_file(const entry& e) {
    auto file = e.kept.first_file;
    file += sidecar_suffix;
    return file;
}

void recording_book::remove_sidecar(const entry& e) {
    if (e.kept.first_file.empty())
        return;
    files_.remove(sidecar_file(e));
}

void recording_book::write_sidecar(entry& e, const set_recording* now, const std::string& state,
                                   const std::string& reason) {
    if (e.kept.first_file.empty()) // not there yet
        return;
    const auto* const report = now != nullptr ? &now->report : nullptr;
    if (report != nullptr && report->began && std::exchange(e.interrupted, false))
        note_restart(e.story, *report->began);
    auto text = boost::json::serialize(sidecar(e.story, report, state, reason)) + "\n";
    const auto file = sidecar_file(e);
    const bool goes_on =
        state == "recording" || state == "waiting" || (state == "interrupted" && e.outlives_daemon);
    if (!files_.write({.file = file,
                       .text = std::move(text),
                       .how = keeping(goes_on ? sidecar_room : 0),
                       .trouble = [file](const std::string& why) {
                           return "The report " + file.string() + " cannot be written: " + why +
                                  ". It is tried again and again." + disk_remedy(why);
                       }}))
        return;
    e.written_at = std::chrono::steady_clock::now();
    e.gaps_written = report != nullptr ? report->gap_count : 0;
    e.state_written = state;
}

/// Right rather than safe from a loss of power: what was written last says that it still records.
replace_options recording_book::keeping(std::size_t room) const {
    return {.reserve = room, .in_place_if_full = true, .open = settings_.open_file};
}

/// Not before the old one was read.
void recording_book::write_state() {
    if (!state_due_ || claiming_ || !claim_)
        return;
    using hold = book_claim::hold;
    const auto how = claim_->how();
    if (how != hold::firm && !halted_ && steady::now() - claimed_at_ >= book_pace::claim_period)
        return claim_state_file(); // there may be a lock now; then it is written
    if (how == hold::none || how == hold::nobodys)
        return say_unwritable();
    trouble_told_.clear();
    std::vector<kept_recording> kept;
    for (const auto& e : entries_)
        if (!e->kept.first_file.empty())
            kept.push_back(e->kept);
    const auto& file = claim_->file();
    const bool posted = files_.write(
        {.file = file,
         .text = state_text({settings_.socket, receivers_.next_id(), std::move(kept)}),
         .how = keeping(state_room),
         .trouble = [file](const std::string& why) { return state_trouble(file, why); }});
    state_due_ = !posted;
}

void recording_book::say_unwritable() {
    if (claim_->file().empty()) // as the claim's remark says
        return;
    auto words = state_trouble(claim_->file(), claim_->trouble());
    if (words == trouble_told_)
        return;
    say(runtime::severity::warning, words);
    trouble_told_ = std::move(words);
}

} // namespace cihost::daemon
