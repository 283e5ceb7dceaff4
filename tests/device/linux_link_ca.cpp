// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/linux_receiver.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/scripted_calls.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <future>
#include <linux/dvb/ca.h>
#include <sys/ioctl.h>
#include <thread>
#include <vector>

using namespace cihost;
using namespace cihost::test;
using call = scripted_call;

namespace {

const device::linux_nodes nodes{
    .frontend = {}, .demux = {}, .dvr = {}, .ca = "/dev/dvb/adapter0/ca0"};

const auto poll_tpdu = "00 01 a0 01 01"_hex;
const auto answer_tpdu = "00 01 80 02 01 00"_hex;

call caps(unsigned slots, unsigned type) {
    return call::ask(CA_GET_CAP, ca_caps{}, ca_caps{slots, type, 0, 0});
}
call slot_info(int slot, int type, unsigned flags) {
    return call::ask(CA_GET_SLOT_INFO, ca_slot_info{.num = slot, .type = 0, .flags = 0},
                     ca_slot_info{.num = slot, .type = type, .flags = flags});
}
const call opening = call::open(nodes.ca, O_RDWR | O_NONBLOCK | O_CLOEXEC);

/// Everything that a link-level device is asked, once each.
std::vector<call> good_script() {
    return {opening,
            caps(1, CA_CI_LINK),
            slot_info(0, CA_CI_LINK, CA_CI_MODULE_PRESENT | CA_CI_MODULE_READY),
            slot_info(0, CA_CI_LINK, CA_CI_MODULE_PRESENT | CA_CI_MODULE_READY),
            call::write(poll_tpdu),
            call::read(answer_tpdu),
            call::order(CA_RESET, 1)};
}
constexpr unsigned opening_calls = 3;

/// The first error of what good_script() has.
error_code use(device::system_calls& calls) {
    const auto ca = device::open_linux_ca(nodes, calls);
    if (!ca)
        return ca.error();
    if (const auto status = (*ca)->status(0); !status)
        return status.error();
    if (const auto error = (*ca)->write(poll_tpdu))
        return error;
    std::array<std::uint8_t, 65537> buffer;
    const auto size = (*ca)->read(buffer);
    if (!size)
        return size.error();
    CHECK(bytes(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*size)) ==
          answer_tpdu);
    return (*ca)->reset();
}

int open_error(std::vector<call> script) {
    scripted_calls calls{std::move(script)};
    const auto ca = device::open_linux_ca(nodes, calls);
    CHECK(calls.surprises() == 0);
    CHECK(calls.finished());
    CHECK_FALSE(ca.has_value());
    CHECK(calls.nothing_leaked());
    return ca.has_value() ? 0 : ca.error().value();
}

} // namespace

TEST_CASE("a link-level device is asked, written, read and reset by the book") {
    scripted_calls calls{good_script()};
    CHECK_FALSE(use(calls));
    CHECK(calls.surprises() == 0);
    CHECK(calls.finished());
    CHECK(calls.nothing_leaked());
}

TEST_CASE("each call of a link-level device may fail, nothing leaks, and another try works") {
    const auto count = static_cast<unsigned>(good_script().size());
    for (unsigned n = 0; n < count; ++n)
        for (const int error : {EBUSY, EACCES, EPERM, ENOENT, ENODEV, ENXIO, EIO, EINVAL, EFAULT,
                                EMFILE, ENFILE, ENOMEM, ENOTTY, EOPNOTSUPP, ETIMEDOUT, EAGAIN}) {
            INFO("call " << n << ", errno " << error);
            scripted_calls calls{good_script()};
            calls.fail_at(n, error);
            int expected = error;
            if (n == 1 && error == ENOTTY)
                expected = ENOTSUP;
            if (n == 1 && error == EPERM)
                expected = EIO;
            if (n == 2 && error != ENODEV)
                expected = 0; // then what is said for all slots decides
            CHECK(use(calls).value() == expected);
            CHECK(calls.nothing_leaked());
            calls.rewind();
            CHECK_FALSE(use(calls));
            CHECK(calls.finished());
            CHECK(calls.surprises() == 0);
            CHECK(calls.nothing_leaked());
        }
}

