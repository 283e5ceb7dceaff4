// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "en50221/pcapng.hpp"
#include "runtime/control_queue.hpp"
#include "runtime/disk_writer.hpp"
#include "runtime/receiver.hpp"

#include <cihost/bytes.hpp>
#include <cihost/error.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace cihost::runtime {

/// Keeps the conversation with the modules as pcapng blocks: the latest of it in memory from the
/// start on, and all of it in a file when somebody asks. Lives on the control thread.
class trace_recorder {
  public:
    static constexpr std::size_t default_memory = std::size_t{4} << 20;
    /// A slot that shows up later than the header was written could not be named in it.
    static constexpr unsigned max_slots = 4;

    /// `unix_ns` tells the time for the stamps; `failed` runs on the control thread with a
    /// sentence when the file cannot be written: the trace is over then.
    trace_recorder(control_queue& control, disk_writer& disk, const std::string& receiver,
                   std::function<std::uint64_t()> unix_ns, std::function<void(std::string)> failed,
                   std::size_t memory = default_memory);

    void tpdu(unsigned slot, en50221::direction which, bytes_view tcid_and_tpdu);
    void event(unsigned slot, en50221::hardware_event what, std::string_view comment = {});

    /// Called when the file is created; with a sentence when it cannot be.
    using started_function = std::function<void(const std::string& failed)>;
    /// errno EBUSY when one runs, EEXIST when the file is there; `done` is not called then.
    error_code start(const std::filesystem::path& file, bool from_start,
                     started_function done = {});
    /// `done`: bytes on the disk, once they are there. errno ENOENT when none runs.
    error_code stop(std::function<void(std::uint64_t)> done);
    /// Of the latest trace.
    std::optional<trace_report> report() const;
    bool running() const noexcept { return file_ != nullptr; }
    /// Bytes handed to the writer.
    std::uint64_t size() const noexcept { return size_; }
    /// Blocks that did not fit the writer's queue.
    std::uint64_t dropped() const noexcept { return dropped_; }

  private:
    void keep(bytes block);
    void append(const bytes& block);
    void created(std::uint64_t number);
    void failed(std::uint64_t number, const std::string& sentence);
    void closed(std::uint64_t number);
    void answer(std::uint64_t number, const std::string& failure);

    control_queue& control_;
    disk_writer& disk_;
    std::function<std::uint64_t()> unix_ns_;
    std::function<void(std::string)> failed_;
    const std::size_t memory_;
    const bytes header_;
    std::deque<bytes> kept_;
    std::size_t kept_bytes_ = 0;
    std::shared_ptr<disk_file> file_;
    /// Tells the latest trace from those whose news are still under way.
    std::uint64_t number_ = 0;
    std::map<std::uint64_t, started_function> starting_;
    /// Of the latest trace, also when it is over.
    std::shared_ptr<disk_file> reported_;
    std::filesystem::path path_;
    std::string state_;
    std::string reason_;
    std::uint64_t size_ = 0;
    std::uint64_t dropped_ = 0;
};

} // namespace cihost::runtime
