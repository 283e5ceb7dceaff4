// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/verify/recording_check.hpp"

#include "base/counted.hpp"
#include "sim/headend/service_plan.hpp"
#include "sim/verify/alignment.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <limits>
#include <map>
#include <utility>
#include <vector>

namespace cihost::sim {
namespace {

using ts::carries_pes;

/// Streams of one service neither begin nor end at the same instant: a PES packet starts when its
/// own frame does.
constexpr double slack_seconds = 1.0;
/// At the beginning the module's keys may come later for one stream than for another.
constexpr double start_slack_seconds = 1.5;

using packet_list = std::vector<indexed_packet>;
/// Elementary PIDs with their stream_type.
using stream_types = std::map<ts::pid_t, std::uint8_t>;

const packet_list& packets_of(const capture_index& capture, ts::pid_t pid) {
    static const packet_list none;
    const auto it = capture.streams.find(pid);
    return it == capture.streams.end() ? none : it->second;
}

/// Of every PMT version.
stream_types elementary_pids(const capture_index::service& service) {
    stream_types pids;
    for (const auto& pmt : service.pmts) {
        for (const auto& stream : pmt.streams)
            pids[stream.elementary_pid] = stream.stream_type;
    }
    return pids;
}

std::string text_of(double seconds) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f s", seconds);
    return text.data();
}

std::string text_of(ts::pid_t pid) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "PID %04X", unsigned{pid});
    return text.data();
}

class checker {
  public:
    checker(const capture_index& source, const capture_index& recording,
            const verify_settings::recording& what)
        : source_{source}
        , recording_{recording} {
        result_.file = what.file;
        result_.program_number = what.program_number;
    }

    verified_recording run(std::optional<double> max_tail_seconds) {
        const auto service = source_.services.find(result_.program_number);
        if (service == source_.services.end()) {
            problem("the source has no PMT of this service");
            return std::move(result_);
        }
        const auto pids = elementary_pids(service->second);
        compare_all(pids);
        check_tables(pids);
        for (const auto& stream : result_.streams) {
            check_stream(stream);
            result_.packets_compared += stream.packets_compared;
        }
        if (result_.packets_compared == 0)
            problem("nothing of the service was recorded");
        if (max_tail_seconds && result_.tail_seconds > *max_tail_seconds)
            problem("it ends " + text_of(result_.tail_seconds) + " before the source does");
        result_.identical = identical();
        return std::move(result_);
    }

  private:
    void problem(std::string sentence) { result_.problems.push_back(std::move(sentence)); }

    /// What is found in one place only says where the recording lies; what repeats with every loop
    /// of the source (PES without time stamps, sections) is looked for there.
    void compare_all(const stream_types& pids) {
        for (const auto& [pid, stream_type] : pids) {
            auto& stream = result_.streams.emplace_back();
            stream.pid = pid;
            stream.stream_type = stream_type;
        }
        std::vector<verified_stream*> unsure;
        for (auto& stream : result_.streams) {
            if (!carries_pes(stream.stream_type) || !compare(stream, true))
                unsure.push_back(&stream);
        }
        std::sort(anchors_.begin(), anchors_.end());
        if (!anchors_.empty())
            find_window();
        const bool anchored = !anchors_.empty();
        std::stable_partition(unsure.begin(), unsure.end(),
                              [](const auto* s) { return carries_pes(s->stream_type); });
        for (auto* stream : unsure) {
            compare(*stream, false);
            // a section that repeats may have been found a repetition late: PES decide
            if (!anchored && (carries_pes(stream->stream_type) || window_end_ == 0))
                find_window();
        }
    }

    /// False when only a certain place is good enough, and there is none.
    bool compare(verified_stream& stream, bool certainly) {
        const auto& in_source = packets_of(source_, stream.pid);
        const auto& recorded = packets_of(recording_, stream.pid);
        stream.packets_in_recording = recorded.size();
        stream.continuity_errors = recording_.continuity[stream.pid].errors;
        stream.scrambled = static_cast<std::size_t>(std::count_if(
            recorded.begin(), recorded.end(), [](const auto& p) { return p.scrambled; }));
        if (recorded.empty())
            return true;
        const auto found = align(in_source, recorded, expected_at(recorded.front().position));
        if (!found)
            return true;
        if (certainly && !found->certain)
            return false;
        if (certainly)
            anchors_.insert(anchors_.end(), found->places.begin(), found->places.end());
        stream.packets_compared = found->same;
        stream.changed = found->changed;
        stream.missing = found->missing;
        stream.surplus = found->surplus;
        stream.first_mismatch = found->first_mismatch;
        stream.source_first = found->source_first;
        stream.source_last = found->source_last;
        const auto next = *stream.source_last + 1;
        stream.tail_packets = in_source.size() - next;
        if (stream.tail_packets > 0)
            stream.tail_seconds =
                source_.seconds_at(source_.packets) - source_.seconds_at(in_source[next].position);
        return true;
    }

    /// Where in the source a packet of the recording ought to be, by the anchor before it: packets
    /// keep their order.
    std::uint32_t expected_at(std::uint32_t position) const {
        if (anchors_.empty())
            return static_cast<std::uint32_t>(window_begin_);
        const auto next = std::upper_bound(
            anchors_.begin(), anchors_.end(), position,
            [](std::uint32_t wanted, const auto& anchor) { return wanted < anchor.first; });
        return next == anchors_.begin() ? next->second : std::prev(next)->second;
    }

