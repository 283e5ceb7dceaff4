// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/ca_link.hpp"

#include "driver.hpp"
#include "fake_slots.hpp"
#include "packets.hpp"
#include "runtime/disk_writer.hpp"
#include "support/catch.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <sys/socket.h>
#include <thread>

using namespace cihost;
using namespace cihost::runtime;
using namespace cihost::test;
using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;
using policy::slot_state;

namespace {

struct fixture {
    slots_world world;
    boost::asio::io_context context;
    control_queue control{context};
    disk_writer disk;
    trace_recorder trace{control, disk, "test", [] { return std::uint64_t{0}; },
                         [](const std::string&) {}};
    std::vector<log_record> log;
    device_factory devices{.where = "the test", .explain = {}, .open_ca = {}};
    std::unique_ptr<ca_link> link;

    fixture() {
        devices.open_ca = [this]() -> result<std::unique_ptr<device::ca_device>> {
            return std::unique_ptr<device::ca_device>{std::make_unique<fake_slots>(world)};
        };
    }
    ~fixture() {
        control.close();
        if (link)
            link->farewell(clock_type::now() + 100ms);
    }

    void begin(bool insertion_kick = true) {
        const auto tell = [this](const log_record& record) { log.push_back(record); };
        const auto make = [this, tell](unsigned number, cam_hooks hooks) {
            hooks.log = tell;
            hooks.ca_systems_changed = hooks.time_needed = [] {};
            hooks.lost = [] {};
            hooks.ca_pmt_sent = hooks.ca_pmt_handed = [](auto, auto) {};
            policy::cam_profile profile;
            profile.slot.tcid = static_cast<std::uint8_t>(number + 1);
            return std::make_unique<cam>(control, trace, number, profile, std::move(hooks));
        };
        link = std::make_unique<ca_link>(control, devices, make, insertion_kick, tell);
        link->start();
    }
    cam& slot(unsigned number) { return *link->cams().at(number); }
    bool until(const std::function<bool()>& condition) { return run_until(context, condition); }
    bool until_state(unsigned number, slot_state state) {
        return until([=, this] {
            return link->cams().size() > number && slot(number).host().state() == state;
        });
    }
    void run_for(duration time) {
        run_until(
            context, [] { return false; }, time);
    }
    void want(unsigned number) {
        const auto now = clock_type::now();
        slot(number).plan().pmt_received(make_pmt(101, 0x101, 0x102, 0x300), now);
        slot(number).plan().want(101, now);
        slot(number).run();
    }
    bool logged(const std::string& part) const {
        return std::ranges::any_of(
            log, [&](const auto& l) { return l.message.find(part) != std::string::npos; });
    }
};

/// A driver that holds the conversation itself.
class fake_high_level final : public device::ca_device {
  public:
    explicit fake_high_level(std::vector<bytes>& written)
        : written_{written} {
        std::array<int, 2> fds{};
        if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds.data()) !=
            0)
            throw std::runtime_error("socketpair");
        near_.reset(fds[0]);
        far_.reset(fds[1]);
    }
    device::ca_interface interface() const noexcept override {
        return device::ca_interface::high_level;
    }
    unsigned slot_count() const noexcept override { return 1; }
    int fd() const noexcept override { return near_.get(); }
    result<std::size_t> read(std::span<std::uint8_t> buffer) noexcept override {
        const auto n = ::recv(near_.get(), buffer.data(), buffer.size(), 0);
        if (n < 0)
            return error_code{errno, boost::system::generic_category()};
        return static_cast<std::size_t>(n);
    }
    error_code write(bytes_view block) noexcept override {
        {
            const std::lock_guard lock{mutex};
            written_.emplace_back(block.begin(), block.end());
        }
        const auto answer = [&](const bytes& apdu) {
            ::send(far_.get(), apdu.data(), apdu.size(), MSG_NOSIGNAL);
        };
        if (block[3] == 0x20)
            answer({0, 0x9F, 0x80, 0x21, 9, 1, 0x12, 0x34, 0x56, 0x78, 3, 'O', 'l', 'd'});
        if (block[3] == 0x30)
            answer({0, 0x9F, 0x80, 0x31, 2, 0x4A, 0xFE});
        return {};
    }
    /// One flag or the other, never both.
    result<device::slot_status> status(unsigned) noexcept override {
        return device::slot_status{.present = true, .ready = true};
    }
    error_code reset() noexcept override { return {}; }

    static inline std::mutex mutex;

  private:
    std::vector<bytes>& written_;
    unique_fd near_;
    unique_fd far_;
};

} // namespace

