// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/unique_fd.hpp"
#include "device/inventory.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <algorithm>
#include <fcntl.h>
#include <fstream>
#include <unistd.h>

using namespace cihost;
using namespace cihost::test;

namespace {

bool we_are_in(const std::vector<device::node_holder>& holders) {
    return std::any_of(holders.begin(), holders.end(), [](const device::node_holder& holder) {
        return holder.pid == ::getpid() && holder.program.starts_with("test_device");
    });
}

} // namespace

TEST_CASE("a holder is found while it holds, and no longer") {
    const temporary_folder folder;
    const auto file = folder.path() / "ca0";
    std::ofstream{file} << "x";
    CHECK(device::find_holders(file).empty());
    unique_fd open{::open(file.c_str(), O_RDWR | O_CLOEXEC)};
    REQUIRE(open);
    CHECK(we_are_in(device::find_holders(file)));
    CHECK(device::find_holders(file).size() == 1);
    open.reset();
    CHECK(device::find_holders(file).empty());
}

TEST_CASE("a device is known by its number, not by the name it was opened by") {
    const temporary_folder folder;
    std::filesystem::create_symlink("/dev/full", folder.path() / "ca0");
    const unique_fd open{::open("/dev/full", O_RDWR | O_CLOEXEC)};
    REQUIRE(open);
    CHECK(we_are_in(device::find_holders(folder.path() / "ca0")));
    // another file beside it, held by nobody
    std::ofstream{folder.path() / "ca1"} << "x";
    CHECK(device::find_holders(folder.path() / "ca1").empty());
}

TEST_CASE("nobody holds what does not exist") {
    CHECK(device::find_holders("/nowhere/ca0").empty());
}
