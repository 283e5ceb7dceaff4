// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "en50221/pcapng.hpp"

#include <cihost/bytes.hpp>
#include <cihost/time.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>
#include <unistd.h>

namespace cihost::test {

/// What a bench's host and module say to each other, for others to judge: where the environment has
/// CIHOST_TRACES=FOLDER, each conversation becomes a pcapng section of a file there, one a process.
class trace_file {
  public:
    trace_file() {
        const char* folder = std::getenv("CIHOST_TRACES");
        if (folder != nullptr)
            path_ = std::string(folder) + "/" + std::to_string(::getpid()) + ".pcapng";
    }
    trace_file(const trace_file&) = delete;
    trace_file& operator=(const trace_file&) = delete;
    ~trace_file() {
        if (blocks_.empty())
            return;
        std::ofstream file{path_, std::ios::binary | std::ios::app};
        append(file, en50221::pcapng_header(std::array<std::string, 1>{"bench"}));
        append(file, blocks_);
    }

    /// [tcid][TPDU].
    void add(en50221::direction which, bytes_view block, time_point now) {
        if (path_.empty())
            return;
        const auto since =
            std::chrono::duration_cast<std::chrono::nanoseconds>(now.time_since_epoch());
        const auto data =
            en50221::pcapng_tpdu(0, which, block, static_cast<std::uint64_t>(since.count()));
        blocks_.insert(blocks_.end(), data.begin(), data.end());
    }

  private:
    static void append(std::ofstream& file, const bytes& data) {
        for (const auto byte : data)
            file.put(static_cast<char>(byte));
    }

    std::string path_;
    bytes blocks_;
};

} // namespace cihost::test
