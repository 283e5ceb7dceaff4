// SPDX-License-Identifier: LGPL-2.1-or-later
/// Watches what a host gives out, a growing file or UDP datagrams, and says on the monotonic clock
/// when which stream was clear first and what was scrambled after that. One JSON object a line on
/// stdout; at SIGUSR1 a summary, and a last one at SIGTERM.
///
///   output_watch file PATTERN     waits for a file of that name (* and ? match) and follows it
///   output_watch udp PORT         raw TS or RTP on 127.0.0.1

#include "base/unique_fd.hpp"

#include <cihost/ts/continuity_monitor.hpp>
#include <cihost/ts/packet.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <glob.h>
#include <map>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>

using namespace cihost;

namespace {

volatile std::sig_atomic_t stop_asked = 0;    // set by SIGTERM
volatile std::sig_atomic_t summary_asked = 0; // set by SIGUSR1

/// Seconds; less than that is jitter.
constexpr double noticed_gap = 0.3;

double monotonic() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

bool pes_start(ts::packet_view packet) {
    const auto payload = packet.payload();
    return packet.payload_unit_start() && payload.size() > 6 && payload[0] == 0 &&
           payload[1] == 0 && payload[2] == 1;
}

/// What is known of one elementary stream. Packets without payload are never scrambled, so a clear
/// PES start is the first proof.
struct stream {
    bool clear = false;
    double first_clear = 0;
    double last_clear = 0;
    std::uint64_t scrambled_before = 0;
    std::uint64_t scrambled_after = 0;
    std::uint64_t clear_starts = 0;
    /// Longest time without a clear payload packet, once clear.
    double longest_gap = 0;
    /// Scrambled packets came since the last clear PES start.
    bool relapsed = false;
};

class watch {
  public:
    /// Every output begins with a packet: there is nothing to look for, and so nothing to wait for.
    void take(bytes_view data) {
        pending_.insert(pending_.end(), data.begin(), data.end());
        std::size_t done = 0;
        for (; pending_.size() - done >= ts::packet_size; done += ts::packet_size) {
            const auto next = bytes_view{pending_}.subspan(done, ts::packet_size);
            if (next[0] != ts::sync_byte) {
                std::fprintf(stderr, "output_watch: the output is no transport stream\n");
                std::exit(1);
            }
            push(ts::packet_view{next.first<ts::packet_size>()});
        }
        pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(done));
    }

    void summary_if_asked() const {
        if (summary_asked) {
            summary_asked = 0;
            summary();
        }
    }

    void summary() const {
        std::printf(R"({"event":"summary","t":%.6f,"packets":%llu,"pids":{)", monotonic(),
                    static_cast<unsigned long long>(packets_));
        const char* separator = "";
        for (const auto& [pid, s] : streams_) {
            std::printf(R"(%s"%u":{"first_clear":)", separator, pid);
            if (s.clear)
                std::printf("%.6f", s.first_clear);
            else
                std::printf("null");
            std::printf(R"(,"scrambled_before":%llu,"scrambled_after":%llu,"clear_starts":%llu,)"
                        R"("longest_gap":%.6f,"continuity_errors":%llu,"packets":%llu})",
                        static_cast<unsigned long long>(s.scrambled_before),
                        static_cast<unsigned long long>(s.scrambled_after),
                        static_cast<unsigned long long>(s.clear_starts), s.longest_gap,
                        static_cast<unsigned long long>(continuity_[pid].errors),
                        static_cast<unsigned long long>(continuity_[pid].packets));
            separator = ",";
        }
        std::printf("}}\n");
        std::fflush(stdout);
    }

