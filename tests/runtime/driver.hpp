// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/// A control thread for tests: runs an io_context until something is true.

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <filesystem>
#include <stdlib.h>
#include <string>

namespace cihost::test {

/// Generous: sanitizers on a busy machine are slow. No test waits this long when all is well.
inline constexpr auto patience = std::chrono::seconds{20};

template<class Condition>
bool run_until(boost::asio::io_context& context, Condition condition,
               std::chrono::steady_clock::duration at_most = patience) {
    const auto end = std::chrono::steady_clock::now() + at_most;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end)
            return false;
        context.restart();
        context.run_for(std::chrono::milliseconds{2});
    }
    return true;
}

/// A folder of its own, gone at the end.
class temporary_folder {
  public:
    temporary_folder() {
        auto name = (std::filesystem::temp_directory_path() / "cihost-test-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr)
            throw std::filesystem::filesystem_error("mkdtemp", name, std::error_code{});
        path_ = name;
    }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    ~temporary_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

  private:
    std::filesystem::path path_;
};

} // namespace cihost::test
