// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/headend/headend.hpp"

#include "sim/headend/broadcast.hpp"
#include "sim/headend/carousel.hpp"
#include "sim/headend/control_word_file.hpp"
#include "sim/headend/key_schedule.hpp"
#include "sim/headend/loop_player.hpp"
#include "sim/headend/pace.hpp"
#include "sim/headend/scrambler.hpp"
#include "sim/headend/seam.hpp"
#include "sim/headend/ts_file.hpp"

#include <boost/json/object.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <utility>

namespace cihost::sim {
namespace {

using namespace std::chrono_literals;

/// Long enough for batches of DVB-CSA, short enough for a receiver.
constexpr duration step = 20ms;
/// How long a table or message waits for a null packet before it is put between packets.
constexpr duration patience = 20ms;
/// How far behind the clock it may be and still produce everything.
constexpr duration backlog = 1s;

error_code check(const headend_settings& settings, std::string& why) {
    if (settings.card_key.size() != std::tuple_size_v<aes_key>)
        why = "the card key has " + std::to_string(settings.card_key.size()) + " bytes, not 16";
    else if (std::min({settings.crypto_period, settings.service_key_period}) < 100ms)
        why = "a crypto period or service key period below 100 ms is none";
    else if (std::min(settings.ecm_period, settings.emm_period) < 1ms)
        why = "ECMs or EMMs more often than every millisecond leave no room for anything else";
    else
        return {};
    return errc::bad_value;
}

key_schedule_settings key_settings(const headend_settings& settings) {
    key_schedule_settings keys{
        settings.crypto_period, settings.service_key_period, {}, settings.seed};
    std::copy(settings.card_key.begin(), settings.card_key.end(), keys.card_key.begin());
    return keys;
}

bool has_null(bytes_view packets) noexcept {
    for (std::size_t at = 0; at < packets.size(); at += ts::packet_size) {
        if (view_packet(packets.data() + at).pid() == ts::pid_null)
            return true;
    }
    return false;
}

std::string rounded(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f", value);
    return text.data();
}

} // namespace

class headend::impl {
  public:
    impl(const headend_settings& settings, event_log& log, time_point start, bytes packets,
         const pace& timing, file_tables tables, service_plan plan, bool null_packets)
        : log_{log}
        , start_{start}
        , packets_per_second_{timing.packets_per_second()}
        , null_packets_{null_packets}
        , slots_{tables.null_packets}
        , player_{std::move(packets), timing}
        , keys_{key_settings(settings), plan.groups.size()}
        , scrambler_{plan.groups, keys_,
                     [this](std::size_t group, duration t) { crypto_period_begins(group, t); }}
        , remarks_{plan.remarks}
        , packets_of_{tables.packets_of}
        , broadcast_{settings, std::move(tables), std::move(plan), keys_, carousel_} {
        counters_.fill(0x0F);
    }

    error_code begin(const headend_settings& settings, std::string& why) {
        if (const auto error = words_.open(settings.control_word_file)) {
            why = settings.control_word_file + ": " + error.message();
            return error;
        }
        if (const auto error = broadcast_.begin(why))
            return error;
        judge_room();
        list_services();
        return {};
    }

    void remark(std::string sentence) { remarks_.push_back(std::move(sentence)); }

    multiplex_block produce(time_point now) {
        multiplex_block block;
        while (deadline() <= now)
            make_step(block);
        return block;
    }

    duration catch_up(time_point now) {
        const auto behind = now - at(made_);
        if (behind <= backlog)
            return duration::zero();
        skipped_ += behind;
        broadcast_.skip(behind);
        log_.write(now, "headend", "skip",
                   {{"seconds", std::chrono::duration<double>(behind).count()}});
        return behind;
    }

    time_point deadline() const { return at(made_) + step; }

    error_code move_ecm_pid(std::uint16_t program_number, time_point now, pmt_version version);
    error_code move_pmt_pid(std::uint16_t program_number, time_point now);
    error_code show_clear(std::uint16_t program_number, bool clear, time_point now);
    error_code withhold(broadcast_part part, std::uint16_t program_number, bool away,
                        time_point now);

    const std::vector<broadcast_service>& services() const noexcept { return services_; }
    std::vector<bytes> authorisation() { return keys_.authorisation_at(made_); }
    double packets_per_second() const noexcept { return packets_per_second_; }
    bool has_null_packets() const noexcept { return null_packets_; }
    const std::vector<std::string>& remarks() const noexcept { return remarks_; }
    const std::string& failure() const noexcept { return words_.failure(); }

  private:
    using packet = std::array<std::uint8_t, ts::packet_size>;

    /// When this moment of the stream is on air.
    time_point at(duration t) const { return start_ + skipped_ + t; }

