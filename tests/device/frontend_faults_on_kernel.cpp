// SPDX-License-Identifier: LGPL-2.1-or-later

/// libdvbv5 makes its own system calls: on a real kernel's frontend each of its ioctls fails here
/// in turn, for this program's ioctl() stands before the C library's.
#include "device/linux_receiver.hpp"
#include "device/node_error.hpp"
#include "support/catch.hpp"
#include "support/lab_node.hpp"

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <dlfcn.h>
#include <linux/dvb/frontend.h>
#include <memory>
#include <string>
#include <sys/ioctl.h>

#ifdef CIHOST_HAVE_LIBDVBV5

using namespace cihost;
using namespace cihost::test;
using device::delivery_system;

namespace {

/// The request that fails, and with what; 0: none does.
std::atomic<unsigned long> failing_request{0};
std::atomic<int> failing_with{0};
std::atomic<unsigned> requests_failed{0};

/// While it lives.
struct failing {
    failing(unsigned long request, int error) {
        requests_failed = 0;
        failing_with = error;
        failing_request = request;
    }
    failing(const failing&) = delete;
    failing& operator=(const failing&) = delete;
    ~failing() { failing_request = 0; }
};

const device::linux_nodes faulty_nodes{.frontend = "/dev/dvb/adapter0/frontend0",
                                       .demux = "/dev/dvb/adapter0/demux0",
                                       .dvr = "/dev/dvb/adapter0/dvr0",
                                       .ca = "/dev/dvb/adapter0/ca0"};

device::tuning dish() {
    device::tuning where;
    where.system = delivery_system::dvbs2;
    where.frequency_hz = 12'721'000'000;
    where.symbol_rate = 22'000'000;
    where.polarity = device::polarization::vertical;
    where.lnb = "UNIVERSAL";
    where.satellite_number = 3;
    return where;
}

device::tuning aerial() {
    device::tuning where;
    where.system = delivery_system::dvbt;
    where.frequency_hz = 474'000'000;
    where.bandwidth_hz = 8'000'000;
    return where;
}

bool same_error(int given, int injected) {
    // a device that was pulled out, and a frontend that cannot do this, have one name each
    if (injected == ENXIO)
        injected = ENODEV;
    if (injected == ENOTTY || injected == EOPNOTSUPP)
        injected = EINVAL;
    return given == injected;
}

} // namespace

// before the C library's, for libdvbv5 too
extern "C" int ioctl(int fd, unsigned long request, ...) __THROW {
    va_list arguments;
    va_start(arguments, request);
    void* const argument = va_arg(arguments, void*);
    va_end(arguments);
    if (request != 0 && request == failing_request) {
        ++requests_failed;
        errno = failing_with;
        return -1;
    }
    using function = int (*)(int, unsigned long, void*);
    static const auto next = reinterpret_cast<function>(::dlsym(RTLD_NEXT, "ioctl"));
    return next(fd, request, argument);
}

TEST_CASE("a kernel's frontend: each ioctl of a tuning fails, is told, and is got over",
          "[kernel]") {
    CIHOST_NEEDS_LAB("ts0");
    lab_node air{"ts0"};
    const auto opened = device::open_linux_frontend(faulty_nodes);
    REQUIRE(opened.has_value());
    auto& tuner = **opened;
    const struct {
        unsigned long request;
        const char* name;
        bool of_a_dish;
    } requests[] = {{FE_SET_PROPERTY, "FE_SET_PROPERTY", false},
                    {FE_SET_PROPERTY, "FE_SET_PROPERTY", true},
                    {FE_SET_VOLTAGE, "FE_SET_VOLTAGE", true},
                    {FE_SET_TONE, "FE_SET_TONE", true},
                    {FE_DISEQC_SEND_MASTER_CMD, "FE_DISEQC_SEND_MASTER_CMD", true}};
    for (const auto& [request, name, of_a_dish] : requests)
        for (const int error : {EIO, EINVAL, ENODEV, ENXIO, EPERM, ENOMEM, ETIMEDOUT, EBUSY}) {
            CAPTURE(name, of_a_dish, error);
            const auto where = of_a_dish ? dish() : aerial();
            {
                const failing fault{request, error};
                const auto told = tuner.tune(where);
                CHECK(requests_failed > 0);
                CHECK(same_error(told.value(), error));
                const auto sentence = device::explain_node_error(faulty_nodes.frontend, told);
                CHECK(sentence.find(faulty_nodes.frontend.string()) != std::string::npos);
            }
            // without being opened afresh
            CHECK_FALSE(tuner.tune(where));
        }
    // the tone stays from one opener to the next
    auto low_band = dish();
    low_band.frequency_hz = 11'494'000'000;
    CHECK_FALSE(tuner.tune(low_band));
}

TEST_CASE("a kernel's frontend: a status that fails is told, and comes back", "[kernel]") {
    CIHOST_NEEDS_LAB("ts0");
    lab_node air{"ts0"};
    const auto opened = device::open_linux_frontend(faulty_nodes);
    REQUIRE(opened.has_value());
    auto& tuner = **opened;
    REQUIRE_FALSE(tuner.tune(aerial()));
    REQUIRE(tuner.status().has_value());
    for (const int error : {EIO, ENODEV, ENXIO, EPERM, ENOMEM}) {
        CAPTURE(error);
        {
            const failing fault{FE_READ_STATUS, error};
            const auto told = tuner.status();
            CHECK(requests_failed > 0);
            REQUIRE_FALSE(told.has_value());
            CHECK(same_error(told.error().value(), error));
        }
        CHECK(tuner.status().has_value());
    }
    // figures are more than a driver must have
    const failing fault{FE_GET_PROPERTY, EIO};
    const auto told = tuner.status();
    CHECK(requests_failed > 0);
    if (!told)
        CHECK(told.error().value() == EIO);
}

TEST_CASE("a kernel's frontend: each ioctl of its opening fails, and nothing stays open",
          "[kernel]") {
    CIHOST_NEEDS_LAB("ts0");
    lab_node air{"ts0"};
    const struct {
        unsigned long request;
        const char* name;
    } requests[] = {{FE_GET_INFO, "FE_GET_INFO"}, {FE_GET_PROPERTY, "FE_GET_PROPERTY"}};
    for (const auto& [request, name] : requests)
        for (const int error : {EIO, ENODEV, EPERM, ENOMEM}) {
            CAPTURE(name, error);
            {
                const failing fault{request, error};
                const auto opened = device::open_linux_frontend(faulty_nodes);
                CHECK(requests_failed > 0);
                // a driver of old tells its systems otherwise
                if (request == FE_GET_INFO)
                    CHECK_FALSE(opened.has_value());
                if (!opened)
                    CHECK(same_error(opened.error().value(), error));
            }
            // EBUSY, were one open still
            CHECK(device::open_linux_frontend(faulty_nodes).has_value());
        }
}
#endif
