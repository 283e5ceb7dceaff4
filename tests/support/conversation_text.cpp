// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/conversation_text.hpp"

#include "base/hex.hpp"

#include <cihost/en50221/ca_pmt.hpp>

#include <charconv>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace cihost::test {
namespace {

using en50221::slot;
using en50221::slot_settings;

struct line {
    std::string file;
    std::size_t number = 0;
    std::string word;
    std::string rest;

    std::string where() const { return file + ":" + std::to_string(number); }
    [[noreturn]] void fail(const std::string& what) const {
        throw std::invalid_argument(where() + ": " + what);
    }
    /// Takes the first word of the rest.
    std::string take_word() {
        const auto end = rest.find(' ');
        auto first = rest.substr(0, end);
        rest = end == std::string::npos ? "" : rest.substr(end + 1);
        return first;
    }
};

std::string trimmed(const std::string& text) {
    const auto from = text.find_first_not_of(" \t\r");
    if (from == std::string::npos)
        return {};
    return text.substr(from, text.find_last_not_of(" \t\r") - from + 1);
}

unsigned long number_of(const std::string& text, int base, const line& l) {
    unsigned long value = 0;
    const auto end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value, base);
    if (error != std::errc{} || stop != end || text.empty())
        l.fail("'" + text + "' is no number");
    return value;
}

duration duration_of(const std::string& text, const line& l) {
    const auto unit = text.find_first_not_of("0123456789");
    const auto value = static_cast<long>(number_of(text.substr(0, unit), 10, l));
    const auto name = unit == std::string::npos ? "" : text.substr(unit);
    if (name == "ms")
        return std::chrono::milliseconds{value};
    if (name == "s")
        return std::chrono::seconds{value};
    if (name == "h")
        return std::chrono::hours{value};
    l.fail("'" + text + "' is no time: 5ms, 2s, 1h");
}

bool switch_of(const std::string& text, const line& l) {
    if (text != "yes" && text != "no")
        l.fail("'" + text + "' is neither yes nor no");
    return text == "yes";
}

void set(slot_settings& s, const line& l) {
    auto rest = l;
    const auto name = rest.take_word();
    const auto value = rest.rest;
    const auto number = [&](auto& member) {
        member = static_cast<std::decay_t<decltype(member)>>(number_of(value, 10, l));
    };
    const auto time = [&](duration& member) { member = duration_of(value, l); };
    const std::map<std::string, std::function<void()>> settings{
        {"tcid", [&] { number(s.tcid); }},
        {"poll_floor", [&] { time(s.poll_floor); }},
        {"idle_poll", [&] { time(s.idle_poll); }},
        {"suspect_after", [&] { time(s.suspect_after); }},
        {"dead_after", [&] { time(s.dead_after); }},
        {"create_tries", [&] { number(s.create_tries); }},
        {"max_spdu_size", [&] { number(s.max_spdu_size); }},
        {"max_tpdu_data", [&] { number(s.max_tpdu_data); }},
        {"early_fetch", [&] { s.early_fetch = switch_of(value, l); }},
        {"repeated",
         [&] {
             if (value != "refused" && value != "same_number")
                 l.fail("'" + value + "' is neither refused nor same_number");
             s.repeated = value == "refused" ? en50221::repeated_session::refused
                                             : en50221::repeated_session::same_number;
         }},
        {"resource_manager", [&] { number(s.resources.resource_manager); }},
        {"application_information", [&] { number(s.resources.application_information); }},
        {"host_control", [&] { number(s.resources.host_control); }},
        {"mmi", [&] { s.resources.mmi = switch_of(value, l); }},
        {"data_rate_mbit", [&] { number(s.resources.data_rate_mbit); }},
    };
    const auto found = settings.find(name);
    if (found == settings.end())
        l.fail("no setting '" + name + "'");
    found->second();
}

/// Every $n as the number of the n-th session.
std::string with_numbers(const line& l, unsigned opened) {
    std::string text;
    for (std::size_t i = 0; i < l.rest.size(); ++i) {
        if (l.rest[i] != '$') {
            text += l.rest[i];
            continue;
        }
        const auto end = std::min(l.rest.find_first_not_of("0123456789", i + 1), l.rest.size());
        const auto nth = number_of(l.rest.substr(i + 1, end - i - 1), 10, l);
        text += hex_word(opened + nth, 4).substr(1);
        i = end - 1;
    }
    return text;
}

using host_call = std::function<void(slot&, time_point)>;

host_call ca_pmt_call(line l) {
    const auto session_nb = static_cast<std::uint16_t>(number_of(l.take_word(), 16, l));
    const auto body = from_hex(l.rest);
    if (!body)
        l.fail("bad hex");
    const auto value = en50221::parse_ca_pmt(*body);
    if (!value)
        l.fail("no CA_PMT");
    return [value = *value, session_nb](slot& s, time_point now) {
        s.send_ca_pmt(value, session_nb, now);
    };
}

