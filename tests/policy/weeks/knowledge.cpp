// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/weeks/knowledge.hpp"

#include "daemon/cam_knowledge.hpp"
#include "daemon/cam_memory_json.hpp"
#include "policy/weeks/module.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace cihost::test {
namespace {

std::unique_ptr<daemon::cam_knowledge> make_knowledge() {
    daemon::cam_config settings;
    settings.known = std::make_shared<policy::cam_profile_set>(weeks_profiles());
    return std::make_unique<daemon::cam_knowledge>(settings, [](const log_record&) {});
}

/// Without what goes on while it is pinned.
policy::cam_record fixed_part(policy::cam_record record) {
    record.starts = 0;
    record.last_seen = {};
    return record;
}

} // namespace

weeks_knowledge::weeks_knowledge()
    : known_{make_knowledge()}
    , file_{daemon::memory_text(known_->memory())} {}

weeks_knowledge::~weeks_knowledge() = default;

policy::cam_adviser& weeks_knowledge::adviser(const std::string& receiver) {
    return known_->adviser(receiver, std::nullopt);
}

policy::cam_memory& weeks_knowledge::memory() { return known_->memory(); }
const policy::cam_memory& weeks_knowledge::memory() const {
    return std::as_const(*known_).memory();
}

void weeks_knowledge::write(time_point now) {
    file_ = daemon::memory_text(memory());
    written_ = memory().changes();
    weighty_written_ = memory().weighty_changes();
    written_at_ = now;
}

std::string weeks_knowledge::touched_pins() const {
    for (const auto& [who, before] : pinned_) {
        const auto* const now = memory().find(who);
        if (now == nullptr || fixed_part(*now) != before)
            return "what was learned of " + who.name + " is pinned, and is another now";
    }
    return {};
}

std::string weeks_knowledge::look(time_point now) {
    using file = daemon::cam_memory_file;
    const auto pause =
        memory().weighty_changes() != weighty_written_ ? file::short_pause : file::pause;
    if (memory().changes() != written_ &&
        (written_at_ == time_point::min() || now >= written_at_ + pause))
        write(now);
    return touched_pins();
}

std::string weeks_knowledge::restart(bool in_order) {
    if (in_order)
        write(written_at_);
    const bool all_kept = memory().weighty_changes() == weighty_written_;
    const auto before = std::exchange(known_, make_knowledge());
    if (auto wrong = daemon::restore_memory(file_, memory()); !wrong.empty())
        return "what was learned cannot be read: " + wrong;
    written_ = memory().changes();
    weighty_written_ = memory().weighty_changes();
    written_at_ = time_point::min();
    if (in_order && (memory().records() != before->memory().records() ||
                     memory().places() != before->memory().places()))
        return "what was learned is another after a restart in order";
    if (!all_kept) // the end came within a moment of something new
        std::erase_if(pinned_, [this](const auto& entry) {
            const auto* const now = memory().find(entry.first);
            return now == nullptr || !now->pinned;
        });
    for (const auto& [who, record] : before->memory().records())
        if (all_kept && known_->next_profile(who).ca_pmt != before->next_profile(who).ca_pmt)
            return "what was learned of " + who.name + " is lost by a restart";
    return touched_pins();
}

void weeks_knowledge::pin(const std::string& cam, bool with_profile) {
    for (const auto& [who, record] : std::map{memory().records()})
        if (who.name == cam) {
            memory().pin(who, true, with_profile ? good_profile_for(cam) : std::nullopt);
            pinned_[who] = fixed_part(*memory().find(who));
        }
}

void weeks_knowledge::unpin(const std::string& cam) {
    for (const auto& [who, record] : std::map{memory().records()})
        if (who.name == cam) {
            memory().pin(who, false);
            pinned_.erase(who);
        }
}

} // namespace cihost::test
