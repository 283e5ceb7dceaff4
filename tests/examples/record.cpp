// SPDX-License-Identifier: LGPL-2.1-or-later

/// Records a service of a channel list for a while, cleared by the CAM in the receiver:
///
///     record DEVICE CHANNELS.conf NAME FILE.ts SECONDS
///     record adapter0 channels.conf "Docu Three" docu.ts 3600
///
/// DEVICE is adapter0, adapter0/frontend1 …, or virtual:FOLDER of `cihost-sim run`; the channel
/// list is one of dvbv5-scan. Ctrl-C ends it sooner. Exit status: 0 there is a recording; 1 there
/// is none, and a sentence says why. It is built with libcihost-receiver, see CMakeLists.txt.

#include <cihost/channel.hpp>
#include <cihost/receiver.hpp>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>

namespace {
volatile std::sig_atomic_t stopped = 0;
} // namespace

int main(int argc, char** argv) try {
    using clock = std::chrono::steady_clock;
    if (argc != 6) {
        std::cerr << "usage: record DEVICE CHANNELS.conf NAME FILE.ts SECONDS\n";
        return 2;
    }
    const auto channel = cihost::find_channel(cihost::read_channels(argv[2]), argv[3]);
    cihost::receiver receiver{{.device = argv[1]}};
    receiver.tune(channel.tuning);
    const auto cam = receiver.wait_for_cam(std::chrono::seconds{20});
    std::cout << "CAM \"" << cam.name << "\" is ready" << std::endl;

    auto recording = receiver.record(channel.program_number, argv[4]);
    std::signal(SIGINT, [](int) { stopped = 1; });
    const auto end = clock::now() + std::chrono::seconds{std::atoi(argv[5])};
    while (stopped == 0 && clock::now() < end && !recording.wait(std::chrono::seconds{1})) {
        const auto now = recording.status();
        std::cout << now.state << ", " << now.bytes / 1024 << " KiB, " << now.gap_count << " gaps "
                  << now.reason << std::endl;
    }
    const auto service = receiver.service(channel.program_number);
    const auto done = recording.stop();
    std::cout << done.state << ", " << done.packets << " packets " << done.reason << std::endl;
    if (done.packets == 0)
        std::cerr << service.sentence << ' ' << service.remedy << '\n';
    return done.packets > 0 && done.state == "stopped" ? 0 : 1;
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
