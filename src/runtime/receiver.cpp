// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/receiver.hpp"

#include "device/delivery_descriptor.hpp"
#include "runtime/device_factory.hpp"
#include "runtime/receiver_impl.hpp"
#include "runtime/watched_pids.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <set>
#include <utility>

namespace cihost::runtime {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

namespace {

constexpr auto farewell_time = 500ms;

std::uint64_t unix_ns() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

bool is_gone(const error_code& error) {
    return error == boost::system::errc::no_such_device ||
           error == boost::system::errc::no_such_file_or_directory;
}

std::chrono::minutes system_offset() {
    const auto now = std::time(nullptr);
    std::tm local{};
    ::localtime_r(&now, &local);
    return std::chrono::minutes{local.tm_gmtoff / 60};
}

} // namespace

receiver::impl::impl(boost::asio::io_context& context, receiver_settings settings,
                     device_factory devices, log_function log)
    : settings_{std::move(settings)}
    , tuning_{settings_.tuning}
    , devices_{std::move(devices)}
    , log_{std::move(log)}
    , zero_{clock::now()}
    , control_{context}
    , trace_{control_, disk_, settings_.name, unix_ns,
             [this](const std::string& sentence) {
                 log_({severity::error, "cam", sentence});
             }}
    , slots_{settings_.name, settings_.rules}
    , ca_{control_, devices_,
          [this](unsigned slot, cam_hooks hooks) { return make_cam(slot, std::move(hooks)); },
          settings_.cam.insertion_kick, log_}
    , pump_{control_, devices_, settings_.whole_multiplex,
            [this](const table_sections& table) { tables_came(table); }}
    , recordings_{control_,
                  pump_,
                  tap_feed{pump_, tables_},
                  zero_,
                  {log_, [this](std::uint16_t program) { want(program); },
                   [this](std::uint16_t program) { unwant(program); },
                   [this](std::uint16_t program) {
                       return policy::diagnose(facts_of(program, clock::now())).sentence;
                   },
                   devices_.create_file}}
    , streams_{pump_,
               tap_feed{pump_, tables_},
               {[this](std::uint16_t program) { want(program); },
                [this](std::uint16_t program) { unwant(program); }}}
    , host_control_{tables_, make_host_control_hooks()}
    , look_timer_{context, [this] { look_around(); }}
    , unlocked_since_{zero_}
    , local_offset_{system_offset()} {}

receiver::impl::~impl() {
    // from here on nobody runs the control thread's work: what the threads still post is void
    control_.close();
    look_timer_.set(never);
    ca_.farewell(clock::now() + farewell_time);
    if (trace_.running())
        trace_.stop({});
    frontend_.reset();
    pump_.stop();
}

void receiver::impl::start() {
    if (std::exchange(started_, true))
        return;
    frontend_ = std::make_unique<frontend_thread>(
        control_, devices_, frontend_thread::order{tuning_, generation_},
        [this](const frontend_state& state) { frontend_changed(state); });
    pump_.start();
    if (devices_.open_ca)
        ca_.start();
    look_again(clock::now());
}

std::unique_ptr<cam> receiver::impl::make_cam(unsigned slot, cam_hooks hooks) {
    hooks.log = log_;
    hooks.ca_systems_changed = [this] {
        update_watch();
        // the module is in the middle of its work
        if (std::exchange(assignment_due_, true))
            return;
        control_.post([this] {
            assignment_due_ = false;
            assign_slots();
            run_cams();
        });
    };
    hooks.ca_pmt_sent = [this](std::uint16_t program, time_point now) {
        const auto record = records_.find(program);
        if (record == records_.end()) // withdrawn
            return;
        ++record->second.ca_pmts_sent;
        if (record->second.ca_pmt_at == never)
            record->second.ca_pmt_at = now;
    };
    hooks.ca_pmt_handed = [this](std::uint16_t program, time_point now) {
        if (const auto record = records_.find(program); record != records_.end())
            record->second.ca_pmt_handed_at = now;
    };
    hooks.asked = [this, slot](const en50221::event& what) {
        host_control_.take(slot, what, clock::now());
    };
    hooks.strategy_tried = [this, slot](const policy::strategy_tried& news) {
        note_strategy(slot, news);
    };
    hooks.awake = [this] { look_if_due(); };
    hooks.lost = [this, slot] { host_control_.module_lost(slot); };
    hooks.time_needed = [this, slot] { tell_time(*ca_.cams()[slot]); };
    auto profile = settings_.cam;
    profile.slot.tcid = static_cast<std::uint8_t>(slot + 1);
    if (tuning_)
        if (const auto tag = device::delivery_descriptor_tag(tuning_->system); tag != 0)
            profile.slot.resources.delivery_descriptors = {tag};
    policy::profile_choice choose;
    if (adviser_ != nullptr)
        choose = [this, slot](const policy::profile_question& question) {
            return adviser_->choose(slot, question);
        };
    auto made =
        std::make_unique<cam>(control_, trace_, slot, profile, std::move(hooks), std::move(choose));
    const auto now = clock::now();
    for (const auto& [program, service] : tables_.services())
        if (service.pmt)
            made->plan().pmt_received(*service.pmt, now);
    control_.post([this] {
        assign_slots();
        run_cams();
    });
    return made;
}

void receiver::impl::run_cams() {
    for (const auto& c : ca_.cams())
        c->run();
}

void receiver::impl::want(std::uint16_t program_number) {
    for (const auto& c : ca_.cams())
        c->begin_anew(program_number);
    auto& record = records_[program_number];
    if (record.wants++ > 0) {
        // for more than before, perhaps
        assign_slots();
        run_cams();
        return;
    }
    record = {.wants = 1, .wanted_at = clock::now()};
    look_again(record.wanted_at);
    assign_slots();
    run_cams();
    update_watch();
}

void receiver::impl::want_always(std::uint16_t program_number) {
    if (standing_.insert(program_number).second)
        want(program_number);
}

void receiver::impl::unwant_always(std::uint16_t program_number) {
    if (standing_.erase(program_number) > 0)
        unwant(program_number);
}

void receiver::impl::unwant(std::uint16_t program_number) {
    const auto record = records_.find(program_number);
    if (--record->second.wants == 0)
        records_.erase(record);
    assign_slots();
    run_cams();
    update_watch();
}

void receiver::impl::tables_came(const table_sections& table) {
    if (table.generation != generation_)
        return;
    const auto change = tables_.take(table);
    const auto now = clock::now();
    if (change.other_multiplex)
        host_control_.multiplex_left();
    if (change.other_multiplex)
        log_({severity::info, "stream",
              "This is another multiplex: transport_stream_id " +
                  std::to_string(tables_.transport_stream_id().value_or(0)) + "."});
    for (const auto& c : ca_.cams()) {
        if (change.other_multiplex)
            c->plan().retuned(now);
        for (const auto program : change.gone)
            c->plan().pmt_gone(program, now);
        for (const auto program : change.pmts)
            c->plan().pmt_received(*tables_.find(program)->pmt, now);
    }
    // the module first: this is the way that a zap waits for
    if (!change.pmts.empty() || !change.gone.empty() ||
        (slots_.has_rules() && table.pid == ts::pid_sdt))
        assign_slots();
    run_cams();
    tell_taps(change);
    if (change.time)
        time_came(*change.time, table.complete_at);
    host_control_.tick(now);
    update_watch();
}

void receiver::impl::time_came(const ts::time_table& time, time_point at) {
    broadcast_ = {time.utc, at};
    if (!time.offsets.empty())
        local_offset_ = time.offsets.front().offset;
    for (const auto& c : ca_.cams())
        tell_time(*c);
}

void receiver::impl::tell_time(cam& c) {
    const auto utc =
        broadcast_ ? broadcast_->utc +
                         std::chrono::floor<std::chrono::seconds>(clock::now() - broadcast_->at)
                   : std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    c.set_time(utc, local_offset_);
}

void receiver::impl::frontend_changed(const frontend_state& state) {
    if (state.open && !state.error)
        tuner_seen_at_ = state.at;
    else if (tuner_seen_at_ != never && is_gone(state.error))
        adapter_gone(std::exchange(tuner_seen_at_, never));
    if (state.generation != generation_)
        return;
    if (state.signal.locked && !std::exchange(receiving_, true))
        pump_.receive(generation_);
    if ((tuner_.signal.locked && !state.signal.locked) || (!tuner_.open && state.open))
        unlocked_since_ = clock::now();
    const bool failed = state.error && state.error != tuner_.error;
    tuner_ = state;
    if (failed && state.open) // else look_around() says so
        log_({severity::warning, "frontend", state.problem});
    if (std::exchange(was_locked_, state.signal.locked) != state.signal.locked)
        log_({state.signal.locked ? severity::info : severity::warning, "frontend",
              state.signal.locked ? "The tuner has a lock." : "The tuner has lost its lock."});
}

std::vector<std::uint16_t> receiver::impl::module_systems() const {
    std::set<std::uint16_t> all;
    for (const auto& c : ca_.cams())
        if (const auto ids = c->plan().ca_system_ids())
            all.insert(ids->begin(), ids->end());
    return {all.begin(), all.end()};
}

void receiver::impl::update_watch() {
    const auto systems = module_systems();
    const auto ours = [&](std::uint16_t id) {
        return systems.empty() || std::ranges::find(systems, id) != systems.end();
    };
    stream_watch watch;
    watch.pat = tables_.pat_count();
    watch.si_pids = needed_si_pids();
    if (tables_.cat())
        for (const auto& d : tables_.cat()->systems)
            if (ours(d.ca_system_id))
                for (const auto pid : ts::emm_pids(d))
                    watch.emm_pids.push_back(pid);
    for (const auto& [program, service] : tables_.services()) {
        watch.pmt_pids.push_back(service.pmt_pid);
        if (!service.pmt)
            continue;
        stream_watch::service s;
        s.program_number = program;
        s.leading_pids = leading_pids(*service.pmt);
        for (const auto& stream : service.pmt->streams)
            s.elementary_pids.push_back(stream.elementary_pid);
        s.ecm_pids = ecm_pids(*service.pmt, systems);
        s.pcr_pid = service.pmt->pcr_pid;
        if (const auto record = records_.find(program); record != records_.end())
            s.wanted_at = record->second.wanted_at;
        watch.services.push_back(std::move(s));
    }
    watch.awaits_pmt = std::ranges::any_of(records_, [this](const auto& wanted) {
        const auto* const service = tables_.find(wanted.first);
        return service == nullptr || !service->pmt;
    });
    watch.replacements = host_control_.replacements();
    if (watch == watch_)
        return;
    watch_ = watch;
    pump_.watch(std::move(watch));
}

void receiver::impl::adapter_gone(time_point last_there) {
    // its CA device may say for ever that the slot is empty
    if (devices_.one_adapter)
        ca_.adapter_gone(last_there);
}

receiver::receiver(boost::asio::io_context& context, receiver_settings settings, log_function log)
    : receiver{context, settings, virtual_devices(settings.virtual_device), std::move(log)} {}

receiver::receiver(boost::asio::io_context& context, receiver_settings settings,
                   device_factory devices, log_function log)
    : impl_{std::make_unique<impl>(
          context, std::move(settings), std::move(devices),
          log ? std::move(log) : [](const log_record&) {})} {}

receiver::~receiver() = default;

void receiver::start() { impl_->start(); }

void receiver::tune(std::optional<device::tuning> where) { impl_->tune(std::move(where)); }

void receiver::let_modules_tune(multiplex_finder find) { impl_->let_modules_tune(std::move(find)); }

void receiver::ask_about_cams(policy::cam_adviser& adviser) { impl_->ask_about_cams(adviser); }

void receiver::want(std::uint16_t program_number) { impl_->want_always(program_number); }

void receiver::unwant(std::uint16_t program_number) { impl_->unwant_always(program_number); }

error_code receiver::start_trace(const std::filesystem::path& file, bool from_start,
                                 std::function<void(const std::string&)> done) {
    return impl_->trace().start(file, from_start, std::move(done));
}

result<std::uint64_t> receiver::stop_trace(std::function<void(std::uint64_t)> done) {
    if (const auto error = impl_->trace().stop(std::move(done)))
        return error;
    return impl_->trace().size();
}

void receiver::give_up_disk() { impl_->give_up_disk(); }

receiver_report receiver::report() const {
    impl_->refresh();
    return impl_->report();
}

service_verdict receiver::why(std::uint16_t program_number) const {
    impl_->refresh();
    return impl_->why(program_number);
}

} // namespace cihost::runtime
