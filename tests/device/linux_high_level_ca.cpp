// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/linux_receiver.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/high_level_driver.hpp"
#include "support/wait.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <functional>
#include <future>
#include <thread>
#include <vector>

using namespace cihost;
using namespace cihost::test;
using model = high_level_driver::model;
using opened = result<std::unique_ptr<device::ca_device>>;

namespace {

const device::linux_nodes nodes{
    .frontend = {}, .demux = {}, .dvr = {}, .ca = "/dev/dvb/adapter0/ca0"};

const auto application_info_enq = "00 9f8020 00"_hex;
const auto application_info = "00 9f8021 09 01 c140 0001 03 43414d"_hex;
const auto ca_info_enq = "00 9f8030 00"_hex;
const auto ca_info = "00 9f8031 02 4afe"_hex;
const auto ca_pmt = "00 9f8032 06 03 012d d1 f000"_hex;
const auto enter_menu = "00 9f8022 00"_hex;

bytes next_block(device::ca_device& ca) {
    std::array<std::uint8_t, 65537> buffer;
    REQUIRE(readable(ca.fd(), 0));
    const auto size = ca.read(buffer);
    REQUIRE(size.has_value());
    return {buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*size)};
}

bool silent(device::ca_device& ca) {
    std::array<std::uint8_t, 512> buffer;
    const auto size = ca.read(buffer);
    return !readable(ca.fd(), 0) && !size && size.error().value() == EAGAIN;
}

bytes without_slot(const bytes& block) { return {block.begin() + 1, block.end()}; }

} // namespace

TEST_CASE("an enquiry is answered by read, whatever the driver wraps around the answer") {
    const auto which = GENERATE(model::firedtv, model::dst_ca);
    high_level_driver driver{which};
    {
        const auto ca = device::open_linux_ca(nodes, driver);
        REQUIRE(ca.has_value());
        CHECK((*ca)->interface() == device::ca_interface::high_level);
        CHECK((*ca)->slot_count() == 1);
        CHECK(silent(**ca));

        CHECK_FALSE((*ca)->write(application_info_enq));
        CHECK(readable((*ca)->fd(), 0));
        CHECK_FALSE((*ca)->write(ca_info_enq));
        CHECK(next_block(**ca) == application_info);
        CHECK(next_block(**ca) == ca_info);
        CHECK(silent(**ca));

        CHECK_FALSE((*ca)->write(ca_pmt));
        CHECK(silent(**ca));
        CHECK(driver.sent() == std::vector<bytes>{without_slot(application_info_enq),
                                                  without_slot(ca_info_enq), without_slot(ca_pmt)});
        // nothing is fetched without an enquiry
        CHECK((*ca)->status(0)->present);
        CHECK(driver.fetches() == 2);
    }
    CHECK(driver.nothing_leaked());
}

TEST_CASE("either flag is ready where a driver never gives both") {
    using status = device::slot_status;
    SECTION("dst_ca") {
        high_level_driver driver{model::dst_ca};
        const auto ca = device::open_linux_ca(nodes, driver);
        REQUIRE(ca.has_value());
        CHECK((*ca)->status(0).value() == status{true, true});
        driver.with([](auto& module) { module.ready = false; });
        CHECK((*ca)->status(0).value() == status{true, true});
        driver.with([](auto& module) { module.present = false; });
        CHECK((*ca)->status(0).value() == status{});
    }
    SECTION("firedtv") {
        high_level_driver driver{model::firedtv};
        driver.with([](auto& module) { module.ready = false; });
        const auto ca = device::open_linux_ca(nodes, driver);
        REQUIRE(ca.has_value());
        CHECK((*ca)->status(0).value() == status{true, true}); // not known better yet
        driver.with([](auto& module) { module.ready = true; });
        CHECK((*ca)->status(0).value() == status{true, true});
        driver.with([](auto& module) { module.ready = false; });
        CHECK((*ca)->status(0).value() == status{true, false});
        driver.with([](auto& module) { module.present = false; });
        CHECK((*ca)->status(0).value() == status{});
    }
}

