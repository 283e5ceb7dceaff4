// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fake_receiver.hpp"

#include "base/cursor.hpp"
#include "base/writer.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <sys/socket.h>

namespace cihost::test {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

namespace {

error_code errno_code(int value) { return {value, boost::system::generic_category()}; }

/// A channel of messages: what the "kernel" side sends, the other reads.
struct channel {
    channel() {
        std::array<int, 2> fds{};
        if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds.data()) !=
            0)
            throw std::runtime_error("socketpair");
        near.reset(fds[0]);
        far.reset(fds[1]);
    }
    result<std::size_t> read(std::span<std::uint8_t> buffer) const {
        const auto n = ::recv(near.get(), buffer.data(), buffer.size(), 0);
        if (n < 0)
            return errno_code(errno);
        if (n == 1)
            return errno_code(buffer[0]);
        return n == 0 ? result<std::size_t>{errno_code(ENODEV)} : static_cast<std::size_t>(n);
    }
    bool send(bytes_view data) const {
        return ::send(far.get(), data.data(), data.size(), MSG_NOSIGNAL) > 0;
    }
    unique_fd near;
    unique_fd far;
};

} // namespace

class fake_ca final : public device::ca_device {
  public:
    explicit fake_ca(fake_receiver& world)
        : world_{world}
        , thread_{[this] { run(); }} {
        // what an earlier opener left
        channel_.send(bytes{0, 1, 0x80, 0x02, 0x01, 0x80});
    }
    ~fake_ca() override {
        stop_ = true;
        thread_.join();
    }

    unsigned slot_count() const noexcept override { return 1; }
    int fd() const noexcept override { return channel_.near.get(); }
    result<std::size_t> read(std::span<std::uint8_t> buffer) noexcept override {
        return channel_.read(buffer);
    }
    error_code write(bytes_view tpdu) noexcept override {
        ++world_.writes;
        if (const auto ms = world_.write_blocks_ms.load(); ms > 0) {
            world_.in_write = true;
            std::this_thread::sleep_for(std::chrono::milliseconds{ms});
            world_.in_write = false;
            return errno_code(EIO);
        }
        const std::lock_guard lock{world_.mutex_};
        if (!world_.cam_->ready(clock::now()))
            return errno_code(EINVAL);
        world_.heard(tpdu);
        world_.cam_->host_wrote(tpdu.subspan(1), clock::now());
        return {};
    }
    result<device::slot_status> status(unsigned slot) noexcept override {
        if (const auto ms = world_.status_blocks_ms.load(); ms > 0)
            std::this_thread::sleep_for(std::chrono::milliseconds{ms});
        if (slot > 0)
            return errno_code(EINVAL);
        const std::lock_guard lock{world_.mutex_};
        return device::slot_status{world_.cam_->present(), world_.cam_->ready(clock::now())};
    }
    error_code reset() noexcept override {
        ++world_.resets;
        const std::lock_guard lock{world_.mutex_};
        world_.enabled_.clear();
        if (world_.cam_->present())
            world_.cam_->boot(clock::now());
        return {};
    }

  private:
    void run() {
        while (!stop_) {
            {
                const std::lock_guard lock{world_.mutex_};
                while (auto block = world_.cam_->host_reads(clock::now())) {
                    block->insert(block->begin(), std::uint8_t{0});
                    channel_.send(*block);
                }
            }
            if (!world_.ca_exists)
                ::shutdown(channel_.far.get(), SHUT_RDWR);
            std::this_thread::sleep_for(1ms);
        }
    }

    fake_receiver& world_;
    channel channel_;
    std::atomic<bool> stop_ = false;
    std::thread thread_;
};

class fake_frontend final : public device::frontend {
  public:
    explicit fake_frontend(fake_receiver& world)
        : world_{world} {
        world_.frontend_open = true;
    }
    ~fake_frontend() override { world_.frontend_open = false; }
    error_code tune(const device::tuning& where) noexcept override {
        world_.frequency = where.frequency_hz;
        looks_ = 0;
        return {};
    }
    result<device::signal_status> status() noexcept override {
        if (!world_.frontend_exists)
            return errno_code(ENODEV);
        if (world_.on_air_ != world_.frequency && world_.on_air_ != 0 && ++looks_ < 4)
            return device::signal_status{};
        if (world_.locked)
            world_.on_air_ = world_.frequency.load();
        return device::signal_status{world_.locked, -50'000, 30'000};
    }