    void check_tables(const stream_types& pids) {
        auto first_stream = std::numeric_limits<std::size_t>::max();
        for (const auto& [pid, stream_type] : pids) {
            if (const auto& recorded = packets_of(recording_, pid); !recorded.empty())
                first_stream = std::min<std::size_t>(first_stream, recorded.front().position);
        }
        const auto it = recording_.services.find(result_.program_number);
        if (it == recording_.services.end())
            return problem("it has no PMT of the service");
        result_.starts_with_tables =
            recording_.starts_with_pat && it->second.pmt_position < first_stream;
        if (!result_.starts_with_tables)
            problem("it does not start with PAT and PMT");
        result_.pmt_has_ca_descriptors =
            std::any_of(it->second.pmts.begin(), it->second.pmts.end(), ts::has_ca_descriptors);
        if (result_.pmt_has_ca_descriptors)
            problem("its PMT has CA descriptors, though its content is clear");
    }

    /// From the first to the last packet, of any PID, that was found in the source.
    void find_window() {
        window_begin_ = window_end_ = 0;
        bool any = false;
        for (const auto& stream : result_.streams) {
            if (!stream.source_first)
                continue;
            const auto& in_source = packets_of(source_, stream.pid);
            const std::size_t first = in_source[*stream.source_first].position;
            const std::size_t last = in_source[*stream.source_last].position;
            window_begin_ = any ? std::min(window_begin_, first) : first;
            window_end_ = any ? std::max(window_end_, last) : last;
            any = true;
        }
        if (!any)
            return;
        result_.seconds = source_.seconds_at(window_end_ + 1) - source_.seconds_at(window_begin_);
        result_.tail_seconds =
            source_.seconds_at(source_.packets) - source_.seconds_at(window_end_ + 1);
    }

    void check_stream(const verified_stream& stream) {
        const auto name = text_of(stream.pid) + ": ";
        const auto count = [&](std::uint64_t number, const char* one, const char* many) {
            if (number > 0)
                problem(name + counted(number, one, many));
        };
        count(stream.scrambled, "packet is still scrambled", "packets are still scrambled");
        count(stream.continuity_errors, "continuity error", "continuity errors");
        if (!stream.source_first) {
            if (stream.packets_in_recording > 0)
                problem(name + "its packets are not in the source");
            else if (carries_pes(stream.stream_type) && starts_within_window(stream.pid))
                problem(name + "nothing of it was recorded");
            return;
        }
        count(stream.changed, "packet differs from the source", "packets differ from the source");
        count(stream.missing, "packet is missing", "packets are missing");
        count(stream.surplus, "packet is not in the source", "packets are not in the source");
        if (carries_pes(stream.stream_type))
            check_start(stream, name);
        const auto& in_source = packets_of(source_, stream.pid);
        const auto next = *stream.source_last + 1;
        if (next >= in_source.size())
            return;
        const auto early =
            source_.seconds_at(window_end_) - source_.seconds_at(in_source[next].position);
        if (early > slack_seconds)
            problem(name + "it stops " + text_of(early) + " before the recording's end");
    }

    /// The first PES packet that ought to be there must be.
    void check_start(const verified_stream& stream, const std::string& name) {
        const auto& in_source = packets_of(source_, stream.pid);
        const auto begin = source_.seconds_at(window_begin_);
        const auto first = in_source.begin() + static_cast<std::ptrdiff_t>(*stream.source_first);
        const bool left_out = std::any_of(in_source.begin(), first, [&](const auto& packet) {
            return packet.unit_start &&
                   source_.seconds_at(packet.position) > begin + start_slack_seconds;
        });
        if (left_out)
            problem(name + "it starts " + text_of(source_.seconds_at(first->position) - begin) +
                    " behind the recording's beginning");
    }

    /// Did a PES packet begin that ought to be in the recording?
    bool starts_within_window(ts::pid_t pid) const {
        const auto begin = source_.seconds_at(window_begin_) + start_slack_seconds;
        const auto end = source_.seconds_at(window_end_) - slack_seconds;
        const auto& in_source = packets_of(source_, pid);
        return std::any_of(in_source.begin(), in_source.end(), [&](const auto& packet) {
            if (!packet.unit_start)
                return false;
            const auto at = source_.seconds_at(packet.position);
            return at > begin && at < end;
        });
    }

    bool identical() const {
        return result_.packets_compared > 0 &&
               std::all_of(result_.streams.begin(), result_.streams.end(), [](const auto& s) {
                   return s.missing + s.scrambled == 0 &&
                          s.packets_compared == s.packets_in_recording;
               });
    }

    const capture_index& source_;
    const capture_index& recording_;
    verified_recording result_;
    /// Positions in the recording, in order, with those in the source, of streams that were found
    /// with certainty.
    std::vector<std::pair<std::uint32_t, std::uint32_t>> anchors_;
    /// Packet numbers in the source.
    std::size_t window_begin_ = 0;
    std::size_t window_end_ = 0;
};

} // namespace

verified_recording check_recording(const capture_index& source, const capture_index& recording,
                                   const verify_settings::recording& what,
                                   std::optional<double> max_tail_seconds) {
    return checker{source, recording, what}.run(max_tail_seconds);
}

} // namespace cihost::sim
