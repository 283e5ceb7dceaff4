// SPDX-License-Identifier: LGPL-2.1-or-later

/// Each call on each node fails, once or until it is mended: a sentence names the node and says
/// what to do, and the receiver comes back by itself.

#include "driven_receiver.hpp"
#include "support/catch.hpp"
#include "support/high_level_driver.hpp"
#include "support/link_driver.hpp"

#include <cerrno>
#include <cstring>
#include <linux/dvb/ca.h>
#include <linux/dvb/dmx.h>
#include <string>
#include <sys/ioctl.h>
#include <vector>

using namespace cihost;
using namespace cihost::test;
using model = high_level_driver::model;
using call = fake_calls::fault_kind;

namespace {

constexpr auto one = fake_receiver::first_service;

struct fault {
    unsigned long what;
    int error;
    /// Besides the node's path.
    const char* remedy;
};

struct link_receiver : driven_receiver {
    link_driver ca{nodes.ca.string()};
    demux_driver demux{adapter};
    link_receiver() {
        ca.taken = [this](bytes_view tpdu) { world.module_heard(tpdu); };
        use(ca, &demux);
    }
    ~link_receiver() { r.reset(); }
};

struct high_level_receiver : driven_receiver {
    high_level_driver ca;
    explicit high_level_receiver(model which)
        : ca{which, nodes.ca.string()} {
        ca.taken = [this](const bytes& apdu) { world.module_heard(apdu); };
        use(ca);
    }
    ~high_level_receiver() { r.reset(); }
};

/// `driver` has that fault until it was said; then all is well again.
void said_and_mended(driven_receiver& f, fake_calls& driver, const fault& wrong, const char* name) {
    const auto node = f.adapter + "/" + name;
    INFO(node << ", call " << wrong.what << ": " << std::strerror(wrong.error));
    driver.fail(wrong.what, wrong.error);
    if (!f.r) {
        f.begin();
        f.r->want(one);
    }
    const bool said = run_until(f.context, [&] { return f.says(node) && f.says(wrong.remedy); });
    if (!said)
        for (const auto& l : f.log)
            UNSCOPED_INFO(l.message);
    REQUIRE(said);
    CHECK(driver.faults() > 0);
    driver.mend();
    REQUIRE(f.until_state(one, "clear"));
}

} // namespace

TEST_CASE("a CA device that cannot be opened is said and tried again, whatever its kind") {
    for (const auto& wrong : {
             fault{call::opening, EBUSY, "fuser -v"},
             {call::opening, EACCES, "may not be opened"},
             {call::opening, ENOENT, "leads nowhere"},
             {call::opening, ENODEV, "Plug it in again"},
             {call::opening, EMFILE, "LimitNOFILE"},
             {call::opening, ENOMEM, "End other programs"},
             {CA_GET_CAP, EIO, "plug it in again"},
             {CA_GET_CAP, ENOTTY, "Leave it out"},
             {CA_GET_CAP, EPERM, "dmesg"},
             {CA_GET_CAP, ETIMEDOUT, "dmesg"},
             {CA_GET_SLOT_INFO, ENODEV, "Plug it in again"},
         }) {
        {
            link_receiver f;
            said_and_mended(f, f.ca, wrong, "ca0");
            // the CAM's way of saying it
            CHECK(f.r->report().cams.at(0).reason.empty());
        }
        high_level_receiver f{model::dst_ca};
        said_and_mended(f, f.ca, wrong, "ca0");
    }
}

TEST_CASE("a fault of a link-level CA device at work is said, and it works again afterwards") {
    for (const auto& wrong : {
             fault{CA_GET_SLOT_INFO, EIO, "dmesg"},
             {CA_GET_SLOT_INFO, ENODEV, "Plug it in again"},
             {CA_GET_SLOT_INFO, EINVAL, "no module is ready"},
             {call::writing, EIO, "take it out"},
             {call::writing, ENOMEM, "End other programs"},
             {call::writing, ENODEV, "Plug it in again"},
             {call::reading, EIO, "take it out"},
             {call::reading, ENODEV, "Plug it in again"},
         }) {
        link_receiver f;
        f.begin();
        f.r->want(one);
        REQUIRE(f.until_state(one, "clear"));
        said_and_mended(f, f.ca, wrong, "ca0");
        REQUIRE(f.until([](const receiver_report& r) {
            return r.cams[0].state == "ready" && r.cams[0].reason.empty();
        }));
    }
}