  private:
    fake_receiver& world_;
    unsigned looks_ = 0;
};

class fake_ts final : public device::ts_input {
  public:
    explicit fake_ts(fake_receiver& world)
        : world_{world}
        , thread_{[this] { run(); }} {
        world_.ts_open = true;
    }
    ~fake_ts() override {
        world_.ts_open = false;
        stop_ = true;
        thread_.join();
    }
    int fd() const noexcept override { return channel_.near.get(); }
    result<std::size_t> read(std::span<std::uint8_t> buffer) noexcept override {
        return channel_.read(buffer);
    }
    error_code take_all() noexcept override {
        const std::lock_guard lock{world_.mutex_};
        world_.filter_.reset();
        return {};
    }
    error_code take(const ts::pid_filter& pids) noexcept override {
        const std::lock_guard lock{world_.mutex_};
        world_.filter_ = pids;
        ++world_.filters_set;
        return {};
    }

  private:
    bytes given() const {
        if (!world_.locked)
            return {};
        auto packets = world_.next_packets();
        const auto filter = world_.filter();
        if (!filter)
            return packets;
        bytes passed;
        for (std::size_t i = 0; i < packets.size() / ts::packet_size; ++i)
            if (const auto one = view(packets, i); filter->matches(one))
                passed.insert(passed.end(), one.data().begin(), one.data().end());
        return passed;
    }
    void run() {
        while (!stop_) {
            if (const auto packets = given(); !packets.empty())
                channel_.send(packets);
            if (world_.overflow.exchange(false))
                channel_.send(bytes{EOVERFLOW});
            if (!world_.ts_exists)
                ::shutdown(channel_.far.get(), SHUT_RDWR);
            std::this_thread::sleep_for(4ms);
        }
    }
    fake_receiver& world_;
    channel channel_;
    std::atomic<bool> stop_ = false;
    std::thread thread_;
};

fake_receiver::fake_receiver() { insert_module(); }
fake_receiver::~fake_receiver() = default;

runtime::device_factory fake_receiver::devices() {
    const auto make = []<class Interface, class Device>(
                          const std::atomic<bool>& exists, fake_receiver& world, Interface*,
                          Device*) -> result<std::unique_ptr<Interface>> {
        if (!exists)
            return errno_code(ENOENT);
        return std::unique_ptr<Interface>{std::make_unique<Device>(world)};
    };
    return {.where = "the test",
            .open_ca =
                [this, make] {
                    auto made = make(ca_exists, *this, static_cast<device::ca_device*>(nullptr),
                                     static_cast<fake_ca*>(nullptr));
                    if (made)
                        ++ca_opens;
                    return made;
                },
            .open_frontend =
                [this, make] {
                    return make(frontend_exists, *this, static_cast<device::frontend*>(nullptr),
                                static_cast<fake_frontend*>(nullptr));
                },
            .open_ts_input =
                [this, make] {
                    return make(ts_exists, *this, static_cast<device::ts_input*>(nullptr),
                                static_cast<fake_ts*>(nullptr));
                }};
}

void fake_receiver::insert_module() {
    const std::lock_guard lock{mutex_};
    sim::cam_settings settings;
    settings.boot_time = 60ms;
    settings.think_time = 2ms;
    settings.card_key = bytes(16, 0x11);
    settings.application_information = application_information;
    cam_ = std::make_unique<sim::cam>(settings, no_log_);
    cam_->boot(clock::now());
}

void fake_receiver::remove_module() {
    const std::lock_guard lock{mutex_};
    cam_->remove(clock::now());
    enabled_.clear();
}

bool fake_receiver::module_asks(
    const std::function<bool(sim::cam&, std::chrono::steady_clock::time_point)>& what) {
    const std::lock_guard lock{mutex_};
    return what(*cam_, clock::now());
}

void fake_receiver::heard(bytes_view tpdu) {
    constexpr std::array<std::uint8_t, 3> tag{0x9F, 0x80, 0x32};
    const auto found = std::ranges::search(tpdu, tag);
    if (found.empty())
        return;
    cursor c{tpdu.subspan(static_cast<std::size_t>(found.end() - tpdu.begin()))};
    if (const auto length = c.u8(); length > 0x80)
        c.skip(length & 0x7FU);
    const auto value = en50221::parse_ca_pmt(c.rest());
    if (!value)
        return;
    ca_pmts_.push_back(*value);
    if (value->command == en50221::ca_pmt_command::ok_descrambling)
        enabled_.insert(value->program_number);
    else
        enabled_.erase(value->program_number);
}

