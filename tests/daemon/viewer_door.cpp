// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/viewer_door.hpp"

#include "base/unique_fd.hpp"
#include "daemon/fake_receiver.hpp"
#include "support/catch.hpp"

#include <boost/asio/io_context.hpp>

#include <arpa/inet.h>
#include <chrono>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <vector>

using namespace cihost;
using namespace cihost::daemon;
using namespace std::chrono_literals;

namespace {

/// A port that somebody listens on.
struct busy_port {
    unique_fd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    std::uint16_t number = 0;

    busy_port() {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const any = reinterpret_cast<sockaddr*>(&address);
        REQUIRE(::bind(fd.get(), any, size) == 0);
        REQUIRE(::listen(fd.get(), 1) == 0);
        REQUIRE(::getsockname(fd.get(), any, &size) == 0);
        number = ntohs(address.sin_port);
    }
};

struct fixture {
    boost::asio::io_context context;
    receiver_set receivers;
    service_finder finder{receivers, {}, 10s};
    std::vector<std::string> log;
    runtime::log_function say = [this](const runtime::log_record& r) { log.push_back(r.message); };
    viewer_streams streams{receivers, finder, say};
    busy_port port;
    http_address place{"127.0.0.1", port.number};

    bool until_open(viewer_door& door) {
        const auto end = std::chrono::steady_clock::now() + 20s;
        while (!door.place().where && std::chrono::steady_clock::now() < end) {
            context.restart();
            context.run_for(2ms);
        }
        return door.place().where == place;
    }
    std::string sentence() const {
        return "No streams over HTTP: " + to_string(place) +
               " cannot be listened on: Address already in use";
    }
};

} // namespace

TEST_CASE_METHOD(fixture, "a port that is in use is said once, and tried again until it is free") {
    viewer_door door{context, streams, say, policy::back_off{1ms, 4ms}};
    door.open(place);
    CHECK_FALSE(door.place().where);
    CHECK(door.place().problem.starts_with(sentence()));
    CHECK(door.place().problem.find("'cihost reload' does so at once.") != std::string::npos);
    context.run_for(30ms);
    CHECK(log.size() == 1);
    port.fd.reset();
    REQUIRE(until_open(door));
    CHECK(door.place().problem.empty());
    CHECK(log == std::vector{log[0], "Streams are at http://" + to_string(place) + "/."});
    CHECK_FALSE(door.try_again());
    door.close();
    CHECK_FALSE(door.place().where);
}

TEST_CASE_METHOD(fixture,
                 "a port is tried at once when somebody says so, and not where none is wanted") {
    viewer_door door{context, streams, say, policy::back_off{1h, 1h}};
    CHECK_FALSE(door.try_again());
    CHECK(log.empty());
    door.open(place);
    CHECK_FALSE(door.try_again());
    port.fd.reset();
    CHECK_FALSE(door.place().where);
    CHECK(door.try_again());
    CHECK(door.place().where == place);
}