TEST_CASE("menu objects come with the status while a menu is open") {
    high_level_driver driver{model::firedtv};
    const auto menu = "9f8809 06 9f8803 02 0141"_hex;
    const auto closing = "9f8800 01 00"_hex;
    driver.with([&](auto& module) { module.menu = {menu, "aabbcc 00"_hex, closing}; });
    const auto ca = device::open_linux_ca(nodes, driver);
    REQUIRE(ca.has_value());
    REQUIRE((*ca)->status(0).has_value());
    CHECK(driver.fetches() == 0);

    CHECK_FALSE((*ca)->write(enter_menu));
    CHECK(silent(**ca));
    REQUIRE((*ca)->status(0).has_value());
    CHECK(without_slot(next_block(**ca)) == menu);
    REQUIRE((*ca)->status(0).has_value()); // not an object of a menu
    CHECK(silent(**ca));
    REQUIRE((*ca)->status(0).has_value());
    CHECK(without_slot(next_block(**ca)) == closing);
    const auto fetched = driver.fetches();
    REQUIRE((*ca)->status(0).has_value());
    CHECK(driver.fetches() == fetched);
}

TEST_CASE("an open menu does not take an enquiry's answer, and nothing there is no error") {
    const auto which = GENERATE(model::firedtv, model::dst_ca);
    high_level_driver driver{which};
    const auto ca = device::open_linux_ca(nodes, driver);
    REQUIRE(ca.has_value());
    CHECK_FALSE((*ca)->write(enter_menu));
    for (int i = 0; i < 3; ++i)
        CHECK((*ca)->status(0)->ready);
    CHECK(silent(**ca));
    CHECK_FALSE((*ca)->write(ca_info_enq));
    CHECK((*ca)->status(0)->ready);
    CHECK(next_block(**ca) == ca_info);
    CHECK(silent(**ca));
}

TEST_CASE("the menu ends with the module, with a reset and with a driver that has none") {
    high_level_driver driver{model::firedtv};
    const auto ca = device::open_linux_ca(nodes, driver);
    REQUIRE(ca.has_value());
    CHECK_FALSE((*ca)->write(enter_menu));
    REQUIRE((*ca)->status(0).has_value());
    REQUIRE(driver.fetches() == 1);
    SECTION("pulled out") {
        driver.with([](auto& module) { module.present = module.ready = false; });
        REQUIRE((*ca)->status(0).has_value());
        driver.with([](auto& module) { module.present = module.ready = true; });
    }
    SECTION("reset") { CHECK_FALSE((*ca)->reset()); }
    SECTION("no such call") {
        driver.fail_at(1, EOPNOTSUPP);
        REQUIRE((*ca)->status(0).has_value());
    }
    REQUIRE((*ca)->status(0).has_value());
    CHECK(driver.fetches() == 1);
}

TEST_CASE("menu objects that nobody reads are not fetched without end") {
    high_level_driver driver{model::firedtv};
    driver.with([](auto& module) { module.menu.assign(100, "9f8803 02 0141"_hex); });
    const auto ca = device::open_linux_ca(nodes, driver);
    REQUIRE(ca.has_value());
    CHECK_FALSE((*ca)->write(enter_menu));
    for (int i = 0; i < 100; ++i)
        REQUIRE((*ca)->status(0).has_value());
    const auto kept = driver.fetches();
    CHECK(kept < 100);
    CHECK((*ca)->write(ca_info_enq).value() == ENOBUFS);
    for (unsigned i = 0; i < kept; ++i)
        next_block(**ca);
    CHECK(silent(**ca));
    REQUIRE((*ca)->status(0).has_value());
    CHECK_FALSE(silent(**ca));
}

