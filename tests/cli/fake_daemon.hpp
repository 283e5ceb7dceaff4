// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/unique_fd.hpp"
#include "support/temporary_folder.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <utility>
#include <vector>

namespace cihost::test {

/// A control socket that says what a test wants; one client at a time.
class fake_daemon {
  public:
    using object = boost::json::object;
    /// The members of an answer beside "jsonrpc" and "id": a result or an error.
    using answer_function = std::function<object(const std::string& method, const object& params)>;

    static constexpr const char* good_hello =
        R"({"jsonrpc":"2.0","method":"hello","params":{"protocol":1,"program":"cihostd"}})"
        "\n";

    explicit fake_daemon(answer_function answer, std::string hello = good_hello)
        : answer_{std::move(answer)}
        , hello_{std::move(hello)}
        , listening_{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const auto& text = path_.native();
        std::copy(text.begin(), text.end(), std::begin(address.sun_path));
        if (::bind(listening_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
                0 ||
            ::listen(listening_.get(), 8) != 0)
            throw std::runtime_error("no socket for the fake daemon");
        thread_ = std::thread{[this] { serve(); }};
    }
    fake_daemon(const fake_daemon&) = delete;
    fake_daemon& operator=(const fake_daemon&) = delete;
    ~fake_daemon() {
        ::shutdown(listening_.get(), SHUT_RDWR); // wakes accept()
        thread_.join();
    }

    /// Tells the client that is there now something that it did not ask for.
    void notify(const std::string& method, const object& params) {
        const std::lock_guard lock{mutex_};
        if (client_ >= 0)
            say(client_, boost::json::serialize(
                             object{{"jsonrpc", "2.0"}, {"method", method}, {"params", params}}) +
                             "\n");
    }
    void hang_up() {
        const std::lock_guard lock{mutex_};
        if (client_ >= 0)
            ::shutdown(client_, SHUT_RDWR);
    }
    std::string socket() const { return path_.string(); }
    std::filesystem::path folder() const { return folder_.path(); }
    /// Requests so far: method and parameters as one text.
    std::vector<std::string> requests() const {
        const std::lock_guard lock{mutex_};
        return requests_;
    }

  private:
    void serve() {
        for (;;) {
            const unique_fd client{::accept(listening_.get(), nullptr, nullptr)};
            if (!client)
                return;
            say(client.get(), hello_);
            be_with(client.get());
            talk(client);
            be_with(-1);
        }
    }
    void talk(const unique_fd& client) {
        std::string input;
        std::array<char, 4096> chunk{};
        for (;;) {
            const auto n = ::recv(client.get(), chunk.data(), chunk.size(), 0);
            if (n <= 0)
                return;
            input.append(chunk.data(), static_cast<std::size_t>(n));
            for (std::size_t end = 0; (end = input.find('\n')) != std::string::npos;) {
                const auto request = boost::json::parse(input.substr(0, end)).as_object();
                input.erase(0, end + 1);
                if (!reply(client, request))
                    return;
            }
        }
    }
    bool reply(const unique_fd& client, const object& request) {
        const std::string method(request.at("method").as_string());
        object params;
        if (const auto* given = request.if_contains("params"))
            params = given->as_object();
        {
            const std::lock_guard lock{mutex_};
            requests_.push_back(method + (params.empty() ? "" : " ") +
                                (params.empty() ? "" : boost::json::serialize(params)));
        }
        auto answer = answer_(method, params);
        if (answer.empty()) // hangs up
            return false;
        answer["jsonrpc"] = "2.0";
        answer["id"] = request.at("id");
        // a notification in between must not confuse anybody
        say(client.get(), "{\"jsonrpc\":\"2.0\",\"method\":\"news\"}\n");
        say(client.get(), boost::json::serialize(answer) + "\n");
        return true;
    }
    void be_with(int client) {
        const std::lock_guard lock{mutex_};
        client_ = client;
    }
    static void say(int client, const std::string& text) {
        ::send(client, text.data(), text.size(), MSG_NOSIGNAL);
    }

    answer_function answer_;
    std::string hello_;
    temporary_folder folder_;
    std::filesystem::path path_ = folder_.path() / "control.sock";
    unique_fd listening_;
    mutable std::mutex mutex_;
    int client_ = -1;
    std::vector<std::string> requests_;
    std::thread thread_;
};

/// A daemon that always gives the same result.
inline fake_daemon::answer_function always(boost::json::value result) {
    return [result = std::move(result)](const std::string&, const boost::json::object&) {
        return boost::json::object{{"result", result}};
    };
}

} // namespace cihost::test
