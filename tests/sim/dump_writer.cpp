// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sim/receiver/dump_writer.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

using namespace cihost;
using namespace cihost::sim;
using namespace cihost::test;

namespace {

bytes content(const std::filesystem::path& file) {
    std::ifstream in{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

} // namespace

TEST_CASE("both dumps hold everything in order once finished") {
    const temporary_folder folder;
    const auto source = (folder.path() / "source.ts").string();
    const auto on_air = (folder.path() / "on_air.ts").string();
    bytes all_source;
    bytes all_on_air;
    dump_writer dumps{source, on_air};
    for (int i = 0; i < 500; ++i) {
        const bytes before(188, static_cast<std::uint8_t>(i));
        const bytes after(188, static_cast<std::uint8_t>(~i));
        all_source.insert(all_source.end(), before.begin(), before.end());
        all_on_air.insert(all_on_air.end(), after.begin(), after.end());
        dumps.write(before, after);
    }
    CHECK(dumps.finish().empty());
    CHECK(content(source) == all_source);
    CHECK(content(on_air) == all_on_air);
}

TEST_CASE("one dump alone is possible") {
    const temporary_folder folder;
    const auto on_air = (folder.path() / "on_air.ts").string();
    dump_writer dumps{"", on_air};
    dumps.write(bytes(188, 1), bytes(188, 2));
    CHECK(dumps.finish().empty());
    CHECK(content(on_air) == bytes(188, 2));
}

TEST_CASE("a dump that cannot be made is said at once") {
    const temporary_folder folder;
    const auto nowhere = (folder.path() / "no" / "source.ts").string();
    dump_writer dumps{nowhere, ""};
    CHECK(dumps.failure() == nowhere + " cannot be written: No such file or directory");
    dumps.write(bytes(188), bytes(188));
    CHECK(dumps.finish() == nowhere + " cannot be written: No such file or directory");
}

TEST_CASE("a full disk ends the dumps and is said") {
    if (!std::filesystem::exists("/dev/full"))
        CIHOST_SKIP("no /dev/full here");
    dump_writer dumps{"/dev/full", ""};
    for (int i = 0; i < 100; ++i)
        dumps.write(bytes(18'800), {});
    CHECK(dumps.finish() == "/dev/full cannot be written: No space left on device");
}
