// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/config_check.hpp"

#include "daemon/book_claim.hpp"
#include "daemon/listening_socket.hpp"
#include "daemon/write_file.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <filesystem>

using namespace cihost;
using namespace cihost::daemon;
namespace fs = std::filesystem;

namespace {

struct bench {
    test::temporary_folder folder;
    config settings;
    surroundings around;

    bench() {
        settings.socket = folder.path() / "run/control.sock";
        settings.recording_directory = folder.path();
        settings.cam.learn = false;
        receiver_config receiver;
        receiver.name = "roof";
        receiver.virtual_device = folder.path() / "nodes";
        settings.receivers = {receiver};
    }
    config_findings found() const { return check_surroundings(settings, around); }
    bool says(const std::string& line) const {
        return to_text(found()).find("  " + line) != std::string::npos;
    }
    /// The only problem.
    std::string problem() const {
        const auto all = found().of(finding_kind::problem);
        return all.size() == 1 ? all.front() : std::to_string(all.size()) + " problems";
    }
    /// The only remark.
    std::string remark() const {
        const auto all = found().of(finding_kind::remark);
        return all.size() == 1 ? all.front() : std::to_string(all.size()) + " remarks";
    }
};

} // namespace

TEST_CASE("what is to be written can be, or it is said what is in the way") {
    bench b;
    CHECK(b.says("the recording folder may be written, "));
    CHECK(b.says("the folder of the control socket is created by cihostd, "));
    const auto file = test::write_file(b.folder.path() / "file", "");
    b.settings.log_file = file;
    CHECK(b.says("the log file: may be written\n"));
    b.settings.log_file = b.folder.path() / "logs/cihostd.log";
    CHECK(b.says("the log file: its folder is created by cihostd, "));
    // a file where a folder should be
    b.settings.recording_directory = file / "recordings";
    CHECK(b.problem() == "The recording folder cannot be written by this user: " + file.string() +
                             "/recordings: Not a directory. [recording] directory names another "
                             "one.");
    CHECK_FALSE(b.found().ok());
    // such as those that others may not even write into
    b.settings.recording_directory = file;
    CHECK(b.problem().find(file.string() + ": Not a directory. ") != std::string::npos);
    // where root may write, and nobody can
    b.settings.recording_directory = "/proc/rec";
    CHECK(b.problem().find("/proc: the kernel's own folders take no files. ") != std::string::npos);
    b.settings.recording_directory = b.folder.path();
    CHECK(b.found().ok());
    b.settings.log_file = file / "logs/cihostd.log";
    CHECK(b.problem() ==
          "The log file: its folder cannot be written by this user: " + file.string() +
              "/logs: Not a directory. [log] file names another "
              "one.");
    b.settings.log_file = b.folder.path();
    CHECK(b.problem().find("The log file: cannot be written by this user: ") == 0);
    b.settings.log_file.reset();
    // it is learned of CAMs all the same, until the daemon ends
    b.settings.cam.learn = true;
    b.settings.cam.memory = file / "cams.json";
    CHECK(b.remark().find("what is learned of CAMs: its folder cannot be written") == 0);
    CHECK(b.found().ok());
    CHECK_FALSE(fs::exists(b.folder.path() / "run"));
    CHECK_FALSE(fs::exists(b.folder.path() / "logs"));
}

TEST_CASE("another daemon with the same folder of recordings is remarked") {
    bench b;
    const book_claim own{b.folder.path(), b.settings.socket};
    CHECK(b.found().of(finding_kind::remark).empty());
    const book_claim other{b.folder.path(), "/other.sock"};
    CHECK(b.remark() == "Another cihostd, that of /other.sock, keeps its recordings in " +
                            b.folder.path().string() +
                            ", too. They do not disturb each other; [recording] directory names a "
                            "folder for this one alone.");
    CHECK(b.found().ok());
}

TEST_CASE("a trace needs a folder in which its file can be made") {
    bench b;
    auto& trace = b.settings.receivers.front().trace;
    const auto file = test::write_file(b.folder.path() / "start.pcapng", "");
    // there is one of the start before: the next goes beside it
    trace = file;
    CHECK(b.says("the trace of receiver 'roof': its folder may be written, "));
    trace = b.folder.path() / "traces/start.pcapng";
    CHECK(b.says("the trace of receiver 'roof': its folder is created by cihostd, "));
    CHECK(b.found().ok());
    trace = file / "start.pcapng";
    CHECK(b.problem() ==
          "The trace of receiver 'roof': its folder cannot be written by this user: " +
              file.string() + ": Not a directory. [[receiver]] trace names another file.");
    trace = "/proc/start.pcapng";
    CHECK(b.problem().find("the kernel's own folders take no files. ") != std::string::npos);
    trace = b.folder.path();
    CHECK(b.problem() == "The trace of receiver 'roof': cannot be written by this user: " +
                             b.folder.path().string() +
                             ": Is a directory. [[receiver]] trace names another file.");
    CHECK_FALSE(fs::exists(b.folder.path() / "traces"));
}

