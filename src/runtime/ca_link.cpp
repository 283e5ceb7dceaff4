// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runtime/ca_link.hpp"

#include "base/counted.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <poll.h>
#include <string>
#include <utility>

namespace cihost::runtime {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

namespace {
// longer than any TPDU a device gives, and any message of the virtual receiver
constexpr std::size_t read_size = 65536 + 64;
/// Blocks in a row until the control thread's other work gets its turn.
constexpr int max_reads = 32;
/// Failed reads in a row until the device is opened afresh.
constexpr unsigned patience = 8;
constexpr duration steady = 5s;
} // namespace

ca_link::ca_link(control_queue& control, const device_factory& devices, cam_maker new_cam,
                 bool insertion_kick, log_function log)
    : control_{control}
    , devices_{devices}
    , new_cam_{std::move(new_cam)}
    , log_{std::move(log)}
    , retry_{control.context(), [this] { try_open(); }}
    , kicks_wanted_{insertion_kick}
    , kick_timer_{control.context(), [this] { kick(); }}
    , pause_{250ms, 5s}
    , buffer_(read_size)
    , opener_{16} {}

void ca_link::start() { try_open(); }

void ca_link::try_open() {
    const bool under_way = opener_.post([this] {
        auto device = devices_.open_ca();
        if (!device) {
            const auto error = device.error();
            // looks around: who holds the node, who may open it
            auto why = devices_.explain ? devices_.explain(device_factory::node::ca, error)
                                        : std::string{};
            return control_.post([this, error, why = std::move(why)] { not_opened(error, why); });
        }
        control_.post([this, shared = std::shared_ptr{std::move(*device)}] { opened(shared); });
    });
    if (!under_way) // behind a device whose closing blocks
        retry_.set(clock::now() + pause_.next());
}

void ca_link::explain(const error_code& error, std::function<void(const std::string&)> done) {
    const bool under_way = opener_.post([this, error, done] {
        auto why = runtime::explain(devices_, device_factory::node::ca, error);
        control_.post([done, why = std::move(why)] { done(why); });
    });
    if (!under_way)
        done(error.message() + ".");
}

void ca_link::not_opened(const error_code& error, const std::string& why) {
    // the same error may have another reason now: another program that holds the device
    if (error != error_ || why != problem_)
        log_({severity::warning, "cam",
              !why.empty() ? why
                           : "The CA device in " + devices_.where +
                                 " cannot be opened: " + error.message() + "."});
    error_ = error;
    problem_ = why;
    retry_.set(clock::now() + pause_.next());
}

void ca_link::opened(std::shared_ptr<device::ca_device> device) {
    error_ = {};
    problem_.clear();
    failures_ = 0;
    resetting_ = kicking_ = reset_by_order_ = false;
    kick_.reset();
    ++generation_;
    opened_at_ = clock::now();
    device_ = std::move(device);
    const auto slots = device_->slot_count();
    log_({severity::info, "cam",
          "The CA device in " + devices_.where + " is open: " + counted(slots, "slot", "slots") +
              "."});
    for (auto slot = static_cast<unsigned>(cams_.size()); slot < slots; ++slot) {
        cam_hooks hooks;
        hooks.reset_wanted = [this, slot] { reset_wanted(slot); };
        hooks.status_told = [this] { kick(); };
        hooks.explain = [this](const error_code& error,
                               std::function<void(const std::string&)> done) {
            explain(error, std::move(done));
        };
        hooks.device_gone = [this] { lost(error_code{ENODEV, boost::system::generic_category()}); };
        cams_.push_back(new_cam_(slot, std::move(hooks)));
    }
    watch_ =
        std::make_unique<readable_watch>(control_.context(), device_->fd(), [this] { read(); });
    if (!watch_->watching())
        return lost(error_code{EMFILE, boost::system::generic_category()});
    for (unsigned slot = 0; slot < slots; ++slot)
        cams_[slot]->attach(device_);
}

void ca_link::lost(error_code why) {
    if (!device_)
        return;
    lost_at_ = clock::now();
    error_ = why;
    problem_.clear();
    explain(why, [this, why](const std::string& sentence) {
        log_({severity::error, "cam", "The CA device was lost. " + sentence});
        if (error_ == why)
            problem_ = sentence;
    });
    ++generation_;
    watch_.reset();
    kick_timer_.set(never);
    for (const auto& c : cams_)
        c->detach();
    // close() may block
    opener_.post([device = std::exchange(device_, nullptr)] {});
    if (clock::now() - opened_at_ > steady)
        pause_.reset();
    retry_.set(clock::now() + pause_.next());
}

void ca_link::adapter_gone(time_point last_there) {
    // the same loss may be told by tuner and stream, a second apart
    if (device_ && lost_at_ <= last_there)
        lost(error_code{ENODEV, boost::system::generic_category()});
}

result<std::size_t> ca_link::read_one() {
    const auto size = device_->read(buffer_);
    if (!size)
        return size;
    failures_ = 0;
    const auto block = bytes_view{buffer_}.first(*size);
    if (block.size() > 1 && block[0] < cams_.size())
        cams_[block[0]]->received(block.subspan(1));
    return size;
}

void ca_link::read() {
    for (int i = 0; i < max_reads && device_; ++i) {
        const auto size = read_one();
        if (size)
            continue;
        if (size.error() == boost::system::errc::resource_unavailable_try_again)
            return;
        if (size.error() == boost::system::errc::no_such_device || ++failures_ >= patience)
            return lost(size.error());
    }
}

void ca_link::reset_wanted(unsigned slot) {
    const bool sibling_works = std::ranges::any_of(cams_, [&, now = clock::now()](const auto& c) {
        return c != cams_[slot] && (c->host().talking() || c->host().booting(now));
    });
    if (sibling_works)
        return cams_[slot]->reset_refused();
    if (!begin_reset(slot))
        cams_[slot]->reset_refused();
}

error_code ca_link::reset(unsigned slot, bool force) {
    const auto failed = [](int error) {
        return error_code{error, boost::system::generic_category()};
    };
    if (slot >= cams_.size())
        return failed(ENOENT);
    if (!device_)
        return failed(ENODEV);
    const auto serves = [](const cam& c) {
        return c.host().talking() &&
               std::ranges::any_of(c.plan().wanted(), [&](std::uint16_t program) {
                   const auto status = c.plan().status(program);
                   return status && status->phase == policy::service_phase::requested;
               });
    };
    if (!force &&
        std::ranges::any_of(cams_, [&](const auto& c) { return c != cams_[slot] && serves(*c); }))
        return failed(EBUSY);
    if (kicking_ || !begin_reset(slot))
        return failed(EAGAIN);
    reset_by_order_ = true;
    log_({severity::info, "cam",
          "The CA device is reset by order, for the module in slot " + std::to_string(slot) + "."});
    return {};
}

bool ca_link::begin_reset(unsigned slot) {
    if (resetting_) // its end is told to every slot
        return true;
    resetting_ = cams_[slot]->reset_device([this, which = generation_](error_code error) {
        if (which != generation_)
            return;
        resetting_ = false;
        if (error)
            explain(error, [this](const std::string& sentence) {
                log_({severity::warning, "cam", "A reset of the CA device failed. " + sentence});
            });
        const bool by_order = std::exchange(reset_by_order_, false);
        for (const auto& c : cams_)
            c->was_reset(by_order);
    });
    return resetting_;
}

void ca_link::kick() {
    const bool wanted = kicks_wanted_ && std::ranges::all_of(cams_, [](const auto& c) {
                            return c->host().profile().insertion_kick;
                        });
    if (!wanted || !device_ || device_->interface() != device::ca_interface::link)
        return;
    const auto now = clock::now();
    kick_.status(std::ranges::all_of(cams_, [](const auto& c) { return c->host().empty(); }),
                 std::ranges::any_of(cams_, [](const auto& c) { return c->host().ready(); }), now);
    if (!resetting_ && !kicking_ && kick_.take(now))
        kicking_ = cams_.front()->reset_device([this, which = generation_](error_code) {
            if (which != generation_)
                return;
            kicking_ = false;
            // the kernel's thread has woken up, and knows in a moment
            for (const auto& c : cams_)
                c->look_at(clock::now() + 50ms);
        });
    // a reset under way ends in statuses, which come back here
    kick_timer_.set(kicking_ || resetting_ ? never : kick_.deadline());
}

void ca_link::farewell(time_point until) {
    watch_.reset();
    retry_.set(never);
    kick_timer_.set(never);
    opener_.stop();
    std::vector<cam*> parting;
    for (const auto& c : cams_)
        if (c->begin_farewell())
            parting.push_back(c.get());
    while (device_ && clock::now() < until) {
        std::erase_if(parting, [](cam* c) { return !c->farewell_step(); });
        if (parting.empty())
            break;
        // short: a module may owe several answers, each asked for by a poll
        pollfd readable{device_->fd(), POLLIN, 0};
        if (::poll(&readable, 1, 5) <= 0)
            continue;
        const auto size = read_one();
        if (!size && size.error() != boost::system::errc::resource_unavailable_try_again)
            break;
    }
}

} // namespace cihost::runtime
