// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/driver_name.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <fstream>

using namespace cihost;
using namespace cihost::test;

TEST_CASE("the driver is found by the device number") {
    const temporary_folder sysfs;
    const auto device = sysfs.path() / "dev/char/1:3/device";
    std::filesystem::create_directories(device);
    std::filesystem::create_symlink("../../../../bus/pci/drivers/cx23885", device / "driver");
    CHECK(device::driver_name("/dev/null", sysfs.path()) == "cx23885");

    const temporary_folder folder;
    std::filesystem::create_symlink("/dev/null", folder.path() / "frontend0");
    CHECK(device::driver_name(folder.path() / "frontend0", sysfs.path()) == "cx23885");
}

TEST_CASE("no driver is known of what is no device") {
    const temporary_folder empty;
    CHECK(device::driver_name("/dev/null", empty.path()).empty());
    CHECK(device::driver_name("/nowhere", empty.path()).empty());
    std::ofstream{empty.path() / "file"} << "x";
    CHECK(device::driver_name(empty.path() / "file", empty.path()).empty());
    CHECK(device::driver_name(empty.path(), empty.path()).empty());
}
