// SPDX-License-Identifier: LGPL-2.1-or-later
/// The least that any host has to do: PIDs from demux and dvr of an adapter to a file. Its CPU time
/// stands beside theirs.
///
///   dvr_loop ADAPTER FILE PID...     until SIGTERM

#include "base/unique_fd.hpp"

#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <linux/dvb/dmx.h>
#include <string>
#include <sys/ioctl.h>
#include <unistd.h>
#include <vector>

using cihost::unique_fd;

namespace {
volatile std::sig_atomic_t stop_asked = 0; // set by SIGTERM
}

int main(int argc, char** argv) {
    if (argc < 4) {
        std::fprintf(stderr, "usage: dvr_loop ADAPTER FILE PID...\n");
        return 2;
    }
    struct sigaction action {};
    action.sa_handler = [](int) { stop_asked = 1; };
    ::sigaction(SIGTERM, &action, nullptr);
    const auto adapter = "/dev/dvb/adapter" + std::string{argv[1]};
    const unique_fd dvr{::open((adapter + "/dvr0").c_str(), O_RDONLY)};
    const unique_fd file{::open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0600)};
    if (!dvr || !file) {
        std::perror("dvr_loop");
        return 1;
    }
    ::ioctl(dvr.get(), DMX_SET_BUFFER_SIZE, 4UL << 20);
    // DMX_ADD_PID is for taps of another kind
    std::vector<unique_fd> filters;
    for (int i = 3; i < argc; ++i) {
        dmx_pes_filter_params pid{};
        pid.pid = static_cast<std::uint16_t>(std::atoi(argv[i]));
        pid.input = DMX_IN_FRONTEND;
        pid.output = DMX_OUT_TS_TAP;
        pid.pes_type = DMX_PES_OTHER;
        pid.flags = DMX_IMMEDIATE_START;
        filters.emplace_back(::open((adapter + "/demux0").c_str(), O_RDWR));
        if (::ioctl(filters.back().get(), DMX_SET_PES_FILTER, &pid) != 0) {
            std::perror("dvr_loop: DMX_SET_PES_FILTER");
            return 1;
        }
    }
    std::vector<std::uint8_t> buffer(188 * 1024);
    while (stop_asked == 0) {
        const auto size = ::read(dvr.get(), buffer.data(), buffer.size());
        if (size > 0 && ::write(file.get(), buffer.data(), static_cast<std::size_t>(size)) != size)
            return 1;
    }
    return 0;
}
