// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/http_server.hpp"

#include "daemon/http_client.hpp"
#include "support/catch.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

using namespace cihost;
using namespace cihost::daemon;
using namespace cihost::test;
using namespace std::chrono_literals;

namespace {

/// A daemon with one service, "one".
struct fixture {
    std::mutex mutex;
    std::vector<std::shared_ptr<viewer_queue>> viewers;
    std::vector<std::string> log;
    std::atomic<int> closed = 0;
    http_limits limits;
    std::unique_ptr<http_server> server;

    std::uint16_t begin() {
        http_source source;
        source.page = [](const std::string& path, const std::string& host,
                         const http_source::reply& done) {
            done({path == "/" ? 200U : 404U, "text/plain", path + " at " + host + "\n"});
        };
        source.open = [this](const http_source::stream& what,
                             const std::shared_ptr<viewer_queue>& viewer,
                             const http_source::reply& done) {
            if (what.service != "one" || what.receiver.value_or("the roof") != "the roof")
                return done({503, "text/plain", "No receiver is free.\n"});
            if (viewer) {
                const std::lock_guard lock{mutex};
                viewers.push_back(viewer);
            }
            done({});
        };
        source.close = [this](const std::shared_ptr<viewer_queue>&) { ++closed; };
        server = std::make_unique<http_server>(
            http_address{"127.0.0.1", 0}, source,
            [this](const runtime::log_record& r) {
                const std::lock_guard lock{mutex};
                log.push_back(r.message);
            },
            limits);
        return server->address().port;
    }
    template<class Condition>
    static bool until(Condition condition) {
        const auto end = std::chrono::steady_clock::now() + 20s;
        while (!condition()) {
            if (std::chrono::steady_clock::now() > end)
                return false;
            std::this_thread::sleep_for(1ms);
        }
        return true;
    }
    std::shared_ptr<viewer_queue> viewer(std::size_t index) {
        REQUIRE(until([&] {
            const std::lock_guard lock{mutex};
            return viewers.size() > index;
        }));
        const std::lock_guard lock{mutex};
        return viewers[index];
    }
    bool logged(const std::string& part) {
        const std::lock_guard lock{mutex};
        for (const auto& line : log)
            if (line.find(part) != std::string::npos)
                return true;
        return false;
    }
};

viewer_queue::block block(char content, std::size_t size = 188) {
    return std::make_shared<const bytes>(size, static_cast<std::uint8_t>(content));
}

} // namespace

TEST_CASE_METHOD(fixture, "pages come on one connection, one after another") {
    http_client c{begin()};
    c.get("/");
    auto text = c.read(1);
    CHECK(text.rfind("HTTP/1.1 200 OK\r\n", 0) == 0);
    CHECK(text.find("\r\n\r\n/ at localhost\n") != std::string::npos);
    c.get("/x%20y", "Connection: close\r\n");
    text = c.rest();
    CHECK(text.rfind("HTTP/1.1 404 Not Found\r\n", 0) == 0);
    CHECK(text.find("/x y at localhost\n") != std::string::npos);
}

TEST_CASE_METHOD(fixture, "a stream is what is pushed, until its end") {
    http_client c{begin()};
    c.get("/stream/one");
    const auto v = viewer(0);
    v->push(block('a'));
    v->push(block('b'));
    auto text = c.read(300);
    CHECK(text.find("Content-Type: video/mp2t\r\n") != std::string::npos);
    v->end("it is over");
    text += c.rest();
    CHECK(text.substr(text.find("\r\n\r\n") + 4) == std::string(188, 'a') + std::string(188, 'b'));
    CHECK(until([&] { return closed == 1; }));
    CHECK(logged("it is over"));
}

TEST_CASE_METHOD(fixture, "a stream is asked for of the receiver that its address names") {
    const auto port = begin();
    http_client there{port};
    there.get("/stream/one?receiver=the%20roof");
    viewer(0)->end("it is over");
    CHECK(there.rest().rfind("HTTP/1.1 200 OK\r\n", 0) == 0);
    http_client elsewhere{port};
    elsewhere.get("/stream/one?receiver=attic", "Connection: close\r\n");
    CHECK(elsewhere.rest().rfind("HTTP/1.1 503 ", 0) == 0);
}

TEST_CASE("who asked before the server retired has its answer all the same") {
    std::promise<http_source::reply> asked;
    http_source source;
    source.open = [&](const http_source::stream&, const std::shared_ptr<viewer_queue>&,
                      const http_source::reply& done) { asked.set_value(done); };
    source.close = [](const std::shared_ptr<viewer_queue>&) {};
    http_server server{{"127.0.0.1", 0}, source, [](const runtime::log_record&) {}};
    http_client c{server.address().port};
    c.get("/stream/one", "Connection: close\r\n");
    auto answer = asked.get_future().get();
    server.retire();
    // the address is free when the thread has nothing else to do
    REQUIRE(fixture::until([&] { return http_obstacle(server.address()).empty(); }));
    std::this_thread::sleep_for(20ms);
    answer({503, "text/plain", "No receiver is free.\n"});
    CHECK(c.rest().rfind("HTTP/1.1 503 ", 0) == 0);
    answer = {}; // which holds the connection
    CHECK(fixture::until([&] { return server.idle(); }));
}

