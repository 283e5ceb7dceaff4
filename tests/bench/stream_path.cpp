// SPDX-License-Identifier: LGPL-2.1-or-later
/// A full CI slot through the pump, its monitors and ten recordings; and, in turn with it, a loop
/// of read and write on the same stream. Both take it from a pipe that another process fills at the
/// stream's own rate. A JSON object a run: CPU time of the whole process a second of the stream,
/// and its calls of read, write and poll.
///
///   stream_path FOLDER PACKETS_AT_ONCE ROUNDS SECONDS

#include "base/unique_fd.hpp"
#include "full_slot.hpp"
#include "runtime/disk_writer.hpp"
#include "runtime/recording_tap.hpp"
#include "runtime/stream_pump.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace cihost;
using test::full_slot;

namespace {
std::atomic<std::uint64_t> system_calls = 0;
}

// the linker leads the calls of the library here (--wrap)
extern "C" {
ssize_t __real_read(int, void*, size_t);
ssize_t __wrap_read(int fd, void* buffer, size_t size) {
    ++system_calls;
    return __real_read(fd, buffer, size);
}
ssize_t __real_write(int, const void*, size_t);
ssize_t __wrap_write(int fd, const void* buffer, size_t size) {
    ++system_calls;
    return __real_write(fd, buffer, size);
}
int __real_poll(pollfd*, nfds_t, int);
int __wrap_poll(pollfd* fds, nfds_t count, int timeout) {
    ++system_calls;
    return __real_poll(fds, count, timeout);
}
int __real_eventfd_read(int, eventfd_t*);
int __wrap_eventfd_read(int fd, eventfd_t* value) {
    ++system_calls;
    return __real_eventfd_read(fd, value);
}
}

namespace {

/// Room for an eighth of a second: nobody waits for a slow reader's pipe.
constexpr int pipe_size = 1 << 20;
constexpr std::size_t read_size = 1024 * ts::packet_size;

struct settings {
    std::filesystem::path folder;
    std::size_t packets_at_once = 0;
    int rounds = 0;
    double seconds = 0;
};

/// The stream, from a process of its own.
class source {
  public:
    source(const full_slot& stream, const settings& how) {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0 || ::fcntl(ends[1], F_SETPIPE_SZ, pipe_size) < 0)
            throw std::runtime_error("no pipe");
        reading_.reset(ends[0]);
        const unique_fd writing{ends[1]};
        child_ = ::fork();
        if (child_ < 0)
            throw std::runtime_error("no process");
        if (child_ == 0) {
            reading_.reset();
            stream.play(writing.get(), how.packets_at_once, how.seconds);
            ::_exit(0);
        }
    }
    source(const source&) = delete;
    source& operator=(const source&) = delete;
    ~source() {
        reading_.reset();
        ::kill(child_, SIGTERM);
        ::waitpid(child_, nullptr, 0);
    }
    int fd() const { return reading_.get(); }

  private:
    unique_fd reading_;
    pid_t child_ = -1;
};

class pipe_input final : public device::ts_input {
  public:
    explicit pipe_input(int fd)
        : fd_{fd} {}
    int fd() const noexcept override { return fd_; }
    result<std::size_t> read(std::span<std::uint8_t> buffer) noexcept override {
        const auto n = ::read(fd_, buffer.data(), buffer.size());
        if (n > 0)
            return static_cast<std::size_t>(n);
        return error_code{n == 0 ? ENODEV : errno, boost::system::generic_category()};
    }
    error_code take_all() noexcept override { return {}; }
    error_code take(const ts::pid_filter&) noexcept override { return {}; }

  private:
    int fd_;
};