TEST_CASE("two modules start side by side, whatever an earlier opener left") {
    fixture f;
    f.world.insert(0);
    f.world.insert(1);
    f.begin();
    REQUIRE(f.until_state(0, slot_state::ready));
    REQUIRE(f.until_state(1, slot_state::ready));
    CHECK(f.link->interface() == device::ca_interface::link);
    CHECK(f.world.resets == 1);
    CHECK(f.slot(0).report().restarts + f.slot(1).report().restarts == 0);
    CHECK(std::ranges::none_of(f.log, [](auto& l) { return l.level > severity::info; }));
}

TEST_CASE("a module that hangs in its writes harms neither its sibling nor a TPDU twice") {
    fixture f;
    f.world.insert(0);
    f.world.insert(1);
    f.world.hang(0, 500);
    f.begin();
    REQUIRE(f.until_state(1, slot_state::ready));
    f.want(1);
    REQUIRE(f.until([&] { return f.world.ca_pmts(1) == 1; }));
    // the ladder's resets are refused while the sibling works
    REQUIRE(f.until([&] { return f.slot(0).report().restarts >= 3; }));
    // state and reason are one story
    REQUIRE(f.until([&] {
        const auto report = f.slot(0).report();
        return report.state == "restarting" &&
               report.reason == "The conversation broke off: the device did not take what was "
                                "written to it. It is begun anew.";
    }));
    CHECK(f.world.resets == 1);
    CHECK(f.slot(1).host().state() == slot_state::ready);
    CHECK(f.slot(1).report().restarts == 0);
    for (const auto& tpdu : f.world.written(0))
        CHECK(tpdu.at(1) == 0x82); // each time from the beginning

    f.world.hang(0, 0);
    REQUIRE(f.until_state(0, slot_state::ready));
    CHECK(f.slot(0).report().reason.empty());
    CHECK(f.world.resets == 1);
    CHECK(f.slot(1).report().restarts == 0);
}

TEST_CASE("an error in mid-TPDU is answered by a fresh conversation, not by the TPDU again") {
    fixture f;
    f.world.insert(0);
    f.begin();
    REQUIRE(f.until_state(0, slot_state::ready));
    f.world.hang(0, 1);
    const auto before = f.world.written(0).size();
    f.want(0);
    REQUIRE(f.until([&] { return f.slot(0).report().restarts == 1; }));
    f.world.hang(0, 0);
    REQUIRE(f.until(
        [&] { return f.world.ca_pmts(0) > 0 && f.slot(0).host().state() == slot_state::ready; }));
    const auto written = f.world.written(0);
    CHECK(std::any_of(written.begin() + static_cast<std::ptrdiff_t>(before), written.end(),
                      [](const bytes& b) { return b.at(1) == 0x82; }));
    CHECK(written.at(before + 1).at(1) == 0x82);
}

TEST_CASE("a write that meets a module on its way out is nobody's fault") {
    fixture f;
    f.world.insert(0);
    f.begin();
    REQUIRE(f.until_state(0, slot_state::ready));
    f.world.take_out_at_write(0);
    f.want(0);
    REQUIRE(f.until_state(0, slot_state::empty));
    REQUIRE(f.until([&] { return f.logged("a write failed"); }));
    for (const auto& line : f.log)
        if (line.message.find("a write failed") != std::string::npos)
            CHECK(line.level == severity::debug);
}

