// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/linux_receiver.hpp"
#include "support/catch.hpp"
#include "support/demux_driver.hpp"

#include <cihost/ts/packet.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <map>
#include <set>
#include <vector>

using namespace cihost;
using namespace cihost::test;

namespace {

const device::linux_nodes nodes{
    .frontend = {}, .demux = demux_driver::demux_path, .dvr = demux_driver::dvr_path, .ca = {}};

ts::pid_filter pids(std::initializer_list<unsigned> list) {
    ts::pid_filter filter;
    for (const auto pid : list)
        filter.add(static_cast<ts::pid_t>(pid));
    return filter;
}

/// `count` PIDs from 0x100 on.
ts::pid_filter many(std::size_t count) {
    ts::pid_filter filter;
    for (std::size_t n = 0; n < count; ++n)
        filter.add(static_cast<ts::pid_t>(0x100 + n));
    return filter;
}

/// Packet numbers by PID, in the order in which they came, until nothing is left.
std::map<unsigned, std::vector<std::uint32_t>> drain(device::ts_input& input) {
    std::map<unsigned, std::vector<std::uint32_t>> came;
    bytes buffer(1024 * ts::packet_size);
    while (const auto size = input.read(buffer)) {
        REQUIRE(*size % ts::packet_size == 0);
        for (std::size_t at = 0; at < *size; at += ts::packet_size) {
            std::uint32_t number = 0;
            std::memcpy(&number, buffer.data() + at + 4, sizeof number);
            came[(buffer[at + 1] & 0x1FU) << 8 | buffer[at + 2]].push_back(number);
        }
    }
    return came;
}

/// The PIDs of 0x0FF to 0x300 and the null packets that come.
std::set<unsigned> coming(demux_driver& driver, device::ts_input& input) {
    drain(input);
    for (unsigned pid = 0xFF; pid <= 0x300; ++pid)
        driver.deliver(static_cast<ts::pid_t>(pid), 0);
    driver.deliver(ts::pid_null, 0);
    std::set<unsigned> seen;
    for (const auto& [pid, numbers] : drain(input)) {
        CHECK(numbers.size() == 1);
        seen.insert(pid);
    }
    return seen;
}
constexpr std::size_t all_coming = 0x300 - 0xFF + 1 + 1;

/// A packet of each of these PIDs after each call that is made.
class traffic {
  public:
    traffic(demux_driver& driver, std::set<unsigned> on)
        : driver_{driver} {
        driver.after_each_call = [this, &driver, pids = std::move(on)] {
            for (const auto pid : pids)
                driver.deliver(static_cast<ts::pid_t>(pid), next_);
            ++next_;
        };
    }
    ~traffic() {
        driver_.after_each_call = [] {};
    }
    /// Each one once, in order.
    bool all_came(const std::vector<std::uint32_t>& numbers) const {
        std::uint32_t expected = 0;
        return numbers.size() == next_ &&
               std::ranges::all_of(numbers, [&](auto number) { return number == expected++; });
    }
    std::uint32_t calls() const { return next_; }

  private:
    demux_driver& driver_;
    std::uint32_t next_ = 0;
};

} // namespace

TEST_CASE("the dvr gives the PIDs that were taken") {
    demux_driver driver;
    {
        const auto opened = device::open_linux_ts_input(nodes, driver);
        REQUIRE(opened.has_value());
        auto& input = **opened;
        CHECK(coming(driver, input).empty());
        CHECK_FALSE(input.take(pids({0x100, 0x200})));
        CHECK(coming(driver, input) == std::set<unsigned>{0x100, 0x200});
        CHECK_FALSE(input.take(pids({0x200, 0x300})));
        CHECK(coming(driver, input) == std::set<unsigned>{0x200, 0x300});
        CHECK_FALSE(input.take_all());
        CHECK(coming(driver, input).size() == all_coming);
        CHECK(driver.feeds() == 1);
        CHECK_FALSE(input.take(pids({0x100})));
        CHECK(coming(driver, input) == std::set<unsigned>{0x100});
        ts::pid_filter every;
        every.add_all();
        CHECK_FALSE(input.take(every));
        CHECK(coming(driver, input).size() == all_coming);
        CHECK_FALSE(input.gives_all_for_want_of_room());
        CHECK_FALSE(input.take({}));
        CHECK(coming(driver, input).empty());
        CHECK(driver.feeds() == 0);
    }
    CHECK(driver.nothing_leaked());
}

TEST_CASE("what is taken before and after a change comes without gap and without repetition") {
    demux_driver driver;
    const auto opened = device::open_linux_ts_input(nodes, driver);
    REQUIRE(opened.has_value());
    auto& input = **opened;
    const auto from_all = GENERATE(false, true);
    const auto to_all = GENERATE(false, true);
    INFO(from_all << " " << to_all);
    REQUIRE_FALSE((from_all ? input.take_all() : input.take(pids({0x100, 0x101, 0x102}))).failed());
    const traffic air{driver, {0x100, 0x101, 0x102, 0x103}};
    REQUIRE_FALSE((to_all ? input.take_all() : input.take(pids({0x101, 0x102, 0x103}))).failed());
    auto came = drain(input);
    CHECK(air.all_came(came[0x101]));
    CHECK(air.all_came(came[0x102]));
    CHECK((from_all && to_all ? air.calls() == 0 : air.calls() > 0));
}

