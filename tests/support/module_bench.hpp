// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/// A host and a module, as a viewer has them, in simulated time: a policy::module_host, a slot
/// without delays, a simulated CAM, and a head-end that scrambles clear_stream. The host learns its
/// PMTs off the air, and what the module lets through is compared with what the head-end scrambled.
///
///     module_bench bench;
///     bench.insert();
///     bench.want(1);
///     REQUIRE(bench.run_until([&] { return bench.clear(1); }, 5s));

#include "policy/module_host.hpp"
#include "sim/cam/cam.hpp"
#include "sim/cam_bench.hpp"
#include "sim/headend/headend.hpp"
#include "sim/receiver/cam_slot.hpp"
#include "support/clear_stream.hpp"
#include "support/trace_file.hpp"
#include "ts/stale_scrambling_bits.hpp"

#include <cihost/bytes.hpp>
#include <cihost/time.hpp>
#include <cihost/ts/pat.hpp>
#include <cihost/ts/pmt.hpp>
#include <cihost/ts/section_assembler.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace cihost::test {

struct module_bench_settings {
    /// Of the conversation in a trace.
    std::string name = "bench";
    /// What the host knows of the module.
    policy::cam_profile profile;
    /// And what it finds out; empty: nothing.
    policy::profile_choice choose = {};
    /// The module; gets the head-end's card unless it has one.
    sim::cam_settings module{.boot_time = std::chrono::milliseconds{300}};
    /// The head-end; gets file, card and seed unless it has them.
    sim::headend_settings headend{.crypto_period = std::chrono::seconds{2}};
};

class module_bench {
  public:
    explicit module_bench(module_bench_settings settings = {})
        : settings_{complete(std::move(settings), file_.name())}
        , log{now}
        , host{settings_.profile, settings_.choose}
        , transmitter_{open(settings_.headend, log.log, now)}
        , module_{settings_.module, log.log}
        , slot{0, module_, log.log} {
        host.device_opened(en50221::ca_interface::link, now);
        obey();
    }

    void insert() { slot.insert(now); }
    void eject() { slot.eject(now); }
    void hang(duration length) { slot.hang(length, now); }
    void move_ecm_pid(std::uint16_t program_number,
                      sim::pmt_version version = sim::pmt_version::next) {
        if (transmitter_->move_ecm_pid(program_number, now, version))
            throw std::runtime_error("no such scrambled service");
    }
    void want(std::uint16_t program_number) {
        host.plan().want(program_number, now);
        tick();
    }
    void unwant(std::uint16_t program_number) {
        host.plan().unwant(program_number, now);
        tick();
    }

    error_code answer_menu(std::uint64_t id, const policy::menu_answer& answer) {
        const auto failed = host.answer_menu(id, answer, now);
        obey();
        return failed;
    }

    void run_for(duration length) {
        run_until([] { return false; }, length);
    }
    /// False: it did not come about within `patience`.
    template<class Condition>
    bool run_until(const Condition& condition, duration patience) {
        const auto end = now + patience;
        while (!condition()) {
            if (now >= end)
                return false;
            step(end);
        }
        return true;
    }

    /// The latest scrambled packet of each stream of the service came out as it was before the
    /// scrambler. False before any came.
    bool clear(std::uint16_t program_number) const {
        const auto found = elementary_pids_.find(program_number);
        if (found == elementary_pids_.end())
            return false;
        bool any = false;
        for (const auto pid : found->second)
            if (const auto s = streams_.find(pid); s != streams_.end()) {
                any = true;
                if (!s->second.clear)
                    return false;
            }
        return any;
    }
    /// Packets of the service that the module did not (or wrongly) descramble, since the bench
    /// began. What is clear and stays so adds none.
    std::uint64_t dark_packets(std::uint16_t program_number) const {
        std::uint64_t sum = 0;
        if (const auto found = elementary_pids_.find(program_number);
            found != elementary_pids_.end())
            for (const auto pid : found->second)
                if (const auto s = streams_.find(pid); s != streams_.end())
                    sum += s->second.dark;
        return sum;
    }
    bool logged(std::string_view part) const {
        return std::ranges::any_of(lines, [&](const policy::log_line& line) {
            return line.message.find(part) != std::string::npos;
        });
    }
    /// Of the CAM's journal: what a good host never causes.
    std::size_t violations() const { return log.events("violation").size(); }

  private:
    struct stream {
        bool clear = false;
        std::uint64_t dark = 0;
    };

    static module_bench_settings complete(module_bench_settings settings, const std::string& file) {
        if (settings.headend.file.empty())
            settings.headend.file = file;
        if (settings.headend.card_key.empty())
            settings.headend.card_key = bytes(16, 7);
        if (settings.module.card_key.empty())
            settings.module.card_key = settings.headend.card_key;
        if (!settings.headend.seed)
            settings.headend.seed = 1;
        return settings;
    }
    static std::unique_ptr<sim::headend> open(const sim::headend_settings& settings,
                                              sim::event_log& log, time_point start) {
        std::string why;
        auto made = sim::headend::open(settings, log, start, why);
        if (!made)
            throw std::runtime_error(why);
        return std::move(*made);
    }

    void step(time_point end) {
        const auto next =
            std::min({host.deadline(), slot.deadline() > now ? slot.deadline() : never,
                      transmitter_->deadline(), end});
        // a host that is never done would stop the clock
        if (next > now) {
            now = next;
            at_once_ = 0;
        } else if (++at_once_ > most_at_once) {
            throw std::runtime_error("the host asks for its turn without end");
        }
        play();
        while (const auto block = slot.host_reads(now)) {
            read.push_back(*block);
            trace_.add(en50221::direction::module_to_host, *block, now);
            host.received(*block, now);
            obey();
        }
        tick();
    }