  private:
    void push(ts::packet_view packet) {
        const auto now = monotonic();
        if (packets_++ == 0)
            event("first_packet", now, packet.pid());
        if (packet.pid() == ts::pid_null)
            return;
        continuity_.push(packet);
        if (!packet.has_payload())
            return;
        if (packet.scrambling_control() != ts::scrambling::clear) {
            auto& s = streams_[packet.pid()];
            ++(s.clear ? s.scrambled_after : s.scrambled_before);
            s.relapsed = s.clear;
        } else if (pes_start(packet)) {
            auto& s = streams_[packet.pid()];
            ++s.clear_starts;
            if (!s.clear) {
                s.clear = true;
                s.first_clear = s.last_clear = now;
                event("first_clear", now, packet.pid());
            } else if (std::exchange(s.relapsed, false) || now - s.last_clear > noticed_gap) {
                event("clear_again", now, packet.pid());
            }
            note_clear(s, now);
        } else if (const auto known = streams_.find(packet.pid()); known != streams_.end()) {
            note_clear(known->second, now);
        }
    }

    static void note_clear(stream& s, double now) {
        if (!s.clear)
            return;
        s.longest_gap = std::max(s.longest_gap, now - s.last_clear);
        s.last_clear = now;
    }

    static void event(const char* what, double now, unsigned pid) {
        std::printf(R"({"event":"%s","t":%.6f,"pid":%u})"
                    "\n",
                    what, now, pid);
        std::fflush(stdout);
    }

    bytes pending_;
    ts::continuity_monitor continuity_;
    std::map<ts::pid_t, stream> streams_;
    std::uint64_t packets_ = 0;
};

int fail(const std::string& what) {
    std::fprintf(stderr, "output_watch: %s: %s\n", what.c_str(), std::strerror(errno));
    return 1;
}

/// The first file that matches, or nothing yet.
unique_fd open_match(const char* pattern) {
    unique_fd file;
    glob_t found{};
    if (::glob(pattern, 0, nullptr, &found) == 0)
        file.reset(::open(found.gl_pathv[0], O_RDONLY | O_CLOEXEC));
    ::globfree(&found);
    return file;
}

bool is_removed(const unique_fd& file) {
    struct stat status {};
    return file && ::fstat(file.get(), &status) == 0 && status.st_nlink == 0;
}

int watch_file(const char* pattern) {
    constexpr std::chrono::milliseconds pause{2};
    watch seen;
    unique_fd file;
    bytes buffer(256 * ts::packet_size);
    for (;;) {
        seen.summary_if_asked();
        if (!file)
            file = open_match(pattern);
        const auto size = file ? ::read(file.get(), buffer.data(), buffer.size()) : 0;
        if (size < 0)
            return fail(pattern);
        if (size > 0)
            seen.take(bytes_view{buffer}.first(static_cast<std::size_t>(size)));
        else if (stop_asked)
            break;
        else if (is_removed(file))
            file.reset(); // VDR begins anew when it learns more of a channel
        else
            std::this_thread::sleep_for(pause);
    }
    seen.summary();
    return 0;
}

int watch_udp(int port) {
    constexpr std::size_t rtp_header = 12;
    const unique_fd socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_port = htons(static_cast<std::uint16_t>(port));
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int room = 4 << 20;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    if (!socket || ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0)
        return fail("port " + std::to_string(port));
    watch seen;
    bytes buffer(65536);
    while (!stop_asked) {
        seen.summary_if_asked();
        pollfd readable{socket.get(), POLLIN, 0};
        if (::poll(&readable, 1, 100) <= 0)
            continue;
        const auto size = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
        if (size <= 0)
            continue;
        auto data = bytes_view{buffer}.first(static_cast<std::size_t>(size));
        if (data[0] == 0x80 && data.size() % ts::packet_size == rtp_header)
            data = data.subspan(rtp_header);
        seen.take(data);
    }
    seen.summary();
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    const std::string_view kind = argc == 3 ? argv[1] : "";
    struct sigaction action {};
    action.sa_handler = [](int) { stop_asked = 1; };
    ::sigaction(SIGTERM, &action, nullptr);
    ::sigaction(SIGINT, &action, nullptr);
    action.sa_handler = [](int) { summary_asked = 1; };
    ::sigaction(SIGUSR1, &action, nullptr);
    if (kind == "file")
        return watch_file(argv[2]);
    if (kind == "udp")
        return watch_udp(std::atoi(argv[2]));
    std::fprintf(stderr, "usage: output_watch file PATTERN | udp PORT\n");
    return 2;
}