TEST_CASE("a change that changes nothing asks nothing of the kernel") {
    demux_driver driver;
    const auto opened = device::open_linux_ts_input(nodes, driver);
    REQUIRE(opened.has_value());
    REQUIRE_FALSE((*opened)->take(pids({0x100, 0x101})));
    const auto made = driver.calls_made();
    CHECK_FALSE((*opened)->take(pids({0x100, 0x101})));
    CHECK(driver.calls_made() == made);
}

TEST_CASE("more PIDs than the demux has room for are the whole multiplex") {
    demux_driver driver;
    SECTION("openings") { driver.max_filters = 21; }
    SECTION("feeds") { driver.max_feeds = 20; }
    {
        const auto opened = device::open_linux_ts_input(nodes, driver);
        REQUIRE(opened.has_value());
        auto& input = **opened;
        REQUIRE_FALSE(input.take(many(10)));
        CHECK_FALSE(input.gives_all_for_want_of_room());
        const traffic air{driver, {0x100}};
        CHECK_FALSE(input.take(many(50)));
        CHECK(input.gives_all_for_want_of_room());
        auto came = drain(input);
        // Where the whole multiplex had no room beside the filters, there is a gap of the calls
        // that ended them.
        CHECK(came[0x100].size() >= air.calls() - (driver.max_feeds == 20 ? 20 : 0));
        CHECK(std::set<std::uint32_t>{came[0x100].begin(), came[0x100].end()}.size() ==
              came[0x100].size());
        driver.after_each_call = [] {};
        CHECK(coming(driver, input).size() == all_coming);
        CHECK(driver.feeds() == 1);

        // it is not tried again with as many
        const auto made = driver.calls_made();
        CHECK_FALSE(input.take(many(40)));
        CHECK(input.gives_all_for_want_of_room());
        CHECK(driver.calls_made() == made);
        // but with fewer
        CHECK_FALSE(input.take(many(15)));
        CHECK_FALSE(input.gives_all_for_want_of_room());
        CHECK(coming(driver, input).size() == 15);
        // what is asked for by name is not for want of room
        CHECK_FALSE(input.take(many(50)));
        CHECK_FALSE(input.take_all());
        CHECK_FALSE(input.gives_all_for_want_of_room());
        CHECK_FALSE(input.take({}));
        CHECK(driver.feeds() == 0);
    }
    CHECK(driver.nothing_leaked());
}

TEST_CASE("old and new PIDs that have no room beside each other are changed over by way of all") {
    demux_driver driver;
    driver.max_filters = 13;
    const auto opened = device::open_linux_ts_input(nodes, driver);
    REQUIRE(opened.has_value());
    auto& input = **opened;
    REQUIRE_FALSE(input.take(many(8)));
    auto next = pids({0x107});
    for (unsigned pid = 0x200; pid < 0x207; ++pid)
        next.add(static_cast<ts::pid_t>(pid));
    const traffic air{driver, {0x107}};
    CHECK_FALSE(input.take(next));
    CHECK(air.all_came(drain(input)[0x107]));
    CHECK_FALSE(input.gives_all_for_want_of_room());
    driver.after_each_call = [] {};
    CHECK(coming(driver, input) ==
          std::set<unsigned>{0x107, 0x200, 0x201, 0x202, 0x203, 0x204, 0x205, 0x206});
}

TEST_CASE("a thousand PIDs are the whole multiplex on any demux") {
    demux_driver driver;
    driver.max_filters = driver.max_feeds = 10000;
    const auto opened = device::open_linux_ts_input(nodes, driver);
    REQUIRE(opened.has_value());
    CHECK_FALSE((*opened)->take(many(1000)));
    CHECK((*opened)->gives_all_for_want_of_room());
    CHECK(driver.feeds() == 1);
}

TEST_CASE("the ring holds whole packets, and as many as were asked for") {
    demux_driver driver;
    auto wished = nodes;
    const auto opened = device::open_linux_ts_input(wished, driver);
    REQUIRE(opened.has_value());
    CHECK(driver.ring_size() == wished.dvr_buffer - wished.dvr_buffer % ts::packet_size);
    bytes small(ts::packet_size - 1);
    CHECK((*opened)->read(small).error().value() == EINVAL);
    CHECK_FALSE((*opened)->take_all());
    driver.deliver(0x100, 1);
    driver.deliver(0x100, 2);
    bytes odd(ts::packet_size + 100);
    CHECK((*opened)->read(odd).value() == ts::packet_size);
    CHECK((*opened)->read(odd).value() == ts::packet_size);
    CHECK((*opened)->read(odd).error().value() == EAGAIN);
}

