// SPDX-License-Identifier: LGPL-2.1-or-later
#include "receiver/recording_impl.hpp"

#include <cihost/receiver_error.hpp>

#include <algorithm>
#include <future>
#include <optional>
#include <string>
#include <system_error>

namespace cihost {
namespace {

using namespace std::chrono_literals;

constexpr auto file_patience = 10s;

recording_status status_of_recording(const runtime::recording_report& r) {
    return {.file = r.file,
            .state = r.state,
            .reason = r.reason,
            .bytes = r.bytes,
            .packets = r.packets,
            .dropped_packets = r.dropped_packets,
            .scrambled_packets = r.scrambled_packets,
            .continuity_errors = r.continuity_errors,
            .began = r.began,
            .gaps = r.gaps,
            .gap_count = r.gap_count};
}

/// Why a file cannot be created, with what to do.
std::string explain_file(const std::filesystem::path& file, const error_code& error) {
    namespace errc = boost::system::errc;
    auto text = file.string() + " cannot be created: " + error.message() + ".";
    if (error == errc::file_exists)
        return text + " No recording is written over: give it another name, or move the file away.";
    if (error == errc::no_such_file_or_directory)
        return text + " Create its folder first.";
    if (error == errc::permission_denied || error == errc::read_only_file_system)
        return text + " Let this user write there, or give it another folder.";
    if (error == errc::no_space_on_device)
        return text + " Make room, or give it another folder.";
    return text;
}

std::string disk_is_silent(const std::filesystem::path& file) {
    return "The disk under " + file.string() +
           " does not answer. See whether it is still there (dmesg says so), and is not "
           "overloaded.";
}

/// Too many have ended since for it to be remembered.
recording_status forgotten(recording_status latest) {
    latest.state = "failed";
    latest.reason = "It ended by itself, long ago; the receiver's log said why.";
    return latest;
}

} // namespace

recording_status recording::impl::last() const {
    const std::lock_guard lock{mutex_};
    return last_;
}

recording_status recording::impl::keep(recording_status now) {
    const std::lock_guard lock{mutex_};
    // of two threads the slower one may be late with what it saw
    if (!last_.ended())
        last_ = std::move(now);
    return last_;
}

recording_status recording::impl::status() {
    if (auto known = last(); known.ended())
        return known;
    try {
        std::optional<recording_status> now;
        thread_->run([&](runtime::receiver& receiver) {
            const auto all = receiver.recordings();
            const auto it = std::ranges::find(all, id_, &runtime::recording_report::id);
            if (it != all.end())
                now = status_of_recording(*it);
        });
        return keep(now ? std::move(*now) : forgotten(last()));
    } catch (const receiver_error& error) {
        if (error.which() != receiver_error::kind::gone)
            throw;
    }
    if (const auto end = thread_->end_of(id_))
        return keep(status_of_recording(*end));
    return last();
}

bool recording::impl::wait(std::chrono::milliseconds patience) {
    if (status().ended())
        return true;
    try {
        thread_->wait(patience, [&](runtime::receiver& receiver) {
            const auto all = receiver.recordings();
            const auto it = std::ranges::find(all, id_, &runtime::recording_report::id);
            return it == all.end() || status_of_recording(*it).ended();
        });
    } catch (const receiver_error& error) {
        if (error.which() != receiver_error::kind::gone)
            throw;
    }
    return status().ended();
}

recording_status recording::impl::stop(std::chrono::milliseconds patience) {
    if (auto known = status(); known.ended())
        return known;
    const auto promise = std::make_shared<std::promise<runtime::recording_report>>();
    auto end = promise->get_future();
    try {
        error_code unknown;
        thread_->run([&](runtime::receiver& receiver) {
            unknown = receiver.stop_recording(id_, [promise](runtime::recording_report report) {
                promise->set_value(std::move(report));
            });
        });
        if (unknown)
            return status();
        if (end.wait_for(patience) == std::future_status::timeout)
            throw receiver_error{receiver_error::kind::timeout, disk_is_silent(last().file)};
        return keep(status_of_recording(end.get()));
    } catch (const std::future_error&) { // the receiver ended meanwhile
        return status();
    } catch (const receiver_error& error) {
        if (error.which() != receiver_error::kind::gone)
            throw;
        return status();
    }
}

std::unique_ptr<recording::impl>
recording::impl::begin(std::shared_ptr<embedded::control_thread> thread,
                       std::uint16_t program_number, const std::filesystem::path& file) {
    // whatever folder this process goes to later
    std::error_code no_folder;
    auto path = std::filesystem::absolute(file, no_folder);
    if (no_folder)
        path = file;
    const auto promise = std::make_shared<std::promise<error_code>>();
    auto created = promise->get_future();
    result<std::uint64_t> id{error_code{}};
    thread->run([&](runtime::receiver& receiver) {
        id = receiver.start_recording(
            {.program_number = program_number, .file = path},
            [promise](const error_code& error, const std::filesystem::path&) {
                promise->set_value(error);
            });
    });
    if (!id)
        throw receiver_error{receiver_error::kind::failed,
                             "So many recordings run that no more are begun (" +
                                 id.error().message() + "). Stop one first."};
    auto made = std::make_unique<impl>(thread, *id, path);
    if (created.wait_for(file_patience) == std::future_status::timeout) {
        thread->run([&](runtime::receiver& receiver) { receiver.stop_recording(*id, {}); });
        throw receiver_error{receiver_error::kind::timeout, disk_is_silent(path)};
    }
    if (const auto error = created.get())
        throw receiver_error{receiver_error::kind::failed, explain_file(path, error)};
    return made;
}

recording::recording(std::unique_ptr<impl> made) noexcept
    : impl_{std::move(made)} {}

recording::recording(recording&&) noexcept = default;

recording& recording::operator=(recording&& other) noexcept {
    if (this != &other) {
        const recording before{std::move(*this)}; // ends as if it were destroyed
        impl_ = std::move(other.impl_);
    }
    return *this;
}

recording::~recording() {
    if (!impl_)
        return;
    try {
        impl_->stop(default_patience);
    } catch (const std::exception&) { // whoever wants to know calls stop()
        return;
    }
}

recording_status recording::status() const { return impl_->status(); }

bool recording::wait(std::chrono::milliseconds patience) const { return impl_->wait(patience); }

recording_status recording::stop(std::chrono::milliseconds patience) {
    return impl_->stop(patience);
}

} // namespace cihost
