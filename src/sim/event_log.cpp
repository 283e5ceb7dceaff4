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

void event_log::write(time_point now, const char* who, const char* event,
                      boost::json::object fields) {
    if (!file_.is_open() || !failure_.empty())
        return;
    // Boost.JSON writes floating point as 1.25E1; people read these lines, so "t" is put by hand.
    std::array<char, 32> t{};
    std::snprintf(t.data(), t.size(), "%.6f", std::chrono::duration<double>(now - start_).count());
    boost::json::object line{{"who", who}, {"event", event}};
    for (auto& [key, value] : fields)
        line.insert_or_assign(key, std::move(value));
    file_ << R"({"t":)" << t.data() << ',' << boost::json::serialize(line).substr(1) << std::endl;
    if (!file_)
        failure_ = name_ + " cannot be written: " + std::strerror(errno);
}

} // namespace cihost::sim
