// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/linux_receiver.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <cerrno>
#include <filesystem>
#include <fstream>

#ifdef CIHOST_HAVE_LIBDVBV5
#include "device/libdvbv5/log.hpp"
#include "device/libdvbv5/node_name.hpp"

#include <syslog.h>
#include <thread>
#endif

using namespace cihost;
using namespace cihost::test;

#ifdef CIHOST_HAVE_LIBDVBV5
TEST_CASE("a frontend's node gives the kernel's name") {
    using device::dvbv5::frontend_name;
    CHECK(frontend_name("/dev/dvb/adapter0/frontend0") == "dvb0.frontend0");
    CHECK(frontend_name("/dev/dvb/adapter12/frontend3") == "dvb12.frontend3");
    CHECK(frontend_name("/dev/../dev/dvb/./adapter1/frontend0") == "dvb1.frontend0");
    for (const auto* other :
         {"", "/", "frontend0", "/dev/dvb/adapter0", "/dev/dvb/adapter0/demux0",
          "/dev/dvb/adapter/frontend0", "/dev/dvb/adapter0/frontend",
          "/dev/dvb/adapter0/frontend00", "/dev/dvb/adapter0/frontend0x",
          "/dev/dvb/adapter-1/frontend0", "/dev/dvb/adapter99999999999/frontend0",
          "/tmp/dvb/adapter0/frontend0", "/dev/dvb/adapter0/frontend0/frontend0"}) {
        CAPTURE(other);
        CHECK_FALSE(frontend_name(other));
    }
    const temporary_folder folder;
    std::filesystem::create_symlink("/dev", folder.path() / "nodes");
    CHECK(frontend_name(folder.path() / "nodes/dvb/adapter7/frontend1") == "dvb7.frontend1");
    std::filesystem::create_symlink(folder.path() / "loop", folder.path() / "loop");
    CHECK_FALSE(frontend_name(folder.path() / "loop"));
}

TEST_CASE("what is no frontend is EINVAL, what is not there ENOENT") {
    const auto error = [](const std::filesystem::path& node) {
        return device::open_linux_frontend({.frontend = node}).error().value();
    };
    const temporary_folder folder;
    std::ofstream{folder.path() / "frontend0"} << "x";
    CHECK(error(folder.path() / "frontend0") == EINVAL);
    CHECK(error("/dev/null") == EINVAL);
    CHECK(error("") == ENOENT);
    CHECK(error("/dev/dvb/adapter999/frontend0") == ENOENT);
}

TEST_CASE("of what libdvbv5 logs, the first error is kept, by thread") {
    using namespace device::dvbv5;
    start_listening();
    CHECK(first_error() == 0);
    errno = EIO;
    log_function(LOG_WARNING, "%s", "a warning");
    CHECK(first_error() == 0);
    log_function(LOG_ERR, "%s", "an error");
    errno = ENODEV;
    log_function(LOG_ERR, "%s", "another");
    int elsewhere = -1;
    std::thread{[&] { elsewhere = first_error(); }}.join();
    CHECK(elsewhere == 0);
    CHECK(first_error() == EIO);
    start_listening();
    log_function(LOG_ERR, "%s", "no system call in it");
    CHECK(first_error() == EINVAL);
    start_listening();
}
#else
TEST_CASE("without libdvbv5 there are no frontends") {
    CHECK(
        device::open_linux_frontend({.frontend = "/dev/dvb/adapter0/frontend0"}).error().value() ==
        ENOTSUP);
}
#endif
