// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "daemon/receiver_port.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace cihost::test {

/// A receiver that does what its contract says, in memory.
class fake_receiver final : public daemon::receiver_port {
  public:
    runtime::receiver_report now;
    /// By program_number; for others it is "not_in_multiplex".
    std::map<std::uint16_t, runtime::service_verdict> verdicts;
    std::vector<runtime::recording_report> all;
    std::vector<std::uint16_t> wishes;
    std::map<std::uint64_t, std::pair<std::uint16_t, runtime::stream_sink>> streams;
    runtime::multiplex_finder modules_find;
    policy::cam_adviser* adviser = nullptr;
    policy::assignment_rules rules;
    /// What is in the way of a reset.
    int reset_failure = 0;
    bool started = false;
    /// Answer record.stop at once; else finish() does.
    bool fast_disk = true;
    /// The reason in final reports of recordings.
    std::string last_words;
    /// No further recording fits.
    bool full = false;
    bool tracing = false;
    /// The answers to what modules show, and what becomes of them.
    std::vector<std::pair<std::uint64_t, policy::menu_answer>> answers;
    int answer_failure = 0;
    /// Why no trace can be written.
    std::string trace_failure;
    bool traced_from_start = false;
    bool* destroyed = nullptr;
    bool* gave_up_disk = nullptr;

    ~fake_receiver() override {
        if (destroyed != nullptr)
            *destroyed = true;
    }

    void add_service(std::uint16_t number, std::string name) {
        runtime::service_report s;
        s.program_number = number;
        s.name = std::move(name);
        s.in_multiplex = true;
        now.services.push_back(std::move(s));
    }

    void start() override { started = true; }
    void tune(std::optional<device::tuning> where) override {
        now.tuning = where;
        if (!where)
            now.state = "idle";
    }
    void let_modules_tune(runtime::multiplex_finder find) override {
        modules_find = std::move(find);
    }
    void ask_about_cams(policy::cam_adviser& who) override { adviser = &who; }
    void want(std::uint16_t program_number) override { wishes.push_back(program_number); }

    void unwant(std::uint16_t program_number) override { std::erase(wishes, program_number); }
    void use_rules(const policy::assignment_rules& new_rules,
                   const policy::assignment_priorities&) override {
        rules = new_rules;
    }
    error_code reset_cam(unsigned slot, bool force) override {
        if (slot >= now.cams.size())
            return failure(ENOENT);
        if (reset_failure != 0 && !(force && reset_failure == EBUSY))
            return failure(reset_failure);
        ++now.cams[slot].resets;
        ++now.cams[slot].resets_by_order;
        return {};
    }

    result<std::uint64_t> start_recording(const runtime::recording_order& what,
                                          runtime::recording_created created) override {
        if (full)
            return failure(EMFILE);
        auto file = what.file;
        for (int copy = 2; what.any_name && is_taken(file); ++copy)
            file =
                what.file.parent_path() / (what.file.stem().string() + "-" + std::to_string(copy) +
                                           what.file.extension().string());
        const auto id = what.id ? *what.id : ++last_id_;
        if (is_taken(file)) {
            if (created)
                created(failure(EEXIST), file);
            return id;
        }
        runtime::recording_report r;
        r.id = id;
        r.program_number = what.program_number;
        r.file = file.string();
        r.state = "recording";
        all.push_back(r);
        if (created)
            created({}, file);
        return id;
    }
    error_code stop_recording(std::uint64_t id,
                              std::function<void(runtime::recording_report)> done) override {
        const auto found = std::find_if(all.begin(), all.end(), [&](const auto& r) {
            return r.id == id && r.state == "recording";
        });
        if (found == all.end())
            return failure(ENOENT);
        found->state = "stopped";
        found->bytes = 188;
        found->reason = last_words;
        waiting_.emplace_back(*found, std::move(done));
        if (fast_disk)
            finish();
        return {};
    }
    void finish() {
        for (auto& [report, done] : std::exchange(waiting_, {}))
            done(report);
    }
    std::vector<runtime::recording_report> recordings() const override { return all; }

    std::uint64_t start_stream(std::uint16_t program_number, runtime::stream_sink sink) override {
        streams[++last_id_] = {program_number, std::move(sink)};
        return last_id_;
    }
    void stop_stream(std::uint64_t id) override { streams.erase(id); }

    error_code enter_menu(unsigned slot) override {
        if (slot >= now.cams.size())
            return failure(ENOENT);
        if (now.cams[slot].state != "ready")
            return failure(EAGAIN);
        now.cams[slot].menu.emplace().display.title = "Main";
        return {};
    }
    error_code answer_menu(unsigned slot, std::uint64_t id,
                           const policy::menu_answer& answer) override {
        if (slot >= now.cams.size())
            return failure(ENOENT);
        answers.emplace_back(id, answer);
        return failure(answer_failure);
    }
    error_code close_menu(unsigned slot) override {
        if (slot >= now.cams.size())
            return failure(ENOENT);
        if (!now.cams[slot].menu)
            return failure(ESTALE);
        now.cams[slot].menu.reset();
        return {};
    }
    error_code start_trace(const std::filesystem::path& file, bool from_start,
                           std::function<void(const std::string&)> done) override {
        if (tracing)
            return failure(EBUSY);
        tracing = trace_failure.empty();
        traced_from_start = from_start;
        now.trace = {file.string(), tracing ? "running" : "failed", trace_failure};
        done(trace_failure);
        return {};
    }
    error_code stop_trace(std::function<void(std::uint64_t)> done) override {
        if (!std::exchange(tracing, false))
            return failure(ENOENT);
        now.trace->state = "stopped";
        done(4711);
        return {};
    }
    void give_up_disk() override {
        if (gave_up_disk != nullptr)
            *gave_up_disk = true;
    }
    runtime::receiver_report report() const override { return now; }
    runtime::service_verdict why(std::uint16_t program_number) const override {
        const auto known = verdicts.find(program_number);
        if (known != verdicts.end())
            return known->second;
        return {.found = {policy::service_cause::not_in_multiplex, "It is not here."}};
    }

  private:
    bool is_taken(const std::filesystem::path& file) const {
        return std::filesystem::exists(file) ||
               std::ranges::any_of(all, [&](const auto& r) { return r.file == file; });
    }

    std::uint64_t last_id_ = 0;

    static error_code failure(int error) { return {error, boost::system::generic_category()}; }

    std::vector<
        std::pair<runtime::recording_report, std::function<void(runtime::recording_report)>>>
        waiting_;
};

} // namespace cihost::test