void fake_receiver::module_heard(bytes_view object) {
    const std::lock_guard lock{mutex_};
    heard(object);
}

void fake_receiver::module_gone() {
    const std::lock_guard lock{mutex_};
    enabled_.clear();
}

bytes fake_receiver::on_air() { return locked && frontend_open ? next_packets() : bytes{}; }

bool fake_receiver::enabled(std::uint16_t program_number) const {
    return enabled_.contains(program_number);
}

std::vector<en50221::ca_pmt> fake_receiver::ca_pmts() const {
    const std::lock_guard lock{mutex_};
    return ca_pmts_;
}

std::optional<ts::pid_filter> fake_receiver::filter() const {
    const std::lock_guard lock{mutex_};
    return filter_;
}

bytes fake_receiver::other_packets() {
    bytes out;
    const auto add = [&](const bytes& packets) {
        out.insert(out.end(), packets.begin(), packets.end());
    };
    if (round_ % 10 == 0) {
        add(maker_.section(0, pat_section(other_stream, {{other_service, 0x100}})));
        add(maker_.section(
            0x100, ts::serialize(make_pmt(other_service, 0x101, 0x102, ts::pid_null)).value()));
        add(maker_.section(0x11, sdt_section(other_stream, other_service, "Other")));
    }
    for (int i = 0; i < 8; ++i)
        add(maker_.elementary(0x101, ts::scrambling::clear, i % 4 == 0));
    add(maker_.elementary(0x102, ts::scrambling::clear, true));
    ++round_;
    return out;
}

bytes fake_receiver::next_packets() {
    const std::lock_guard lock{mutex_};
    if (on_air_ == other_frequency)
        return other_packets();
    bytes out;
    const auto add = [&](const bytes& packets) {
        out.insert(out.end(), packets.begin(), packets.end());
    };
    const ts::pid_t ecm = first_ecm_pid;
    if (round_ % 10 == 0) {
        std::vector<std::pair<std::uint16_t, ts::pid_t>> programs{{second_service, 0x200}};
        if (first_listed)
            programs.emplace_back(first_service, 0x100);
        // the version tells a change within the transport stream
        add(maker_.section(0, pat_section(transport_stream_id, programs, first_listed ? 0 : 1)));
        auto pmt = make_pmt(first_service, 0x101, 0x102, ecm);
        if (simulcrypt)
            pmt.program_info.push_back({0x09, writer{}.u16(0x0500).pid(0x3F0).take()});
        for (ts::pid_t n = 0; n < more_streams; ++n)
            pmt.streams.push_back({0x02, static_cast<ts::pid_t>(0x400 + n), {}});
        pmt.version = static_cast<std::uint8_t>((more_streams + (simulcrypt ? 16 : 0)) & 0x1F);
        add(maker_.section(0x100, ts::serialize(pmt).value()));
        add(maker_.section(0x200,
                           ts::serialize(make_pmt(second_service, 0x201, 0x202, 0x301)).value()));
        add(maker_.section(0x11, sdt_section(transport_stream_id, first_service, "One")));
        // parity changes every 40 ms
        add(maker_.section(ecm, ecm_section(round_ / 10 % 2 == 0 ? 0x80 : 0x81,
                                            static_cast<std::uint8_t>(round_))));
    }
    const auto first = enabled(first_service) ? ts::scrambling::clear : ts::scrambling::even;
    const auto second = enabled(second_service) ? ts::scrambling::clear : ts::scrambling::odd;
    for (int i = 0; i < 8; ++i) {
        add(maker_.elementary(0x101, first, i % 4 == 0));
        add(maker_.elementary(0x201, second, i % 4 == 0));
    }
    add(maker_.elementary(0x102, first, true));
    add(maker_.elementary(0x202, second, true));
    if (barker) {
        auto packet = maker_.elementary(barker_pid, ts::scrambling::clear, true);
        packet.back() = barker_mark;
        add(packet);
    }
    ++round_;
    return out;
}

} // namespace cihost::test
