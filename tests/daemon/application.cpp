// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/application.hpp"

#include "daemon/fake_receiver.hpp"
#include "daemon/raw_client.hpp"
#include "daemon/write_file.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <boost/asio/post.hpp>

#include <csignal>
#include <memory>
#include <pthread.h>
#include <thread>

using namespace cihost;
using namespace cihost::daemon;
using namespace cihost::test;
namespace json = boost::json;

namespace {

/// The application on a thread, with a receiver that is a fake.
class fixture {
  public:
    explicit fixture(bool fast_disk = true, bool traced_before = false)
        : fast_disk_{fast_disk} {
        if (traced_before)
            write_file(folder.path() / "trace.pcapng", "x");
        settings_.socket = folder.path() / "control.sock";
        settings_.recording_directory = folder.path() / "recordings";
        receiver_config receiver;
        receiver.name = "roof";
        receiver.services = {std::uint16_t{2}};
        receiver.trace = folder.path() / "trace.pcapng";
        settings_.receivers.push_back(receiver);
        app_ = std::make_unique<application>(settings_, factory(), log_);
        thread_ = std::thread{[this] { app_->run(); }};
    }
    fixture(const fixture&) = delete;
    fixture& operator=(const fixture&) = delete;
    ~fixture() { join(); }

    raw_client connect() const {
        raw_client client{settings_.socket};
        client.message();
        return client;
    }
    json::value call(raw_client& client, const std::string& method,
                     const std::string& params = "{}") const {
        client.send(R"({"jsonrpc":"2.0","id":1,"method":")" + method + R"(","params":)" + params +
                    "}\n");
        return client.message();
    }
    void join() {
        if (!thread_.joinable())
            return;
        if (!signalled_)
            signal(SIGTERM);
        thread_.join();
        app_.reset();
    }
    void signal(int number) {
        signalled_ = signalled_ || number != SIGHUP;
        ::raise(number);
    }
    /// Only while the application is at rest, before or after its run.
    bool destroyed = false;
    bool gave_up_disk = false;
    temporary_folder folder;

  private:
    application::receiver_factory factory() {
        return [this](boost::asio::io_context&, const config&, const receiver_config& receiver,
                      const runtime::log_function&) {
            auto fake = std::make_unique<fake_receiver>();
            fake->now.name = receiver.name;
            fake->add_service(1, "One");
            fake->fast_disk = fast_disk_;
            fake->destroyed = &destroyed;
            fake->gave_up_disk = &gave_up_disk;
            return fake;
        };
    }

    bool fast_disk_;
    bool signalled_ = false;
    config settings_;
    event_log log_{runtime::severity::error, std::nullopt};
    std::unique_ptr<application> app_;
    std::thread thread_;
};

} // namespace

TEST_CASE("the daemon serves, and stops in order at SIGTERM") {
    fixture f;
    auto client = f.connect();
    const auto started = f.call(client, "record.start", R"({"service":1,"file":"a.ts"})");
    CHECK(started.at("result").at("file") ==
          json::value((f.folder.path() / "recordings/a.ts").string()));
    CHECK(std::filesystem::is_directory(f.folder.path() / "recordings"));
    CHECK(f.call(client, "status").at("result").at("receivers").at(0).at("trace") ==
          json::value((f.folder.path() / "trace.pcapng").string()));
    f.signal(SIGHUP);
    CHECK(f.call(client, "version").at("result").at("protocol") == json::value(1));
    f.signal(SIGTERM);
    CHECK(client.closed());
    f.join();
    CHECK(f.destroyed);
    CHECK_FALSE(f.gave_up_disk);
    CHECK_FALSE(std::filesystem::exists(f.folder.path() / "control.sock"));
}

TEST_CASE("a second signal does not wait for the disk") {
    fixture f{false};
    auto client = f.connect();
    f.call(client, "record.start", R"({"service":1})");
    f.signal(SIGINT);
    // still there: the recording is not on disk, and nothing new begins
    json::value answer;
    do
        answer = f.call(client, "record.start", R"({"service":1})");
    while (answer.as_object().contains("result"));
    CHECK(answer.at("error").at("code") == json::value(-32002));
    f.signal(SIGINT);
    f.join();
    CHECK(f.gave_up_disk);
    CHECK(f.destroyed);
}

TEST_CASE("the configured trace of a second start has a name of its own") {
    fixture f{true, true};
    auto client = f.connect();
    const auto status = f.call(client, "status").at("result");
    const std::string file(status.at("receivers").at(0).at("trace").as_string());
    CHECK(file.rfind((f.folder.path() / "trace-20").string(), 0) == 0);
    CHECK(file.substr(file.size() - 7) == ".pcapng");
}
