// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sim/receiver/control_socket.hpp"

#include "device/unix_address.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <vector>

using namespace cihost;
using namespace cihost::sim;
using namespace cihost::test;

namespace {

/// The control socket and clients of it on one thread: turn() is one turn of the loop.
class bench {
  public:
    bench() {
        std::string why;
        folder_.emplace(node_folder::hold(top_.path(), why).value());
        subject_.emplace(control_socket::open(*folder_, why).value());
    }

    unique_fd connect() {
        unique_fd client{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        const auto address = device::unix_address::make(top_.path(), "control");
        REQUIRE(::connect(client.get(), address->get(), address->size()) == 0);
        turn();
        return client;
    }

    void turn() {
        const auto now = std::chrono::steady_clock::now();
        poll_set set;
        subject_->prepare(set);
        set.wait(now, now + std::chrono::milliseconds{10});
        subject_->serve(set, [this](const boost::json::object& request) {
            requests.push_back(request);
            return boost::json::object{{"result", requests.size()}};
        });
    }

    std::vector<boost::json::object> requests;

  private:
    temporary_folder top_;
    std::optional<node_folder> folder_;
    std::optional<control_socket> subject_;
};

void say(const unique_fd& client, const std::string& text) {
    (void)::send(client.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

/// What has come; "closed" when the other end is gone.
std::string hear(const unique_fd& client) {
    std::array<char, 4096> buffer;
    const auto n = ::recv(client.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    return n == 0 ? "closed" : n < 0 ? "" : std::string(buffer.data(), static_cast<std::size_t>(n));
}

} // namespace

TEST_CASE("each line is a request and gets a line") {
    bench at;
    const auto client = at.connect();
    say(client, "{\"command\":\"sta");
    at.turn();
    CHECK(hear(client).empty());
    say(client, "tus\"}\n{\"command\":\"eject\"}\n");
    at.turn();
    CHECK(hear(client) == "{\"result\":1}\n{\"result\":2}\n");
    REQUIRE(at.requests.size() == 2);
    CHECK(at.requests[0].at("command") == "status");
    CHECK(at.requests[1].at("command") == "eject");
}

TEST_CASE("nonsense gets an error line and costs nothing") {
    bench at;
    const auto client = at.connect();
    for (const auto* const line : {"\n", "{\n", "[]\n", "7\n", "\xff\xfe\n", "{\"a\":1}}\n"}) {
        say(client, line);
        at.turn();
        CHECK(hear(client) == "{\"error\":\"A request is one JSON object in one line.\"}\n");
    }
    say(client, "[" + std::string(5000, '[') + "\n"); // deeper than a parser should go
    at.turn();
    at.turn();
    CHECK(hear(client) == "{\"error\":\"A request is one JSON object in one line.\"}\n");
    CHECK(at.requests.empty());
    say(client, "{}\n");
    at.turn();
    CHECK(hear(client) == "{\"result\":1}\n");
}

TEST_CASE("a line without end closes its client, and no other") {
    bench at;
    const auto good = at.connect();
    const auto bad = at.connect();
    for (int i = 0; i < 100; ++i) {
        say(bad, std::string(4096, 'x'));
        at.turn();
    }
    CHECK(::send(bad.get(), "x", 1, MSG_NOSIGNAL) == -1);
    say(good, "{}\n");
    at.turn();
    CHECK(hear(good) == "{\"result\":1}\n");
}

TEST_CASE("a client that never reads is closed; one that leaves is forgotten") {
    bench at;
    const auto deaf = at.connect();
    std::string many;
    for (int i = 0; i < 1000; ++i)
        many += "{}\n";
    bool closed = false;
    for (int i = 0; i < 2000 && !closed; ++i) {
        closed = ::send(deaf.get(), many.data(), many.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0 &&
                 errno == EPIPE;
        at.turn();
    }
    CHECK(closed);

    for (int i = 0; i < 100; ++i) // more than are allowed at a time
        at.connect();
    at.requests.clear();
    const auto client = at.connect();
    at.turn();
    say(client, "{}\n");
    at.turn();
    CHECK(hear(client) == "{\"result\":1}\n");
}
