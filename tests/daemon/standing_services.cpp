// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/standing_services.hpp"

#include "daemon/fake_receiver.hpp"
#include "support/catch.hpp"

#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <thread>

using namespace cihost;
using namespace cihost::daemon;
using namespace cihost::test;

TEST_CASE("numbers are wanted at once, names when they are known") {
    boost::asio::io_context context;
    fake_receiver receiver;
    standing_services standing{context,
                               receiver,
                               {std::uint16_t{7}, std::string("Two"), std::string("Three")},
                               std::chrono::milliseconds{1}};
    standing.start();
    CHECK(receiver.wishes == std::vector<std::uint16_t>{7});
    context.run_one();
    CHECK(receiver.wishes.size() == 1);
    receiver.add_service(2, "Two");
    context.run_one();
    CHECK(receiver.wishes == std::vector<std::uint16_t>{7, 2});
    receiver.add_service(3, "THREE");
    context.run(); // ends: nothing is left to look for
    CHECK(receiver.wishes == std::vector<std::uint16_t>{7, 2, 3});
}

TEST_CASE("a look that is due when the services go is not taken") {
    boost::asio::io_context context;
    fake_receiver receiver;
    auto standing = std::make_unique<standing_services>(
        context, receiver, std::vector<service_ref>{std::string("One")},
        std::chrono::milliseconds{1});
    // runs out first, so that the look is queued behind it
    boost::asio::steady_timer first{context, boost::asio::steady_timer::clock_type::now()};
    first.async_wait([&](const boost::system::error_code&) { standing.reset(); });
    standing->start();
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
    receiver.add_service(1, "One");
    context.run();
    CHECK(receiver.wishes.empty());
}
