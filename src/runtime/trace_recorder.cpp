// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/trace_recorder.hpp"

#include "base/from_errno.hpp"

#include <cerrno>
#include <string>
#include <utility>
#include <vector>

namespace cihost::runtime {

namespace {

bytes header(const std::string& receiver) {
    std::vector<std::string> names;
    for (unsigned slot = 0; slot < trace_recorder::max_slots; ++slot)
        names.push_back(receiver + " slot " + std::to_string(slot));
    return en50221::pcapng_header(names);
}

} // namespace

trace_recorder::trace_recorder(control_queue& control, disk_writer& disk,
                               const std::string& receiver, std::function<std::uint64_t()> unix_ns,
                               std::function<void(std::string)> failed, std::size_t memory)
    : control_{control}
    , disk_{disk}
    , unix_ns_{std::move(unix_ns)}
    , failed_{std::move(failed)}
    , memory_{memory}
    , header_{header(receiver)} {}

void trace_recorder::tpdu(unsigned slot, en50221::direction which, bytes_view tcid_and_tpdu) {
    if (slot < max_slots)
        keep(en50221::pcapng_tpdu(slot, which, tcid_and_tpdu, unix_ns_()));
}

void trace_recorder::event(unsigned slot, en50221::hardware_event what, std::string_view comment) {
    if (slot < max_slots)
        keep(en50221::pcapng_event(slot, what, unix_ns_(), comment));
}

void trace_recorder::keep(bytes block) {
    if (file_)
        append(block);
    kept_bytes_ += block.size();
    kept_.push_back(std::move(block));
    while (kept_bytes_ > memory_) {
        kept_bytes_ -= kept_.front().size();
        kept_.pop_front();
    }
}

void trace_recorder::append(const bytes& block) {
    if (disk_.append(file_, block))
        size_ += block.size();
    else
        ++dropped_;
}

error_code trace_recorder::start(const std::filesystem::path& file, bool from_start,
                                 started_function done) {
    if (file_)
        return from_errno(EBUSY);
    std::error_code ignored;
    if (std::filesystem::exists(file, ignored))
        return from_errno(EEXIST);
    const auto number = ++number_;
    starting_[number] = std::move(done);
    // a unit of 0: a pcapng file may end behind any block, not within one
    disk_file_order what{.path = file};
    what.failure = [this, &control = control_, number](std::string sentence) {
        control.post([this, number, sentence = std::move(sentence)] { failed(number, sentence); });
    };
    what.created = [this, &control = control_, number](const std::filesystem::path&) {
        control.post([this, number] { created(number); });
    };
    file_ = disk_.create(std::move(what));
    path_ = file;
    reported_ = file_;
    state_ = "opening";
    reason_.clear();
    size_ = 0;
    dropped_ = 0;
    append(header_);
    if (from_start)
        for (const auto& block : kept_)
            append(block);
    return {};
}

void trace_recorder::created(std::uint64_t number) {
    if (number == number_ && state_ == "opening")
        state_ = "running";
    answer(number, {});
}

void trace_recorder::failed(std::uint64_t number, const std::string& sentence) {
    if (number == number_) {
        file_ = nullptr;
        state_ = "failed";
        reason_ = sentence;
    }
    failed_(sentence);
    answer(number, sentence);
}

void trace_recorder::closed(std::uint64_t number) {
    if (number == number_ && state_ == "stopping")
        state_ = "stopped";
}

void trace_recorder::answer(std::uint64_t number, const std::string& failure) {
    const auto waiting = starting_.extract(number);
    if (waiting && waiting.mapped())
        waiting.mapped()(failure);
}

error_code trace_recorder::stop(std::function<void(std::uint64_t)> done) {
    if (!file_)
        return from_errno(ENOENT);
    const auto file = std::exchange(file_, nullptr);
    state_ = "stopping";
    disk_.close(file, [this, &control = control_, number = number_, file, done = std::move(done)] {
        control.post([this, number, file, done] {
            closed(number);
            if (done)
                done(file->written());
        });
    });
    return {};
}

std::optional<trace_report> trace_recorder::report() const {
    if (!reported_)
        return std::nullopt;
    return trace_report{.file = path_.string(),
                        .state = state_,
                        .reason = reason_,
                        .bytes = reported_->written(),
                        .dropped_blocks = dropped_};
}

} // namespace cihost::runtime