TEST_CASE("a device that stays open goes on after an error") {
    scripted_calls calls{{opening, caps(1, CA_CI_LINK), slot_info(0, CA_CI_LINK, 0),
                          call::write("00 01 a0 01 01"_hex), call::write("00 01 a0 01 01"_hex)}};
    const auto ca = device::open_linux_ca(nodes, calls);
    REQUIRE(ca.has_value());
    CHECK((*ca)->interface() == device::ca_interface::link);
    CHECK((*ca)->slot_count() == 1);
    calls.fail_at(0, EIO);
    CHECK((*ca)->write("00 01 a0 01 01"_hex).value() == EIO);
    CHECK_FALSE((*ca)->write("00 01 a0 01 01"_hex));
    CHECK(calls.surprises() == 0);
}

TEST_CASE("what the kernel would get wrong never reaches it") {
    scripted_calls calls{{opening, caps(2, CA_CI_LINK), slot_info(0, CA_CI_LINK, 0)}};
    const auto ca = device::open_linux_ca(nodes, calls);
    REQUIRE(ca.has_value());
    CHECK((*ca)->write("02 01 a0 01 01"_hex).value() == EINVAL); // no such slot
    CHECK((*ca)->write("ff 01 a0 01 01"_hex).value() == EINVAL);
    CHECK((*ca)->write("00 01"_hex).value() == EINVAL); // said to be sent, and is not
    CHECK((*ca)->write({}).value() == EINVAL);
    CHECK((*ca)->status(2).error().value() == EINVAL); // old kernels answer
    std::array<std::uint8_t, 1> small;
    CHECK((*ca)->read(small).error().value() == EINVAL);
    CHECK(calls.calls_made() == opening_calls);
}

TEST_CASE("a TPDU written in part is an error, one that was read without its header too") {
    scripted_calls calls{{opening, caps(1, CA_CI_LINK), slot_info(0, CA_CI_LINK, 0),
                          call::write("00 01 a0 01 01"_hex, 4), call::read("00"_hex),
                          call::read({})}};
    const auto ca = device::open_linux_ca(nodes, calls);
    REQUIRE(ca.has_value());
    CHECK((*ca)->write("00 01 a0 01 01"_hex).value() == EIO);
    std::array<std::uint8_t, 64> buffer;
    CHECK((*ca)->read(buffer).error().value() == EIO);
    CHECK((*ca)->read(buffer).error().value() == ENODEV); // as any node that is at its end
}

TEST_CASE("flags and type of each slot count") {
    using status = device::slot_status;
    scripted_calls calls{
        {opening, caps(4, CA_CI_LINK | CA_CI | CA_DESCR),
         slot_info(0, CA_DESCR, CA_CI_MODULE_PRESENT),
         slot_info(1, CA_CI_LINK, CA_CI_MODULE_PRESENT),
         // the questions of this test
         slot_info(0, CA_DESCR, CA_CI_MODULE_PRESENT | CA_CI_MODULE_READY),
         slot_info(1, CA_CI_LINK, CA_CI_MODULE_PRESENT),
         slot_info(2, CA_CI_LINK | CA_DESCR, CA_CI_MODULE_PRESENT | CA_CI_MODULE_READY),
         slot_info(3, 0, CA_CI_MODULE_PRESENT)}};
    const auto ca = device::open_linux_ca(nodes, calls);
    REQUIRE(ca.has_value());
    CHECK((*ca)->interface() == device::ca_interface::link);
    CHECK((*ca)->status(0).value() == status{});
    CHECK((*ca)->status(1).value() == status{true, false});
    CHECK((*ca)->status(2).value() == status{true, true});
    CHECK((*ca)->status(3).value() == status{true, false}); // what is said for all decides
    CHECK(calls.surprises() == 0);
}

