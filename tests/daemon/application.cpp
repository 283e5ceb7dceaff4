// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/application.hpp"

#include "daemon/fake_receiver.hpp"
#include "daemon/raw_client.hpp"
#include "daemon/write_file.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <boost/asio/post.hpp>

#include <atomic>
#include <csignal>
#include <memory>
#include <mutex>
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
        if (traced_before) {
            std::filesystem::create_directory(folder.path() / "traces");
            write_file(folder.path() / "traces/trace.pcapng", "x");
        }
        settings_.socket = folder.path() / "control.sock";
        settings_.recording_directory = folder.path() / "recordings";
        receiver_config receiver;
        receiver.name = "roof";
        receiver.services = {std::uint16_t{2}};
        receiver.tuning.emplace().frequency_hz = 474'000'000;
        receiver.trace = folder.path() / "traces/trace.pcapng";
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
    CHECK(f.call(client, "status").at("result").at("receivers").at(0).at("trace") ==
          json::value((f.folder.path() / "traces/trace.pcapng").string()));
    CHECK(std::filesystem::is_directory(f.folder.path() / "traces"));
    f.signal(SIGHUP);
    CHECK(f.call(client, "version").at("result").at("protocol") == json::value(1));
    f.signal(SIGTERM);
    CHECK(client.closed());
    f.join();
    CHECK(f.destroyed);
    CHECK_FALSE(f.gave_up_disk);
    CHECK(std::filesystem::is_directory(f.folder.path() / "recordings"));
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
    CHECK(file.rfind((f.folder.path() / "traces/trace-20").string(), 0) == 0);
    CHECK(file.substr(file.size() - 7) == ".pcapng");
}

namespace {

device::adapter_entry adapter(unsigned number) {
    const auto folder = std::filesystem::path{"/dev/dvb/adapter" + std::to_string(number)};
    device::adapter_entry made;
    made.number = number;
    device::frontend_entry frontend;
    frontend.path = folder / "frontend0";
    frontend.systems = {device::delivery_system::dvbt};
    made.frontends = {frontend};
    made.receivers = {
        {.frontend = frontend.path, .demux = folder / "demux0", .dvr = folder / "dvr0"}};
    return made;
}

/// The application without any [[receiver]], on adapters that come and go.
class hotplug {
  public:
    explicit hotplug(std::vector<unsigned> first, std::vector<receiver_config> configured = {}) {
        plug(std::move(first));
        settings_.socket = folder_.path() / "control.sock";
        settings_.recording_directory = folder_.path();
        settings_.receivers = std::move(configured);
        surroundings around;
        around.list_nodes = [this] {
            const std::lock_guard lock{mutex_};
            std::string text;
            for (const auto number : there_)
                text += std::to_string(number) + "\n";
            return text;
        };
        around.find_adapters = [this] {
            const std::lock_guard lock{mutex_};
            std::vector<device::adapter_entry> found;
            for (const auto number : there_)
                found.push_back(adapter(number));
            return found;
        };
        app_ = std::make_unique<application>(
            settings_,
            [this](boost::asio::io_context&, const config&, const receiver_config& receiver,
                   const runtime::log_function&) {
                auto fake = std::make_unique<fake_receiver>();
                fake->now.name = receiver.name;
                fake->now.state = "idle";
                fake->add_service(made++, "S");
                return fake;
            },
            log_, around, std::chrono::milliseconds{2});
        thread_ = std::thread{[this] { app_->run(); }};
        client_ = std::make_unique<raw_client>(settings_.socket);
        client_->message();
    }
    hotplug(const hotplug&) = delete;
    hotplug& operator=(const hotplug&) = delete;
    ~hotplug() {
        ::raise(SIGTERM);
        thread_.join();
    }

