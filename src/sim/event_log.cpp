// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/event_log.hpp"

#include <boost/json/serialize.hpp>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <system_error>

namespace cihost::sim {

event_log::event_log(const std::string& file, time_point start)
    : name_{file}
    , file_{file, std::ios::trunc}
    , start_{start} {
    if (!file_)
        throw std::system_error(errno, std::generic_category(), file);
}

namespace {

// Boost.JSON writes floating point as 1.25E1; people read these lines, so seconds are put by hand.
std::string seconds_text(duration length) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.6f", std::chrono::duration<double>(length).count());
    return text.data();
}

} // namespace

void event_log::write_line(const std::string& line) {
    if (!file_.is_open() || !failure_.empty())
        return;
    file_ << line << std::endl;
    if (!file_)
        failure_ = name_ + " cannot be written: " + std::strerror(errno);
}

void event_log::write_clock() {
    // steady_clock is CLOCK_MONOTONIC here
    write_line(R"({"t":0.000000,"who":"receiver","event":"clock","monotonic_s":)" +
               seconds_text(start_.time_since_epoch()) + "}");
}

void event_log::write(time_point now, const char* who, const char* event,
                      boost::json::object fields) {
    if (!file_.is_open() || !failure_.empty())
        return;
    boost::json::object line{{"who", who}, {"event", event}};
    for (auto& [key, value] : fields)
        line.insert_or_assign(key, std::move(value));
    write_line(R"({"t":)" + seconds_text(now - start_) + ',' +
               boost::json::serialize(line).substr(1));
}

} // namespace cihost::sim
