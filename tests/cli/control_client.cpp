// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/control_client.hpp"

#include "cli/fake_daemon.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "support/wait.hpp"

using namespace cihost::cli;
using namespace cihost::test;
namespace json = boost::json;

namespace {

template<class Error, class Function>
std::string failure(Function f) {
    try {
        f();
    } catch (const Error& e) {
        return e.what();
    }
    return "none";
}

} // namespace

TEST_CASE("a call gives its result, whatever comes in between") {
    fake_daemon daemon{always({{"x", 1}})};
    control_client client{daemon.socket()};
    CHECK(client.call("status") == json::value({{"x", 1}}));
    CHECK(client.call("echo", {{"a", "b"}}) == json::value({{"x", 1}}));
    CHECK(daemon.requests() == std::vector<std::string>{"status", R"(echo {"a":"b"})"});
}

TEST_CASE("a result larger than a read is read whole") {
    fake_daemon daemon{always(json::string(3'000'000, 'x'))};
    control_client client{daemon.socket()};
    CHECK(client.call("status").as_string().size() == 3'000'000);
}

TEST_CASE("an error is thrown with the daemon's sentence") {
    fake_daemon daemon{[](const std::string&, const json::object&) {
        return json::object{{"error", {{"code", -32001}, {"message", "No such service."}}}};
    }};
    control_client client{daemon.socket()};
    CHECK(failure<cihost::control_refused>([&] { client.call("record.start"); }) == "No such service.");
}

TEST_CASE("a daemon that is not there is told with what to do") {
    const temporary_folder folder;
    const auto path = folder.path() / "control.sock";
    CHECK(failure<cihost::control_unreachable>([&] { control_client{path}; }) ==
          "cihostd is not running, or listens elsewhere: there is no socket " + path.string() +
              ". Start cihostd, or name the socket it listens on (cihost --socket PATH).");
    const auto dead = folder.path() / "dead.sock";
    {
        fake_daemon daemon{always(1)};
        std::filesystem::create_hard_link(daemon.socket(), dead);
    }
    CHECK(failure<cihost::control_unreachable>([&] { control_client{dead}; }) ==
          "cihostd is not running: the socket " + dead.string() +
              " exists, but nobody listens on it. Start cihostd; it replaces the socket.");
    CHECK(failure<cihost::control_unreachable>([&] {
              control_client{std::string(300, 'x')};
          }).find("File name too long") != std::string::npos);
}

TEST_CASE("the hello is checked") {
    const auto greeted = [](const std::string& hello) {
        fake_daemon daemon{always(1), hello};
        return failure<cihost::control_unreachable>([&] { control_client{daemon.socket()}; });
    };
    CHECK(greeted(R"({"jsonrpc":"2.0","method":"hello","params":{"protocol":2}})"
                  "\n")
              .find("speaks version 2 of the control protocol, this cihost version 1. Install "
                    "both from the same release.") != std::string::npos);
    for (const std::string hello :
         {"HTTP/1.1 200 OK\r\n", "[]\n", "{}\n", "{\"method\":\"hello\"}\n",
          "{\"method\":\"bye\",\"params\":{}}\n"})
        CHECK(greeted(hello).find("is not cihostd") != std::string::npos);
}

TEST_CASE("a daemon without room says so") {
    fake_daemon daemon{always(1),
                       R"({"jsonrpc":"2.0","id":null,"error":{"code":-32004,"message":"Full."}})"
                       "\n"};
    CHECK(failure<cihost::control_refused>([&] { control_client{daemon.socket()}; }) == "Full.");
}

TEST_CASE("a daemon that hangs up or stays silent is told") {
    fake_daemon leaving{[](const std::string&, const json::object&) { return json::object{}; }};
    control_client client{leaving.socket()};
    CHECK(failure<cihost::control_unreachable>([&] { client.call("status"); }) ==
          "cihostd ended the connection on " + leaving.socket() +
              ". If it has stopped, its log says why.");

    fake_daemon silent{always(1), ""};
    CHECK(failure<cihost::control_unreachable>([&] {
              control_client{silent.socket(), std::chrono::milliseconds{50}};
          }) == "cihostd on " + silent.socket() + " does not answer.");
}

TEST_CASE("notifications are kept, whenever they come") {
    fake_daemon* there = nullptr;
    fake_daemon daemon{[&](const std::string&, const json::object&) {
        there->notify("changed", {{"sequence", 1}});
        return json::object{{"result", 1}};
    }};
    there = &daemon;
    control_client client{daemon.socket()};
    CHECK_FALSE(client.notification());
    client.call("subscribe");
    const auto first = client.notification();
    REQUIRE(first);
    CHECK(first->at("params").at("sequence") == 1);
    client.notification(); // the fake daemon's own
    daemon.notify("changed", {{"sequence", 2}});
    REQUIRE(readable(client.fd()));
    const auto second = client.notification();
    REQUIRE(second);
    CHECK(second->at("params").at("sequence") == 2);
    CHECK_FALSE(client.notification());
}

TEST_CASE("an error has its code") {
    fake_daemon daemon{[](const std::string& method, const json::object&) {
        return json::object{
            {"error", {{"code", method == "no" ? -32601 : -32002}, {"message", "M"}}}};
    }};
    control_client client{daemon.socket()};
    const auto error = [&](const char* method) {
        try {
            client.call(method);
        } catch (const cihost::control_refused& e) {
            return e;
        }
        return cihost::control_refused{"none"};
    };
    CHECK(error("no").unknown_method());
    CHECK(error("yes").code() == -32002);
    CHECK_FALSE(error("yes").unknown_method());
}
