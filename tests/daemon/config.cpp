// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/config.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <string>
#include <vector>

using namespace cihost;
using namespace cihost::daemon;

namespace {

config_outcome parse(std::string_view text) { return parse_config(text, "/etc/c.toml"); }

constexpr const char* receiver = "[[receiver]]\ndevice = \"virtual:/v\"\nfrequency = 474000000\n";

} // namespace

TEST_CASE("a whole configuration is read") {
    const auto out = parse(R"(
[control]
socket = "/run/x.sock"
mode = "0600"
[log]
level = "debug"
file = "log.txt"
[recording]
directory = "recordings"
[cam]
poll_floor_ms = 300
[[receiver]]
name = "a"
device = "virtual:nodes"
frequency = "474 MHz"
services = [28106, "Das Erste HD"]
trace = "/t.pcapng"
[[receiver]]
name = "b"
device = "virtual:/other"
frequency = 11954000000
)");
    for (const auto& problem : out.problems)
        UNSCOPED_INFO(problem.text());
    REQUIRE(out.ok());
    const auto& c = out.value;
    CHECK(c.socket == "/run/x.sock");
    CHECK(c.socket_mode == 0600);
    CHECK(c.log_level == runtime::severity::debug);
    CHECK(c.log_file == "/etc/log.txt");
    CHECK(c.recording_directory == "/etc/recordings");
    CHECK(c.cam_poll_floor == std::chrono::milliseconds{300});
    REQUIRE(c.receivers.size() == 2);
    CHECK(c.receivers[0].name == "a");
    CHECK(c.receivers[0].virtual_device == "/etc/nodes");
    CHECK(c.receivers[0].frequency_hz == 474'000'000);
    CHECK(c.receivers[0].services ==
          std::vector<service_ref>{std::uint16_t{28106}, std::string("Das Erste HD")});
    CHECK(c.receivers[0].trace == "/t.pcapng");
    CHECK(c.receivers[1].virtual_device == "/other");
    CHECK(c.receivers[1].frequency_hz == 11'954'000'000);
    CHECK(c.receivers[1].services.empty());
}

TEST_CASE("what is not said has defaults") {
    const auto out = parse(receiver);
    REQUIRE(out.ok());
    CHECK(out.value.socket.filename() == "control.sock");
    CHECK(out.value.socket_mode == 0660);
    CHECK(out.value.log_level == runtime::severity::info);
    CHECK_FALSE(out.value.log_file);
    CHECK(out.value.recording_directory.is_absolute());
    CHECK(out.value.receivers.at(0).name == "receiver");
}

TEST_CASE("every problem has its place and says what is allowed") {
    struct example {
        std::string text;
        std::string sentence;
    };
    const std::string r = receiver;
    const std::string frequency_allowed =
        " Allowed: 1 MHz to 100 GHz, in Hz (474000000) or with a unit (\"474 MHz\")";
    const std::string device_allowed =
        " Allowed: \"virtual:DIR\", the folder of a cihost-sim receiver";
    const std::string services_allowed =
        " Allowed: a list of program numbers (1 to 65535) and service names, such as [28106, "
        "\"Das Erste HD\"]";
    const std::string mode_allowed = " Allowed: three or four octal digits in quotes, such as "
                                     "\"0660\" (owner and group) or \"0600\"";
    const std::string receiver_allowed =
        " Allowed: [[receiver]], in double brackets, once for each receiver";
    const auto e = GENERATE_COPY(values<example>({
        {"[[receiver]]\ndevice = \"virtual:/v\"\nfrequncy = 474000000\nfrequency = 474000000\n",
         "/etc/c.toml:3:1: receiver.frequncy is not a known key; did you mean 'frequency'? "
         "Allowed: name, device, frequency, services, trace"},
        {r + "[controll]\n",
         "/etc/c.toml:4:2: controll is not a known key; did you mean 'control'? "
         "Allowed: control, log, recording, cam, receiver"},
        {r + "[log]\ncolour = true\n",
         "/etc/c.toml:5:1: log.colour is not a known key. Allowed: level, file"},
        {"[[receiver]]\nfrequency = 474000000\n",
         "/etc/c.toml:1:1: receiver.device is missing." + device_allowed},
        {"[[receiver]]\ndevice = \"/dev/dvb/adapter0\"\nfrequency = 474000000\n",
         "/etc/c.toml:2:10: receiver.device is '/dev/dvb/adapter0'." + device_allowed},
        {"[[receiver]]\ndevice = \"virtual:\"\nfrequency = 474000000\n",
         "/etc/c.toml:2:10: receiver.device is 'virtual:'." + device_allowed},
        {"[[receiver]]\ndevice = \"virtual:/v\"\n",
         "/etc/c.toml:1:1: receiver.frequency is missing." + frequency_allowed},
        {"[[receiver]]\ndevice = \"virtual:/v\"\nfrequency = 474\n",
         "/etc/c.toml:3:13: receiver.frequency is 474 Hz, which no broadcast uses." +
             frequency_allowed},
        {"[[receiver]]\ndevice = \"virtual:/v\"\nfrequency = \"474 MHzz\"\n",
         "/etc/c.toml:3:13: receiver.frequency is not a frequency." + frequency_allowed},
        {"[[receiver]]\ndevice = \"virtual:/v\"\nfrequency = 474.0\n",
         "/etc/c.toml:3:13: receiver.frequency is a number with a decimal point." +
             frequency_allowed},
        {"[[receiver]]\ndevice = \"virtual:/v\"\nfrequency = -1\n",
         "/etc/c.toml:3:13: receiver.frequency is not a frequency." + frequency_allowed},
        {r + "services = 28106\n",
         "/etc/c.toml:4:12: receiver.services is a number without quotes." + services_allowed},
        {r + "services = [1, 65536]\n",
         "/etc/c.toml:4:16: receiver.services has an entry that is no service." + services_allowed},
        {r + "services = [\"\"]\n",
         "/etc/c.toml:4:13: receiver.services has an entry that is no service." + services_allowed},
        {r + "name = \"\"\n", "/etc/c.toml:4:8: receiver.name is empty. Allowed: a name in quotes"},
        {r + "[control]\nmode = \"0999\"\n",
         "/etc/c.toml:5:8: control.mode is '0999'." + mode_allowed},
        {r + "[control]\nmode = \"1777\"\n",
         "/etc/c.toml:5:8: control.mode is '1777'." + mode_allowed},
        {r + "[control]\nmode = 660\n",
         "/etc/c.toml:5:8: control.mode is a number without quotes." + mode_allowed},
        {r + "[log]\nlevel = \"loud\"\n",
         "/etc/c.toml:5:9: log.level is 'loud'. Allowed: \"debug\", \"info\", \"warning\", "
         "\"error\""},
        {r + "[cam]\npoll_floor_ms = -1\n",
         "/etc/c.toml:5:17: cam.poll_floor_ms is -1, which is out of range. Allowed: 0 to 10000 "
         "(milliseconds)"},
        {r + "[cam]\npoll_floor_ms = \"1\"\n",
         "/etc/c.toml:5:17: cam.poll_floor_ms is text in quotes. Allowed: 0 to 10000 "
         "(milliseconds)"},
        {"log = 1\n" + r, "/etc/c.toml:1:7: log is a number without quotes. Allowed: a table: "
                          "write [log] on a line of its own"},
        {"", "/etc/c.toml: receiver is missing: without one there is nothing to do." +
                 receiver_allowed},
        {"[receiver]\n", "/etc/c.toml:1:1: receiver is not a list of tables." + receiver_allowed},
        {"receiver = []\n",
         "/etc/c.toml:1:12: receiver is not a list of tables." + receiver_allowed},
        {r + "[[receiver]]\ndevice = \"virtual:/w\"\nfrequency = 474000000\n",
         "/etc/c.toml:4:1: receiver.name is 'receiver' for two receivers. Allowed: a name of its "
         "own for each"},
        {r + "[[receiver]]\nname = \"b\"\ndevice = \"virtual:/v\"\nfrequency = 474000000\n",
         "/etc/c.toml:6:10: receiver.device is in use by receiver 'receiver' already. Allowed: a "
         "device of its own for each receiver"},
    }));
    const auto out = parse(e.text);
    CAPTURE(e.text);
    REQUIRE(out.problems.size() == 1);
    CHECK(out.problems[0].text() == e.sentence);
    CHECK(out.value.receivers.empty());
}

TEST_CASE("all problems are told, in the order of the file") {
    const auto out = parse("[log]\nlevel = 7\n[[receiver]]\ndevice = 1\nfrequency = 2\nx = 3\n");
    REQUIRE(out.problems.size() == 4);
    CHECK(out.problems[0].key == "log.level");
    CHECK(out.problems[1].key == "receiver.device");
    CHECK(out.problems[2].key == "receiver.frequency");
    CHECK(out.problems[3].key == "receiver.x");
    CHECK(out.problems[3].line == 6);
}

TEST_CASE("bad TOML is told with its place") {
    const auto out = parse("[log]\nlevel = \"info\n");
    REQUIRE(out.problems.size() == 1);
    CHECK(out.problems[0].line == 2);
    CHECK(out.problems[0].text().find("this is not TOML: ") != std::string::npos);
    CHECK_FALSE(parse("\xff\xfe\x00\x01").ok());
}

TEST_CASE("files that cannot be read are told with the reason") {
    const test::temporary_folder folder;
    const auto none = load_config(folder.path() / "none.toml");
    REQUIRE(none.problems.size() == 1);
    CHECK(none.problems[0].text() == (folder.path() / "none.toml").string() +
                                         ": cannot be read: No such file or directory. Allowed: a "
                                         "readable TOML file; --config FILE names another");
    CHECK(load_config(folder.path()).problems.at(0).what == "cannot be read: Is a directory.");
}

TEST_CASE("the example beside the source is a valid configuration") {
    const auto out = load_config(CIHOST_SOURCE_DIR "/src/daemon/cihostd.example.toml");
    for (const auto& problem : out.problems)
        UNSCOPED_INFO(problem.text());
    REQUIRE(out.ok());
    CHECK(out.value.receivers.size() == 1);
}
