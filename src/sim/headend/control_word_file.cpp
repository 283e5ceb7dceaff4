// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/headend/control_word_file.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>

namespace cihost::sim {

error_code control_word_file::open(const std::string& file) {
    if (file.empty())
        return {};
    name_ = file;
    file_.open(file, std::ios::trunc);
    if (!file_)
        return {errno, boost::system::generic_category()};
    return {};
}

void control_word_file::write(duration t, std::size_t group, parity which,
                              const control_word& word) {
    if (!file_.is_open() || !failure_.empty())
        return;
    std::array<char, 128> line{};
    std::snprintf(line.data(), line.size(),
                  R"({"t":%.6f,"group":%zu,"parity":"%s","cw":"%02x%02x%02x%02x%02x%02x%02x%02x"})",
                  std::chrono::duration<double>(t).count(), group,
                  which == parity::even ? "even" : "odd", word[0], word[1], word[2], word[3],
                  word[4], word[5], word[6], word[7]);
    file_ << line.data() << std::endl;
    if (!file_)
        failure_ = name_ + " cannot be written: " + std::strerror(errno);
}

} // namespace cihost::sim
