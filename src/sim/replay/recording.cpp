// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/replay/recording.hpp"

#include "en50221/pcapng_reader.hpp"
#include "en50221/tpdu.hpp"
#include "sim/replay/host_joiner.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <utility>
#include <variant>

namespace cihost::sim {

namespace {

using namespace en50221;

/// Sorts the TPDUs of one interface into conversations.
class sorter {
  public:
    std::vector<recorded_conversation> conversations;

    void host(bytes_view block, duration at, std::size_t packet) {
        cursor c{block};
        c.u8(); // tcid, which the object has too
        const auto object = tpdu::read_object(c);
        if (!c.ok())
            return;
        if (object.tag == tpdu::create_t_c && !(creating_ && !current().replied))
            begin(object.tcid, at);
        if (conversations.empty())
            return;
        creating_ = object.tag == tpdu::create_t_c;
        current().ends_at = at;
        command_at_ = at;
        asked_ = object.tag == tpdu::rcv;
        if (auto message = joiner_.take(object, at, packet))
            current().host.push_back(std::move(*message));
        current().polls = joiner_.polls();
    }

    void module(bytes_view block, duration at, std::size_t packet) {
        if (conversations.empty())
            return;
        current().ends_at = at;
        recorded_block read{.asked = asked_,
                            .host_messages_before = current().host.size(),
                            .at = at,
                            .after = at - command_at_};
        cursor c{block};
        c.u8();
        while (!c.empty()) {
            const auto rest = c.rest();
            const auto object = tpdu::read_object(c);
            if (!c.ok())
                add(read, 0, rest, at, packet);
            else if (object.tag == tpdu::sb)
                read.status = true;
            else if (object.tag == tpdu::c_t_c_reply)
                current().replied = true;
            else if (object.tag != tpdu::d_t_c_reply)
                add(read, object.tag, object.data, at, packet);
        }
        if (!read.parts.empty())
            current().blocks.push_back(std::move(read));
    }

  private:
    recorded_conversation& current() { return conversations.back(); }

    void begin(std::uint8_t tcid, duration at) {
        conversations.push_back({.tcid = tcid, .at = at, .ends_at = at});
        joiner_ = {};
        chain_open_ = false;
    }

    void add(recorded_block& read, std::uint8_t tag, bytes_view data, duration at,
             std::size_t packet) {
        const bool of_chain = tag == tpdu::data_more || tag == tpdu::data_last;
        auto& messages = current().module;
        if (!(of_chain && chain_open_))
            messages.push_back({of_chain ? tpdu::data_last : tag, {}, at, packet});
        // a chain is not broken off by what stands between its parts
        auto& message = of_chain && chain_open_ ? messages[chain_message_] : messages.back();
        read.parts.push_back({tag, static_cast<std::size_t>(&message - messages.data()),
                              message.data.size(), data.size()});
        message.data.insert(message.data.end(), data.begin(), data.end());
        if (of_chain) {
            chain_message_ = read.parts.back().message;
            chain_open_ = tag == tpdu::data_more;
        }
    }

    bool creating_ = false;
    bool asked_ = false;
    duration command_at_{};
    host_joiner joiner_;
    /// The module's Data_More, the message that they are of.
    bool chain_open_ = false;
    std::size_t chain_message_ = 0;
};

std::string complaint(error_code failed, const pcapng_reader& reader) {
    const auto where = " at byte " + std::to_string(reader.position());
    if (failed == errc::wrong_tag)
        return "it is no pcapng file";
    if (failed == errc::truncated)
        return "it is cut off within the block" + where;
    return "the block" + where + " contradicts itself";
}

} // namespace

recording read_recording(bytes_view file, int interface, std::string& why) {
    recording all;
    pcapng_reader reader{file};
    sorter sorted;
    std::optional<std::uint64_t> begin;
    std::set<unsigned> seen;
    for (;;) {
        const auto entry = reader.next();
        if (!entry) {
            why = complaint(entry.error(), reader);
            return {};
        }
        if (!*entry)
            break;
        const auto* tpdu = std::get_if<traced_tpdu>(&(*entry)->what);
        if (tpdu == nullptr)
            continue;
        seen.insert((*entry)->interface);
        if (interface < 0)
            interface = static_cast<int>((*entry)->interface);
        if ((*entry)->interface != static_cast<unsigned>(interface))
            continue;
        if (!begin) {
            begin = (*entry)->unix_ns;
            all.name = reader.interface_name((*entry)->interface);
        }
        // a clock that was set back stands still
        const auto since = (*entry)->unix_ns < *begin ? 0 : (*entry)->unix_ns - *begin;
        constexpr std::uint64_t longest = 100ULL * 86'400 * 1'000'000'000;
        const std::chrono::nanoseconds at{std::min(since, longest)};
        if (tpdu->which == direction::host_to_module)
            sorted.host(tpdu->tcid_and_tpdu, at, (*entry)->packet);
        else
            sorted.module(tpdu->tcid_and_tpdu, at, (*entry)->packet);
    }
    all.unix_ns = begin.value_or(0);
    all.interface = static_cast<unsigned>(std::max(interface, 0));
    for (const auto other : seen)
        if (other != all.interface)
            all.others.push_back(other);
    all.conversations = std::move(sorted.conversations);
    if (seen.empty())
        why = reader.packets() == 0 ? "it has no packets"
                                    : "none of its " + std::to_string(reader.packets()) +
                                          " packets is one of a DVB-CI conversation";
    else if (!begin)
        why = "it has no packets of slot " + std::to_string(all.interface);
    else if (all.conversations.empty())
        why = "it has no Create_T_C: the beginning of the conversation is missing";
    return all;
}

} // namespace cihost::sim
