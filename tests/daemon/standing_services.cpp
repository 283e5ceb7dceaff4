// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/standing_services.hpp"

#include "daemon/fake_receiver.hpp"
#include "support/catch.hpp"

#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace cihost;
using namespace cihost::daemon;
using namespace cihost::test;

TEST_CASE("numbers are wanted at once, names when they are known") {
    boost::asio::io_context context;
    fake_receiver receiver;
    standing_services standing{context,
                               receiver,
                               {std::uint16_t{7}, std::string("Two"), std::string("Three")},
                               {.period = std::chrono::milliseconds{1}}};
    standing.start();
    CHECK(receiver.wishes == std::vector<std::uint16_t>{7});
    context.run_one();
    CHECK(receiver.wishes.size() == 1);
    receiver.add_service(2, "Two");
    context.run_one();
    CHECK(receiver.wishes == std::vector<std::uint16_t>{7, 2});
    receiver.add_service(7, "Seven");
    receiver.add_service(3, "THREE");
    context.run(); // ends: nothing is left to look for
    CHECK(receiver.wishes == std::vector<std::uint16_t>{7, 2, 3});
}

TEST_CASE("a look that is due when the services go is not taken") {
    boost::asio::io_context context;
    fake_receiver receiver;
    auto standing = std::make_unique<standing_services>(
        context, receiver, std::vector<service_ref>{std::string("One")},
        standing_services::settings{.period = std::chrono::milliseconds{1}});
    // runs out first, so that the look is queued behind it
    boost::asio::steady_timer first{context, boost::asio::steady_timer::clock_type::now()};
    first.async_wait([&](const boost::system::error_code&) { standing.reset(); });
    standing->start();
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
    receiver.add_service(1, "One");
    context.run();
    CHECK(receiver.wishes.empty());
}

TEST_CASE("what stays on the list is not disturbed by a change of it") {
    boost::asio::io_context context;
    fake_receiver receiver;
    receiver.add_service(2, "Two");
    receiver.add_service(7, "Seven");
    receiver.add_service(8, "Eight");
    std::vector<missing_service> missing;
    standing_services standing{
        context,
        receiver,
        {std::uint16_t{7}, std::string("Two"), std::uint16_t{8}, std::string("Gone")},
        {.period = std::chrono::milliseconds{1},
         .patience = {},
         .missing = [&](std::vector<missing_service> m) { missing = std::move(m); }}};
    receiver.now.state = "locked";
    receiver.now.transport_stream_id = 1;
    standing.start();
    while (missing.empty())
        context.run_one();
    const auto wanted = [&](std::uint16_t number) {
        return std::ranges::find(receiver.wishes, number) != receiver.wishes.end();
    };
    REQUIRE(wanted(7));
    REQUIRE(wanted(2));
    // a name that is not broadcast at the moment stays; a number may be wanted by its name now
    receiver.now.services.erase(receiver.now.services.begin());
    standing.change({std::string("Two"), std::string("Eight")});
    CHECK(wanted(2));
    CHECK(wanted(8));
    CHECK_FALSE(wanted(7));
    REQUIRE(missing.size() == 1);
    CHECK(missing[0].service == service_ref{std::string("Two")});
    standing.change({});
    CHECK(receiver.wishes.empty());
    CHECK(missing.empty());
    context.run(); // ends: nothing is looked for any more
}

TEST_CASE("a service that is not there is told once, with what was meant, and looked for further") {
    boost::asio::io_context context;
    fake_receiver receiver;
    std::vector<std::string> log;
    std::vector<missing_service> missing;
    standing_services standing{
        context,
        receiver,
        {std::uint16_t{28016}, std::string("Arte HD"), std::string("ZFD")},
        {.period = std::chrono::milliseconds{1},
         .patience = std::chrono::milliseconds{0},
         .log = [&](const runtime::log_record& r) { log.push_back(r.message); },
         .missing = [&](std::vector<missing_service> now) { missing = std::move(now); }}};
    receiver.add_service(28106, "ZDF");
    standing.start();
    context.run_one();
    CHECK(log.empty()); // without a lock, nothing is known

    receiver.now.state = "locked";
    receiver.now.transport_stream_id = 1;
    context.run_one();
    context.run_one();
    REQUIRE(log.size() == 3);
    CHECK(log[0] == "The configured service 28016 is not in this multiplex; did you mean '28106'? "
                    "It holds: 28106 ZDF.");
    CHECK(log[1] == "The configured service 'Arte HD' is not in this multiplex. It holds: 28106 "
                    "ZDF.");
    CHECK(log[2] == "The configured service 'ZFD' is not in this multiplex; did you mean 'ZDF'? "
                    "It holds: 28106 ZDF.");
    CHECK(missing.size() == 3);

    receiver.add_service(5, "arte HD");
    context.run_one();
    CHECK(receiver.wishes.back() == 5);
    REQUIRE(missing.size() == 2);
    CHECK(missing[1].service == service_ref{std::string("ZFD")});
    CHECK(log.size() == 3);
}