TEST_CASE("packets lost for slowness are told once, and it goes on") {
    demux_driver driver;
    auto little = nodes;
    little.dvr_buffer = 10 * ts::packet_size;
    const auto opened = device::open_linux_ts_input(little, driver);
    REQUIRE(opened.has_value());
    REQUIRE_FALSE((*opened)->take_all());
    for (std::uint32_t n = 0; n < 20; ++n)
        driver.deliver(0x100, n);
    bytes buffer(100 * ts::packet_size);
    CHECK((*opened)->read(buffer).error().value() == EOVERFLOW);
    CHECK((*opened)->read(buffer).error().value() == EAGAIN);
    driver.deliver(0x100, 21);
    CHECK((*opened)->read(buffer).value() == ts::packet_size);
}

TEST_CASE("a dvr has one reader; one that is unplugged says ENODEV") {
    demux_driver driver;
    {
        const auto opened = device::open_linux_ts_input(nodes, driver);
        REQUIRE(opened.has_value());
        CHECK(device::open_linux_ts_input(nodes, driver).error().value() == EBUSY);
        REQUIRE_FALSE((*opened)->take(pids({0x100})));
        driver.unplug();
        bytes buffer(100 * ts::packet_size);
        CHECK((*opened)->read(buffer).error().value() == ENODEV);
        CHECK((*opened)->take(pids({0x100, 0x101})).value() == ENODEV);
        CHECK_FALSE((*opened)->gives_all_for_want_of_room());
    }
    CHECK(driver.nothing_leaked());
}

TEST_CASE("each call of the opening may fail, nothing leaks, and another try works") {
    for (unsigned n = 0; n < 3; ++n)
        for (const int error : {EBUSY, EACCES, EPERM, ENOENT, ENODEV, ENXIO, EIO, EINVAL, EMFILE,
                                ENFILE, ENOMEM, EOPNOTSUPP, ETIMEDOUT}) {
            INFO("call " << n << ", errno " << error);
            demux_driver driver;
            driver.fail_at(n, error);
            const std::set<int> final{ENODEV, ENXIO, ENOENT, EACCES, EPERM, EIO, ETIMEDOUT};
            const auto opened = device::open_linux_ts_input(nodes, driver);
            if (n == 1 && !final.contains(error)) {
                // a smaller ring is better than none
                REQUIRE(opened.has_value());
                CHECK(driver.ring_size() == 10 * 188 * 1024);
                continue;
            }
            REQUIRE_FALSE(opened.has_value());
            CHECK(opened.error().value() == error);
            CHECK(driver.nothing_leaked());
            CHECK(device::open_linux_ts_input(nodes, driver).has_value());
            CHECK(driver.nothing_leaked());
        }
}

TEST_CASE(
    "each call of a change may fail: all PIDs come instead, or the reason, and another try works") {
    const auto from = pids({0x100, 0x101});
    const auto to = pids({0x101, 0x102, 0x103});
    for (unsigned n = 0; n < 4; ++n)
        for (const int error : {EBUSY, EMFILE, ENFILE, ENOMEM, EINVAL, ENOSPC, EIO, ETIMEDOUT,
                                EACCES, EPERM, ENOENT, ENODEV, ENXIO}) {
            INFO("call " << n << ", errno " << error);
            demux_driver driver;
            {
                const auto opened = device::open_linux_ts_input(nodes, driver);
                REQUIRE(opened.has_value());
                auto& input = **opened;
                REQUIRE_FALSE(input.take(from));
                const traffic air{driver, {0x101}};
                driver.fail_at(n, error);
                const auto told = input.take(to);
                const std::set<int> final{ENODEV, ENXIO, ENOENT, EACCES, EPERM, EIO, ETIMEDOUT};
                CHECK(told.value() == (final.contains(error) ? error : 0));
                CHECK(air.all_came(drain(input)[0x101]));
                driver.after_each_call = [] {};
                if (!told)
                    CHECK((coming(driver, input) == std::set<unsigned>{0x101, 0x102, 0x103} ||
                           input.gives_all_for_want_of_room()));
                CHECK_FALSE(input.take_all());
                CHECK_FALSE(input.take(to));
                CHECK(coming(driver, input) == std::set<unsigned>{0x101, 0x102, 0x103});
            }
            CHECK(driver.nothing_leaked());
        }
}

TEST_CASE("a filter for all PIDs that does not start or stop says why") {
    for (const int error : {EBUSY, EIO, ENOMEM, EINVAL, ENODEV, EACCES}) {
        demux_driver driver;
        const auto opened = device::open_linux_ts_input(nodes, driver);
        REQUIRE(opened.has_value());
        auto& input = **opened;
        driver.fail_at(0, error);
        CHECK(input.take_all().value() == error);
        CHECK(coming(driver, input).empty());
        CHECK_FALSE(input.take_all());
        driver.fail_at(0, error);
        CHECK(input.take({}).value() == error);
        CHECK(coming(driver, input).size() == all_coming);
        CHECK_FALSE(input.take({}));
        CHECK(coming(driver, input).empty());
    }
}
