// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/// A slot for the simulated CAM: a host scripted in bytes, and a look into the CAM's event log.

#include "base/hex.hpp"
#include "base/writer.hpp"
#include "sim/cam/cam.hpp"
#include "sim/event_log.hpp"

#include <cihost/bytes.hpp>
#include <cihost/time.hpp>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace cihost::test {

/// An event log that can be read back.
class log_file {
  public:
    explicit log_file(time_point start)
        : log{path_.string(), start} {}
    log_file(const log_file&) = delete;
    log_file& operator=(const log_file&) = delete;
    ~log_file() { std::filesystem::remove(path_); }

    std::vector<boost::json::object> events(std::string_view name) const {
        std::vector<boost::json::object> found;
        std::ifstream file{path_};
        for (std::string line; std::getline(file, line);) {
            auto event = boost::json::parse(line).as_object();
            if (event.at("event").as_string() == name)
                found.push_back(std::move(event));
        }
        return found;
    }
    std::string text() const {
        std::ifstream file{path_};
        return {std::istreambuf_iterator<char>{file}, {}};
    }

  private:
    static std::filesystem::path unused_path() {
        static int count = 0;
        return std::filesystem::temp_directory_path() /
               ("cihost-cam-" + std::to_string(::getpid()) + "-" + std::to_string(++count));
    }
    std::filesystem::path path_ = unused_path();

  public:
    sim::event_log log;
};

struct cam_bench {
    explicit cam_bench(const sim::cam_settings& settings = {})
        : file{now}
        , cam{settings, file.log} {}

    /// One block to the CAM ("tcid TPDU"), and what it answers; empty: nothing.
    std::string tell(bytes_view block) {
        cam.host_wrote(block, now);
        const auto answer = cam.host_reads(now);
        return answer ? to_hex(*answer) : std::string{};
    }
    std::string tell(std::string_view block) {
        const auto data = from_hex(block);
        if (!data)
            throw std::invalid_argument("bad hex in a test vector");
        return tell(*data);
    }
    std::string poll() { return tell("01 A0 01 01"); }
    std::string receive() { return tell("01 81 01 01"); }

    void insert() {
        cam.boot(now);
        now = cam.deadline();
    }

    /// As far as an open CA session (number 3), without Date-Time. Needs a think_time of 0.
    void connect() {
        for (const auto* block : {
                 "01 82 01 01",
                 "01 81 01 01", // open_session_request Resource Manager
                 "01 A0 0A 01 92 07 00 00 01 00 41 00 01",
                 "01 A0 09 01 90 02 00 01 9F 80 12 00", // profile_change
                 "01 81 01 01",                         // profile_enq
                 "01 A0 15 01 90 02 00 01 9F 80 11 0C 00 01 00 41 00 02 00 41 00 03 00 41",
                 "01 81 01 01", // open_session_request Application Information
                 "01 A0 0A 01 92 07 00 00 02 00 41 00 02",
                 "01 A0 09 01 90 02 00 02 9F 80 20 00", // application_info_enq
                 "01 81 01 01",                         // application_info
                 "01 81 01 01",                         // open_session_request CA Support
                 "01 A0 0A 01 92 07 00 00 03 00 41 00 03",
             })
            tell(block);
    }

    /// An APDU with a short body into the CA session.
    std::string ca_object(std::uint32_t tag, bytes_view body) {
        writer out;
        out.u8(1).u8(0xA0).u8(0x81).u8(static_cast<unsigned>(10 + body.size())).u8(1);
        out.u8(0x90).u8(2).u16(3).u24(tag);
        out.u8(0x81).u8(static_cast<unsigned>(body.size())).raw(body);
        return tell(out.view());
    }
    std::string ca_pmt(bytes_view body) { return ca_object(0x9F8032, body); }

    std::size_t violations() const { return file.events("violation").size(); }

    time_point now{std::chrono::hours{1}};
    log_file file;
    sim::cam cam;
};

} // namespace cihost::test
