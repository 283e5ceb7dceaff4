// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/unique_fd.hpp"

#include <filesystem>
#include <string>

namespace cihost::daemon {

/// A file in a folder of recordings in which this daemon keeps what it records, and no other one:
/// "recordings.json", or "recordings_2.json" and so on where that is another daemon's. It is
/// claimed by a lock (flock) on ".recordings.json.lock" beside it, which ends with the process,
/// whatever ends that; the lock's file says whose it is. Blocks as the disk does.
class book_claim {
  public:
    /// For the daemon whose control socket that is. The file that it had before, if nobody else
    /// has it now; else one that is nobody's.
    book_claim(const std::filesystem::path& folder, const std::filesystem::path& socket);
    book_claim(const book_claim&) = delete;
    book_claim& operator=(const book_claim&) = delete;
    /// Lets go of it.
    ~book_claim();

    /// Empty: all are taken.
    const std::filesystem::path& file() const noexcept { return file_; }
    /// What other daemons have in the folder, and what can be done about it, in sentences; empty:
    /// nothing.
    const std::string& remark() const noexcept { return remark_; }

  private:
    std::filesystem::path file_;
    unique_fd lock_;
    std::string remark_;
};

/// Who keeps his recordings in the folder now, but for the daemon of that socket: a sentence, or
/// empty. Changes nothing.
std::string others_in_folder(const std::filesystem::path& folder,
                             const std::filesystem::path& socket);

} // namespace cihost::daemon
