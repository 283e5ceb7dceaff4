// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/unique_fd.hpp"

#include <filesystem>
#include <functional>
#include <string>

namespace cihost::daemon {

/// As open(2); a file that it creates gets the mode 0644.
using book_opener = std::function<int(const std::filesystem::path& file, int flags)>;

/// A file in a folder of recordings in which this daemon keeps what it records, and no other one:
/// "recordings.json", or "recordings_2.json" and so on where that is another daemon's. It is
/// claimed by a lock (flock) on ".recordings.json.lock" beside it, which ends with the process,
/// whatever ends that; the lock's file says whose it is. What cannot be opened may be another
/// user's, and is left alone. Blocks as the disk does.
class book_claim {
  public:
    enum class hold {
        /// There is no file for it.
        none,
        /// The file was nobody's, but cannot be locked now, as of a folder that is not there yet:
        /// not to be written, another daemon may take it.
        nobodys,
        /// It is that of the daemon's socket, but cannot be locked now.
        by_name,
        /// No other daemon takes it: it is locked, or its file system knows no locks.
        firm
    };

    /// For the daemon whose control socket that is. The file that it had before, if nobody else
    /// has it now; else one that is nobody's; else one of a daemon that is gone, and recorded
    /// nothing. `open`: for tests.
    book_claim(const std::filesystem::path& folder, const std::filesystem::path& socket,
               const book_opener& open = {});
    book_claim(const book_claim&) = delete;
    book_claim& operator=(const book_claim&) = delete;
    /// Lets go of it.
    ~book_claim();

    hold how() const noexcept { return how_; }
    /// Empty: there is none.
    const std::filesystem::path& file() const noexcept { return file_; }
    /// Why it cannot be locked now.
    const std::string& trouble() const noexcept { return trouble_; }
    /// What other daemons have in the folder, and what can be done about it, in sentences; empty:
    /// nothing. Never empty without a file.
    const std::string& remark() const noexcept { return remark_; }

  private:
    std::filesystem::path file_;
    hold how_ = hold::none;
    unique_fd lock_;
    std::string trouble_;
    std::string remark_;
};

/// Who keeps his recordings in the folder now, but for the daemon of that socket: a sentence, or
/// empty. Changes nothing.
std::string others_in_folder(const std::filesystem::path& folder,
                             const std::filesystem::path& socket);

} // namespace cihost::daemon