TEST_CASE("a slot's own type is believed, that of the device only where slots say none") {
    const auto interface_of = [](std::vector<call> script) {
        scripted_calls calls{std::move(script)};
        const auto ca = device::open_linux_ca(nodes, calls);
        REQUIRE(ca.has_value());
        CHECK(calls.surprises() == 0);
        CHECK(calls.finished());
        return (*ca)->interface();
    };
    using device::ca_interface;
    CHECK(interface_of({opening, caps(1, CA_CI), slot_info(0, CA_CI_LINK, 0)}) ==
          ca_interface::link);
    CHECK(interface_of({opening, caps(1, CA_CI_LINK), slot_info(0, CA_CI, 0)}) ==
          ca_interface::high_level);
    CHECK(interface_of({opening, caps(1, CA_CI), slot_info(0, 0, 0)}) == ca_interface::high_level);
    CHECK(interface_of({opening, caps(1, CA_CI_LINK | CA_DESCR), slot_info(0, 0, 0)}) ==
          ca_interface::link);
}

TEST_CASE("a device without a CI is closed again at once") {
    CHECK(open_error({opening, caps(0, CA_DESCR)}) == ENOTSUP);
    CHECK(open_error({opening, caps(0, CA_CI_LINK)}) == ENOTSUP);
    CHECK(open_error({opening, caps(1, CA_DESCR), slot_info(0, CA_DESCR, 1)}) == ENOTSUP);
    CHECK(open_error({opening, caps(1, CA_SC), slot_info(0, 0, 0)}) == ENOTSUP);
}

TEST_CASE("a driver that counts wildly gets sixteen slots") {
    std::vector<call> script{opening, caps(0xFFFFFFFF, CA_CI_LINK), slot_info(0, CA_CI_LINK, 0),
                             call::order(CA_RESET, 0xFFFF)};
    scripted_calls calls{script};
    const auto ca = device::open_linux_ca(nodes, calls);
    REQUIRE(ca.has_value());
    CHECK((*ca)->slot_count() == 16);
    CHECK_FALSE((*ca)->reset());
    CHECK(calls.surprises() == 0);
}

namespace {

/// Two slots; a write to slot 0 blocks until it is let go, as behind a module that hangs.
class hanging_module final : public fake_calls {
  public:
    std::promise<void> hangs;
    std::promise<void> let_go;
    std::atomic<bool> done = false;

  private:
    int opened(int, const char*, int) override { return 0; }
    int asked(int, unsigned long request, void* argument) override {
        if (request == CA_GET_CAP)
            *static_cast<ca_caps*>(argument) = {2, CA_CI_LINK, 0, 0};
        else
            static_cast<ca_slot_info*>(argument)->type = CA_CI_LINK;
        return 0;
    }
    ssize_t given_to_read(int, void*, std::size_t) override { return -EAGAIN; }
    ssize_t written(int, const void* data, std::size_t size) override {
        if (*static_cast<const std::uint8_t*>(data) == 0) {
            hangs.set_value();
            let_go.get_future().wait();
            done = true;
        }
        return static_cast<ssize_t>(size);
    }
};

} // namespace

TEST_CASE("a write that hangs in one slot delays nothing else of the device") {
    hanging_module calls;
    const auto ca = device::open_linux_ca(nodes, calls);
    REQUIRE(ca.has_value());
    error_code hung;
    std::thread slot_0{[&] { hung = (*ca)->write("00 01 a0 01 01"_hex); }};
    calls.hangs.get_future().wait();

    CHECK_FALSE((*ca)->write("01 01 a0 01 01"_hex));
    CHECK((*ca)->status(0).has_value());
    CHECK((*ca)->status(1).has_value());
    std::array<std::uint8_t, 64> buffer;
    CHECK((*ca)->read(buffer).error().value() == EAGAIN);
    CHECK_FALSE(calls.done);

    calls.let_go.set_value();
    slot_0.join();
    CHECK_FALSE(hung);
    CHECK(calls.done);
}
