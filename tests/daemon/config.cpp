// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/config.hpp"

#include "support/catch.hpp"
#include "support/places.hpp"
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
    CHECK(c.log.usual == runtime::severity::debug);
    CHECK(c.log_file == "/etc/log.txt");
    CHECK(c.recording_directory == "/etc/recordings");
    CHECK(cam_profile_of(c.cam, {}).slot.poll_floor == std::chrono::milliseconds{300});
    REQUIRE(c.receivers.size() == 2);
    CHECK(c.receivers[0].name == "a");
    CHECK(c.receivers[0].virtual_device == "/etc/nodes");
    CHECK(c.receivers[0].tuning.value().frequency_hz == 474'000'000);
    CHECK(c.receivers[0].services ==
          std::vector<service_ref>{std::uint16_t{28106}, std::string("Das Erste HD")});
    CHECK(c.receivers[0].trace == "/t.pcapng");
    CHECK(c.receivers[1].virtual_device == "/other");
    CHECK(c.receivers[1].tuning.value().frequency_hz == 11'954'000'000);
    CHECK(c.receivers[1].services.empty());
}

TEST_CASE("what is not said has defaults") {
    const auto out = parse(receiver);
    REQUIRE(out.ok());
    CHECK(out.value.socket.filename() == "control.sock");
    CHECK(out.value.socket_mode == 0660);
    CHECK(out.value.log.usual == runtime::severity::info);
    CHECK_FALSE(out.value.log_file);
    CHECK(out.value.recording_directory.is_absolute());
    CHECK(out.value.receivers.at(0).name == "receiver");
}

TEST_CASE("areas of the log have levels of their own, and the socket a group") {
    const auto out =
        parse(std::string(receiver) + "[log]\nlevel = \"warning\"\nlevels = { cam = \"debug\" }\n"
                                      "[control]\ngroup = \"video\"\n");
    REQUIRE(out.ok());
    CHECK(out.value.log.of("cam") == severity::debug);
    CHECK(out.value.log.of("stream") == severity::warning);
    CHECK(out.value.socket_group == "video");
    for (const char* const wrong : {"levels = 1", "levels = { cma = \"debug\" }",
                                    "levels = { cam = \"loud\" }", "levels = { cam = 1 }"})
        CHECK(parse(std::string(receiver) + "[log]\n" + wrong + "\n").problems.size() == 1);
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
        " Allowed: \"adapter0\", \"adapter0/frontend1\", the same behind \"/dev/dvb/\", or "
        "\"virtual:DIR\", the folder of a cihost-sim receiver";
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
         "Allowed: name, device, frontend, demux, dvr, ca, full_multiplex, frequency, delivery, "
         "bandwidth, symbol_rate, polarization, lnb, satellite, stream_id, transport_stream_id, "
         "modulation, channel, "
         "services, cam_profile, trace"},
        {r + "[controll]\n",
         "/etc/c.toml:4:2: controll is not a known key; did you mean 'control'? "
         "Allowed: control, log, recording, http, cam, channels, receivers, priorities, receiver, "
         "assign"},
        {r + "[log]\ncolour = true\n",
         "/etc/c.toml:5:1: log.colour is not a known key. Allowed: level, levels, file"},
        {"[[receiver]]\nfrequency = 474000000\n",
         "/etc/c.toml:1:1: receiver.device is missing." + device_allowed},
        {"[[receiver]]\ndevice = \"/dev/dvb/adapter\"\nfrequency = 474000000\n",
         "/etc/c.toml:2:10: receiver.device is '/dev/dvb/adapter'." + device_allowed},
        {"[[receiver]]\ndevice = \"adapter0/demux1\"\nfrequency = 474000000\n",
         "/etc/c.toml:2:10: receiver.device is 'adapter0/demux1'." + device_allowed},
        {r + "ca = \"none\"\n", "/etc/c.toml:4:6: receiver.ca needs a device of the kernel. "
                                "Allowed: device = \"adapter0\" beside it"},
        {r + "full_multiplex = 1\n", "/etc/c.toml:4:18: receiver.full_multiplex is a number "
                                     "without quotes. Allowed: true, false"},
        {r + "bandwidth = 8\n", "/etc/c.toml:4:13: receiver.bandwidth is 8 Hz, which no broadcast "
                                "uses. Allowed: 1 MHz to 20 MHz, in Hz (8000000) or with a unit "
                                "(\"8 MHz\")"},
        {r + "polarization = \"x\"\n",
         "/etc/c.toml:4:16: receiver.polarization is 'x'. Allowed: \"h\", \"v\", \"l\", \"r\", "
         "\"horizontal\", \"vertical\", \"left\", \"right\""},
        {r + "delivery = \"DVB-C\"\n",
         "/etc/c.toml:1:1: receiver.symbol_rate is missing. Allowed: 1000000 to 100000000 (symbols "
         "a second)"},
        {"[[receiver]]\ndevice = \"adapter0\"\nfrequency = 474000000\n",
         "/etc/c.toml:1:1: receiver.delivery is missing. Allowed: \"DVB-T\", \"DVB-T2\", "
         "\"DVB-C\", "
         "\"DVB-S\", \"DVB-S2\" and others: a frequency alone does not say how to receive it"},
        {r + "channel = \"ZDF\"\n",
         "/etc/c.toml:4:11: receiver.channel is there beside 'frequency'. Allowed: one of both"},
        {"[[receiver]]\ndevice = \"virtual:/v\"\nchannel = \"ZDF\"\n",
         "/etc/c.toml:3:11: receiver.channel needs a channel list. Allowed: [channels] with file = "
         "\"…\""},
        {"[channels]\nfile = \"l\"\n[[receiver]]\ndevice = \"adapter0\"\nlnb = \"UNIVERSAL\"\n",
         "/etc/c.toml:5:7: receiver.lnb says nothing without 'frequency'. Allowed: frequency "
         "beside "
         "it"},
        {r + "[channels]\n", "/etc/c.toml:4:1: channels.file is missing. Allowed: the path of a "
                             "channel list, in quotes"},
        {r + "[channels]\nfile = \"l\"\nformat = \"vdr\"\n",
         "/etc/c.toml:6:10: channels.format is 'vdr'. Allowed: \"dvbv5\", \"zap\""},
        {r + "[receivers]\nidle_after = -1\n",
         "/etc/c.toml:5:14: receivers.idle_after is -1, which is out of range. Allowed: 0 to 86400 "
         "(seconds)"},
        {r + "[cam]\nearly_fetch = \"no\"\n",
         "/etc/c.toml:5:15: cam.early_fetch is text in quotes. Allowed: true, false"},
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
        {"", "/etc/c.toml: receiver is missing, and there is no channel list either." +
                 receiver_allowed + "; or [channels], to use all adapters found"},
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

