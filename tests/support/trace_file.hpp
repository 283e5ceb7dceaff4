// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "en50221/pcapng.hpp"

#include <cihost/bytes.hpp>
#include <cihost/time.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace cihost::test {

/// What a bench's host and module say to each other, for others to judge: where the environment has
/// CIHOST_TRACES=FOLDER, each conversation goes to a pcapng file there, one a process, as an
/// interface of its own whose name tells which it is.
class trace_file {
  public:
    explicit trace_file(std::string name)
        : name_{std::move(name)} {
        const char* folder = std::getenv("CIHOST_TRACES");
        if (folder != nullptr)
            path_ = std::string(folder) + "/" + std::to_string(::getpid()) + ".pcapng";
    }
    trace_file(const trace_file&) = delete;
    trace_file& operator=(const trace_file&) = delete;
    ~trace_file() {
        if (said_.empty())
            return;
        static unsigned interfaces = 0;
        std::filesystem::create_directories(std::filesystem::path{path_}.parent_path());
        std::ofstream file{path_, std::ios::binary | std::ios::app};
        const auto header = en50221::pcapng_header(std::array<std::string, 1>{name_});
        append(file, bytes_view{header}.subspan(interfaces == 0 ? 0 : first_block(header)));
        for (const auto& [which, block, unix_ns] : said_)
            append(file, en50221::pcapng_tpdu(interfaces, which, block, unix_ns));
        ++interfaces;
    }

    /// [tcid][TPDU].
    void add(en50221::direction which, bytes_view block, time_point now) {
        if (path_.empty())
            return;
        const auto since =
            std::chrono::duration_cast<std::chrono::nanoseconds>(now.time_since_epoch());
        said_.push_back(
            {which, bytes(block.begin(), block.end()), static_cast<std::uint64_t>(since.count())});
    }

  private:
    struct said {
        en50221::direction which;
        bytes block;
        std::uint64_t unix_ns;
    };

    /// The size of the Section Header Block; a file has one.
    static std::size_t first_block(const bytes& header) {
        return static_cast<std::size_t>(header.at(4) | header.at(5) << 8);
    }
    static void append(std::ofstream& file, bytes_view data) {
        for (const auto byte : data)
            file.put(static_cast<char>(byte));
    }

    std::string name_;
    std::string path_;
    std::vector<said> said_;
};

} // namespace cihost::test
