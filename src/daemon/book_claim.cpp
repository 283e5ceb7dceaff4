// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/book_claim.hpp"

#include "base/counted.hpp"
#include "base/suggestion.hpp"
#include "daemon/read_text_file.hpp"
#include "daemon/recording_state.hpp"

#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

namespace cihost::daemon {
namespace {

namespace fs = std::filesystem;

constexpr unsigned most_books = 100;
/// Who only looks holds a lock for a moment.
constexpr int lock_attempts = 10;
constexpr std::chrono::milliseconds lock_pause{10};

fs::path book_name(const fs::path& folder, unsigned number) {
    return folder /
           (number == 1 ? "recordings.json" : "recordings_" + std::to_string(number) + ".json");
}

fs::path lock_name(const fs::path& book) {
    return book.parent_path() / ("." + book.filename().string() + ".lock");
}

/// What stands in its lock's file.
std::string holder_of_book(const fs::path& book) {
    std::string text;
    read_text_file(lock_name(book), text);
    return text.substr(0, text.find('\n'));
}

/// Not one that was removed when its holder let go of it.
bool has_this_name(const unique_fd& fd, const fs::path& file) {
    struct stat opened {};
    struct stat named {};
    return ::fstat(fd.get(), &opened) == 0 && ::stat(file.c_str(), &named) == 0 &&
           opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

struct lock_outcome {
    /// None also where there can be no lock: nothing is written there either.
    unique_fd fd;
    bool is_anothers = false;
};

lock_outcome lock_book(const fs::path& book, const fs::path& socket) {
    const auto file = lock_name(book);
    for (int left = lock_attempts; left > 0; --left) {
        unique_fd fd{::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644)};
        if (!fd && errno == EACCES) // another user's
            fd.reset(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
        if (!fd)
            return {};
        if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
            if (errno != EWOULDBLOCK)
                return {};
            std::this_thread::sleep_for(lock_pause);
            continue;
        }
        if (!has_this_name(fd, file))
            continue;
        const auto text = socket.string() + "\n"; // for people, and for others' remarks
        if (::ftruncate(fd.get(), 0) == 0)
            std::ignore = ::write(fd.get(), text.data(), text.size());
        return {std::move(fd)};
    }
    return {.is_anothers = true};
}

bool is_held(const fs::path& book) {
    const unique_fd fd{::open(lock_name(book).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
    return fd && ::flock(fd.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

std::string others_sentence(const fs::path& folder, const std::vector<std::string>& sockets) {
    return sockets.empty() ? std::string{}
                           : "Another cihostd, that of " + join(sockets) +
                                 ", keeps its recordings in " + folder.string() + ", too.";
}

/// Of a daemon that does not run.
std::string left_sentence(const fs::path& book, const std::string& owner, const std::string& text) {
    const auto left = read_state(owner, text).recordings.size();
    return left == 0 ? std::string{}
                     : book.string() + " lists " + counted(left, "recording", "recordings") +
                           " of the cihostd of " + owner +
                           ", which does not run; what is to go on there goes on when it is "
                           "started again with that [control] socket.";
}

void add_sentence(std::string& text, const std::string& sentence) {
    text += (text.empty() || sentence.empty() ? "" : " ") + sentence;
}

} // namespace

book_claim::book_claim(const fs::path& folder, const fs::path& socket) {
    std::vector<std::string> others;
    std::string left_behind;
    std::vector<fs::path> free;
    const auto claim = [&](const fs::path& book) {
        auto lock = lock_book(book, socket);
        if (lock.is_anothers)
            return others.push_back(holder_of_book(book));
        file_ = book;
        lock_ = std::move(lock.fd);
    };
    for (unsigned n = 1; n <= most_books && file_.empty(); ++n) {
        const auto book = book_name(folder, n);
        std::string text;
        const auto owner = read_text_file(book, text) == 0 ? owner_of_state(text) : std::string{};
        if (owner.empty()) {
            free.push_back(book);
            continue;
        }
        if (owner != socket.string()) {
            if (is_held(book))
                others.push_back(holder_of_book(book));
            else
                add_sentence(left_behind, left_sentence(book, owner, text));
            continue;
        }
        claim(book);
    }
    for (const auto& book : free) {
        if (!file_.empty())
            break;
        claim(book);
    }
    remark_ = others_sentence(folder, others);
    add_sentence(remark_, left_behind);
    if (!remark_.empty())
        remark_ +=
            (file_.empty() ? " There is no room for the notes of this one, whose recordings "
                             "do not go on after a restart."
                           : " This one notes its own in " + file_.filename().string() + ".") +
            std::string{" [recording] directory gives it a folder of its own."};
}

book_claim::~book_claim() {
    if (lock_) // still ours: whoever waits for it sees that it is gone
        ::unlink(lock_name(file_).c_str());
}

std::string others_in_folder(const fs::path& folder, const fs::path& socket) {
    std::vector<std::string> others;
    for (unsigned n = 1; n <= most_books; ++n) {
        const auto book = book_name(folder, n);
        if (!is_held(book))
            continue;
        if (auto holder = holder_of_book(book); holder != socket.string())
            others.push_back(std::move(holder));
    }
    return others_sentence(folder, others);
}

} // namespace cihost::daemon