TEST_CASE("receivers on devices of the kernel, and a channel list") {
    const auto out = parse(R"(
[channels]
file = "channels.conf"
format = "zap"
delivery = "DVB-S"
lnb = "EXTENDED"
satellite = 2
[receivers]
idle_after = 30
[cam]
early_fetch = false
insertion_kick = false
[[receiver]]
name = "terrestrial"
device = "adapter0"
frequency = "474 MHz"
delivery = "dvb-t2"
bandwidth = "8 MHz"
stream_id = 1
transport_stream_id = 1101
ca = "none"
full_multiplex = true
[[receiver]]
name = "dish"
device = "/dev/dvb/adapter1/frontend1"
frequency = "11.479 GHz"
delivery = "DVB-S2"
symbol_rate = 22000000
polarization = "V"
satellite = 1
modulation = "8PSK"
demux = "demux0"
ca = "/dev/dvb/adapter2/ca0"
[[receiver]]
name = "free"
device = "adapter3"
[[receiver]]
name = "listed"
device = "adapter4"
channel = "ZDF"
)");
    for (const auto& problem : out.problems)
        UNSCOPED_INFO(problem.text());
    REQUIRE(out.ok());
    const auto& c = out.value;
    REQUIRE(c.channels);
    CHECK(c.channels->file == "/etc/channels.conf");
    CHECK(c.channels->settings.format == device::channel_format::zap);
    CHECK(c.channels->settings.system == device::delivery_system::dvbs);
    CHECK(c.channels->settings.lnb == "EXTENDED");
    CHECK(c.channels->settings.satellite_number == 2);
    CHECK(c.idle_after == std::chrono::seconds{30});
    CHECK(cam_profile_of(c.cam, {}).slot.early_fetch == false);
    CHECK(cam_profile_of(c.cam, {}).insertion_kick == false);

    REQUIRE(c.receivers.size() == 4);
    const auto& terrestrial = c.receivers[0];
    REQUIRE(terrestrial.nodes);
    CHECK(terrestrial.virtual_device.empty());
    CHECK(terrestrial.nodes->frontend == "/dev/dvb/adapter0/frontend0");
    CHECK(terrestrial.nodes->demux == "/dev/dvb/adapter0/demux0");
    CHECK(terrestrial.nodes->dvr == "/dev/dvb/adapter0/dvr0");
    CHECK(terrestrial.nodes->ca.empty());
    CHECK(terrestrial.full_multiplex == true);
    REQUIRE(terrestrial.tuning);
    CHECK(terrestrial.tuning->system == device::delivery_system::dvbt2);
    CHECK(terrestrial.tuning->bandwidth_hz == 8'000'000);
    CHECK(terrestrial.tuning->stream_id == 1);
    CHECK(terrestrial.tuning->transport_stream_id == 1101);
    CHECK(terrestrial.tuning->lnb.empty());

    const auto& dish = c.receivers[1];
    REQUIRE(dish.nodes);
    CHECK(dish.nodes->frontend == "/dev/dvb/adapter1/frontend1");
    CHECK(dish.nodes->demux == "/dev/dvb/adapter1/demux0");
    CHECK(dish.nodes->dvr == "/dev/dvb/adapter1/dvr1");
    CHECK(dish.nodes->ca == "/dev/dvb/adapter2/ca0");
    CHECK(dish.full_multiplex == std::nullopt);
    REQUIRE(dish.tuning);
    CHECK(dish.tuning->frequency_hz == 11'479'000'000);
    CHECK(dish.tuning->symbol_rate == 22'000'000);
    CHECK(dish.tuning->polarity == device::polarization::vertical);
    CHECK(dish.tuning->lnb == "UNIVERSAL");
    CHECK(dish.tuning->satellite_number == 1);
    // DTV_MODULATION, PSK_8
    CHECK(dish.tuning->properties == std::vector<std::pair<std::uint32_t, std::uint32_t>>{{4, 9}});
    CHECK_FALSE(c.receivers[2].tuning);
    CHECK_FALSE(c.receivers[2].channel);
    CHECK(c.receivers[3].channel == "ZDF");
}

TEST_CASE("a channel list alone is enough: all adapters found are used") {
    const auto out = parse("[channels]\nfile = \"l\"\n");
    REQUIRE(out.ok());
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
                                         "readable TOML file");
    CHECK(load_config(folder.path()).problems.at(0).what == "cannot be read: Is a directory.");
}

TEST_CASE("the example beside the source is a valid configuration") {
    const auto out = load_config(test::source_file("src/daemon/cihostd.example.toml"));
    for (const auto& problem : out.problems)
        UNSCOPED_INFO(problem.text());
    REQUIRE(out.ok());
    CHECK(out.value.receivers.size() == 1);
}
