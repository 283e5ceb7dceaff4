// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <cihost/channel.hpp>
#include <cihost/receiver_error.hpp>

#include <fstream>
#include <string>
#include <vector>

using namespace cihost;
using kind = receiver_error::kind;

namespace {

std::string not_found(const std::vector<channel>& channels, const std::string& name) {
    try {
        find_channel(channels, name);
    } catch (const receiver_error& error) {
        CHECK(error.which() == kind::not_found);
        return error.what();
    }
    return "it was found";
}

} // namespace

TEST_CASE("a channel is found by its name") {
    const std::vector<channel> channels{{.name = "DOCU three", .program_number = 1},
                                        {.name = "Docu Three", .program_number = 2},
                                        {.name = "Sport Two", .program_number = 3}};
    CHECK(find_channel(channels, "Docu Three").program_number == 2);
    CHECK(find_channel(channels, "docu three").program_number == 1);
    CHECK(find_channel(channels, "sport two").program_number == 3);
    CHECK(not_found(channels, "Sprot Two") ==
          "The channel 'Sprot Two' is not in the channel list; did you mean 'Sport Two'?");
    CHECK(not_found(channels, "Weather").find("scan the channels anew") != std::string::npos);
    CHECK(not_found({}, "Weather").find("scan the channels anew") != std::string::npos);
}

TEST_CASE("a channel file that is not there is said to be missing") {
    const test::temporary_folder folder;
    try {
        read_channels(folder.path() / "channels.conf");
        FAIL("it was read");
    } catch (const receiver_error& error) {
        CHECK(error.which() == kind::not_found);
        CHECK(std::string{error.what()}.find("channels.conf") != std::string::npos);
    }
}

TEST_CASE("a channel file is read, and what is no channel list is refused") {
    const test::temporary_folder folder;
    const auto file = folder.path() / "channels.conf";
    std::ofstream{file} << "[One]\n\tSERVICE_ID = 101\n\tFREQUENCY = 474000000\n"
                           "\tBANDWIDTH_HZ = 8000000\n\tDELIVERY_SYSTEM = DVBT\n\n"
                           "[Broken]\n\tSERVICE_ID = none\n";
    std::vector<std::string> remarks;
    std::vector<channel> channels;
    try {
        channels = read_channels(file, {}, &remarks);
    } catch (const receiver_error& error) { // as a whole, in a build without libdvbv5
        CHECK(error.which() == kind::failed);
        REQUIRE(std::string{error.what()}.find("libdvbv5-dev") != std::string::npos);
        return;
    }
    CHECK(find_channel(channels, "One").tuning.frequency_hz == 474'000'000);
    CHECK(find_channel(channels, "One").tuning.system == delivery_system::dvbt);
    CHECK_FALSE(remarks.empty());
    std::ofstream{file} << "no list at all\n";
    try {
        read_channels(file);
        FAIL("it was read");
    } catch (const receiver_error& error) {
        CHECK(error.which() == kind::failed);
    }
}
