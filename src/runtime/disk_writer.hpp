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

/// What a file is to be, and what is told of it, by the writer thread.
struct disk_file_order {
    std::filesystem::path path;
    /// What is on the disk ends on a boundary of so many bytes; 0: of a whole append.
    std::size_t unit = 0;
    /// A name that is taken, or has something beside it with this behind its name (unless that is
    /// empty), gets a number: "a-2.ts"; and the folder is created. Else the file must not exist.
    bool any_name = false;
    std::string beside;
    /// A full disk does not end the file: what comes meanwhile is lost, and it goes on when there
    /// is room.
    bool outlasts_full_disk = false;
    /// At most once, with a sentence; the file is closed then and what follows is dropped.
    std::function<void(std::string)> failure;
    /// Under the name that it has now.
    std::function<void(const std::filesystem::path&)> created;
    /// So many bytes were lost behind so many that are there: with a sentence the first time, empty
    /// further on.
    std::function<void(std::uint64_t position, std::size_t bytes, std::string why)> lost;
    /// There is room again.
    std::function<void()> goes_on;
};

/// One file on its way to the disk, shared by the one who fills it and the writer thread.
class disk_file {
  public:
    /// Bytes that are on the disk.
    std::uint64_t written() const noexcept { return written_.load(std::memory_order_relaxed); }
    /// Bytes that were taken and lost: the disk was full.
    std::uint64_t lost() const noexcept { return lost_.load(std::memory_order_relaxed); }
    /// Nothing more will be written.
    bool failed() const noexcept { return error() != 0; }
    /// The errno value why; 0: it has not failed.
    int error() const noexcept { return error_.load(std::memory_order_acquire); }

  private:
    friend class disk_writer;
    explicit disk_file(disk_file_order what)
        : what_{std::move(what)} {}

    std::atomic<std::uint64_t> written_ = 0;
    std::atomic<std::uint64_t> lost_ = 0;
    std::atomic<int> error_ = 0;
    // the writer thread's
    disk_file_order what_;
    bool full_ = false;
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

    /// The file is created by the writer thread.
    std::shared_ptr<disk_file> create(disk_file_order what);
    /// False: the queue is full (or the file failed) and nothing was taken.
    bool append(const std::shared_ptr<disk_file>& file, bytes block);
    /// `done` runs on the writer thread when all bytes are on disk and the file is closed. A file
    /// without a byte is removed.
    void close(const std::shared_ptr<disk_file>& file, std::function<void()> done = {});
    /// How long the disk has been busy with one thing; 0: it is idle.
    std::chrono::milliseconds busy() const;
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
