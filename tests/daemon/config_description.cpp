// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/config.hpp"
#include "support/catch.hpp"

using namespace cihost::daemon;

TEST_CASE("a configuration is described line by line") {
    const auto out = parse_config(R"(
[control]
socket = "/run/x.sock"
[recording]
directory = "/rec"
[cam]
memory = "/s/cams.json"
poll_floor_ms = 300
[[receiver]]
name = "roof"
device = "virtual:/v"
frequency = 474166667
services = [28106, "Das Erste HD"]
trace = "/t.pcapng"
)",
                                  "/etc/c.toml");
    REQUIRE(out.ok());
    CHECK(describe(out.value) ==
          "control socket /run/x.sock, mode 0660\n"
          "log to stderr, level info and above\n"
          "recordings without a folder of their own go to /rec, named "
          "{service}_{number}_{date}-{time}_{title}\n"
          "streams at http://127.0.0.1:8088/\n"
          "CAM profiles built into cihostd\n"
          "what is learned of CAMs is kept in /s/cams.json\n"
          "CAMs are polled every 300 ms at most\n"
          "receiver 'roof': virtual receiver in /v, tuned to 474.166667 MHz\n"
          "  always wanted: 28106, 'Das Erste HD'\n"
          "  CAM conversation traced to /t.pcapng\n");
}

TEST_CASE("receivers on devices of the kernel are described by their nodes and their place") {
    const auto out = parse_config(R"(
[channels]
file = "/l"
[cam]
early_fetch = false
insertion_kick = false
[[receiver]]
name = "a"
device = "adapter0"
[[receiver]]
name = "b"
device = "adapter1"
ca = "none"
channel = "ZDF"
)",
                                  "/etc/c.toml");
    REQUIRE(out.ok());
    const auto text = describe(out.value);
    const auto from = text.find("answers of CAMs");
    REQUIRE(from != std::string::npos);
    CHECK(text.substr(from) ==
          "answers of CAMs are not fetched early\n"
          "empty CI slots are not looked into early\n"
          "channel list /l\n"
          "receiver 'a': /dev/dvb/adapter0/frontend0 with /dev/dvb/adapter0/dvr0 and "
          "/dev/dvb/adapter0/ca0, tuned as services are asked for\n"
          "receiver 'b': /dev/dvb/adapter1/frontend0 with /dev/dvb/adapter1/dvr0 and no CA device, "
          "tuned to the channel 'ZDF'\n");
}
