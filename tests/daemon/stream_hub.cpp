// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/stream_hub.hpp"

#include "support/catch.hpp"

using namespace cihost;
using namespace cihost::daemon;

namespace {

viewer_queue::block block(std::size_t size) { return std::make_shared<const bytes>(size); }

} // namespace

TEST_CASE("viewers share blocks, and are woken when they wait for one") {
    int woken = 0;
    const auto one = std::make_shared<viewer_queue>([&] { ++woken; });
    const auto two = std::make_shared<viewer_queue>([] {});
    stream_hub hub;
    hub.add(one);
    hub.add(two);
    CHECK(hub.viewers() == 2);
    const auto first = block(188);
    hub.push(first);
    CHECK(woken == 0); // it has not asked
    CHECK(one->take() == first);
    CHECK(two->take() == first);
    CHECK_FALSE(one->take());
    hub.push(block(376));
    hub.push(block(564));
    CHECK(woken == 1); // once, until it asks again
    CHECK(one->take()->size() == 376);
    CHECK(one->take()->size() == 564);
    CHECK(hub.remove(one));
    CHECK_FALSE(hub.remove(one));
    CHECK(hub.viewers() == 1);
}

TEST_CASE("a viewer that falls behind is dropped alone") {
    int woken = 0;
    const auto slow = std::make_shared<viewer_queue>([&] { ++woken; }, 1000);
    const auto good = std::make_shared<viewer_queue>([] {}, 1000);
    stream_hub hub;
    hub.add(slow);
    hub.add(good);
    CHECK_FALSE(slow->take());
    for (int i = 0; i < 3; ++i) {
        hub.push(block(500));
        CHECK(good->take());
    }
    CHECK(woken == 2); // for the first block, and for the end
    CHECK(slow->overrun());
    CHECK(slow->ended());
    CHECK_FALSE(slow->take());
    CHECK_FALSE(good->ended());
}

TEST_CASE("the end comes behind what was there before") {
    int woken = 0;
    const auto viewer = std::make_shared<viewer_queue>([&] { ++woken; });
    stream_hub hub;
    hub.add(viewer);
    hub.push(block(188));
    hub.end("it is over");
    hub.push(block(188));
    CHECK(viewer->closed());
    CHECK_FALSE(viewer->ended());
    CHECK(viewer->take());
    CHECK(viewer->ended());
    CHECK_FALSE(viewer->overrun());
    CHECK(viewer->why() == "it is over");
    CHECK(woken == 1); // whatever it does
    const auto waiting = std::make_shared<viewer_queue>([&] { ++woken; });
    CHECK_FALSE(waiting->take());
    waiting->end("now");
    CHECK(woken == 2);
}
