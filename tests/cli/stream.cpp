// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/stream.hpp"

#include "base/unique_fd.hpp"
#include "cli/fake_daemon.hpp"
#include "support/catch.hpp"

#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <fcntl.h>
#include <functional>
#include <future>
#include <netinet/in.h>
#include <pty.h>
#include <sstream>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

using namespace cihost;
using namespace cihost::cli;
using namespace cihost::test;
namespace json = boost::json;

namespace {

/// Answers one connection with a text.
class one_answer {
  public:
    /// `later` comes after `wait`.
    explicit one_answer(std::string text, std::string later = {}, std::function<void()> wait = {})
        : listening_{::socket(AF_INET, SOCK_STREAM, 0)} {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        REQUIRE(::bind(listening_.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
        REQUIRE(::listen(listening_.get(), 1) == 0);
        ::getsockname(listening_.get(), reinterpret_cast<sockaddr*>(&address), &size);
        place = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
        thread_ = std::thread{
            [this, text = std::move(text), later = std::move(later), wait = std::move(wait)] {
                const unique_fd client{::accept(listening_.get(), nullptr, nullptr)};
                std::array<char, 4096> chunk{};
                while (request.find("\r\n\r\n") == std::string::npos) {
                    const auto n = ::recv(client.get(), chunk.data(), chunk.size(), 0);
                    if (n <= 0)
                        return;
                    request.append(chunk.data(), static_cast<std::size_t>(n));
                }
                ::send(client.get(), text.data(), text.size(), MSG_NOSIGNAL);
                if (wait)
                    wait();
                ::send(client.get(), later.data(), later.size(), MSG_NOSIGNAL);
            }};
    }
    one_answer(const one_answer&) = delete;
    one_answer& operator=(const one_answer&) = delete;
    ~one_answer() { join(); }
    void join() {
        if (thread_.joinable())
            thread_.join();
    }

    std::string place;
    /// After join().
    std::string request;

  private:
    unique_fd listening_;
    std::thread thread_;
};

struct outcome {
    exit_status status;
    std::string out;
    std::string err;
};

/// `end`: the reader of the pipe has left.
outcome stream_of(const stream_command& what, const json::value& http, bool left = false) {
    fake_daemon daemon{always({{"http", http}})};
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    unique_fd reader{ends[0]};
    unique_fd writer{ends[1]};
    if (left)
        reader.reset();
    std::ostringstream out;
    std::ostringstream err;
    cli::control_client client{daemon.socket()};
    outcome o{stream(client, what, {out, err, style{}, false}, writer.get()), {}, {}};
    writer.reset();
    std::array<char, 4096> chunk{};
    for (ssize_t n = 0; reader && (n = ::read(reader.get(), chunk.data(), chunk.size())) > 0;)
        o.out.append(chunk.data(), static_cast<std::size_t>(n));
    o.err = err.str();
    return o;
}

} // namespace

TEST_CASE("a stream goes to the pipe as it comes") {
    one_answer server{"HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\n\r\nGpackets"};
    const auto o = stream_of({"Das Erste"}, json::value(server.place));
    CHECK(o.out == "Gpackets");
    // it ended by itself
    CHECK(o.status == exit_status::refused);
    CHECK(o.err == "cihost: the stream has ended; the log of cihostd says why.\n");
    server.join();
    CHECK(server.request.rfind("GET /stream/Das%20Erste HTTP/1.1\r\nHost: " + server.place + "\r\n",
                               0) == 0);
}

TEST_CASE("a stream of one receiver") {
    one_answer server{"HTTP/1.1 200 OK\r\n\r\npackets"};
    stream_of({"7", "the roof"}, json::value(server.place));
    server.join();
    CHECK(server.request.rfind("GET /stream/7?receiver=the%20roof HTTP/1.1\r\n", 0) == 0);
}

TEST_CASE("the end of a pipe's reader is the end of the stream, and no failure") {
    one_answer server{"HTTP/1.1 200 OK\r\n\r\npackets"};
    const auto o = stream_of({"1"}, json::value(server.place), true);
    CHECK(o.status == exit_status::done);
    CHECK(o.err.empty());
}

TEST_CASE("why nothing comes is said once, and the stream goes on when it does") {
    std::promise<void> asked_twice;
    one_answer server{
        "HTTP/1.1 200 OK\r\n\r\n", "Gpackets",
        [done = asked_twice.get_future().share()] { done.wait_for(std::chrono::seconds{20}); }};
    fake_daemon daemon{[&, asked = 0](const std::string& method, const json::object&) mutable {
        if (method == "status")
            return json::object{{"result", {{"http", server.place}}}};
        if (++asked == 2)
            asked_twice.set_value();
        return json::object{{"result",
                             {{"clear", false},
                              {"sentence", "The CAM shows a question."},
                              {"remedy", "Answer it with 'cihost menu'."}}}};
    }};
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    const unique_fd reader{ends[0]};
    const unique_fd writer{ends[1]};
    std::ostringstream nothing;
    std::ostringstream err;
    cli::control_client client{daemon.socket()};
    stream(client, {"104"}, {nothing, err, style{}, false}, writer.get());
    std::array<char, 64> chunk{};
    CHECK(::read(reader.get(), chunk.data(), chunk.size()) == 8);
    CHECK(err.str() == "cihost: nothing comes yet: The CAM shows a question. Answer it with "
                       "'cihost menu'.\n"
                       "cihost: the stream has ended; the log of cihostd says why.\n");
    CHECK(daemon.requests().at(1) == R"(why {"service":104})");
}

TEST_CASE("what keeps a stream away is told") {
    one_answer server{"HTTP/1.1 503 Service Unavailable\r\n\r\nNo receiver is free.\n"};
    CHECK_THROWS_WITH(stream_of({"1"}, json::value(server.place)), "No receiver is free.");
    one_answer other{"SSH-2.0-x\r\n\r\n"};
    CHECK_THROWS_WITH(stream_of({"1"}, json::value(other.place)),
                      "What answers at " + other.place + " is not cihostd.");
    CHECK_THROWS_AS(stream_of({"1"}, json::value(nullptr)), cihost::control_refused);
    fake_daemon busy{always({{"http", nullptr}, {"http_problem", "The port is in use."}})};
    std::ostringstream nothing;
    cli::control_client client{busy.socket()};
    const unique_fd output{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
    CHECK_THROWS_WITH(stream(client, {"1"}, {nothing, nothing, style{}, false}, output.get()),
                      "The port is in use.");
}

TEST_CASE("a terminal gets no stream") {
    fake_daemon daemon{always({{"http", "127.0.0.1:1"}})};
    int master = -1;
    int slave = -1;
    if (::openpty(&master, &slave, nullptr, nullptr, nullptr) != 0)
        CIHOST_SKIP("no terminals here");
    const unique_fd ours{master};
    const unique_fd theirs{slave};
    std::ostringstream out;
    std::ostringstream err;
    cli::control_client client{daemon.socket()};
    CHECK(stream(client, {"1"}, {out, err, style{}, false}, slave) == exit_status::usage);
    CHECK(err.str().find("cihost stream SERVICE | mpv -") != std::string::npos);
    CHECK(daemon.requests().empty());
}