/// A call that the stack has to take.
host_call taken(const std::string& name, std::function<bool(slot&, time_point)> what) {
    return [name, what = std::move(what)](slot& s, time_point now) {
        if (!what(s, now))
            throw mismatch{"the stack does not take " + name};
    };
}

host_call mmi_call(const std::string& name, line l) {
    if (name == "enter_menu")
        return taken(name, [](slot& s, time_point now) { return s.enter_menu(now); });
    const auto nb = static_cast<std::uint16_t>(number_of(l.take_word(), 16, l));
    if (name == "close_mmi")
        return taken(name, [nb](slot& s, time_point now) { return s.close_mmi(nb, now); });
    if (name == "answer_menu")
        return taken(name, [nb, choice = static_cast<unsigned>(number_of(l.rest, 10, l))](
                               slot& s, time_point now) { return s.answer_menu(nb, choice, now); });
    const auto text = l.rest.empty() ? std::nullopt : std::optional{l.rest};
    return taken(name,
                 [nb, text](slot& s, time_point now) { return s.answer_enquiry(nb, text, now); });
}

host_call call_of(line l) {
    const auto name = l.take_word();
    if (name == "ca_pmt")
        return ca_pmt_call(l);
    for (const char* mmi : {"enter_menu", "answer_menu", "answer_enquiry", "close_mmi"})
        if (name == mmi)
            return mmi_call(name, l);
    static const std::map<std::string, host_call> calls{
        {"start", [](slot& s, time_point now) { s.start(now); }},
        {"stop", [](slot& s, time_point now) { s.stop(now); }},
        {"abandon", [](slot& s, time_point now) { s.abandon(now); }},
        {"write_failed", [](slot& s, time_point now) { s.write_failed(now); }},
        {"module_changed", [](slot& s, time_point) { s.module_changed(); }},
        {"module_failed", [](slot& s, time_point) { s.module_failed(); }},
    };
    const auto found = calls.find(name);
    if (found == calls.end())
        l.fail("no call '" + name + "'");
    return found->second;
}

void add_step(script& s, line l) {
    const auto hex = [&l]() -> const std::string& {
        if (!from_hex(l.rest))
            l.fail("bad hex");
        return l.rest;
    };
    s.at(l.where());
    if (l.word == "host") {
        s.host(hex());
    } else if (l.word == "host_after") {
        const auto delay = duration_of(l.take_word(), l);
        s.host_after(delay, hex());
    } else if (l.word == "cam") {
        s.cam(hex());
    } else if (l.word == "cam_after") {
        const auto think = duration_of(l.take_word(), l);
        s.cam(hex(), think);
    } else if (l.word == "raw") {
        s.raw(hex());
    } else if (l.word == "quiet") {
        s.quiet(duration_of(l.rest, l));
    } else if (l.word == "tick") {
        s.tick(duration_of(l.rest, l));
    } else if (l.word == "expect" && !l.rest.empty()) {
        s.expect_words(l.rest);
    } else if (l.word == "no_event" && l.rest.empty()) {
        s.no_event();
    } else if (l.word == "call") {
        s.call("call " + l.rest, call_of(l));
    } else {
        l.fail("no step: '" + l.word + "'");
    }
}

class file_reader {
  public:
    explicit file_reader(const std::filesystem::path& folder)
        : folder_{folder} {}

    void read_file(const std::filesystem::path& file, const line& from) {
        std::ifstream in{file};
        std::ostringstream text;
        text << in.rdbuf();
        if (!in)
            from.fail("cannot read " + file.string());
        read_text(text.str(), file.filename().string());
    }

    void read_text(const std::string& text, const std::string& name) {
        if (++depth_ > 8)
            throw std::invalid_argument(name + ": files include each other");
        std::istringstream in{text};
        std::string raw;
        for (std::size_t number = 1; std::getline(in, raw); ++number) {
            line l{name, number, {}, trimmed(raw.substr(0, raw.find('#')))};
            l.word = l.take_word();
            l.rest = trimmed(l.rest);
            if (l.word == "include")
                read_file(folder_ / l.rest, l);
            else if (!l.word.empty())
                lines.push_back(std::move(l));
        }
        --depth_;
    }

    std::vector<line> lines;

  private:
    std::filesystem::path folder_;
    unsigned depth_ = 0;
};

script make_script(std::vector<line> lines, unsigned opened) {
    slot_settings settings;
    for (const auto& l : lines)
        if (l.word == "set")
            set(settings, l);
    script s{settings};
    for (auto& l : lines) {
        l.rest = with_numbers(l, opened);
        if (l.word != "set")
            add_step(s, l);
    }
    return s;
}

} // namespace

script parse_conversation(std::string_view text, const std::string& name, unsigned opened,
                          const std::filesystem::path& folder) {
    file_reader reader{folder};
    reader.read_text(std::string{text}, name);
    return make_script(std::move(reader.lines), opened);
}

script read_conversation(const std::filesystem::path& file, unsigned opened) {
    file_reader reader{file.parent_path()};
    reader.read_file(file, {file.filename().string(), 0, {}, {}});
    return make_script(std::move(reader.lines), opened).named(file.stem().string());
}

} // namespace cihost::test