TEST_CASE("a fault of a high-level CA device at work is said, and it works again afterwards") {
    const auto which = GENERATE(model::firedtv, model::dst_ca);
    for (const auto& wrong : {
             fault{CA_GET_SLOT_INFO, EIO, "dmesg"},
             {CA_GET_SLOT_INFO, ENODEV, "Plug it in again"},
             {CA_GET_SLOT_INFO, EPERM, "plug it in again"},
         }) {
        high_level_receiver f{which};
        f.begin();
        f.r->want(one);
        REQUIRE(f.until_state(one, "clear"));
        said_and_mended(f, f.ca, wrong, "ca0");
        REQUIRE(f.until([](const receiver_report& r) {
            return r.cams[0].state == "ready" && r.cams[0].reason.empty();
        }));
    }
    for (const auto& wrong : {
             fault{CA_SEND_MSG, EIO, "take it out"},
             {CA_SEND_MSG, ENODEV, "Plug it in again"},
             {CA_GET_MSG, EIO, "take it out"},
             {CA_GET_MSG, EACCES, "has no meaning"},
             {CA_RESET, EIO, "take it out"},
             {CA_RESET, EPERM, "take it out"},
             {CA_RESET, EOPNOTSUPP, ""},
         }) {
        high_level_receiver f{which};
        said_and_mended(f, f.ca, wrong, "ca0");
    }
}

TEST_CASE("one failure of a high-level CA device costs a try and no service") {
    for (const auto request : std::vector<unsigned long>{CA_GET_CAP, CA_GET_SLOT_INFO, CA_RESET,
                                                         CA_SEND_MSG, CA_GET_MSG})
        for (const auto which : {model::firedtv, model::dst_ca}) {
            INFO("request " << request);
            high_level_receiver f{which};
            f.ca.fail(request, EIO, 1);
            f.begin();
            f.r->want(one);
            REQUIRE(f.until_state(one, "clear"));
            CHECK(f.ca.faults() == 1);
        }
}

TEST_CASE("demux and dvr that fail are said and used again afterwards") {
    struct expected {
        fault wrong;
        const char* node;
    };
    for (const auto& [wrong, node] : std::vector<expected>{
             {{call::opening, EBUSY, "fuser -v"}, "dvr0"},
             {{call::opening, EACCES, "may not be opened"}, "dvr0"},
             {{call::opening, ENOENT, "leads nowhere"}, "dvr0"},
             {{call::opening, ENODEV, "Plug it in again"}, "dvr0"},
             {{call::opening, EMFILE, "LimitNOFILE"}, "demux0"},
             {{call::opening, EINVAL, "refused"}, "dvr0"},
             {{DMX_SET_BUFFER_SIZE, ENODEV, "Plug it in again"}, "dvr0"},
             {{DMX_SET_PES_FILTER, EIO, "dmesg"}, "dvr0"},
             {{DMX_SET_PES_FILTER, ENOMEM, "End other programs"}, "dvr0"},
             {{DMX_SET_PES_FILTER, EBUSY, "fuser -v"}, "dvr0"},
         }) {
        link_receiver f;
        said_and_mended(f, f.demux, wrong, node);
        CHECK(f.r->report().state == "locked");
    }
    for (const auto& wrong : {
             fault{call::reading, EIO, "dmesg"},
             {call::reading, ENODEV, "Plug it in again"},
             {call::reading, ENOMEM, "End other programs"},
             {call::reading, ETIMEDOUT, "dmesg"},
         }) {
        link_receiver f;
        f.begin();
        f.r->want(one);
        REQUIRE(f.until_state(one, "clear"));
        said_and_mended(f, f.demux, wrong, "dvr0");
        CHECK(f.r->report().state == "locked");
    }
}

TEST_CASE("one failure of demux or dvr costs a try and no service") {
    for (const auto what : std::vector<unsigned long>{call::opening, call::reading,
                                                      DMX_SET_BUFFER_SIZE, DMX_SET_PES_FILTER})
        for (const bool whole : {true, false}) {
            INFO("call " << what);
            link_receiver f;
            f.whole_multiplex = whole;
            f.demux.fail(what, EIO, 1);
            f.begin();
            f.r->want(one);
            REQUIRE(f.until_state(one, "clear"));
            CHECK(f.demux.faults() == 1);
        }
}

TEST_CASE(
    "of an adapter that is unplugged the CA device is opened anew, although it says nothing") {
    link_receiver f;
    f.begin();
    f.r->want(one);
    REQUIRE(f.until_state(one, "clear"));
    f.ca.unplug();
    SECTION("the dvr says it") { f.demux.unplug(); }
    SECTION("the tuner says it") { f.world.frontend_exists = false; }
    SECTION("nobody says it, but the node is gone from /dev") { f.ca.remove_nodes(); }
    REQUIRE(run_until(f.context,
                      [&] { return f.logged("The CA device was lost. " + f.nodes.ca.string()); }));
    REQUIRE(run_until(f.context, [&] { return f.ca.open_descriptors() == 0; }));
    CHECK(f.r->report().cams.at(0).state == "empty");
    f.ca.plug_in();
    f.demux.plug_in();
    f.world.frontend_exists = true;
    REQUIRE(f.until_state(one, "clear"));
    REQUIRE(f.until_cam("ready"));
    f.r.reset();
    CHECK(f.ca.nothing_leaked());
    CHECK(f.demux.nothing_leaked());
}