    void tick() {
        host.tick(now);
        obey();
    }

    void obey() {
        while (const auto output = host.next())
            std::visit([this](const auto& what) { act(what); }, *output);
    }
    void act(const policy::write_block& order) {
        written.push_back(order.block);
        trace_.add(en50221::direction::host_to_module, order.block, now);
        if (!slot.ready(now))
            return host.write_failed(order.conversation, now);
        slot.host_wrote(order.block, now);
        host.write_done(order.conversation, now);
    }
    void act(const policy::ask_status&) { host.status_came(slot.present(), slot.ready(now), now); }
    void act(const policy::reset_device&) {
        ++resets;
        slot.reset(now);
        host.reset_done(now);
    }
    void act(const policy::time_needed&) {
        host.set_time(std::chrono::sys_days{std::chrono::January / 1 / 2026},
                      std::chrono::minutes{0}, now);
    }
    void act(const policy::log_line& line) { lines.push_back(line); }
    void act(const policy::ca_pmt_sent& news) { ca_pmts.push_back(news.program_number); }
    void act(const policy::ca_systems_changed&) {}
    void act(const policy::module_asks&) {}
    void act(const policy::conversation_lost&) {}
    void act(const policy::strategy_tried& news) { strategies.push_back(news); }
    void act(const policy::hardware_changed&) {}

    /// What the head-end has due goes past the host and through the module.
    void play() {
        auto block = transmitter_->produce(now);
        auto& out = block.on_air;
        each_packet(out, [&](ts::packet_view packet) { look_at(packet); });
        std::vector<bool> scrambled;
        each_packet(out, [&](ts::packet_view packet) {
            scrambled.push_back(packet.scrambling_control() != ts::scrambling::clear);
        });
        slot.pass(out, now);
        mend(out);
        for (std::size_t i = 0; i < scrambled.size(); ++i) {
            if (!scrambled[i])
                continue;
            const auto at = static_cast<std::ptrdiff_t>(i * ts::packet_size);
            const auto end = at + static_cast<std::ptrdiff_t>(ts::packet_size);
            auto& s = streams_[static_cast<ts::pid_t>((out[i * ts::packet_size + 1] & 0x1F) << 8 |
                                                      out[i * ts::packet_size + 2])];
            s.clear = std::equal(out.begin() + at, out.begin() + end, block.source.begin() + at);
            s.dark += s.clear ? 0 : 1;
        }
        show();
    }

    /// What the host sees of its services.
    void show() {
        for (const auto program : host.plan().wanted()) {
            const bool any = std::ranges::any_of(
                elementary_pids_[program], [this](auto pid) { return streams_.contains(pid); });
            host.see(program, {lock && any, !clear(program), lock ? ++ecms_ : ecms_});
        }
    }

    /// As the host has the packets.
    void mend(bytes& packets) {
        std::size_t at = 0;
        each_packet(packets, [&](ts::packet_view packet) {
            if (stale_bits_.stale(packet)) {
                const auto mended = ts::without_scrambling_bits(packet);
                std::ranges::copy(mended, packets.begin() + static_cast<std::ptrdiff_t>(at));
            }
            at += ts::packet_size;
        });
    }

    /// PAT and PMTs, as a receiver sees them.
    void look_at(ts::packet_view packet) {
        if (packet.pid() != ts::pid_pat && !pmt_pids_.contains(packet.pid()))
            return;
        auto& assembler = assemblers_[packet.pid()];
        assembler.push(packet);
        while (const auto section = assembler.next()) {
            if (section->table_id() == 0x00) {
                if (const auto table = ts::parse_pat(*section))
                    for (const auto& p : table->programs)
                        pmt_pids_.insert(p.pmt_pid);
            } else if (const auto table = ts::parse_pmt(*section)) {
                auto& pids = elementary_pids_[table->program_number];
                pids.clear();
                for (const auto& s : table->streams)
                    pids.insert(s.elementary_pid);
                host.plan().pmt_received(*table, now);
            }
        }
    }

    static constexpr int most_at_once = 1000;

    temporary_file file_{clear_stream{}.make()};
    const module_bench_settings settings_;

  public:
    time_point now{std::chrono::seconds{1000}};
    log_file log;
    policy::module_host host;

  private:
    std::unique_ptr<sim::headend> transmitter_;
    sim::cam module_;

  public:
    sim::cam_slot slot;
    /// What the host wanted done, in order.
    std::vector<bytes> written;
    std::vector<bytes> read;
    std::vector<policy::log_line> lines;
    std::vector<std::uint16_t> ca_pmts;
    std::vector<policy::strategy_tried> strategies;
    /// The tuner has its lock; without it the host sees nothing.
    bool lock = true;
    unsigned resets = 0;

  private:
    std::map<ts::pid_t, stream> streams_;
    ts::stale_scrambling_bits stale_bits_;
    std::map<std::uint16_t, std::set<ts::pid_t>> elementary_pids_;
    std::set<ts::pid_t> pmt_pids_;
    std::map<ts::pid_t, ts::section_assembler> assemblers_;
    std::uint64_t ecms_ = 0;
    int at_once_ = 0;
    trace_file trace_{settings_.name};
};

} // namespace cihost::test
