// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/inventory.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <fstream>
#include <sys/stat.h>

using namespace cihost;
using namespace cihost::test;
namespace fs = std::filesystem;

namespace {

void touch(const fs::path& path) {
    fs::create_directories(path.parent_path());
    std::ofstream{path} << "x";
}

} // namespace

TEST_CASE("a listing changes with the nodes and with who may use them, and with nothing else") {
    const temporary_folder root;
    CHECK(device::node_listing(root.path() / "none").empty());
    CHECK(device::node_listing(root.path()).empty());

    const auto node = root.path() / "adapter0/frontend0";
    touch(node);
    const auto one = device::node_listing(root.path());
    CHECK(one.find(node.string()) != std::string::npos);
    CHECK(device::node_listing(root.path()) == one);
    { std::ofstream{node} << "written to"; }
    CHECK(device::node_listing(root.path()) == one);

    SECTION("another node") {
        touch(root.path() / "adapter0/ca0");
        CHECK(device::node_listing(root.path()) != one);
        fs::remove(root.path() / "adapter0/ca0");
        CHECK(device::node_listing(root.path()) == one);
    }
    SECTION("other rights") {
        REQUIRE(::chmod(node.c_str(), 0400) == 0);
        CHECK(device::node_listing(root.path()) != one);
    }
    SECTION("gone") {
        fs::remove_all(root.path() / "adapter0");
        CHECK(device::node_listing(root.path()).empty());
    }
}