TEST_CASE("an APDU of 256 bytes goes, a longer one does not fit") {
    high_level_driver driver{model::firedtv};
    const auto ca = device::open_linux_ca(nodes, driver);
    REQUIRE(ca.has_value());
    auto block = "00 9f8032 81fb"_hex;
    block.resize(1 + 256, 0x03);
    CHECK_FALSE((*ca)->write(block));
    CHECK(driver.sent().back() == without_slot(block));
    block.push_back(0x03);
    CHECK((*ca)->write(block).value() == EMSGSIZE);
    CHECK(driver.sent().size() == 1);
}

TEST_CASE("what cannot be meant never reaches the driver") {
    high_level_driver driver{model::firedtv};
    const auto ca = device::open_linux_ca(nodes, driver);
    REQUIRE(ca.has_value());
    const auto made = driver.calls_made();
    CHECK((*ca)->write("01 9f8020 00"_hex).value() == EINVAL);
    CHECK((*ca)->write("00 9f8020"_hex).value() == EINVAL);
    CHECK((*ca)->write({}).value() == EINVAL);
    CHECK((*ca)->status(1).error().value() == EINVAL);
    std::array<std::uint8_t, 1> small;
    CHECK((*ca)->read(small).error().value() == EINVAL);
    CHECK(driver.calls_made() == made);
}

TEST_CASE("an object that the driver does not know is no matter of rights") {
    high_level_driver driver{model::firedtv};
    const auto ca = device::open_linux_ca(nodes, driver);
    REQUIRE(ca.has_value());
    CHECK((*ca)->write("00 9f8441 05 c000000000"_hex).value() == ENOTSUP);
    CHECK_FALSE((*ca)->write(ca_info_enq));
    CHECK(next_block(**ca) == ca_info);
}

TEST_CASE("an answer that is none is refused and the next one taken") {
    struct spoilt {
        bytes message;
        unsigned length;
    };
    const auto bad =
        GENERATE(spoilt{"9f8021 02 4afe"_hex, 6}, // another tag
                 spoilt{"9f8031 04 4afe"_hex, 6}, // longer than given
                 spoilt{"9f8031 82"_hex, 4}, spoilt{"9f80"_hex, 2},
                 spoilt{"9f8031 80"_hex, 4}, // indefinite form
                 spoilt{"9f8031 02 4afe"_hex, 257}, spoilt{"9f8031 02 4afe"_hex, 0xFFFFFFFF},
                 spoilt{"9f8031 7d"_hex, 0}, // more than a block of 128 holds
                 spoilt{bytes(256, 0xFF), 256}, spoilt{bytes(256, 0), 0});
    const auto which = GENERATE(model::firedtv, model::dst_ca);
    high_level_driver driver{which};
    const auto ca = device::open_linux_ca(nodes, driver);
    REQUIRE(ca.has_value());
    driver.spoil_next_answer(bad.message, bad.length);
    CHECK((*ca)->write(ca_info_enq).value() == EPROTO);
    CHECK(silent(**ca));
    CHECK_FALSE((*ca)->write(ca_info_enq));
    CHECK(next_block(**ca) == ca_info);
}

TEST_CASE("an answer that fills the block is taken whole") {
    high_level_driver driver{model::dst_ca};
    driver.with([](auto& module) { module.ca_info.assign(124, 0x18); });
    const auto ca = device::open_linux_ca(nodes, driver);
    REQUIRE(ca.has_value());
    CHECK_FALSE((*ca)->write(ca_info_enq));
    CHECK(next_block(**ca).size() == 1 + 128);
}

