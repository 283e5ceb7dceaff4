// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/book_claim.hpp"

#include "base/counted.hpp"
#include "base/suggestion.hpp"
#include "daemon/recording_state.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <thread>
#include <tuple>
#include <unistd.h>
#include <utility>
#include <vector>

namespace cihost::daemon {
namespace {

namespace fs = std::filesystem;

constexpr unsigned most_books = 100;
/// Who only looks holds a lock for a moment.
constexpr int lock_attempts = 10;
constexpr std::chrono::milliseconds lock_pause{10};
/// Of many such files the first are told.
constexpr std::size_t most_told = 3;

fs::path book_name(const fs::path& folder, unsigned number) {
    return folder /
           (number == 1 ? "recordings.json" : "recordings_" + std::to_string(number) + ".json");
}

fs::path lock_name(const fs::path& book) {
    return book.parent_path() / ("." + book.filename().string() + ".lock");
}

int open_file(const fs::path& file, int flags) {
    return ::open(file.c_str(), flags | O_CLOEXEC, 0644);
}

bool is_not_there(int error) { return error == ENOENT || error == ENOTDIR; }

/// 0, or the errno value that says why not.
int read_all(const fs::path& file, const book_opener& open, std::string& text) {
    const unique_fd fd{open(file, O_RDONLY)};
    if (!fd)
        return errno;
    std::array<char, 4096> buffer;
    while (true) {
        const auto size = ::read(fd.get(), buffer.data(), buffer.size());
        if (size == 0)
            return 0;
        if (size > 0)
            text.append(buffer.data(), static_cast<std::size_t>(size));
        else if (errno != EINTR)
            return errno;
    }
}

struct book_on_disk {
    std::string text;
    /// Of one that was read; empty: it is not there, or damaged, and nobody's.
    std::string owner;
    /// The errno value that says why it cannot be read: it may be that of another user.
    int unreadable = 0;
};

book_on_disk read_book(const fs::path& book, const book_opener& open) {
    book_on_disk found;
    const int failed = read_all(book, open, found.text);
    if (failed == 0)
        found.owner = owner_of_state(found.text);
    else if (!is_not_there(failed))
        found.unreadable = failed;
    return found;
}

/// Of one that is locked. Its lock's file says so, unless the disk was full.
std::string holder_of_book(const fs::path& book, const book_opener& open) {
    std::string text;
    read_all(lock_name(book), open, text);
    text.resize(std::min(text.find('\n'), text.size()));
    if (text.empty())
        text = read_book(book, open).owner;
    return text.empty() ? "an unknown socket" : text;
}

/// Not one that was removed when its holder let go of it.
bool has_this_name(const unique_fd& fd, const fs::path& file) {
    struct stat opened {};
    struct stat named {};
    return ::fstat(fd.get(), &opened) == 0 && ::stat(file.c_str(), &named) == 0 &&
           opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

struct lock_outcome {
    enum class kind { taken, no_locks, not_now, anothers };
    kind what;
    unique_fd fd = {};
    /// Why it is not_now, or anothers; EWOULDBLOCK: he has it.
    int error = 0;
};

lock_outcome lock_book(const fs::path& book, const book_opener& open) {
    using enum lock_outcome::kind;
    const auto file = lock_name(book);
    for (int left = lock_attempts; left > 0; --left) {
        unique_fd fd{open(file, O_RDWR | O_CREAT | O_NOFOLLOW)};
        if (!fd) { // another user's; or there is none, and none can be
            const int failed = errno;
            fd.reset(open(file, O_RDONLY | O_NOFOLLOW));
            if (!fd && is_not_there(errno))
                return {.what = not_now, .error = failed};
            if (!fd)
                return {.what = anothers, .error = errno};
        }
        if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
            if (errno == EBADF) // NFS, of one that may only be read
                return {.what = anothers, .error = EACCES};
            if (errno != EWOULDBLOCK)
                return {.what = no_locks};
            std::this_thread::sleep_for(lock_pause);
            continue;
        }
        if (has_this_name(fd, file))
            return {.what = taken, .fd = std::move(fd)};
    }
    return {.what = anothers, .error = EWOULDBLOCK};
}

/// For people, and for others' remarks.
void sign_lock(const unique_fd& lock, const fs::path& socket) {
    const auto text = socket.string() + "\n";
    if (::ftruncate(lock.get(), 0) == 0)
        std::ignore = ::write(lock.get(), text.data(), text.size());
}

/// 0: nobody has it. EWOULDBLOCK: somebody has. Else why that cannot be known.
int look_at_lock(const fs::path& book, const book_opener& open) {
    const unique_fd fd{open(lock_name(book), O_RDONLY | O_NOFOLLOW)};
    if (!fd)
        return is_not_there(errno) ? 0 : errno;
    return ::flock(fd.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK ? EWOULDBLOCK : 0;
}

std::string others_sentence(const fs::path& folder, const std::vector<std::string>& sockets) {
    return sockets.empty() ? std::string{}
                           : "Another cihostd, that of " + join(sockets, most_told) +
                                 ", keeps its recordings in " + folder.string() + ", too.";
}

/// Of a daemon that does not run.
std::string left_sentence(const fs::path& book, const std::string& owner, std::size_t recordings) {
    return book.string() + " lists " + counted(recordings, "recording", "recordings") +
           " of the cihostd of " + owner +
           ", which does not run; what is to go on there goes on when it is started again with "
           "that [control] socket. If that is not wanted, the file may be deleted.";
}

std::string unusable_sentence(const fs::path& file, int error) {
    const bool is_denied = error == EACCES || error == EPERM;
    return file.string() + " cannot be opened: " + std::generic_category().message(error) +
           "; it counts as that of another cihostd." +
           (is_denied ? " If no other user has one, it may be deleted." : "");
}

std::string no_room_sentence(const fs::path& folder) {
    return "There is no room for the notes of this one, whose recordings do not go on after a "
           "restart: " +
           folder.string() + " has " + counted(most_books, "such file", "such files") +
           " of others. Those whose cihostd is gone may be deleted.";
}

void add_sentence(std::string& text, const std::string& sentence) {
    text += (text.empty() || sentence.empty() ? "" : " ") + sentence;
}

void add_sentences(std::string& text, const std::vector<std::string>& sentences) {
    for (std::size_t i = 0; i < std::min(sentences.size(), most_told); ++i)
        add_sentence(text, sentences[i]);
    if (sentences.size() > most_told)
        add_sentence(text, "So it is with " + std::to_string(sentences.size() - most_told) +
                               " more of these files.");
}

} // namespace

book_claim::book_claim(const fs::path& folder, const fs::path& socket, const book_opener& opener) {
    const auto open = opener ? opener : book_opener{open_file};
    std::vector<std::string> unusable;
    std::vector<std::string> left_behind;
    std::vector<fs::path> nobodys;
    std::vector<fs::path> idle;
    const auto claim = [&](const fs::path& book, bool take_over) {
        auto lock = lock_book(book, open);
        if (lock.what == lock_outcome::kind::anothers) {
            if (lock.error != EWOULDBLOCK)
                unusable.push_back(unusable_sentence(lock_name(book), lock.error));
            return;
        }
        // before the lock was there somebody else may have had it, and gone
        const auto now = read_book(book, open);
        const bool is_own = now.owner == socket.string();
        const bool is_free = now.owner.empty() || (take_over && lists_nothing(now.text));
        if (now.unreadable != 0 || !(is_own || is_free)) {
            if (lock.fd)
                ::unlink(lock_name(book).c_str());
            return;
        }
        file_ = book;
        how_ = hold::firm;
        if (lock.what == lock_outcome::kind::not_now) {
            how_ = is_own ? hold::by_name : hold::nobodys;
            trouble_ = std::generic_category().message(lock.error);
        }
        lock_ = std::move(lock.fd);
        if (lock_)
            sign_lock(lock_, socket);
    };
    for (unsigned n = 1; n <= most_books && file_.empty(); ++n) {
        const auto book = book_name(folder, n);
        const auto found = read_book(book, open);
        if (found.unreadable != 0) {
            unusable.push_back(unusable_sentence(book, found.unreadable));
        } else if (found.owner == socket.string()) {
            claim(book, false);
        } else if (found.owner.empty()) {
            nobodys.push_back(book);
        } else if (const int held = look_at_lock(book, open); held == 0) {
            if (lists_nothing(found.text))
                idle.push_back(book);
            else if (const auto left = read_state(found.owner, found.text).recordings.size();
                     left > 0)
                left_behind.push_back(left_sentence(book, found.owner, left));
        } else if (held != EWOULDBLOCK) {
            unusable.push_back(unusable_sentence(lock_name(book), held));
        }
    }
    const auto claim_first_of = [&](const std::vector<fs::path>& books, bool take_over) {
        for (auto book = books.begin(); book != books.end() && file_.empty(); ++book)
            claim(*book, take_over);
    };
    claim_first_of(nobodys, false);
    claim_first_of(idle, true);

    std::vector<std::string> others;
    for (unsigned n = 1; n <= most_books; ++n)
        if (const auto book = book_name(folder, n);
            book != file_ && look_at_lock(book, open) == EWOULDBLOCK)
            others.push_back(holder_of_book(book, open));
    remark_ = others_sentence(folder, others);
    add_sentences(remark_, unusable);
    add_sentences(remark_, left_behind);
    if (file_.empty())
        add_sentence(remark_, no_room_sentence(folder));
    else if (!remark_.empty())
        add_sentence(remark_, "This one notes its own in " + file_.filename().string() + ".");
    if (!remark_.empty())
        add_sentence(remark_, "[recording] directory gives it a folder of its own.");
}

book_claim::~book_claim() {
    if (lock_) // still ours: whoever waits for it sees that it is gone
        ::unlink(lock_name(file_).c_str());
}

std::string others_in_folder(const fs::path& folder, const fs::path& socket) {
    std::vector<std::string> others;
    for (unsigned n = 1; n <= most_books; ++n) {
        const auto book = book_name(folder, n);
        if (look_at_lock(book, open_file) != EWOULDBLOCK)
            continue;
        if (auto holder = holder_of_book(book, open_file); holder != socket.string())
            others.push_back(std::move(holder));
    }
    return others_sentence(folder, others);
}

} // namespace cihost::daemon