TEST_CASE("READY that drops starts the slot anew and leaves the sibling alone") {
    fixture f;
    f.world.insert(0);
    f.world.insert(1);
    f.begin();
    REQUIRE(f.until_state(0, slot_state::ready));
    REQUIRE(f.until_state(1, slot_state::ready));
    f.world.reboot(0);
    REQUIRE(f.until([&] { return f.slot(0).report().restarts == 1; }));
    REQUIRE(f.until_state(0, slot_state::ready));
    CHECK(f.slot(1).report().restarts == 0);
    CHECK(f.slot(1).host().state() == slot_state::ready);
    CHECK(f.world.resets == 1);
}

TEST_CASE("empty slots are kicked until a module is noticed") {
    fixture f;
    f.begin();
    REQUIRE(f.until([&] { return f.world.resets >= 3; }));
    f.world.insert(1);
    REQUIRE(f.until_state(1, slot_state::ready));
    const auto kicks = f.world.resets.load();
    f.run_for(1200ms);
    CHECK(f.world.resets == kicks);
    CHECK(f.slot(1).report().restarts == 0);
}

TEST_CASE("no kick while a slot has a module, and none when they are switched off") {
    fixture f;
    SECTION("a module") {
        f.world.insert(0);
        f.begin();
        REQUIRE(f.until_state(0, slot_state::ready));
    }
    SECTION("off") {
        f.begin(false);
        REQUIRE(f.until([&] {
            return f.link->open() && f.slot(0).host().empty() && f.slot(1).host().empty();
        }));
    }
    f.run_for(1200ms);
    CHECK(f.world.resets == 1);
}

TEST_CASE("a high-level driver is spoken to by APDUs") {
    std::vector<bytes> written;
    fixture f;
    f.devices.open_ca = [&]() -> result<std::unique_ptr<device::ca_device>> {
        return std::unique_ptr<device::ca_device>{std::make_unique<fake_high_level>(written)};
    };
    f.begin();
    REQUIRE(f.until_state(0, slot_state::ready));
    const auto report = f.slot(0).report();
    CHECK(report.ca_system_ids == std::vector<std::uint16_t>{0x4AFE});
    REQUIRE(report.application);
    CHECK(report.application->menu_string == "Old");

    f.want(0);
    const auto asked = [&] {
        const std::lock_guard lock{fake_high_level::mutex};
        return std::ranges::any_of(written, [](const bytes& b) {
            return policy::ca_pmt_program(b) == std::uint16_t{101};
        });
    };
    REQUIRE(f.until(asked));
    CHECK_FALSE(f.slot(0).host().too_large(101));

    auto large = make_pmt(102, 0x101, 0x102, 0x300);
    for (int i = 0; i < 60; ++i)
        large.streams.push_back(large.streams.front());
    f.slot(0).plan().pmt_received(large, clock_type::now());
    f.slot(0).plan().want(102, clock_type::now());
    f.slot(0).run();
    CHECK(f.slot(0).host().too_large(102));
    CHECK(f.slot(0).host().state() == slot_state::ready);
}

TEST_CASE("why a CA device does not open is asked off the control thread") {
    fixture f;
    f.devices.open_ca = []() -> result<std::unique_ptr<device::ca_device>> {
        return error_code{EBUSY, boost::system::generic_category()};
    };
    std::atomic<bool> elsewhere = false;
    f.devices.explain = [&, control = std::this_thread::get_id()](device_factory::node node,
                                                                  const error_code& error) {
        elsewhere = node == device_factory::node::ca && std::this_thread::get_id() != control;
        return "It is in use by somebody (" + error.message() + ").";
    };
    f.begin();
    REQUIRE(f.until([&] { return f.logged("It is in use by somebody"); }));
    CHECK(elsewhere);
    CHECK(f.link->problem().find("somebody") != std::string::npos);
    f.run_for(600ms);
    CHECK(f.log.size() == 1); // not with every try
}