    void plug(std::vector<unsigned> numbers) {
        const std::lock_guard lock{mutex_};
        there_ = std::move(numbers);
    }
    json::value call(const std::string& method, const std::string& params = "{}") const {
        client_->send(R"({"jsonrpc":"2.0","id":1,"method":")" + method + R"(","params":)" + params +
                      "}\n");
        return client_->message().at("result");
    }
    /// "adapter0 idle, adapter1 absent".
    std::string receivers() const {
        std::string text;
        const auto status = call("status");
        for (const auto& r : status.at("receivers").as_array())
            text += (text.empty() ? "" : ", ") + std::string(r.at("name").as_string()) + " " +
                    std::string(r.at("state").as_string());
        return text;
    }
    bool until(const std::string& wanted) const {
        const auto late = std::chrono::steady_clock::now() + std::chrono::seconds{20};
        while (receivers() != wanted && std::chrono::steady_clock::now() < late)
            std::this_thread::sleep_for(std::chrono::milliseconds{2});
        CHECK(receivers() == wanted);
        return receivers() == wanted;
    }
    std::filesystem::path folder() const { return folder_.path(); }

    /// Ports, on the application's thread; the program number of each one's service is its place.
    std::atomic<std::uint16_t> made = 1;

  private:
    temporary_folder folder_;
    std::mutex mutex_;
    std::vector<unsigned> there_;
    config settings_;
    event_log log_{runtime::severity::error, std::nullopt};
    std::unique_ptr<application> app_;
    std::thread thread_;
    std::unique_ptr<raw_client> client_;
};

} // namespace

TEST_CASE("adapters that appear become receivers; those that vanish are absent, and come back") {
    hotplug f{{}};
    REQUIRE(f.until(""));
    f.plug({0});
    REQUIRE(f.until("adapter0 idle"));
    f.plug({0, 1});
    REQUIRE(f.until("adapter0 idle, adapter1 idle"));
    f.plug({1});
    REQUIRE(f.until("adapter0 absent, adapter1 idle"));
    CHECK(f.call("devices").at("absent").at(0).at("receiver") == json::value("adapter0"));
    f.plug({0, 1});
    REQUIRE(f.until("adapter0 idle, adapter1 idle"));
    CHECK(f.call("devices").at("absent").as_array().empty());
    CHECK(f.call("devices").at("adapters").at(1).at("makes").at(0).at("receiver") ==
          json::value("adapter1"));
    f.plug({});
    REQUIRE(f.until("adapter0 absent, adapter1 absent"));
    f.plug({1, 0});
    REQUIRE(f.until("adapter0 idle, adapter1 idle"));
    CHECK(f.made == 3); // one port each, and the next number
}

TEST_CASE("recordings go on, under their numbers, while other adapters come and go") {
    hotplug f{{0}};
    REQUIRE(f.until("adapter0 idle"));
    const auto first = f.call("record.start", R"({"service":1,"file":"a.ts"})").at("id");
    f.plug({0, 1});
    REQUIRE(f.until("adapter0 idle, adapter1 idle"));
    const auto second = f.call("record.start", R"({"service":2,"file":"b.ts"})").at("id");
    CHECK(first == json::value(1));
    CHECK(second == json::value(2));
    f.plug({0});
    REQUIRE(f.until("adapter0 idle, adapter1 absent"));
    const auto listed = f.call("record.list").at("recordings");
    REQUIRE(listed.as_array().size() == 2);
    CHECK(listed.at(0).at("id") == first);
    CHECK(listed.at(0).at("state") == json::value("recording"));
    CHECK(listed.at(0).at("receiver") == json::value("adapter0"));
    const auto stopped = f.call("record.stop", R"({"id":1})");
    CHECK(stopped.at("file") == json::value((f.folder() / "a.ts").string()));
    CHECK(f.call("record.list").at("recordings").at(1).at("state") == json::value("recording"));
}

TEST_CASE("with a configuration no adapter becomes a receiver of its own; absence is told") {
    receiver_config roof;
    roof.name = "roof";
    roof.nodes = adapter(0).receivers.at(0);
    hotplug f{{}, {roof}};
    REQUIRE(f.until("roof absent"));
    f.plug({0, 1});
    REQUIRE(f.until("roof idle"));
    f.plug({1});
    REQUIRE(f.until("roof absent"));
    CHECK(f.made == 2);
}
