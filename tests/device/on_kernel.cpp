// SPDX-License-Identifier: LGPL-2.1-or-later

/// The devices on a real kernel: in the lab with two slots and a descrambler ("lab: the Linux
/// devices" of ctest), ./dev lab --slots 2 --descrambler build/dev/tests/test_device "[kernel]".
/// Skipped elsewhere.
#include "base/unique_fd.hpp"
#include "device/linux_receiver.hpp"
#include "device/system_calls.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/lab_node.hpp"
#include "support/wait.hpp"

#include <cihost/ts/packet.hpp>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <linux/dvb/frontend.h>
#include <map>
#include <sys/ioctl.h>
#include <thread>
#include <vector>

using namespace cihost;
using namespace cihost::test;

namespace {

const device::linux_nodes nodes{.frontend = "/dev/dvb/adapter0/frontend0",
                                .demux = "/dev/dvb/adapter0/demux0",
                                .dvr = "/dev/dvb/adapter0/dvr0",
                                .ca = "/dev/dvb/adapter0/ca0"};

const auto create_t_c = "00 01 82 01 01"_hex;

bool eventually(const std::function<bool()>& question) {
    for (int i = 0; i < 4000; ++i) {
        if (question())
            return true;
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
    return false;
}

bool is(device::ca_device& ca, unsigned slot, device::slot_status wanted) {
    return eventually([&] {
        const auto status = ca.status(slot);
        return status.has_value() && *status == wanted;
    });
}

/// Packets of four PIDs, numbered, some 50 Mbit/s, until it is told to stop.
class transmitter {
  public:
    static constexpr std::array<ts::pid_t, 4> pids{0x100, 0x101, 0x102, 0x1FFF};

    explicit transmitter(lab_node& air)
        : thread_{[this, &air] { run(air); }} {}
    ~transmitter() { stop(); }
    std::uint32_t sent() const { return sent_; }
    void stop() {
        stop_ = true;
        if (thread_.joinable())
            thread_.join();
    }

  private:
    void run(lab_node& air) {
        constexpr std::size_t batch = 10;
        bytes data(batch * pids.size() * ts::packet_size, 0xFF);
        while (!stop_) {
            auto* packet = data.data();
            for (std::uint32_t n = 0; n < batch; ++n)
                for (const auto pid : pids) {
                    packet[0] = ts::sync_byte;
                    packet[1] = static_cast<std::uint8_t>(pid >> 8);
                    packet[2] = static_cast<std::uint8_t>(pid);
                    packet[3] = 0x10;
                    const auto number = sent_ + n;
                    std::memcpy(packet + 4, &number, sizeof number);
                    packet += ts::packet_size;
                }
            air.send(lab_packets, bytes_view{data});
            sent_ += batch;
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
        }
    }

    std::atomic<bool> stop_ = false;
    std::atomic<std::uint32_t> sent_ = 0;
    std::thread thread_;
};

/// What came of each PID: the first and last number, and whether all between them did.
struct arrivals {
    std::uint32_t count = 0;
    std::uint32_t last = 0;
    std::uint32_t missing = 0;
    std::uint32_t repeated = 0;
};

void drain(device::ts_input& input, std::map<unsigned, arrivals>& came) {
    bytes buffer(1024 * ts::packet_size);
    for (;;) {
        const auto size = input.read(buffer);
        if (!size) {
            REQUIRE(size.error().value() == EAGAIN);
            return;
        }
        REQUIRE(*size % ts::packet_size == 0);
        for (std::size_t at = 0; at < *size; at += ts::packet_size) {
            std::uint32_t number = 0;
            std::memcpy(&number, buffer.data() + at + 4, sizeof number);
            auto& one = came[(buffer[at + 1] & 0x1FU) << 8 | buffer[at + 2]];
            if (one.count++ > 0) {
                one.repeated += number <= one.last ? 1 : 0;
                one.missing += number > one.last + 1 ? number - one.last - 1 : 0;
            }
            one.last = number;
        }
    }
}

ts::pid_filter pids(std::initializer_list<unsigned> list) {
    ts::pid_filter filter;
    for (const auto pid : list)
        filter.add(static_cast<ts::pid_t>(pid));
    return filter;
}

/// Tuned and locked as long as this lives.
class reception {
  public:
    explicit reception(lab_node& air)
        : frontend_{::open(nodes.frontend.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC)} {
        std::array<dtv_property, 3> all{};
        all[0].cmd = DTV_DELIVERY_SYSTEM;
        all[0].u.data = SYS_DVBT;
        all[1].cmd = DTV_FREQUENCY;
        all[1].u.data = 474'000'000;
        all[2].cmd = DTV_TUNE;
        dtv_properties request{.num = all.size(), .props = all.data()};
        REQUIRE(::ioctl(frontend_.get(), FE_SET_PROPERTY, &request) == 0);
        REQUIRE_FALSE(air.wait(lab_tune).empty());
        // the kernel tunes anew until it sees a lock, and each time the one before is void
        bool kept = false;
        for (int i = 0; i < 50 && !kept; ++i) {
            air.send(lab_signal,
                     lab_signal_state{
                         .locked = 1, .strength_mdbm = -45000, .cnr_mdb = 27500, .reserved = 0});
            std::this_thread::sleep_for(std::chrono::milliseconds{200});
            kept = locked();
        }
        REQUIRE(kept);
    }

  private:
    bool locked() const {
        fe_status status{};
        return ::ioctl(frontend_.get(), FE_READ_STATUS, &status) == 0 &&
               (status & FE_HAS_LOCK) != 0;
    }

    unique_fd frontend_;
};

} // namespace

TEST_CASE("a kernel's dvr: a PID that stays has no gap while others come and go", "[kernel]") {
    CIHOST_NEEDS_LAB("ts0");
    const bool by_way_of_all = GENERATE(false, true);
    lab_node air{"ts0"};
    const reception received{air};
    const auto opened = device::open_linux_ts_input(nodes, device::kernel());
    REQUIRE(opened.has_value());
    auto& input = **opened;
    CHECK(device::open_linux_ts_input(nodes, device::kernel()).error().value() == EBUSY);

    REQUIRE_FALSE(input.take(pids({0x101})));
    std::map<unsigned, arrivals> came;
    transmitter running{air};
    REQUIRE(eventually([&] { return running.sent() > 100; }));
    unsigned changes = 0;
    while (running.sent() < 20'000) {
        REQUIRE_FALSE(input.take(pids({0x100, 0x101})));
        drain(input, came);
        if (by_way_of_all)
            REQUIRE_FALSE(input.take_all());
        drain(input, came);
        REQUIRE_FALSE(input.take(pids({0x101, 0x102})));
        drain(input, came);
        ++changes;
    }
    REQUIRE_FALSE(input.take(pids({0x101})));
    running.stop();
    drain(input, came);
    const auto& stayed = came[0x101];
    std::cout << changes << " rounds, 0x101: " << stayed.count << " packets, " << stayed.missing
              << " missing, " << stayed.repeated << " repeated" << std::endl;
    CHECK(stayed.missing == 0);
    CHECK(stayed.last + 1 == running.sent());
    CHECK(came[0x100].count > 0);
    CHECK((by_way_of_all || came[0x100].count < stayed.count));
    // A filter for all PIDs repeats packets in the moment in which it starts or stops: the kernel
    // has it in its list, but not yet in its count. A transport stream may do that. A filter for
    // one PID never does.
    CHECK(stayed.repeated <= (by_way_of_all ? changes : 0));
    CHECK_FALSE(input.take({}));
    CHECK_FALSE(readable(input.fd(), 0));
}

TEST_CASE("a kernel's dvr: more PIDs than filters are the whole multiplex", "[kernel]") {
    CIHOST_NEEDS_LAB("ts0");
    lab_node air{"ts0"};
    const reception received{air};
    const auto opened = device::open_linux_ts_input(nodes, device::kernel());
    REQUIRE(opened.has_value());
    auto& input = **opened;
    ts::pid_filter many;
    for (unsigned pid = 0x200; pid < 0x200 + 400; ++pid)
        many.add(static_cast<ts::pid_t>(pid));
    CHECK_FALSE(input.take(many));
    CHECK(input.gives_all_for_want_of_room());
    std::map<unsigned, arrivals> came;
    transmitter running{air};
    CHECK(eventually([&] {
        drain(input, came);
        return came[ts::pid_null].count > 0;
    }));
    CHECK_FALSE(input.take(pids({0x100})));
    CHECK_FALSE(input.gives_all_for_want_of_room());
}

TEST_CASE("a kernel's dvr: packets lost for slowness are told, and it goes on", "[kernel]") {
    CIHOST_NEEDS_LAB("ts0");
    lab_node air{"ts0"};
    const reception received{air};
    auto little = nodes;
    little.dvr_buffer = 100 * ts::packet_size;
    const auto opened = device::open_linux_ts_input(little, device::kernel());
    REQUIRE(opened.has_value());
    auto& input = **opened;
    REQUIRE_FALSE(input.take_all());
    bytes buffer(1024 * ts::packet_size);
    {
        transmitter running{air};
        REQUIRE(eventually([&] { return running.sent() > 1000; }));
    }
    CHECK(input.read(buffer).error().value() == EOVERFLOW);
    CHECK(input.read(buffer).error().value() == EAGAIN);
    air.send(lab_packets, bytes_view{bytes(ts::packet_size, ts::sync_byte)});
    REQUIRE(readable(input.fd()));
    CHECK(input.read(buffer).value() == ts::packet_size);
}

TEST_CASE("a kernel's CA device: an empty slot, a start, TPDUs, a removal", "[kernel]") {
    CIHOST_NEEDS_LAB("cam0.0");
    lab_node cam{"cam0.0"};
    const auto opened = device::open_linux_ca(nodes, device::kernel());
    REQUIRE(opened.has_value());
    auto& ca = **opened;
    CHECK(ca.interface() == device::ca_interface::link);
    CHECK(device::open_linux_ca(nodes, device::kernel()).error().value() == EBUSY);
    CHECK(device::explain_node_error(nodes.ca, {EBUSY, boost::system::generic_category()}) ==
          "/dev/dvb/adapter0/ca0 is in use by this program already: give each receiver a CA device "
          "of its own.");
    REQUIRE(is(ca, 0, {}));
    CHECK(ca.write(create_t_c).value() == EINVAL);
    bytes buffer(65537);
    CHECK(ca.read(buffer).error().value() == EAGAIN);

    cam.insert();
    REQUIRE(is(ca, 0, {.present = true, .ready = true}));
    CHECK_FALSE(ca.write(create_t_c));
    CHECK(cam.wait(lab_host_fragment) == std::vector<bytes>{"01 00 82 01 01"_hex});
    CHECK_FALSE(readable(ca.fd(), 0));
    cam.send(lab_module_fragment, bytes_view{"01 00 83 01 01 80 02 01 00"_hex});
    REQUIRE(readable(ca.fd()));
    CHECK(ca.read(buffer).value() == 9);
    CHECK(bytes(buffer.begin(), buffer.begin() + 9) == "00 01 83 01 01 80 02 01 00"_hex);
    CHECK(ca.read(buffer).error().value() == EAGAIN);

    // longer than the link buffer
    auto tpdu = "00 01 a0 82 02 58"_hex;
    tpdu.resize(2 + 4 + 600, 0x55);
    CHECK_FALSE(ca.write(tpdu));
    const auto parts = cam.wait(lab_host_fragment, 4);
    REQUIRE(parts.size() == 4);
    bytes joined;
    for (std::size_t n = 1; n < 4; ++n)
        joined.insert(joined.end(), parts[n].begin() + 2, parts[n].end());
    CHECK(joined == bytes(tpdu.begin() + 2, tpdu.end()));

    CHECK_FALSE(ca.reset());
    CHECK(cam.wait(lab_reset, 2).size() == 2);
    REQUIRE(is(ca, 0, {.present = true, .ready = true}));

    cam.send(lab_eject);
    CHECK(is(ca, 0, {}));
    CHECK(ca.write(create_t_c).value() == EINVAL);
}

TEST_CASE("a kernel's CA device: a module that hangs delays its own slot alone", "[kernel]") {
    CIHOST_NEEDS_LAB("cam0.1");
    lab_node hung{"cam0.0"};
    lab_node well{"cam0.1"};
    const auto opened = device::open_linux_ca(nodes, device::kernel());
    REQUIRE(opened.has_value());
    auto& ca = **opened;
    REQUIRE(ca.slot_count() == 2);
    hung.insert();
    well.insert();
    REQUIRE(is(ca, 0, {.present = true, .ready = true}));
    REQUIRE(is(ca, 1, {.present = true, .ready = true}));

    hung.send(lab_faults, static_cast<std::uint32_t>(lab_fault_hang));
    std::atomic<bool> done = false;
    error_code error;
    std::thread slot_0{[&] {
        error = ca.write(create_t_c);
        done = true;
    }};
    unsigned written = 0;
    while (!done) {
        if (ca.write("01 01 82 01 01"_hex))
            break;
        written += done ? 0 : 1;
    }
    slot_0.join();
    CHECK(error.value() == EIO);
    CHECK(written > 1);
    CHECK(well.wait(lab_host_fragment, written).size() >= written);
    hung.send(lab_faults, std::uint32_t{0});
}

TEST_CASE("a kernel's CA device: one with descramblers only is left alone", "[kernel]") {
    CIHOST_NEEDS_LAB("cam0.0");
    auto descrambler = nodes;
    descrambler.ca = "/dev/dvb/adapter0/ca1";
    if (!std::filesystem::exists(descrambler.ca))
        CIHOST_SKIP("the lab was started without --descrambler");
    // the second try finds it closed
    for (int i = 0; i < 2; ++i)
        CHECK(device::open_linux_ca(descrambler, device::kernel()).error().value() == ENOTSUP);
}
