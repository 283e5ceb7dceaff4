// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/control_server.hpp"

#include "daemon/listening_socket.hpp"
#include "daemon/raw_client.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <future>
#include <memory>
#include <random>
#include <sys/socket.h>
#include <thread>
#include <utility>
#include <vector>

using namespace cihost;
using namespace cihost::daemon;
using namespace cihost::test;
namespace json = boost::json;
namespace asio = boost::asio;

namespace {

constexpr const char* ping = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n";

/// A server on a thread of its own, as in the daemon.
class fixture {
  public:
    explicit fixture(const control_limits& limits = {})
        : socket_{folder_.path() / "control.sock", 0660}
        , server_{std::make_unique<control_server>(context_, socket_.release(), dispatcher_,
                                                   runtime::log_function{}, limits)} {
        dispatcher_.add("ping", [](const json::object&, const rpc_dispatcher::reply& done) {
            done(json::value("pong"));
        });
        dispatcher_.add("large", [](const json::object&, const rpc_dispatcher::reply& done) {
            done(json::value(std::string(100'000, 'x')));
        });
        dispatcher_.add("never", [this](const json::object&, rpc_dispatcher::reply done) {
            held_.push_back(std::move(done));
        });
        dispatcher_.add_for_client("flood", [this](const json::object&,
                                                   const rpc_dispatcher::client& who,
                                                   const rpc_dispatcher::reply& done) {
            const auto line = rpc_notification_line("much", {{"x", std::string(100'000, 'x')}});
            for (int i = 0; i < 100; ++i)
                who->notify(line);
            flooded_one_is_gone = who->gone();
            done(json::value(0));
        });
        server_->start();
        thread_ = std::thread{[this] { context_.run(); }};
    }
    fixture(const fixture&) = delete;
    fixture& operator=(const fixture&) = delete;
    ~fixture() {
        on_thread([this] { server_.reset(); });
        guard_.reset();
        thread_.join();
    }

    /// Set on the server's thread.
    std::atomic<bool> flooded_one_is_gone = false;

    raw_client connect() const { return raw_client{socket_.path()}; }
    raw_client greeted() const {
        auto client = connect();
        client.message();
        return client;
    }
    bool alive() const {
        auto client = greeted();
        client.send(ping);
        const auto answer = client.message();
        return answer.is_object() && answer.at("result") == json::value("pong");
    }
    /// Waits until the server counts that many clients.
    bool clients(std::size_t wanted) {
        for (int tries = 0; tries < 500; ++tries) {
            if (on_thread([this] { return server_->clients(); }) == wanted)
                return true;
            std::this_thread::sleep_for(std::chrono::milliseconds{10});
        }
        return false;
    }
    /// How many were held.
    std::size_t reply_to_held() {
        return on_thread([this] {
            const auto waiting = std::exchange(held_, {});
            for (const auto& done : waiting)
                done(json::value(0));
            return waiting.size();
        });
    }

  private:
    template<class Function>
    auto on_thread(Function f) -> decltype(f()) {
        std::packaged_task<decltype(f())()> task{f};
        auto done = task.get_future();
        asio::post(context_, [&task] { task(); });
        return done.get();
    }

    temporary_folder folder_;
    listening_socket socket_;
    asio::io_context context_{1};
    asio::executor_work_guard<asio::io_context::executor_type> guard_{context_.get_executor()};
    rpc_dispatcher dispatcher_;
    std::vector<rpc_dispatcher::reply> held_;
    std::unique_ptr<control_server> server_;
    std::thread thread_;
};

control_limits small() {
    control_limits limits;
    limits.line = 1000;
    limits.clients = 4;
    return limits;
}

} // namespace

TEST_CASE("a client is greeted and answered") {
    fixture f;
    auto client = f.connect();
    const auto hello = client.message();
    CHECK(hello.at("method") == json::value("hello"));
    CHECK(hello.at("params").at("protocol") == json::value(1));
    CHECK(hello.at("params").at("program") == json::value("cihostd"));
    CHECK(hello.at("params").at("version").is_string());
    client.send(ping);
    CHECK(client.message().at("result") == json::value("pong"));
}

TEST_CASE("a request may come in any pieces, with empty lines between") {
    fixture f;
    auto client = f.greeted();
    client.send("\n \r\n");
    for (const char c : std::string(ping) + ping)
        client.send({&c, 1});
    CHECK(client.message().at("result") == json::value("pong"));
    CHECK(client.message().at("result") == json::value("pong"));
}

TEST_CASE("many requests in one piece are answered in order") {
    fixture f;
    auto client = f.greeted();
    std::string requests;
    for (int i = 0; i < 1000; ++i)
        requests += "{\"jsonrpc\":\"2.0\",\"id\":" + std::to_string(i) + ",\"method\":\"ping\"}\n";
    client.send(requests);
    for (int i = 0; i < 1000; ++i)
        REQUIRE(client.message().at("id") == json::value(i));
}

TEST_CASE("half a request waits, and hinders nobody") {
    fixture f;
    auto half = f.greeted();
    half.send("{\"jsonrpc\":\"2.0\",\"id\":1,");
    CHECK(f.alive());
    half.send("\"method\":\"ping\"}\n");
    CHECK(half.message().at("result") == json::value("pong"));
}

TEST_CASE("garbage is answered and the connection goes on") {
    fixture f;
    auto client = f.greeted();
    std::mt19937 random{1};
    std::string garbage;
    for (int i = 0; i < 5000; ++i)
        garbage += static_cast<char>(random() & 0xFF);
    client.send(garbage + "\n" + ping);
    json::value answer;
    do {
        answer = client.message();
        REQUIRE(answer.is_object());
        if (answer.as_object().contains("error"))
            CHECK(answer.at("error").at("code") == json::value(-32700));
    } while (!answer.as_object().contains("result"));
}

TEST_CASE("a line of 100 MB ends its connection at the limit") {
    fixture f;
    auto client = f.greeted();
    const std::string piece(1'000'000, 'x');
    std::size_t taken = 0;
    for (int i = 0; i < 100; ++i) {
        const auto sent = client.send(piece);
        taken += sent;
        if (sent < piece.size())
            break;
    }
    CHECK(taken < 10'000'000);
    const auto error = client.message();
    CHECK(error.at("error").at("code") == json::value(-32004));
    CHECK(error.at("error").at("message") ==
          json::value("A line may be at most 1048576 bytes long; the connection ends."));
    CHECK(client.closed());
    CHECK(f.alive());
}

TEST_CASE("the limit of a line is exact") {
    fixture f{small()};
    auto client = f.greeted();
    client.send(std::string(1000, ' ') + "\n" + ping);
    CHECK(client.message().at("result") == json::value("pong"));
    client.send(std::string(1001, ' ') + "\n" + ping);
    CHECK(client.message().at("error").at("code") == json::value(-32004));
    CHECK(client.closed());
}

TEST_CASE("200 clients at once: some are turned away, all others served") {
    fixture f;
    std::vector<raw_client> all;
    for (int i = 0; i < 200; ++i)
        all.push_back(f.connect());
    std::size_t greeted = 0;
    std::size_t turned_away = 0;
    for (auto& client : all) {
        const auto first = client.message();
        if (first.as_object().contains("method")) {
            ++greeted;
            client.send(ping);
            CHECK(client.message().at("result") == json::value("pong"));
        } else {
            ++turned_away;
            CHECK(first.at("error").at("code") == json::value(-32004));
            CHECK(client.closed());
        }
    }
    CHECK(greeted == 128);
    CHECK(turned_away == 72);
    all.clear();
    CHECK(f.clients(0));
    CHECK(f.alive());
}

TEST_CASE("a client that does not read its notifications gets a last line that says so") {
    control_limits limits;
    limits.output = 3'000'000;
    fixture f{limits};
    auto deaf = f.greeted();
    deaf.send("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"flood\"}\n");
    REQUIRE(f.clients(1));
    // what was on its way comes whole, then the reason
    json::value last;
    std::size_t notifications = 0;
    for (auto message = deaf.message(); message.is_object(); message = deaf.message()) {
        last = message;
        notifications += message.as_object().contains("method") ? 1 : 0;
    }
    CHECK(notifications < 100);
    CHECK(last.at("error").at("code") == json::value(-32004));
    CHECK(deaf.closed());
    CHECK(f.flooded_one_is_gone);
    CHECK(f.alive());
}

TEST_CASE("a client that never reads is not read from any more") {
    fixture f;
    auto deaf = f.greeted();
    const std::string request = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"large\"}\n";
    // its requests stay in its own socket once the answers pile up
    std::string many;
    for (int i = 0; i < 20'000; ++i)
        many += request;
    const auto sent = ::send(deaf.fd(), many.data(), many.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    CHECK(sent < static_cast<ssize_t>(many.size()));
    CHECK(f.alive());
}

TEST_CASE("a client that does not read its answers in time is dropped") {
    control_limits limits;
    limits.write_patience = std::chrono::milliseconds{100};
    fixture f{limits};
    auto deaf = f.greeted();
    for (int i = 0; i < 40; ++i)
        deaf.send("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"large\"}\n");
    CHECK(f.clients(0));
    CHECK(f.alive());
}

TEST_CASE("answers beyond the limit drop the client") {
    fixture f;
    auto deaf = f.greeted();
    std::string batch = "[";
    for (int i = 0; i < 20; ++i)
        batch += std::string(i == 0 ? "" : ",") + R"({"jsonrpc":"2.0","id":1,"method":"large"})";
    deaf.send(batch + "]\n");
    CHECK(deaf.closed());
    CHECK(f.clients(0));
}

TEST_CASE("requests without an answer yet are limited") {
    fixture f;
    auto client = f.greeted();
    for (int i = 0; i < 100; ++i)
        client.send("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"never\"}\n");
    CHECK(f.alive());
    for (std::size_t answered = 0; answered < 100;) {
        const auto open = f.reply_to_held();
        REQUIRE(open <= 32);
        for (std::size_t i = 0; i < open; ++i, ++answered)
            REQUIRE(client.message().is_object());
    }
}

TEST_CASE("clients that leave at any point leave nothing behind") {
    fixture f;
    const std::string text = std::string(ping) + "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":"
                                                 "\"large\"}\n{\"jsonrpc\":\"2.0\",\"id\":1,"
                                                 "\"method\":\"never\"}\n";
    for (std::size_t length = 0; length <= text.size(); ++length) {
        auto client = f.connect();
        client.send(text.substr(0, length));
    }
    f.reply_to_held();
    CHECK(f.clients(0));
    CHECK(f.alive());
}

TEST_CASE("a client that shuts down its side still gets its answers") {
    fixture f;
    auto client = f.greeted();
    client.send(std::string(ping) + ping + "{\"half");
    client.end_of_input();
    CHECK(client.message().at("result") == json::value("pong"));
    CHECK(client.message().at("result") == json::value("pong"));
    CHECK(client.closed());
}

TEST_CASE("a place that gets free can be taken") {
    fixture f{small()};
    {
        std::vector<raw_client> all;
        for (int i = 0; i < 4; ++i)
            all.push_back(f.greeted());
        CHECK(f.greeted().closed());
    }
    CHECK(f.clients(0));
    CHECK(f.alive());
}
