// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/recording_book.hpp"

#include "daemon/recording_book_entry.hpp"
#include "daemon/recording_book_pace.hpp"
#include "daemon/recording_file_name.hpp"
#include "daemon/service_lookup.hpp"

#include <algorithm>
#include <ctime>
#include <utility>

namespace cihost::daemon {

namespace fs = std::filesystem;
using wall_clock = std::chrono::system_clock;
using steady = std::chrono::steady_clock;
using runtime::severity;
using book_pace = recording_book_pace;

namespace {

/// Between two writes of one sidecar: when there are new gaps, and in any case.
constexpr std::chrono::seconds gap_pause{5};
constexpr std::chrono::seconds sidecar_period{30};

const set_recording* find_running(const std::vector<set_recording>& all, std::uint64_t id) {
    const auto it =
        std::ranges::find_if(all, [&](const set_recording& r) { return r.report.id == id; });
    return it == all.end() ? nullptr : &*it;
}

} // namespace

recording_book::recording_book(boost::asio::io_context& context, receiver_set& receivers,
                               service_finder& finder, recording_settings settings)
    : receivers_{receivers}
    , finder_{finder}
    , settings_{std::move(settings)}
    , timer_{context, [this] { look(); }}
    , files_{settings_.log} {}

recording_book::entry_ptr recording_book::find(std::uint64_t id) const {
    const auto it = std::ranges::find_if(entries_, [&](const auto& e) { return e->id == id; });
    return it == entries_.end() ? nullptr : *it;
}

fs::path recording_book::name_for(const entry& e, const receiver_set::location& where) const {
    if (!e.earlier_files.empty())
        return recording_part_name(e.kept.first_file, e.earlier_files.size() + 1);
    if (e.file)
        return *e.file;
    recording_facts facts;
    facts.service = where.service_name;
    facts.program_number = where.program_number;
    facts.receiver = where.where->name;
    facts.provider = e.story.provider;
    facts.title = e.story.title;
    facts.when = wall_clock::to_time_t(wall_clock::now());
    return settings_.directory / recording_file_name(settings_.pattern, facts);
}

void recording_book::start(const recording_request& what, started_function done) {
    // its number is the next after those that the daemon before gave
    if (is_claiming() && steady::now() - begun_at_ < book_pace::load_patience)
        due_.push_back({what, std::move(done)});
    else
        start_now(what, std::move(done));
}

void recording_book::start_due() {
    for (auto& start : std::exchange(due_, {}))
        try {
            if (halted_)
                throw rpc_error{rpc_code::conflict, "cihostd is stopping; nothing new begins."};
            start_now(start.what, start.done);
        } catch (const rpc_error& e) {
            start.done(e);
        }
}

void recording_book::start_now(const recording_request& what, started_function done) {
    const auto where = finder_.find(what.service, what.receiver);
    const auto e = std::make_shared<entry>();
    e->kept.service = what.service;
    e->kept.receiver = what.receiver;
    e->file = what.file;
    e->outlives_daemon = e->kept.goes_on = what.outlives_daemon;
    e->abandoned = what.abandoned;
    if (what.duration) {
        e->end = steady::now() + *what.duration;
        e->kept.end = wall_clock::now() + *what.duration;
    }
    e->story.planned_end = e->kept.end;
    entries_.push_back(e);
    auto with_remark = [done = std::move(done), remark = finder_.may_stay_scrambled(where)](
                           std::variant<started, rpc_error> outcome) {
        if (auto* const begun = std::get_if<started>(&outcome))
            begun->remark = remark;
        done(std::move(outcome));
    };
    try {
        run_part(e, where, std::move(with_remark));
    } catch (const rpc_error&) {
        std::erase(entries_, e);
        throw;
    }
    set_timer();
}

void recording_book::run_part(const entry_ptr& e, const receiver_set::location& where,
                              started_function done) {
    e->kept.program_number = e->story.program_number = where.program_number;
    e->kept.was_on = e->story.receiver = where.where->name;
    e->kept.service_name = e->story.service = where.service_name;
    const auto report = where.where->port->report();
    for (const auto* s : find_services(report.services, service_ref{where.program_number})) {
        if (!s->provider.empty())
            e->story.provider = s->provider;
        if (e->story.title.empty())
            e->story.title = s->present_event;
    }
    recording_options options;
    options.any_name = !e->file || !e->earlier_files.empty();
    if (e->earlier_files.empty())
        options.beside = sidecar_suffix;
    if (e->id != 0)
        options.id = e->id;
    // it may be known before the number is
    struct outcome {
        bool numbered = false;
        std::optional<std::pair<error_code, fs::path>> early;
    };
    const auto known = std::make_shared<outcome>();
    options.created = [this, e, known, done](const error_code& failed, const fs::path& file) {
        if (known->numbered)
            part_begun(e, failed, file, done);
        else
            known->early.emplace(failed, file);
    };
    e->id = receivers_.start_recording(where, name_for(*e, where), std::move(options)).report.id;
    e->running = true;
    known->numbered = true;
    if (known->early)
        part_begun(e, known->early->first, known->early->second, done);
}

void recording_book::part_begun(const entry_ptr& e, const error_code& failed, const fs::path& file,
                                const started_function& done) {
    if (failed) {
        auto why = file_error("record to", file, failed);
        auto last = waiting(*e);
        last.report.state = "failed";
        last.report.reason = why.message();
        e->running = false;
        end(e, last, ending::stopped);
        if (done)
            done(std::move(why));
        return;
    }
    if (e->earlier_files.empty())
        e->kept.first_file = file;
    e->kept.id = e->id;
    e->kept.last_file = file;
    e->kept.parts = e->earlier_files.size() + 1;
    e->reason.clear();
    e->interrupted = !e->earlier_files.empty();
    state_due_ = true;
    write_state();
    if (const auto all = receivers_.recordings(); const auto* const now = find_running(all, e->id))
        write_sidecar(*e, now, now->report.state, now->report.reason);
    if (!done)
        return;
    set_recording running{e->kept.was_on, {}};
    running.report.id = e->id;
    running.report.program_number = e->kept.program_number;
    running.report.file = file.string();
    done(started{running, e->kept.service_name, {}});
}

void recording_book::stop(std::uint64_t id, std::function<void(booked_recording)> done) {
    const auto e = find(id);
    if (e && !e->running) {
        auto last = waiting(*e);
        last.report.state = "stopped";
        end(e, last, ending::stopped);
        done(describe(*e, last));
        return;
    }
    if (e)
        e->stopping = true;
    receivers_.stop_recording(id, [this, e, id, done = std::move(done)](const set_recording& last) {
        if (e)
            end(e, last, ending::stopped);
        const auto known = ended_.find(id);
        done(known != ended_.end() ? known->second : booked_recording{last, {}, {}, {}});
    });
}

std::vector<booked_recording> recording_book::list() {
    std::vector<booked_recording> all;
    for (const auto& running : receivers_.recordings()) {
        const auto id = running.report.id;
        if (const auto known = ended_.find(id); known != ended_.end())
            all.push_back(known->second);
        else if (const auto e = find(id))
            all.push_back(describe(*e, running));
        else
            all.push_back({running, {}, {}, {}});
    }
    for (const auto& e : entries_)
        if (!e->running)
            all.push_back(describe(*e, waiting(*e)));
    std::ranges::sort(all, {}, [](const booked_recording& r) { return r.running.report.id; });
    return all;
}

booked_recording recording_book::describe(const entry& e, const set_recording& running) const {
    return {running, e.story.title, e.kept.end, e.earlier_files};
}

bool recording_book::is_known(std::uint64_t id) const {
    return find(id) != nullptr || ended_.contains(id);
}

/// One of which no part runs yet.
set_recording recording_book::waiting(const entry& e) const {
    set_recording r{e.kept.was_on, {}};
    r.report.id = e.id;
    r.report.program_number = e.kept.program_number;
    r.report.file = recording_part_name(e.kept.first_file, e.earlier_files.size() + 1).string();
    r.report.state = "waiting";
    r.report.reason = e.reason;
    return r;
}

void recording_book::resume(std::vector<resumed_recording> found) {
    for (auto& r : found) {
        if (!r.kept.goes_on) {
            end_report(std::move(r));
            continue;
        }
        const auto e = std::make_shared<entry>();
        e->kept = std::move(r.kept);
        // one that could not wait may have it
        e->id = e->kept.id != 0 && !is_known(e->kept.id) ? e->kept.id : receivers_.reserve_id();
        e->kept.id = e->id;
        receivers_.go_on_with_id(e->id + 1);
        e->story = std::move(r.story);
        e->file = e->kept.first_file;
        for (std::size_t part = 1; part <= e->kept.parts; ++part)
            e->earlier_files.push_back(
                part == e->kept.parts ? e->kept.last_file.string()
                                      : recording_part_name(e->kept.first_file, part).string());
        if (e->kept.end)
            e->end = steady::now() + (*e->kept.end - wall_clock::now());
        e->reason = "It goes on when its service is found.";
        say(severity::info, "Recording " + std::to_string(e->id) + ", " +
                                e->kept.first_file.string() +
                                ", was not at its end; it goes on in a new part.");
        entries_.push_back(e);
    }
}

void recording_book::end_report(resumed_recording of) {
    entry e;
    e.outlives_daemon = false;
    e.kept = std::move(of.kept);
    e.story = std::move(of.story);
    e.story.receiver = e.kept.was_on;
    say(severity::info, "Recording " + std::to_string(e.kept.id) + ", " +
                            e.kept.first_file.string() +
                            ", was interrupted as cihostd ended; it was not to go on after that.");
    write_sidecar(e, nullptr, "interrupted", "cihostd ended before it did.");
    state_due_ = true;
}

/// Its service is looked for again and again.
void recording_book::go_on(const entry_ptr& e) {
    try {
        run_part(e, find_again(*e), {});
    } catch (const rpc_error& why) {
        e->reason = why.message();
    }
}

receiver_set::location recording_book::find_again(const entry& e) {
    try {
        return finder_.find(e.kept.service, e.kept.receiver);
    } catch (const rpc_error& why) {
        // a receiver with a place of its own takes the number, and knows the name later
        const auto& members = receivers_.members();
        const auto same = std::ranges::find(members, e.kept.was_on, &receiver_set::member::name);
        if (why.code() != rpc_code::not_found || same == members.end() || !same->fixed)
            throw;
        auto where = finder_.find(e.kept.program_number, e.kept.was_on);
        where.service_name = e.kept.service_name;
        return where;
    }
}

void recording_book::look() {
    const auto now = steady::now();
    if (halted_)
        return;
    if (is_claiming())
        look_at_claim(now);
    if (!entries_.empty()) {
        const auto all = receivers_.recordings();
        for (const auto& e : std::vector(entries_))
            look_at(e, all, now);
    }
    write_state();
    files_.look(now);
    set_timer();
}

void recording_book::set_timer() {
    const auto now = steady::now();
    auto next = now + book_pace::pause(claiming_ ? std::optional{now - claimed_at_} : std::nullopt,
                                       entries_.empty() && !claim_due_);
    for (const auto& e : entries_)
        if (e->end > now)
            next = std::min(next, e->end);
    timer_.set(next);
}

void recording_book::look_at(const entry_ptr& e, const std::vector<set_recording>& all,
                             time_point now) {
    if (e->stopping)
        return;
    if (!e->running) {
        if (e->end > now)
            return go_on(e);
        auto last = waiting(*e);
        last.report.state = "stopped";
        last.report.reason = "Its end came before it could go on.";
        return end(e, last, ending::by_itself);
    }
    const auto* const running = find_running(all, e->id);
    if (running == nullptr || is_finished(running->report))
        return end(e, running != nullptr ? *running : waiting(*e), ending::by_itself);
    if (e->end <= now)
        return end_running(e, {});
    if (e->abandoned && e->abandoned()) {
        say(severity::info,
            "Recording " + std::to_string(e->id) + " ends: the program that started it is gone.");
        return end_running(e, "The program that started it went, and it was to end with it.");
    }
    const bool undescribed = e->story.title.empty() || e->story.provider.empty();
    if (undescribed && running->report.state == "recording")
        note_description(*e);
    const auto& r = running->report;
    const auto since = e->written_at == time_point::min() ? duration::max() : now - e->written_at;
    if (e->state_written != r.state || (e->gaps_written != r.gap_count && since > gap_pause) ||
        since > sidecar_period)
        write_sidecar(*e, running, r.state, r.reason);
}

void recording_book::end_running(const entry_ptr& e, const std::string& reason) {
    e->stopping = true;
    receivers_.stop_recording(e->id, [this, e, reason](set_recording last) {
        if (last.report.reason.empty())
            last.report.reason = reason;
        end(e, last, ending::by_itself);
    });
}

void recording_book::note_description(entry& e) {
    const auto& members = receivers_.members();
    const auto where = std::ranges::find(members, e.kept.was_on, &receiver_set::member::name);
    if (where == members.end())
        return;
    const auto report = where->port->report();
    for (const auto* s : find_services(report.services, service_ref{e.kept.program_number})) {
        if (e.story.title.empty())
            e.story.title = s->present_event;
        if (e.story.provider.empty())
            e.story.provider = s->provider;
        if (e.story.service.empty())
            e.story.service = e.kept.service_name = s->name;
    }
}

void recording_book::end(const entry_ptr& e, const set_recording& last, ending why) {
    if (halted_ && why == ending::by_itself)
        return;
    const bool ran = e->running;
    e->running = false;
    std::erase(entries_, e);
    if (ran) {
        const auto all = receivers_.recordings();
        std::erase_if(ended_, [&](const auto& known) { return !find_running(all, known.first); });
        ended_[e->id] = describe(*e, last);
    }
    state_due_ = true;
    // what never began leaves nothing
    if (ran && last.report.bytes == 0 && e->earlier_files.empty())
        remove_sidecar(*e);
    else
        write_sidecar(*e, ran ? &last : nullptr, last.report.state, last.report.reason);
    write_state();
}

void recording_book::halt() {
    halted_ = true;
    timer_.set(never);
    start_due(); // which are told so
}

void recording_book::finish() {
    if (claim_) // what it has is noted there, whatever comes of another
        claiming_.reset();
    const auto all = receivers_.recordings();
    for (const auto& e : entries_) {
        const auto* const last = e->running ? find_running(all, e->id) : nullptr;
        if (e->running && last == nullptr)
            continue;
        if (e->outlives_daemon)
            write_sidecar(*e, last, "interrupted", "cihostd was stopped.");
        else
            write_sidecar(*e, last, "stopped", last != nullptr ? last->report.reason : "");
    }
    // those are at their end now
    if (std::erase_if(entries_, [](const auto& e) { return !e->outlives_daemon; }) > 0)
        state_due_ = true;
    write_state();
    if (claim_) // behind what is still to be written
        files_.post([claim = std::exchange(claim_, nullptr)] {});
}

void recording_book::say(severity level, std::string message) const {
    settings_.log({level, "recording", std::move(message)});
}

} // namespace cihost::daemon
