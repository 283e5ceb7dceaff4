// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/replay/comparison.hpp"

#include <set>
#include <utility>

namespace cihost::sim {

comparison::comparison(const recorded_conversation& what, session_numbers& numbers,
                       replay_report& report)
    : conversation_{what}
    , numbers_{numbers}
    , report_{report}
    , last_at_{what.at} {
    std::set<std::uint16_t> dated;
    for (const auto& message : what.host) {
        entry e{understand(message)};
        e.optional = e.what.date() && !dated.insert(e.what.session_nb).second;
        expected_.push_back(std::move(e));
    }
}

std::optional<std::size_t> comparison::awaited() const {
    for (std::size_t i = 0; i < expected_.size(); ++i)
        if (!expected_[i].settled && !expected_[i].optional)
            return i;
    return std::nullopt;
}

std::size_t comparison::settled() const { return awaited().value_or(expected_.size()); }

std::size_t comparison::window_end(std::size_t blocks_played) const {
    return blocks_played < conversation_.blocks.size()
               ? conversation_.blocks[blocks_played].host_messages_before
               : expected_.size();
}

std::optional<std::size_t> comparison::find_equal(const spoken& now) const {
    for (std::size_t i = 0; i < expected_.size(); ++i)
        if (!expected_[i].settled && expected_[i].what.kind == now.kind &&
            expected_[i].what.said == now.said)
            return i;
    return std::nullopt;
}

std::optional<std::size_t> comparison::find_like(const spoken& now, std::size_t end) const {
    for (std::size_t i = 0; i < end; ++i)
        if (!expected_[i].settled && expected_[i].what.kind == now.kind &&
            expected_[i].what.session_nb == now.session_nb &&
            expected_[i].what.resource >> 6 == now.resource >> 6) // of whatever version
            return i;
    return std::nullopt;
}

void comparison::pair_sessions(const recorded_message& message, std::size_t index) {
    if (expected_[index].what.resource == 0)
        return;
    const auto recorded = session_number_of(conversation_.host[index].data);
    const auto now = session_number_of(message.data);
    if (recorded != 0 && now != 0)
        numbers_.pair(recorded, now);
}

void comparison::said(const recorded_message& message, std::size_t blocks_played) {
    ++report_.host_messages;
    progressed_ = false;
    auto translated = message;
    set_session_number(translated.data, numbers_.recorded(session_number_of(message.data)));
    const auto now = understand(translated);
    const auto end = window_end(blocks_played);
    const auto first = awaited();

    auto found = find_equal(now);
    const bool equal = found.has_value();
    if (!found)
        found = find_like(now, end);
    if (!found) {
        if (now.date() && report_.dates > 0)
            ++report_.dates;
        else if (blocks_played == conversation_.blocks.size() && !first)
            ++report_.afterwards;
        else
            differ(replay_difference::kind::extra, expected_.size(), &message);
        return;
    }
    progressed_ = true;
    last_at_ = conversation_.host[*found].at;
    expected_[*found].settled = true;
    pair_sessions(message, *found);
    if (now.date())
        ++report_.dates;
    else if (equal && first && *found > *first)
        ++report_.reordered;
    if (!equal)
        differ(replay_difference::kind::changed, *found, &message);
}

void comparison::give_up(std::size_t index) {
    expected_[index].settled = true;
    differ(replay_difference::kind::missing, index, nullptr);
}

void comparison::excuse(std::size_t index) {
    expected_[index].settled = true;
    report_.not_asked_for.push_back(expected_[index].what.name());
}

void comparison::differ(replay_difference::kind kind, std::size_t index,
                        const recorded_message* now) {
    replay_difference d{.what = kind, .at = last_at_};
    if (index < expected_.size()) {
        const auto& recorded = conversation_.host[index];
        d.at = recorded.at;
        d.packet = recorded.packet;
        d.name = expected_[index].what.name();
        d.recorded = recorded.data;
    }
    if (now != nullptr) {
        d.now = now->data;
        d.name = understand(*now).name();
    }
    report_.differences.push_back(std::move(d));
}

} // namespace cihost::sim