TEST_CASE_METHOD(fixture, "who goes away is no viewer any more, also when nothing comes") {
    const auto port = begin();
    {
        http_client c{port};
        c.get("/stream/one");
        viewer(0);
    }
    CHECK(until([&] { return closed == 1; }));
}

TEST_CASE_METHOD(fixture, "a viewer that does not read is dropped, another is not") {
    limits.viewer_queue = 1 << 20;
    const auto port = begin();
    http_client slow{port, 4096};
    slow.get("/stream/one");
    const auto behind = viewer(0);
    http_client good{port};
    good.get("/stream/one");
    const auto well = viewer(1);
    // more than the sockets and the queue hold
    std::size_t sent = 0;
    const auto piece = block('x', 65'536);
    std::string text = good.read(1);
    while (!behind->overrun()) {
        behind->push(piece);
        well->push(piece);
        sent += piece->size();
        text += good.read(piece->size());
        REQUIRE(sent < std::size_t{64} << 20);
    }
    CHECK(until([&] { return closed == 1; }));
    CHECK(logged("A viewer is dropped: it did not take the stream as fast as it comes."));
    CHECK_FALSE(well->overrun());
}

TEST_CASE_METHOD(fixture, "pages of other sites get nothing, by whichever header they are told") {
    const auto port = begin();
    const auto status = [&](const std::string& header) {
        http_client c{port};
        c.get("/", header + "\r\nConnection: close\r\n");
        const auto text = c.rest();
        return text.substr(9, 3);
    };
    CHECK(status("Sec-Fetch-Site: cross-site") == "403");
    CHECK(status("Sec-Fetch-Site: none") == "200");
    for (const auto* other : {"https://evil.example", "http://127.0.0.1.evil.example",
                              "http://localhost.evil.example:80", "null", "localhost", "file://"})
        CHECK(status("Origin: " + std::string(other)) == "403");
    for (const auto* own : {"http://localhost:3000", "http://127.0.0.1", "https://[::1]:8088"})
        CHECK(status("Origin: " + std::string(own)) == "200");
}

TEST_CASE_METHOD(fixture, "what is no request, and what is too much") {
    auto port = begin();
    const auto status = [&](const std::string& request) {
        http_client c{port};
        c.say(request);
        const auto text = c.rest();
        return text.substr(0, text.find("\r\n"));
    };
    const std::string close = "Connection: close\r\n\r\n";
    CHECK(status("POST / HTTP/1.1\r\nHost: localhost\r\n" + close) ==
          "HTTP/1.1 405 Method Not Allowed");
    CHECK(status("GET / HTTP/1.1\r\nHost: evil.example\r\n" + close) == "HTTP/1.1 403 Forbidden");
    CHECK(status("GET %00 HTTP/1.1\r\nHost: localhost\r\n" + close) == "HTTP/1.1 400 Bad Request");
    CHECK(status("GET /stream/two HTTP/1.1\r\nHost: localhost\r\n" + close) ==
          "HTTP/1.1 503 Service Unavailable");
    CHECK(status("GET / HTTP/1.1\r\nX: " + std::string(9000, 'x') + "\r\n" + close) ==
          "HTTP/1.1 431 Request Header Fields Too Large");
    status("\x16\x03\x01 nonsense\r\n\r\n"); // whatever it says: it ends

    limits.clients = 3;
    server.reset();
    closed = 0;
    port = begin();
    std::vector<std::unique_ptr<http_client>> crowd;
    for (std::size_t i = 0; i < limits.clients; ++i) {
        crowd.push_back(std::make_unique<http_client>(port));
        crowd.back()->get("/stream/one");
        viewer(i);
    }
    http_client further{port};
    CHECK(further.rest().find("There are 3 connections already.") != std::string::npos);
    // the end of the server is the end of all of them
    server.reset();
    CHECK(closed == 3);
    for (const auto& c : crowd)
        CHECK(c->rest().find("video/mp2t") != std::string::npos);
}

TEST_CASE("an address that is taken is told") {
    fixture f;
    const auto port = f.begin();
    try {
        http_server second{{"127.0.0.1", port}, {}, [](const runtime::log_record&) {}};
        FAIL("two servers on one port");
    } catch (const std::runtime_error& e) {
        CHECK(std::string(e.what()).find("127.0.0.1:" + std::to_string(port) +
                                         " cannot be listened on: Address already in use.") !=
              std::string::npos);
    }
}