double cpu_seconds() {
    timespec t{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

class account {
  public:
    account()
        : cpu_{cpu_seconds()}
        , calls_{system_calls} {}
    void close(const char* what, const settings& how, std::uint64_t packets) const {
        std::printf(R"({"what": "%s", "cpu_ms_s": %.3f, "packets": %llu, "calls": %llu})"
                    "\n",
                    what, (cpu_seconds() - cpu_) * 1000 / how.seconds,
                    static_cast<unsigned long long>(packets),
                    static_cast<unsigned long long>(system_calls - calls_));
        std::fflush(stdout);
    }

  private:
    double cpu_;
    std::uint64_t calls_;
};

void bare_loop(const full_slot& stream, const settings& how) {
    const source from{stream, how};
    const auto path = how.folder / "bare.ts";
    const unique_fd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
    const account used;
    bytes buffer(read_size);
    std::uint64_t size = 0;
    for (ssize_t n = 0; (n = ::read(from.fd(), buffer.data(), buffer.size())) > 0;
         size += static_cast<std::uint64_t>(n))
        if (::write(file.get(), buffer.data(), static_cast<std::size_t>(n)) != n)
            throw std::runtime_error("the disk is full");
    used.close("bare", how, size / ts::packet_size);
    std::filesystem::remove(path);
}

runtime::stream_watch watch_of(const full_slot& stream) {
    runtime::stream_watch watch;
    watch.pat = 1;
    watch.emm_pids = {full_slot::emm_pid};
    for (const auto& table : stream.services()) {
        watch.pmt_pids.push_back(full_slot::pmt_pid(table));
        runtime::stream_watch::service service;
        service.program_number = table.program_number;
        for (const auto& s : table.streams)
            service.elementary_pids.push_back(s.elementary_pid);
        service.leading_pids = service.elementary_pids;
        service.ecm_pids = {full_slot::ecm_pid(table)};
        service.pcr_pid = table.pcr_pid;
        service.wanted_at = std::chrono::steady_clock::now();
        watch.services.push_back(std::move(service));
    }
    return watch;
}

void check(const runtime::pump_state& state, std::uint64_t packets) {
    std::uint64_t recorded = 0;
    std::uint64_t lost = state.figures.continuity_errors + state.overflows;
    for (const auto& r : state.figures.recordings) {
        recorded += r.packets;
        lost += r.dropped + r.scrambled + r.continuity_errors;
    }
    for (const auto& s : state.figures.services)
        lost += s.ecms == 0 || s.first_clear == never ? 1 : 0;
    if (lost > 0 || recorded < packets * 9 / 10)
        throw std::runtime_error("of " + std::to_string(packets) + " packets " +
                                 std::to_string(recorded) + " were recorded");
}

void pump(const full_slot& stream, const settings& how) {
    const source from{stream, how};
    ::fcntl(from.fd(), F_SETFL, O_NONBLOCK);
    boost::asio::io_context context;
    const auto work = boost::asio::make_work_guard(context);
    runtime::control_queue control{context};
    std::vector<std::filesystem::path> files;
    runtime::device_factory devices;
    bool opened = false;
    devices.open_ts_input = [&]() -> result<std::unique_ptr<device::ts_input>> {
        if (!std::exchange(opened, true))
            return std::unique_ptr<device::ts_input>{std::make_unique<pipe_input>(from.fd())};
        control.post([&] { context.stop(); }); // it was read to its end
        return error_code{ENODEV, boost::system::generic_category()};
    };
    runtime::disk_writer disk;
    runtime::stream_pump pump{control, devices, true, [](const auto&) {}};
    const account used;
    pump.receive(1);
    pump.watch(watch_of(stream));
    std::vector<std::shared_ptr<runtime::disk_file>> open;
    for (const auto& table : stream.services()) {
        files.push_back(how.folder / (std::to_string(table.program_number) + ".ts"));
        open.push_back(disk.create({.path = files.back(), .unit = ts::packet_size}));
        pump.post([&, tap = std::make_shared<runtime::recording_tap>(
                          table.program_number, table.program_number,
                          [&disk, file = open.back()](bytes block) {
                              return disk.append(file, std::move(block));
                          })](runtime::stream_analysis& analysis) {
            analysis.add(tap);
            analysis.set_pmt(tap->id(), table, 7, full_slot::pmt_pid(table));
        });
    }
    pump.start();
    context.run();
    pump.stop();
    const auto state = pump.state();
    used.close("pump", how, state.figures.packets);
    check(state, state.figures.packets);
    control.close();
    for (const auto& file : open)
        disk.close(file);
    for (const auto& file : files)
        std::filesystem::remove(file);
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 5) {
        std::fprintf(stderr, "usage: stream_path FOLDER PACKETS_AT_ONCE ROUNDS SECONDS\n");
        return 2;
    }
    const settings how{argv[1], std::strtoul(argv[2], nullptr, 10), std::atoi(argv[3]),
                       std::strtod(argv[4], nullptr)};
    try {
        const full_slot stream;
        for (int round = 0; round < how.rounds; ++round) {
            bare_loop(stream, how);
            pump(stream, how);
        }
    } catch (const std::exception& e) {
        std::fprintf(stderr, "stream_path: %s\n", e.what());
        return 1;
    }
    return 0;
}
