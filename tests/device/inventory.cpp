// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/inventory.hpp"

#include "base/unique_fd.hpp"
#include "support/catch.hpp"
#include "support/fake_dvb.hpp"
#include "support/temporary_folder.hpp"

#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <sys/wait.h>
#include <unistd.h>

using namespace cihost;
using namespace cihost::test;
using device::ca_kind;
using device::delivery_system;

namespace {

/// A /dev/dvb of files, with a driver that answers for them.
class fake_root {
  public:
    fake_dvb kernel;

    std::string file(const std::string& name) {
        const auto path = folder_.path() / name;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream{path} << "x";
        return path.string();
    }
    fake_dvb::node& node(const std::string& name) { return kernel.nodes[file(name)]; }
    fake_dvb::node& frontend(const std::string& name, std::vector<std::uint8_t> systems) {
        auto& made = node(name);
        made.name = "Tuner";
        made.systems = std::move(systems);
        return made;
    }
    fake_dvb::node& ca(const std::string& name, int type, unsigned flags = 0) {
        auto& made = node(name);
        made.ca.slot_num = 1;
        made.ca.slot_type = static_cast<unsigned>(type);
        made.slots = {{.type = type, .flags = flags}};
        return made;
    }
    /// frontendN, demuxN and dvrN.
    void receiver(const std::string& adapter, const std::string& number) {
        frontend(adapter + "/frontend" + number, {SYS_DVBT});
        file(adapter + "/demux" + number);
        file(adapter + "/dvr" + number);
    }
    std::vector<device::adapter_entry> find() {
        auto found = device::find_adapters(path(), kernel);
        CHECK(kernel.descriptors.empty());
        CHECK(kernel.wrong_closes == 0);
        return found;
    }
    device::adapter_entry only() {
        auto found = find();
        REQUIRE(found.size() == 1);
        return found.front();
    }
    const std::filesystem::path& path() const { return folder_.path(); }

  private:
    temporary_folder folder_;
};

/// Another process that holds a file open until the end of the test.
class holder {
  public:
    explicit holder(const std::string& path) {
        int ready[2];
        REQUIRE(::pipe(ready) == 0);
        pid_ = ::fork();
        if (pid_ == 0) {
            const int fd = ::open(path.c_str(), O_RDWR);
            const auto written = ::write(ready[1], "x", fd >= 0 ? 1 : 0);
            while (written >= 0)
                ::pause();
        }
        ::close(ready[1]);
        char byte = 0;
        REQUIRE(::read(ready[0], &byte, 1) == 1);
        ::close(ready[0]);
    }
    holder(const holder&) = delete;
    holder& operator=(const holder&) = delete;
    ~holder() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    int pid() const { return pid_; }

