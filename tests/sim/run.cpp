// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/commands/commands.hpp"
#include "sim/commands/run_options.hpp"
#include "support/catch.hpp"
#include "support/clear_stream.hpp"
#include "support/temporary_folder.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

using namespace cihost;
using namespace cihost::sim;
using namespace cihost::test;

namespace {

/// The exit status of `cihost-sim run` on a little multiplex.
int run(const std::string& options) {
    const temporary_file file{clear_stream{}.make()};
    const temporary_folder folder;
    CLI::App program{"", "cihost-sim"};
    action chosen;
    add_run_command(program, chosen);
    program.parse("run " + file.name() + " --dir " + (folder.path() / "nodes").string() +
                  " --duration 0.3 " + options);
    sigset_t before;
    ::sigprocmask(SIG_BLOCK, nullptr, &before);
    const auto status = chosen();
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    return status;
}

} // namespace

TEST_CASE("run: slots and their CAMs are what the options say, or refused") {
    CHECK(run("--slots 0") == success);
    CHECK(run("--slots 2") == success);
    CHECK(run("--slots 2 --second-ca-systems 0x1702,5890") == success);
    CHECK(run("--slots 2 --second-ca-systems none") == success);
    for (const std::string systems : {"all", "70000", "none,5890", "-1"})
        CHECK(run("--slots 2 --second-ca-systems=" + systems) == failure);
}

TEST_CASE("run: the second CAM has another name, and a card only for the head-end's system") {
    const headend_settings transmitted{.ca_system_id = 0x4AFE, .card_key = bytes(16, 7)};
    const auto second = [&](const std::string& arguments) {
        CLI::App program;
        run_options options;
        options.add_to(program);
        program.parse("file.ts --slots 2 --cam-name Neat " + arguments);
        std::string why;
        const auto modules = options.modules(transmitted, why);
        REQUIRE(modules);
        REQUIRE(modules->size() == 2);
        CHECK(modules->front().name == "Neat");
        CHECK(modules->front().slot == 0);
        CHECK(modules->front().card_key == transmitted.card_key);
        return modules->back();
    };
    CHECK(second("").name == "Neat 2");
    CHECK(second("").slot == 1);
    CHECK(second("").ca_system_ids == std::vector<std::uint16_t>{0x4AFE});
    CHECK(second("").card_key == transmitted.card_key);
    CHECK(second("--second-ca-systems 0x1702,5890").ca_system_ids ==
          std::vector<std::uint16_t>{0x1702, 5890});
    CHECK(second("--second-ca-systems 0x1702").card_key.empty());
    CHECK(second("--second-ca-systems 0x1702,0x4AFE").card_key == transmitted.card_key);
    CHECK(second("--second-ca-systems none").ca_system_ids.empty());
    CHECK(second("--second-ca-systems none").card_key.empty());
}

TEST_CASE("run: --cam takes names and files, one a slot; what is said besides goes before") {
    const headend_settings transmitted{.ca_system_id = 0x1234, .card_key = bytes(16, 7)};
    std::string why;
    const auto modules = [&](const std::string& arguments) {
        CLI::App program;
        run_options options;
        options.add_to(program);
        program.parse("file.ts " + arguments);
        return options.modules(transmitted, why);
    };
    const auto two = modules("--cam dragoncam,alphacrypt-3.05 --boot-ms 7 --authorised");
    REQUIRE(two);
    REQUIRE(two->size() == 2);
    CHECK(two->front().name == "Dragon CAM");
    CHECK(two->front().ca_system_ids == std::vector<std::uint16_t>{0x1234});
    CHECK(two->front().behaviour.link.shortest_poll == std::chrono::milliseconds{290});
    CHECK(two->front().boot_time == std::chrono::milliseconds{7});
    CHECK(two->front().behaviour.card.authorised);
    CHECK(two->back().name == "AlphaCrypt");
    CHECK(two->back().slot == 1);
    CHECK(two->back().card_key == transmitted.card_key);

    const auto plain = modules("");
    REQUIRE(plain);
    CHECK(plain->size() == 1);
    CHECK(plain->front().name == "cihost Sim CAM");
    CHECK_FALSE(plain->front().behaviour.card.authorised);
    CHECK(modules("--cam irdeto-slow --slots 2")->back().name == "cihost Sim CAM 2");

    const temporary_folder folder;
    const auto file = (folder.path() / "mine.cam.toml").string();
    std::ofstream{file} << "description = \"Mine.\"\n[module]\nname = \"Mine\"\n";
    CHECK(modules("--cam " + file)->front().name == "Mine");
    std::ofstream{file} << "description = \"Mine.\"\n[link]\nfragment_sise = 3\n";
    CHECK_FALSE(modules("--cam " + file));
    CHECK(why.find("mine.cam.toml:3: link.fragment_sise is not a known key; did you mean "
                   "'fragment_size'?") != std::string::npos);
    CHECK_FALSE(modules("--cam " + file + "x"));
    CHECK_FALSE(modules("--cam no-such"));
    CHECK(why.starts_with("there is no CAM 'no-such'; there are: "));
    CHECK_FALSE(modules("--cam good,good --slots 1"));
    CHECK_FALSE(modules("--cam good,good,good"));
}

TEST_CASE("run: a receiver with a CAM of any kind plays") {
    CHECK(run("--cam good,dragoncam --authorised") == success);
    CHECK(run("--cam no-such") == failure);
}

TEST_CASE("run: --lab takes an adapter or none, and wants the kernel's module") {
    const auto adapter = [](const std::string& arguments) {
        CLI::App program;
        run_options options;
        options.add_to(program);
        program.parse("file.ts --delivery dvbs2 --link-buffer 16 " + arguments);
        CHECK(options.reception().system == delivery_system::dvbs2);
        CHECK(options.card({.name = "Neat"}).buffer_size == 16);
        return options.lab;
    };
    CHECK_FALSE(adapter(""));
    CHECK(adapter("--lab") == 0U);
    CHECK(adapter("--lab 3") == 3U);
    if (std::filesystem::exists("/dev/cihost_lab_ts7"))
        CIHOST_SKIP("the lab's module is loaded, with eight adapters");
    CHECK(run("--lab 7") == failure);
}

TEST_CASE("run: evidence that cannot be written is a failure") {
    CHECK(run("") == success);
    CHECK(run("--log /dev/full") == failure);
    CHECK(run("--control-words /dev/full") == failure);
}