    /// Nothing for one that is not.
    const planned_service* find_scrambled(std::uint16_t program_number) const;
    void make_step(multiplex_block& block);
    void emit(packet& data, duration t, multiplex_block& block);
    void crypto_period_begins(std::size_t group, duration t);
    void judge_room();
    void list_services();

    event_log& log_;
    time_point start_;
    double packets_per_second_;
    bool null_packets_;
    /// Packets of one loop that are free for ours: null packets, and what make_seamless() took out.
    std::size_t slots_;
    loop_player player_;
    key_schedule keys_;
    carousel carousel_;
    scrambler scrambler_;
    std::vector<std::string> remarks_;
    std::map<ts::pid_t, std::size_t> packets_of_;
    broadcast broadcast_;
    control_word_file words_;
    std::vector<broadcast_service> services_;
    /// Of the last packet of each PID, whoever made it.
    std::array<std::uint8_t, ts::pid_count> counters_{};
    /// Everything before is produced.
    duration made_{0};
    /// What catch_up() left out: the stream's time stood still.
    duration skipped_{0};
    std::uint64_t loops_seen_ = 0;
    std::uint32_t service_key_seen_ = 0;
};

void headend::impl::make_step(multiplex_block& block) {
    const auto end = made_ + step;
    packet data;
    while (player_.next_due() < end) {
        const auto t = player_.next_due();
        carousel_.advance(t);
        player_.next(data);
        const auto pid = view_packet(data.data()).pid();
        if (pid == ts::pid_null || broadcast_.replaced().contains(pid)) {
            if (carousel_.waiting())
                carousel_.take(data);
            else
                make_null(data.data());
            emit(data, t, block);
            continue;
        }
        emit(data, t, block);
        while (carousel_.waiting() && (!null_packets_ || carousel_.delay(t) >= patience)) {
            carousel_.take(data);
            emit(data, t, block);
        }
    }
    scrambler_.flush(block.on_air);
    made_ = end;

    if (const auto loops = player_.loops(); loops != loops_seen_) {
        loops_seen_ = loops;
        log_.write(at(made_), "headend", "loop", {{"number", loops}});
    }
    if (const auto key = keys_.service_key_number_at(made_); key != service_key_seen_) {
        service_key_seen_ = key;
        log_.write(at(made_), "headend", "service_key", {{"number", key}});
    }
}

void headend::impl::emit(packet& data, duration t, multiplex_block& block) {
    const auto view = view_packet(data.data());
    if (view.pid() != ts::pid_null) {
        auto& counter = counters_[view.pid()];
        if (view.has_payload())
            counter = (counter + 1) & 0x0F;
        data[3] = static_cast<std::uint8_t>((data[3] & 0xF0) | counter);
    }
    block.source.insert(block.source.end(), data.begin(), data.end());
    block.on_air.insert(block.on_air.end(), data.begin(), data.end());
    scrambler_.push(block.on_air, block.on_air.size() - ts::packet_size, t);
}

void headend::impl::crypto_period_begins(std::size_t group, duration t) {
    const auto number = keys_.crypto_period_at(group, t);
    const auto which = key_schedule::parity_of(number);
    words_.write(skipped_ + t, group, which, keys_.word_at(group, t));
    log_.write(
        at(t), "headend", "crypto_period",
        {{"group", group}, {"number", number}, {"parity", which == parity::even ? "even" : "odd"}});
}

void headend::impl::judge_room() {
    double slots = static_cast<double>(slots_);
    for (const auto& [pid, packets] : packets_of_) {
        if (pid != ts::pid_null && broadcast_.replaced().contains(pid))
            slots += static_cast<double>(packets);
    }
    slots /= std::chrono::duration<double>(player_.loop_length()).count();
    const double excess = carousel_.packets_per_second() - slots;
    if (excess <= 0)
        return;
    remark((has_null_packets() ? "too few null packets" : "no null packets") +
           std::string{": tables and CA messages are put between packets, the rate grows by "} +
           rounded(100 * excess / packets_per_second_) + " %");
}

void headend::impl::list_services() {
    services_.clear();
    for (const auto& service : broadcast_.plan().services)
        services_.push_back(service.shown);
}

const planned_service* headend::impl::find_scrambled(std::uint16_t program_number) const {
    const auto& services = broadcast_.plan().services;
    const auto it = std::find_if(services.begin(), services.end(), [&](const auto& s) {
        return s.shown.program_number == program_number && s.group;
    });
    return it == services.end() ? nullptr : &*it;
}

error_code headend::impl::show_clear(std::uint16_t program_number, bool clear, time_point now) {
    const auto* const service = find_scrambled(program_number);
    if (service == nullptr)
        return errc::unexpected;
    scrambler_.set_clear(*service->group, clear);
    log_.write(now, "headend", "programme", {{"program_number", program_number}, {"clear", clear}});
    return {};
}

error_code headend::impl::withhold(broadcast_part part, std::uint16_t program_number, bool away,
                                   time_point now) {
    const bool of_service = part == broadcast_part::pmt || part == broadcast_part::ecm;
    const auto* const service = find_scrambled(program_number);
    if (of_service && service == nullptr)
        return errc::unexpected;
    catch_up(now);
    const auto t = std::max(made_, now - at(duration::zero()));
    const auto group = of_service ? *service->group : 0;
    broadcast_.withhold(part, part == broadcast_part::ecm ? group : program_number, away, t);
    log_.write(now, "headend", away ? "withheld" : "restored",
               {{"part", name(part)}, {"program_number", of_service ? program_number : 0}});
    return {};
}

error_code headend::impl::move_pmt_pid(std::uint16_t program_number, time_point now) {
    const auto* const service = find_scrambled(program_number);
    if (service == nullptr)
        return errc::unexpected;
    const auto old_pid = service->shown.pmt_pid;
    catch_up(now);
    broadcast_.move_pmt_pid(program_number, std::max(made_, now - at(duration::zero())));
    list_services();
    log_.write(
        now, "headend", "pmt_pid",
        {{"program_number", program_number}, {"old", old_pid}, {"new", service->shown.pmt_pid}});
    return {};
}

error_code headend::impl::move_ecm_pid(std::uint16_t program_number, time_point now,
                                       pmt_version version) {
    const auto* const it = find_scrambled(program_number);
    if (it == nullptr)
        return errc::unexpected;
    const auto old_pid = it->shown.ecm_pid;
    catch_up(now);
    const auto t = std::max(made_, now - at(duration::zero()));
    if (!broadcast_.move_ecm_pid(*it->group, version, t))
        return errc::too_large;
    list_services();
    log_.write(
        now, "headend", "ecm_pid",
        {{"program_number", program_number},
         {"old", old_pid},
         {"new", it->shown.ecm_pid},
         {"old_ends",
          std::chrono::duration<double>(skipped_ + t + broadcast::old_ecm_pid_lasts).count()}});
    return {};
}

result<std::unique_ptr<headend>> headend::open(const headend_settings& settings, event_log& log,
                                               time_point start, std::string& why) {
    if (const auto error = check(settings, why))
        return error;
    auto packets = read_ts_file(settings.file, why);
    if (!packets)
        return packets.error();
    const bool null_packets = has_null(*packets);
    const auto damaged = make_seamless(*packets);
    auto tables = read_tables(*packets);
    auto plan = make_plan(tables, settings, why);
    if (!plan)
        return plan.error();

    pace_meter meter;
    for (std::size_t at = 0; at < packets->size(); at += ts::packet_size)
        meter.push(view_packet(packets->data() + at));
    const auto timing = meter.result();

    auto made = std::make_unique<impl>(settings, log, start, std::move(*packets), timing,
                                       std::move(tables), std::move(*plan), null_packets);
    if (timing.from() == pace::source::pts)
        made->remark("no PCR: the rate comes from PTS");
    if (timing.from() == pace::source::guess)
        made->remark("neither PCR nor PTS: the rate is a guess");
    if (damaged > 0)
        made->remark(std::to_string(damaged) + " damaged packets of the file are left out");
    if (const auto error = made->begin(settings, why))
        return error;
    return std::unique_ptr<headend>{new headend{std::move(made)}};
}

headend::headend(std::unique_ptr<impl> made)
    : impl_{std::move(made)} {}
headend::~headend() = default;

multiplex_block headend::produce(time_point now) { return impl_->produce(now); }
duration headend::catch_up(time_point now) { return impl_->catch_up(now); }
time_point headend::deadline() const { return impl_->deadline(); }
const std::vector<broadcast_service>& headend::services() const noexcept {
    return impl_->services();
}
double headend::bits_per_second() const noexcept {
    return impl_->packets_per_second() * 8 * ts::packet_size;
}
bool headend::has_null_packets() const noexcept { return impl_->has_null_packets(); }
const std::vector<std::string>& headend::remarks() const noexcept { return impl_->remarks(); }
const std::string& headend::failure() const noexcept { return impl_->failure(); }

std::vector<bytes> headend::authorisation() { return impl_->authorisation(); }

error_code headend::move_ecm_pid(std::uint16_t program_number, time_point now,
                                 pmt_version version) {
    return impl_->move_ecm_pid(program_number, now, version);
}

error_code headend::move_pmt_pid(std::uint16_t program_number, time_point now) {
    return impl_->move_pmt_pid(program_number, now);
}

error_code headend::show_clear(std::uint16_t program_number, bool clear, time_point now) {
    return impl_->show_clear(program_number, clear, now);
}

error_code headend::withhold(broadcast_part part, std::uint16_t program_number, bool away,
                             time_point now) {
    return impl_->withhold(part, program_number, away, now);
}

} // namespace cihost::sim