TEST_CASE("each call of a high-level device may fail, and another try works") {
    // what the caller makes of the open device; the first call after the opening is the one to fail
    struct use {
        const char* what;
        std::function<error_code(device::ca_device&)> act;
        unsigned calls;
    };
    const std::vector<use> uses{
        {"enquiry", [](auto& ca) { return ca.write(ca_info_enq); }, 2},
        {"ca_pmt", [](auto& ca) { return ca.write(ca_pmt); }, 1},
        {"reset", [](auto& ca) { return ca.reset(); }, 1},
    };
    for (const auto which : {model::firedtv, model::dst_ca})
        for (const auto& how : uses)
            for (unsigned call = 0; call < how.calls; ++call)
                for (const int error :
                     {EIO, ENOMEM, ENODEV, EFAULT, EINVAL, EOPNOTSUPP, ETIMEDOUT, EPERM, EACCES}) {
                    INFO(how.what << ", call " << call << ", errno " << error);
                    high_level_driver driver{which};
                    {
                        const auto ca = device::open_linux_ca(nodes, driver);
                        REQUIRE(ca.has_value());
                        driver.fail_at(call, error);
                        int expected = error;
                        if (error == EPERM) // dst_ca's -1
                            expected = EIO;
                        if (error == EACCES && how.what != std::string{"reset"})
                            expected = call == 0 ? ENOTSUP : EPROTO;
                        CHECK(how.act(**ca).value() == expected);
                        CHECK(silent(**ca));
                        CHECK_FALSE(how.act(**ca));
                    }
                    CHECK(driver.nothing_leaked());
                }
}

TEST_CASE("a status that cannot be asked says why") {
    for (const auto& [error, expected] : {std::pair{EIO, EIO}, {ENODEV, ENODEV}, {EPERM, EIO}}) {
        high_level_driver driver{model::dst_ca};
        const auto ca = device::open_linux_ca(nodes, driver);
        REQUIRE(ca.has_value());
        driver.fail_at(0, error);
        CHECK((*ca)->status(0).error().value() == expected);
        CHECK((*ca)->status(0).has_value());
    }
}

TEST_CASE("a high-level device that is unplugged says ENODEV") {
    high_level_driver driver{model::firedtv};
    {
        const auto ca = device::open_linux_ca(nodes, driver);
        REQUIRE(ca.has_value());
        CHECK(device::open_linux_ca(nodes, driver).error().value() == EBUSY);
        CHECK_FALSE((*ca)->write(enter_menu));
        driver.fail_at(1, ENODEV); // while the menu is looked for
        CHECK((*ca)->status(0).error().value() == ENODEV);
        driver.unplug();
        CHECK((*ca)->write(ca_info_enq).value() == ENODEV);
        CHECK((*ca)->status(0).error().value() == ENODEV);
        CHECK((*ca)->reset().value() == ENODEV);
    }
    CHECK(driver.nothing_leaked());
}

TEST_CASE("a CA device whose node went from under it is gone, whatever its driver says") {
    high_level_driver driver{model::firedtv};
    const auto ca = device::open_linux_ca(nodes, driver);
    REQUIRE(ca.has_value());
    REQUIRE((*ca)->status(0)->ready);
    driver.remove_nodes();
    CHECK((*ca)->status(0).error().value() == ENODEV);
    // what is opened anew is another node
    CHECK(device::open_linux_ca(nodes, driver).error().value() == EBUSY);
}

TEST_CASE("a status asked by another thread never comes between an enquiry and its answer") {
    high_level_driver driver{model::dst_ca}; // whose status overwrites the answer
    const auto ca = device::open_linux_ca(nodes, driver);
    REQUIRE(ca.has_value());
    std::future<bool> other;
    driver.before_fetch = [&] {
        other = std::async(std::launch::async, [&] { return (*ca)->status(0).has_value(); });
        // as long as it takes one that does not wait for us
        other.wait_for(std::chrono::milliseconds{100});
    };
    CHECK_FALSE((*ca)->write(ca_info_enq));
    CHECK(other.get());
    CHECK(next_block(**ca) == ca_info);
}

TEST_CASE("an answer can be read while a reset blocks") {
    high_level_driver driver{model::dst_ca};
    const auto ca = device::open_linux_ca(nodes, driver);
    REQUIRE(ca.has_value());
    CHECK_FALSE((*ca)->write(ca_info_enq));
    driver.set_reset_time(std::chrono::milliseconds{200});
    error_code reset;
    std::thread resetting{[&] { reset = (*ca)->reset(); }};
    while (driver.resets() == 0)
        std::this_thread::yield();
    CHECK(next_block(**ca) == ca_info);
    resetting.join();
    CHECK_FALSE(reset);
    CHECK(silent(**ca));
}