  private:
    pid_t pid_ = -1;
};

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("an adapter with all that belongs to it") {
    fake_root root;
    root.frontend("adapter0/frontend0", {SYS_DVBT, SYS_DVBT2, SYS_DVBC_ANNEX_A});
    root.file("adapter0/demux0");
    root.file("adapter0/dvr0");
    root.file("adapter0/net0");
    root.ca("adapter0/ca0", CA_CI_LINK, CA_CI_MODULE_PRESENT | CA_CI_MODULE_READY);
    const auto adapter = root.only();
    CHECK(adapter.number == 0);
    CHECK(adapter.driver.empty());
    REQUIRE(adapter.frontends.size() == 1);
    const auto& frontend = adapter.frontends[0];
    CHECK(frontend.path == root.path() / "adapter0/frontend0");
    CHECK(frontend.name == "Tuner");
    CHECK(frontend.problem.empty());
    CHECK(frontend.holders.empty());
    CHECK(frontend.systems ==
          std::vector{delivery_system::dvbt, delivery_system::dvbt2, delivery_system::dvbc});
    REQUIRE(adapter.ca_devices.size() == 1);
    CHECK(adapter.ca_devices[0].kind == ca_kind::link);
    REQUIRE(adapter.ca_devices[0].slots.size() == 1);
    CHECK(adapter.ca_devices[0].slots[0].ready);
    CHECK(adapter.ca_devices[0].problem.empty());
    CHECK(adapter.demuxes.size() == 1);
    CHECK(adapter.dvrs.size() == 1);
    CHECK(adapter.receivers ==
          std::vector{device::linux_nodes{.frontend = root.path() / "adapter0/frontend0",
                                          .demux = root.path() / "adapter0/demux0",
                                          .dvr = root.path() / "adapter0/dvr0",
                                          .ca = root.path() / "adapter0/ca0"}});
}

TEST_CASE("adapters and nodes come by number; other names are nobody's") {
    fake_root root;
    for (const auto* name : {"adapter10", "adapter2", "adapter0"})
        root.receiver(name, "0");
    for (const auto* name : {"adapter", "adapter01", "adapter-1", "adapter1x", "by-path",
                             "adapter99999999999999999999"})
        root.receiver(name, "0");
    root.receiver("adapter2", "10");
    root.receiver("adapter2", "9");
    root.file("adapter3"); // a file where a folder should be
    const auto found = root.find();
    REQUIRE(found.size() == 4);
    CHECK(found[0].number == 0);
    CHECK(found[1].number == 2);
    CHECK(found[2].number == 3);
    CHECK(found[2].receivers.empty());
    CHECK(found[3].number == 10);
    REQUIRE(found[1].frontends.size() == 3);
    CHECK(found[1].frontends[1].number == 9);
    CHECK(found[1].frontends[2].number == 10);
}

TEST_CASE("one receiver for each frontend that has a demux and a dvr") {
    fake_root root;
    SECTION("each its own") {
        root.receiver("adapter0", "0");
        root.receiver("adapter0", "1");
        root.ca("adapter0/ca0", CA_CI_LINK);
        const auto receivers = root.only().receivers;
        REQUIRE(receivers.size() == 2);
        CHECK(receivers[1].demux == root.path() / "adapter0/demux1");
        CHECK(receivers[0].ca == root.path() / "adapter0/ca0");
        CHECK(receivers[1].ca.empty());
    }
    SECTION("two share the only ones") {
        root.receiver("adapter0", "0");
        root.frontend("adapter0/frontend1", {SYS_DVBS2});
        const auto receivers = root.only().receivers;
        REQUIRE(receivers.size() == 2);
        CHECK(receivers[1].frontend == root.path() / "adapter0/frontend1");
        CHECK(receivers[1].dvr == root.path() / "adapter0/dvr0");
    }
    SECTION("a third has none of two") {
        root.receiver("adapter0", "0");
        root.receiver("adapter0", "1");
        root.frontend("adapter0/frontend2", {SYS_DVBT});
        CHECK(root.only().receivers.size() == 2);
    }
    SECTION("no dvr, no receiver") {
        root.frontend("adapter0/frontend0", {SYS_DVBT});
        root.file("adapter0/demux0");
        root.ca("adapter0/ca0", CA_CI_LINK);
        CHECK(root.only().receivers.empty());
    }
    SECTION("nothing that we know is received") {
        root.receiver("adapter0", "0");
        root.frontend("adapter0/frontend0", {SYS_DSS});
        const auto adapter = root.only();
        CHECK(has(adapter.frontends[0].problem, "none of the delivery systems"));
        CHECK(adapter.receivers.empty());
    }
}

TEST_CASE("a descrambler is never part of a receiver") {
    fake_root root;
    root.receiver("adapter0", "0");
    root.ca("adapter0/ca0", 8);
    SECTION("alone") {
        const auto adapter = root.only();
        CHECK(adapter.ca_devices[0].kind == ca_kind::descrambler);
        CHECK(adapter.ca_devices[0].slots.empty());
        CHECK(adapter.receivers.at(0).ca.empty());
    }
    SECTION("beside a CI") {
        root.ca("adapter0/ca1", CA_CI);
        const auto adapter = root.only();
        CHECK(adapter.ca_devices[1].kind == ca_kind::high_level);
        CHECK(adapter.receivers.at(0).ca == root.path() / "adapter0/ca1");
    }
}

TEST_CASE("a CA device that is held is not knocked at") {
    fake_root root;
    root.receiver("adapter0", "0");
    auto& ca = root.ca("adapter0/ca0", CA_CI_LINK);
    const auto path = (root.path() / "adapter0/ca0").string();
    SECTION("by another program: named, with the remedy") {
        const holder other{path};
        const auto adapter = root.only();
        const auto& entry = adapter.ca_devices.at(0);
        CHECK(ca.opens == 0);
        REQUIRE(entry.holders.size() == 1);
        CHECK(entry.holders[0].pid == other.pid());
        CHECK(entry.kind == ca_kind::unknown);
        CHECK(entry.problem == path + " is in use by " + entry.holders[0].program + " (process " +
                                   std::to_string(other.pid()) +
                                   "): stop it, or leave this CA device to it.");
        CHECK(adapter.receivers.at(0).ca == path);
    }
    SECTION("by ourselves: no problem") {
        const unique_fd ours{::open(path.c_str(), O_RDWR | O_CLOEXEC)};
        const auto entry = root.only().ca_devices.at(0);
        CHECK(ca.opens == 0);
        CHECK(entry.holders.size() == 1);
        CHECK(entry.problem.empty());
    }
}

TEST_CASE("a frontend in use is asked all the same, and said to be in use") {
    fake_root root;
    root.receiver("adapter0", "0");
    const holder other{(root.path() / "adapter0/frontend0").string()};
    const auto frontend = root.only().frontends.at(0);
    CHECK(frontend.name == "Tuner");
    CHECK(has(frontend.problem, "(process " + std::to_string(other.pid()) + ")"));
}

TEST_CASE("each failure is a sentence with a remedy") {
    struct expectation {
        int error;
        const char* frontend;
        const char* ca;
    };
    for (const auto& [error, frontend_says, ca_says] : {
             expectation{EACCES, "may not be opened. ", "may not be opened. "},
             {EPERM, "DeviceAllow=", "DeviceAllow="},
             {EBUSY, "fuser -v", "fuser -v"},
             {ENOENT, "leads nowhere", "leads nowhere"},
             {ENODEV, "Plug it in again", "Plug it in again"},
             {ENXIO, "Plug it in again", "Plug it in again"},
             {ENOTTY, "is not the node of a tuner", "is not the node of a CA device"},
             {EIO, "dmesg", "dmesg"},
         }) {
        CAPTURE(error);
        fake_root root;
        root.receiver("adapter0", "0");
        root.ca("adapter0/ca0", CA_CI_LINK);
        root.kernel.nodes[(root.path() / "adapter0/frontend0").string()].open_error = error;
        root.kernel.nodes[(root.path() / "adapter0/ca0").string()].open_error = error;
        const auto adapter = root.only();
        const auto& frontend = adapter.frontends.at(0);
        CHECK(has(frontend.problem, frontend_says));
        CHECK(has(frontend.problem, frontend.path.string()));
        CHECK(frontend.problem.back() == '.');
        CHECK(has(adapter.ca_devices.at(0).problem, ca_says));
        CHECK(adapter.ca_devices.at(0).kind == ca_kind::unknown);
        // it may be one again: the receiver is named
        CHECK(adapter.receivers.size() == 1);
    }
    // and each ioctl
    for (const auto request : {FE_GET_INFO, FE_GET_PROPERTY}) {
        fake_root root;
        root.receiver("adapter0", "0");
        root.kernel.nodes[(root.path() / "adapter0/frontend0").string()].failures[request] = ENODEV;
        CHECK(has(root.only().frontends.at(0).problem, "Plug it in again"));
    }
    for (const auto request : {CA_GET_CAP, CA_GET_SLOT_INFO}) {
        fake_root root;
        root.ca("adapter0/ca0", CA_CI_LINK).failures[request] = ENODEV;
        CHECK(has(root.only().ca_devices.at(0).problem, "Plug it in again"));
    }
}

TEST_CASE("a root of anything but devices does no harm") {
    const temporary_folder folder;
    const auto adapter = folder.path() / "adapter0";
    std::filesystem::create_directories(adapter / "ca0");
    std::ofstream{adapter / "frontend0"} << "not a frontend";
    std::filesystem::create_symlink("/nowhere", adapter / "frontend1");
    std::filesystem::create_symlink(adapter / "frontend2", adapter / "frontend2");
    std::filesystem::create_symlink("/dev/null", adapter / "frontend3");
    std::filesystem::create_symlink("/dev/null", adapter / "demux0");
    std::filesystem::create_symlink("/nowhere", adapter / "dvr0");
    std::filesystem::create_symlink(folder.path(), folder.path() / "adapter1");
    std::filesystem::create_symlink("/nowhere", folder.path() / "adapter2");
    const auto found = device::find_adapters(folder.path());
    REQUIRE(found.size() == 3);
    REQUIRE(found[0].frontends.size() == 4);
    CHECK(has(found[0].frontends[0].problem, "is not the node of a tuner"));
    CHECK(has(found[0].frontends[1].problem, "leads nowhere"));
    CHECK_FALSE(found[0].frontends[2].problem.empty());
    CHECK(has(found[0].frontends[3].problem, "is not the node of a tuner"));
    REQUIRE(found[0].ca_devices.size() == 1);
    CHECK(has(found[0].ca_devices[0].problem, "is not the node of a CA device"));
    CHECK(found[1].frontends.empty());
    CHECK(found[2].frontends.empty());
}

TEST_CASE("no adapters: why, and what to do") {
    CHECK(device::find_adapters("/nowhere/dvb").empty());
    CHECK(has(device::explain_no_adapters("/nowhere/dvb"), "There is no /nowhere/dvb"));
    CHECK(has(device::explain_no_adapters("/nowhere/dvb"), "lspci -k"));
    const temporary_folder folder;
    CHECK(device::find_adapters(folder.path()).empty());
    CHECK(has(device::explain_no_adapters(folder.path()), "has no adapters"));
    std::ofstream{folder.path() / "file"} << "x";
    CHECK(device::find_adapters(folder.path() / "file").empty());
    CHECK(has(device::explain_no_adapters(folder.path() / "file"), "cannot be looked into"));
}

TEST_CASE("a demux or dvr that may not be opened is told, and a dvr that another one reads") {
    fake_root root;
    root.receiver("adapter0", "0");
    const auto demux = root.path() / "adapter0/demux0";
    const auto dvr = root.path() / "adapter0/dvr0";
    SECTION("neither is a problem") {
        CHECK(root.only().demuxes.at(0).problem.empty());
        CHECK(root.only().dvrs.at(0).problem.empty());
    }
    SECTION("a dvr has one reader, a demux many") {
        const holder of_dvr{dvr.string()};
        const holder of_demux{demux.string()};
        const auto adapter = root.only();
        CHECK(has(adapter.dvrs.at(0).problem, "(process " + std::to_string(of_dvr.pid()) + ")"));
        CHECK(adapter.demuxes.at(0).problem.empty());
        CHECK(adapter.demuxes.at(0).holders.size() == 1);
    }
    SECTION("no right to") {
        std::filesystem::permissions(demux, std::filesystem::perms::none);
        std::filesystem::permissions(dvr, std::filesystem::perms::none);
        std::filesystem::permissions(root.path(), std::filesystem::perms::all);
        // root may everything: somebody else looks
        const pid_t child = ::fork();
        if (child == 0) {
            if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0)
                ::_exit(3);
            const auto found = device::find_adapters(root.path(), root.kernel);
            const bool told = found.size() == 1 &&
                              has(found[0].demuxes.at(0).problem, "demux0 may not be opened. ") &&
                              has(found[0].dvrs.at(0).problem, "dvr0 may not be opened. ");
            ::_exit(told ? 0 : 1);
        }
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        CHECK(WIFEXITED(status));
        CHECK(WEXITSTATUS(status) == 0);
    }
}
