// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/// The kernel module's end of a lab node, as a pair of sockets that keep the bounds of records.

#include "base/unique_fd.hpp"
#include "sim/lab/lab_protocol.h"
#include "sim/lab/record_channel.hpp"

#include <cihost/bytes.hpp>

#include <array>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <utility>
#include <vector>

namespace cihost::test {

struct heard_record {
    std::uint16_t type = 0;
    bytes payload;

    friend bool operator==(const heard_record&, const heard_record&) = default;
};

class fake_lab_node {
  public:
    fake_lab_node() {
        std::signal(SIGPIPE, SIG_IGN); // a device node knows no such thing
        std::array<int, 2> ends{};
        if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) !=
            0)
            throw std::runtime_error("socketpair");
        ours_.reset(ends[0]);
        theirs_.reset(ends[1]);
    }

    /// Once.
    sim::record_channel channel() { return {std::move(theirs_), "/dev/fake"}; }

    void say_raw(const bytes& message) const {
        if (::send(ours_.get(), message.data(), message.size(), MSG_NOSIGNAL) < 0)
            throw std::runtime_error("send");
    }
    void say(std::uint16_t type, const bytes& payload = {}) const {
        const lab_record header{
            .type = type, .reserved = 0, .length = static_cast<std::uint32_t>(payload.size())};
        bytes message(sizeof header);
        std::memcpy(message.data(), &header, sizeof header);
        message.insert(message.end(), payload.begin(), payload.end());
        say_raw(message);
    }
    template<class T>
    void say_value(std::uint16_t type, const T& value) const {
        bytes payload(sizeof value);
        std::memcpy(payload.data(), &value, sizeof value);
        say(type, payload);
    }
    std::optional<heard_record> hear() const {
        bytes message(100'000);
        const auto n = ::recv(ours_.get(), message.data(), message.size(), MSG_DONTWAIT);
        lab_record header{};
        if (n < static_cast<ssize_t>(sizeof header))
            return std::nullopt;
        std::memcpy(&header, message.data(), sizeof header);
        message.resize(static_cast<std::size_t>(n));
        message.erase(message.begin(), message.begin() + sizeof header);
        if (header.length != message.size())
            throw std::runtime_error("a record whose length is wrong");
        return heard_record{header.type, message};
    }
    std::vector<heard_record> hear_all() const {
        std::vector<heard_record> all;
        while (auto record = hear())
            all.push_back(std::move(*record));
        return all;
    }
    /// The module is unloaded.
    void vanish() { ours_.reset(); }

  private:
    unique_fd ours_;
    unique_fd theirs_;
};

inline heard_record flag(std::uint16_t type, bool value) {
    return {type, {static_cast<std::uint8_t>(value ? 1 : 0)}};
}

inline heard_record faults(std::uint32_t mask) {
    heard_record record{lab_faults, bytes(sizeof mask)};
    std::memcpy(record.payload.data(), &mask, sizeof mask);
    return record;
}

} // namespace cihost::test
