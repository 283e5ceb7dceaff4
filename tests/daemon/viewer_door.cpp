// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/viewer_door.hpp"

#include "base/unique_fd.hpp"
#include "daemon/fake_receiver.hpp"
#include "daemon/http_client.hpp"
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
using namespace cihost::test;
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

    std::string in_use() const {
        return to_string(place) + " cannot be listened on: Address already in use";
    }
    std::string sentence() const { return "No streams over HTTP: " + in_use(); }
    fake_receiver* add(const std::string& name, std::uint64_t frequency) {
        auto made = std::make_unique<fake_receiver>();
        auto* const added = made.get();
        device::tuning where;
        where.frequency_hz = frequency;
        added->tune(where);
        added->now.state = "locked";
        receivers.add(name, std::move(made), true);
        return added;
    }
    template<class Condition>
    bool until(Condition condition) {
        const auto end = std::chrono::steady_clock::now() + 20s;
        while (!condition() && std::chrono::steady_clock::now() < end) {
            context.restart();
            context.run_for(2ms);
        }
        return condition();
    }
    /// What comes first.
    std::string answer(http_client& c) {
        REQUIRE(until([&] { return c.readable(); }));
        return c.read(1);
    }
};

const http_address anywhere{"127.0.0.1", 0};

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
    REQUIRE(until([&] { return door.place().where == place; }));
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

TEST_CASE_METHOD(fixture,
                 "to another address go those who come, and who watches is not disturbed") {
    auto* const roof = add("roof", 474'000'000);
    roof->add_service(103, "Docu Three");
    viewer_door door{context, streams, say};
    door.open(anywhere);
    const auto old = door.place().where;
    REQUIRE(old);
    http_client player{old->port};
    player.get("/stream/103");
    CHECK(answer(player).starts_with("HTTP/1.1 200 OK\r\n"));
    REQUIRE(roof->streams.size() == 1);

    CHECK(door.move(anywhere).empty()); // no other one
    CHECK(door.place().where == old);
    port.fd.reset();
    CHECK(door.move(place).empty());
    CHECK(door.place().where == place);
    CHECK(log.back() == "Streams are at http://" + to_string(place) + "/.");
    http_client newcomer{place.port};
    newcomer.get("/");
    CHECK(answer(newcomer).find("http://localhost/stream/103") != std::string::npos);
    door.look();
    const auto block = std::make_shared<const bytes>(188, std::uint8_t{'x'});
    roof->streams.begin()->second.second(block);
    CHECK(answer(player) == std::string(188, 'x'));
    // nobody else finds it, once its thread has heard of it
    CHECK(until([&] { return http_obstacle(*old).empty(); }));

    CHECK(door.move(std::nullopt).empty());
    CHECK_FALSE(door.place().where);
    CHECK(door.place().problem.empty());
    CHECK(answer(player).empty()); // the end
    CHECK(log.back() == "Streams are to be had no more, by [http] listen.");
    CHECK_FALSE(door.try_again());
}

TEST_CASE_METHOD(fixture, "an address that cannot be had leaves the old one in use") {
    viewer_door door{context, streams, say};
    door.open(anywhere);
    const auto old = door.place().where;
    REQUIRE(old);
    CHECK(door.move(place) == in_use() +
                                  ". [http] listen = \"127.0.0.1:PORT\" names another port. "
                                  "Streams stay at http://" +
                                  to_string(*old) + "/; 'cihost reload' tries again.");
    CHECK(log.back().starts_with(in_use()));
    CHECK(door.place().where == old);
    CHECK(door.place().problem.empty());
    http_client c{old->port};
    c.get("/");
    CHECK(answer(c).starts_with("HTTP/1.1 200 OK\r\n"));
    port.fd.reset();
    CHECK(door.move(place).empty());
    CHECK(door.place().where == place);
    // and with none in use it is tried again and again
    const busy_port other;
    CHECK(door.move(std::nullopt).empty());
    const auto why = door.move(http_address{"127.0.0.1", other.number});
    CHECK(why == door.place().problem);
    CHECK(door.place().problem.find("It is tried again from time to time") != std::string::npos);
}

TEST_CASE_METHOD(fixture, "of several services that may be meant the addresses are told") {
    add("the roof", 474'000'000)->add_service(7, "ZDF");
    add("attic", 514'000'000)->add_service(7, "ZDF");
    viewer_door door{context, streams, say};
    door.open(anywhere);
    http_client c{door.place().where->port};
    for (const auto* const service : {"7", "zdf"}) {
        c.get("/stream/" + std::string(service));
        const auto text = answer(c);
        CHECK(text.starts_with("HTTP/1.1 404 "));
        CHECK(text.ends_with(". Ask for one of:\n"
                             "/stream/7?receiver=the%20roof\n"
                             "/stream/7?receiver=attic\n"));
    }
    c.say("HEAD /stream/7 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(answer(c).starts_with("HTTP/1.1 404 "));
}
