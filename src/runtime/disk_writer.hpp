// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/unique_fd.hpp"

#include <cihost/bytes.hpp>
#include <cihost/error.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

namespace cihost::runtime {

/// One file on its way to the disk, shared by the one who fills it and the writer thread.
class disk_file {
  public:
    const std::filesystem::path& path() const noexcept { return path_; }
    /// Bytes that are on the disk.
    std::uint64_t written() const noexcept { return written_.load(std::memory_order_relaxed); }
    /// Nothing more will be written.
    bool failed() const noexcept { return failed_.load(std::memory_order_acquire); }

  private:
    friend class disk_writer;
    disk_file(std::filesystem::path path, std::size_t unit,
              std::function<void(std::string)> failure)
        : path_{std::move(path)}
        , unit_{unit}
        , failure_{std::move(failure)} {}

    const std::filesystem::path path_;
    const std::size_t unit_;
    std::atomic<std::uint64_t> written_ = 0;
    std::atomic<bool> failed_ = false;
    // the writer thread's
    std::function<void(std::string)> failure_;
    unique_fd fd_;
    std::uint64_t end_ = 0;
};

/// The thread on which files are written: regular files cannot be waited for, and a disk that
/// stalls must not delay a module or lose packets of the multiplex before it has to.
///
/// Every block is handed to the kernel as soon as its turn comes. The queue is bounded; what does
/// not fit is refused and for the caller to count. What is on the disk always ends on a boundary
/// of `unit` bytes (or of a whole append, when unit is 0), even when the disk is full.
class disk_writer {
  public:
    static constexpr std::size_t default_limit = std::size_t{64} << 20;
    /// How long the destructor waits for the disk.
    static constexpr std::chrono::milliseconds default_patience{10'000};
    /// As open(2): a descriptor, or -1 and errno. For tests.
    using open_function = std::function<int(const std::filesystem::path&)>;

    explicit disk_writer(std::size_t limit = default_limit, open_function open = {},
                         std::chrono::milliseconds patience = default_patience);
    disk_writer(const disk_writer&) = delete;
    disk_writer& operator=(const disk_writer&) = delete;
    /// Writes what is queued, closes everything; gives up when that takes longer than the patience.
    ~disk_writer();

    /// The file is created by the writer thread and must not exist. `failure` runs there, at most
    /// once, with a sentence; the file is closed then and what follows is dropped. `created` runs
    /// there when the file is.
    std::shared_ptr<disk_file> create(std::filesystem::path path, std::size_t unit,
                                      std::function<void(std::string)> failure,
                                      std::function<void()> created = {});
    /// False: the queue is full (or the file failed) and nothing was taken.
    bool append(const std::shared_ptr<disk_file>& file, bytes block);
    /// `done` runs on the writer thread when all bytes are on disk and the file is closed. A file
    /// without a byte is removed.
    void close(const std::shared_ptr<disk_file>& file, std::function<void()> done = {});
    /// Drops what is queued and takes nothing more. None of the functions above runs afterwards,
    /// and the destructor no longer waits: a thread that the kernel holds (a disk that hangs
    /// cannot be interrupted) is left behind and ends by itself.
    void give_up();

  private:
    struct order;
    class worker;

    const std::chrono::milliseconds patience_;
    const std::shared_ptr<worker> worker_;
    bool given_up_ = false;
    std::thread thread_;
};

} // namespace cihost::runtime
