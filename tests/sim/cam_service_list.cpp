// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cam_bench.hpp"
#include "sim/cam/ca_pmt_object.hpp"
#include "sim/cam/service_list.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"

#include <cstdint>
#include <string>
#include <vector>

using namespace cihost;
using namespace cihost::test;
using namespace cihost::sim;

namespace {

constexpr std::uint16_t our_system = 0x4AFE;

struct list_bench {
    /// A service of one stream, with an ECM PID at programme level.
    void tell(list_management list, std::uint16_t program,
              ca_pmt_command command = ca_pmt_command::ok_descrambling,
              std::uint16_t ca_system_id = our_system) {
        ca_pmt_object object;
        object.list = list;
        object.program_number = program;
        object.programme = {command, {{ca_system_id, 0x0500}}};
        object.streams = {{0x02, static_cast<std::uint16_t>(0x100 + program), {}}};
        services.apply(object, now);
    }
    std::vector<int> selected() const {
        std::vector<int> programs;
        for (const auto& service : services.selected())
            programs.push_back(service.program_number);
        return programs;
    }
    std::string last_drop() const {
        return file.events("service_dropped").back().at("reason").as_string().c_str();
    }

    time_point now{};
    log_file file{now};
    journal log{file.log};
    service_list services{{our_system}, log};
};

using programs = std::vector<int>;

} // namespace

TEST_CASE("only replaces all services at once") {
    list_bench bench;
    bench.tell(list_management::only, 1);
    CHECK(bench.selected() == programs{1});
    bench.tell(list_management::only, 2);
    CHECK(bench.selected() == programs{2});
    CHECK(bench.last_drop() == "list management only");
}

TEST_CASE("first drops the others before last comes; more and last go on") {
    list_bench bench;
    bench.tell(list_management::only, 9);
    bench.tell(list_management::first, 1);
    CHECK(bench.selected() == programs{1});
    CHECK(bench.last_drop() == "list management first");
    bench.tell(list_management::more, 2);
    bench.tell(list_management::last, 3);
    CHECK(bench.selected() == programs{1, 2, 3});
    CHECK(bench.file.events("violation").empty());
}

TEST_CASE("a list that does not begin or does not end is a breach") {
    list_bench bench;
    SECTION("more") { bench.tell(list_management::more, 1); }
    SECTION("last") { bench.tell(list_management::last, 1); }
    SECTION("first, then add") {
        bench.tell(list_management::first, 1);
        bench.tell(list_management::add, 2);
    }
    SECTION("last twice") {
        bench.tell(list_management::first, 1);
        bench.tell(list_management::last, 2);
        bench.tell(list_management::last, 3);
    }
    CHECK(bench.file.events("violation").size() == 1);
}

TEST_CASE("add keeps the others and acts as update when the service is known") {
    list_bench bench;
    bench.tell(list_management::only, 1);
    bench.tell(list_management::add, 2);
    bench.tell(list_management::add, 2);
    CHECK(bench.selected() == programs{1, 2});
    CHECK(bench.file.events("service_enabled").size() == 2);
    CHECK(bench.file.events("service_dropped").empty());
}

TEST_CASE("update changes a known service and ignores an unknown one") {
    list_bench bench;
    bench.tell(list_management::update, 1);
    CHECK(bench.selected().empty());
    CHECK(bench.file.events("ca_pmt_ignored").size() == 1);

    bench.tell(list_management::add, 1);
    bench.tell(list_management::update, 1, ca_pmt_command::ok_descrambling, 0x0B00);
    CHECK(bench.selected().empty());
    CHECK(bench.last_drop() == "no usable CA descriptor");
    bench.tell(list_management::update, 1);
    CHECK(bench.selected() == programs{1});
}

TEST_CASE("not_selected removes a service; after that only add knows it") {
    list_bench bench;
    bench.tell(list_management::only, 1);
    bench.tell(list_management::add, 2);
    bench.tell(list_management::update, 1, ca_pmt_command::not_selected);
    CHECK(bench.selected() == programs{2});
    CHECK(bench.last_drop() == "not selected");
    bench.tell(list_management::update, 1);
    CHECK(bench.selected() == programs{2});
    bench.tell(list_management::add, 1);
    CHECK(bench.selected() == programs{1, 2});
}

TEST_CASE("query changes nothing of its own service, but only still means only") {
    list_bench bench;
    bench.tell(list_management::add, 1);
    bench.tell(list_management::add, 2, ca_pmt_command::query);
    CHECK(bench.selected() == programs{1});
    bench.tell(list_management::update, 1, ca_pmt_command::query);
    CHECK(bench.selected() == programs{1});
    bench.tell(list_management::only, 2, ca_pmt_command::query); // as AlphaCrypt 3.09 does it
    CHECK(bench.selected().empty());
}

TEST_CASE("ok_mmi does not descramble") {
    list_bench bench;
    bench.tell(list_management::only, 1, ca_pmt_command::ok_mmi);
    CHECK(bench.selected().empty());
    CHECK(bench.file.events("service_not_enabled").size() == 1);
}

TEST_CASE("CA descriptors of a stream override those of the programme") {
    list_bench bench;
    const auto object = read_ca_pmt("03 0001 C1"
                                    "F00D 01 09 04 0B00 E501 09 04 4AFE E502" // programme level
                                    "02 E101 F000"                            // programme's
                                    "04 E102 F007 01 09 04 4AFE E503"         // its own
                                    "04 E103 F007 01 09 04 0B00 E504"         // not this CAM's
                                    "06 E104 F007 04 09 04 4AFE E505"_hex);   // not selected
    REQUIRE(object);
    bench.services.apply(*object, bench.now);
    const auto selected = bench.services.selected();
    REQUIRE(selected.size() == 1);
    CHECK(selected[0].streams ==
          std::vector<selected_service::stream>{{0x0101, {0x0502}}, {0x0102, {0x0503}}});
}

TEST_CASE("read_ca_pmt refuses what a host must not send") {
    CHECK(read_ca_pmt("03 0000 C1 F001 04"_hex));
    CHECK(read_ca_pmt("04 1122 CB F000 02 E101 F000"_hex));
    CHECK_FALSE(read_ca_pmt(""_hex));
    CHECK_FALSE(read_ca_pmt("06 1122 CB F000"_hex));                    // list management
    CHECK_FALSE(read_ca_pmt("03 1122 CB F001 05"_hex));                 // command
    CHECK_FALSE(read_ca_pmt("03 1122 CB F001 00"_hex));                 // command
    CHECK_FALSE(read_ca_pmt("03 1122 CB F002 01"_hex));                 // cut off
    CHECK_FALSE(read_ca_pmt("03 1122 CB F000 02 E101"_hex));            // cut off
    CHECK_FALSE(read_ca_pmt("03 1122 CB F006 01 09 03 0B00 E5"_hex));   // CA descriptor of 3 bytes
    CHECK_FALSE(read_ca_pmt("03 1122 CB F007 01 0A 04 64657500"_hex));  // language descriptor
    CHECK_FALSE(read_ca_pmt("03 1122 CB F007 01 09 05 0B00 E500"_hex)); // longer than its level
    CHECK_FALSE(read_ca_pmt("03 1122 CB F001 01 02 E101 F001 09"_hex)); // stream's command
}
