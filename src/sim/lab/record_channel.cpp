// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/lab/record_channel.hpp"

#include "sim/lab/lab_protocol.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace cihost::sim {

namespace {

/// Longer than any record that is read.
constexpr std::size_t read_size = 2 * (sizeof(lab_record) + lab_max_fragment);

} // namespace

record_channel::record_channel(unique_fd node, std::string name)
    : node_{std::move(node)}
    , name_{std::move(name)}
    , in_(read_size) {}

result<record_channel> record_channel::open(const std::string& file, std::string& why) {
    unique_fd node{::open(file.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC)};
    if (node)
        return record_channel{std::move(node), file};
    const int error = errno;
    if (error == EBUSY)
        why = "another cihost-sim serves the lab: " + file + " is in use";
    else if (error == ENOENT || error == ENODEV || error == ENXIO)
        why = "the lab's module is not loaded: " + file + ": " + std::strerror(error);
    else
        why = file + " cannot be opened: " + std::strerror(error);
    return error_code{error, boost::system::generic_category()};
}

void record_channel::fail(int error) {
    if (failure_.empty())
        failure_ = "the lab's module is gone: " + name_ + ": " + std::strerror(error);
}

std::optional<record_channel::record> record_channel::read() {
    if (!failure_.empty())
        return std::nullopt;
    const auto n = ::read(node_.get(), in_.data(), in_.size());
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return std::nullopt;
    if (n <= 0) {
        fail(n == 0 ? ENODEV : errno);
        return std::nullopt;
    }
    const auto all = bytes_view{in_}.first(static_cast<std::size_t>(n));
    lab_record header{};
    if (all.size() < sizeof header)
        return record{.type = 0, .payload = all};
    std::memcpy(&header, all.data(), sizeof header);
    const auto payload = all.subspan(sizeof header);
    if (header.length != payload.size())
        return record{.type = 0, .payload = all};
    return record{.type = header.type, .payload = payload};
}

record_channel::outcome record_channel::write(std::uint16_t type, bytes_view payload) {
    if (!failure_.empty())
        return outcome::refused;
    const lab_record header{
        .type = type, .reserved = 0, .length = static_cast<std::uint32_t>(payload.size())};
    out_.resize(sizeof header);
    std::memcpy(out_.data(), &header, sizeof header);
    out_.insert(out_.end(), payload.begin(), payload.end());
    ssize_t n = -1;
    do {
        n = ::write(node_.get(), out_.data(), out_.size());
    } while (n < 0 && errno == EINTR);
    if (n >= 0)
        return outcome::taken;
    if (errno == EAGAIN)
        return outcome::later;
    if (errno == ENODEV || errno == EPIPE || errno == EBADF)
        fail(errno);
    return outcome::refused;
}

} // namespace cihost::sim