TEST_CASE("a socket that cannot be is a problem, one that somebody listens on a remark") {
    bench b;
    CHECK(b.found().ok());
    b.settings.socket_group = "no-such-group";
    CHECK(b.problem().find("There is no group 'no-such-group' to give the control socket to") == 0);
    b.settings.socket_group.reset();
    b.settings.socket = b.folder.path() / std::string(200, 'x');
    CHECK(b.problem().find("is too long: at most 107 bytes are possible.") != std::string::npos);
    b.settings.socket = test::write_file(b.folder.path() / "file", "");
    CHECK(b.problem().find("exists and is no socket") != std::string::npos);
    b.settings.socket = b.folder.path() / "control.sock";
    {
        const listening_socket daemon{b.settings.socket, 0660};
        CHECK(b.found().ok());
        CHECK(b.says("Another cihostd listens on " + b.settings.socket.string() + " already."));
        CHECK(fs::exists(b.settings.socket));
    }
    CHECK(b.found().of(finding_kind::remark).empty());
}

TEST_CASE("a port that is in use is remarked, and one that is not stays free") {
    bench b;
    const http_server other{{"127.0.0.1", 0}, {}, [](const runtime::log_record&) {}};
    b.settings.http = other.address();
    CHECK(b.found().ok());
    CHECK(b.remark() == "No streams over HTTP: " + to_string(other.address()) +
                            " cannot be listened on: Address already in use. [http] listen = "
                            "\"127.0.0.1:PORT\" names another port.");
    b.settings.http = http_address{"127.0.0.1", 0};
    CHECK(b.found().of(finding_kind::remark).empty());
}

TEST_CASE("receivers are told with whether their devices are there") {
    bench b;
    CHECK(b.says("receiver 'roof': its folder is not there yet: start 'cihost-sim run FILE.ts "
                 "--dir " +
                 (b.folder.path() / "nodes").string() + "'\n"));
    fs::create_directory(b.folder.path() / "nodes");
    CHECK(b.says("receiver 'roof': its folder is there\n"));
    auto& receiver = b.settings.receivers.front();
    receiver.nodes = device::linux_nodes{
        b.folder.path() / "frontend0", b.folder.path() / "demux0", b.folder.path() / "dvr0", {}};
    CHECK(
        b.says("receiver 'roof': " + (b.folder.path() / "frontend0").string() + " is not there: "));
    for (const auto* node : {"frontend0", "demux0"})
        test::write_file(b.folder.path() / node, "");
    CHECK(b.says("receiver 'roof': " + (b.folder.path() / "dvr0").string() +
                 " cannot be used: No such file or directory; 'cihostd --devices' says what to "
                 "do\n"));
    test::write_file(b.folder.path() / "dvr0", "");
    CHECK(b.says("receiver 'roof': its devices are there\n"));
}

TEST_CASE("a channel list that cannot be read is a problem, as it is on reload") {
    bench b;
    b.settings.channels = channels_config{"channels.conf", {}};
    b.around.read_channels = [](const channels_config&) {
        device::channel_list list;
        list.error = "channels.conf cannot be read.";
        return list;
    };
    CHECK(b.problem() == "channels.conf cannot be read.");
}

TEST_CASE("a program has what was found by its kind") {
    bench b;
    b.settings.recording_directory = "/proc/rec";
    b.settings.cam.learn = true;
    b.settings.cam.memory = "/proc/cams.json";
    const auto found = b.found();
    config_outcome loaded;
    loaded.value = b.settings;
    const auto report = check_report("/c.toml", loaded, found);
    CHECK(report.at("config") == "/c.toml");
    CHECK(report.at("problems").as_array().size() == 1);
    CHECK(report.at("remarks").as_array().size() == 1);
    CHECK(report.at("notes").at(0).as_string().starts_with("the folder of the control socket "));
    CHECK(report.at("settings").at(0).as_string().starts_with("control socket "));
    CHECK(report.at("receivers").at(0).at("name") == "roof");
    CHECK(report.at("receivers").at(0).at("devices").as_string().starts_with("its folder is not"));
    loaded.problems = {{.file = "/c.toml", .what = "cannot be read."}};
    const auto wrong = check_report("/c.toml", loaded, {});
    CHECK(wrong.at("problems").as_array().size() == 1);
    CHECK(wrong.at("settings").as_array().empty());
}

TEST_CASE("the channel list is told, with what is wrong in it") {
    bench b;
    b.settings.channels = channels_config{"channels.conf", {}};
    b.around.read_channels = [](const channels_config&) {
        device::channel_list list;
        list.channels = {{"ZDF", 7, {}}};
        list.remarks = {"channels.conf:3: this is no channel."};
        return list;
    };
    b.settings.receivers.front().channel = "ZDFF";
    CHECK(b.says("The channel list channels.conf has 1 channel.\n"));
    CHECK(b.says("channels.conf:3: this is no channel.\n"));
    CHECK(b.says("The channel 'ZDFF' of receiver 'roof' is not in the channel list; did you mean "
                 "'ZDF'?"));
    // the receiver goes wherever it is needed, then
    CHECK(b.found().ok());
}
