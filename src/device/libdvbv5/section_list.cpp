// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/delivery_system.hpp"
#include "device/libdvbv5/list_entry.hpp"
#include "device/libdvbv5/list_readers.hpp"
#include "device/libdvbv5/parameters.hpp"

#include <algorithm>
#include <libdvbv5/countries.h>
#include <libdvbv5/dvb-v5-std.h>
#include <optional>

/// [NAME] with KEY = VALUE lines, as dvbv5-scan writes it.
namespace cihost::device::dvbv5 {

namespace {

struct key_value {
    unsigned line = 0;
    std::string_view key;
    std::string_view value;
};

struct section {
    unsigned line = 0;
    std::string name;
    std::vector<key_value> values;

    const key_value* find(std::string_view key) const {
        const auto found = std::find_if(values.begin(), values.end(), [&](const key_value& value) {
            return same_word(value.key, key);
        });
        return found == values.end() ? nullptr : &*found;
    }
};

constexpr std::string_view shortened(std::string_view text) noexcept { return text.substr(0, 60); }

std::vector<section> sections(const std::vector<list_line>& lines, const list_reading& reading) {
    std::vector<section> found;
    for (const auto& [line, text] : lines) {
        if (text.front() == '[') {
            auto name = trimmed(text.substr(1, text.find_last_of(']') - 1));
            constexpr std::string_view old_word = "CHANNEL ";
            if (text.back() != ']')
                reading.remark(line, "a ] is missing; the name is taken as it stands.");
            else if (name.size() > old_word.size() &&
                     same_word(name.substr(0, old_word.size()), old_word))
                name = trimmed(name.substr(old_word.size()));
            found.push_back({.line = line, .name = as_utf8(name)});
            continue;
        }
        const auto equals = text.find('=');
        if (equals == std::string_view::npos)
            reading.remark(line, "neither [NAME] nor KEY = VALUE: passed over.");
        else if (found.empty())
            reading.remark(line, "a value before the first [NAME]: passed over.");
        else
            found.back().values.push_back({.line = line,
                                           .key = trimmed(text.substr(0, equals)),
                                           .value = trimmed(text.substr(equals + 1))});
    }
    return found;
}

/// Place of `word` in libdvbv5's names for the values of `command`; none: not among them.
std::optional<std::uint32_t> named(std::uint32_t command, std::string_view word) {
    const char* const* names = dvb_attr_names(static_cast<int>(command));
    for (std::uint32_t n = 0; names != nullptr && names[n] != nullptr; ++n)
        if (same_word(names[n], word))
            return n;
    return {};
}

std::uint32_t system_number(std::string_view word) {
    if (const auto found = named(DTV_DELIVERY_SYSTEM, word))
        return *found;
    for (std::uint32_t number = 0; number <= SYS_DVBC_ANNEX_C; ++number)
        if (const auto ours = from_kernel_number(number);
            ours != delivery_system::unspecified && same_word(name(ours), word))
            return kernel_number(ours);
    return SYS_UNDEFINED;
}

/// A section on its way to libdvbv5. Without a remark on it, it arrives.
class entry_maker {
  public:
    entry_maker(const section& from, const list_reading& reading)
        : from_{from}
        , reading_{reading} {}

    std::optional<channel> make() {
        if (!service() || !system() || !frequency() || !satellite())
            return {};
        for (std::uint32_t command = 0; command <= DTV_MAX_COMMAND; ++command)
            if (takes(system_, command) || command == DTV_SCRAMBLING_SEQUENCE_INDEX)
                property(command);
        for (const auto* key : {"FREQ_BPF", "DISEQC_WAIT"})
            if (const auto* found = from_.find(key))
                number_of(*found);
        transport_stream();
        country();
        auto made = read_entry(text_, FILE_DVBV5);
        if (!made) {
            pass_over(from_.line, "libdvbv5 cannot read it");
            return {};
        }
        forget_defaults(*made);
        made->name = from_.name;
        made->tuning.frequency_hz *= unit_;
        complete(made->tuning, reading_.settings);
        return made;
    }

  private:
    bool pass_over(unsigned line, const std::string& why) const {
        reading_.remark(line, why + ": \"" + from_.name + "\" is passed over.");
        return false;
    }
    bool wrong(const key_value& value) const {
        return pass_over(value.line, std::string{value.key} + " = " +
                                         as_utf8(shortened(value.value)) + " has no meaning");
    }
    void put(std::string_view key, std::string_view value) {
        // with blanks around the sign: without, libdvbv5 cuts off the key's last letter
        text_ += "\t" + std::string{key} + " = " + std::string{value} + "\n";
    }

    bool service() {
        const auto* const found = from_.find("SERVICE_ID");
        if (found == nullptr)
            return pass_over(from_.line, "no SERVICE_ID");
        const auto value = number(found->value, 0xffff);
        if (!value || *value == 0)
            return wrong(*found);
        put("SERVICE_ID", found->value);
        return true;
    }
    bool system() {
        const auto* const found = from_.find("DELIVERY_SYSTEM");
        if (found == nullptr)
            return pass_over(from_.line, "no DELIVERY_SYSTEM");
        system_ = system_number(found->value);
        if (from_kernel_number(system_) == delivery_system::unspecified)
            return wrong(*found);
        put("DELIVERY_SYSTEM", dvb_attr_names(DTV_DELIVERY_SYSTEM)[system_]);
        return true;
    }
    bool frequency() {
        const auto* const found = from_.find("FREQUENCY");
        if (found == nullptr)
            return pass_over(from_.line, "no FREQUENCY");
        // kHz for satellites, Hz for all others
        unit_ = dvb_fe_is_satellite(system_) != 0 ? 1'000 : 1;
        const auto value = number(found->value);
        if (!value || frequency_unit(std::uint64_t{*value} * unit_, unit_ != 1) != 1)
            return wrong(*found);
        return true;
    }
    bool satellite() {
        if (dvb_fe_is_satellite(system_) == 0)
            return true;
        const auto* const polarity = from_.find("POLARIZATION");
        if (polarity == nullptr)
            return pass_over(from_.line, "no POLARIZATION");
        const auto way = named(DTV_POLARIZATION, polarity->value);
        if (!way || *way == POLARIZATION_OFF)
            return wrong(*polarity);
        put("POLARIZATION", polarity->value);
        if (const auto* const lnb = from_.find("LNB")) {
            const std::string name{lnb->value};
            if (dvb_sat_search_lnb(name.c_str()) < 0)
                return wrong(*lnb);
            put("LNB", name);
        }
        const auto* const input = from_.find("SAT_NUMBER");
        if (input != nullptr && input->value != "-1") {
            if (!number(input->value, 63))
                return wrong(*input);
            put("SAT_NUMBER", input->value);
        }
        return true;
    }
    /// What cannot be read here costs only itself: the frontend will find it out.
    void property(std::uint32_t command) {
        const char* const key = dvb_cmd_name(static_cast<int>(command));
        const auto* const found = key != nullptr ? from_.find(key) : nullptr;
        if (found == nullptr || command == DTV_DELIVERY_SYSTEM)
            return;
        const auto* const names = dvb_attr_names(static_cast<int>(command));
        if (names == nullptr || names[0] == nullptr) {
            if (number_of(*found))
                given_.push_back(command);
        } else if (named(command, found->value)) {
            put(key, found->value);
            given_.push_back(command);
        } else if (found->value != "4294967295" && found->value != "-1") {
            // (libdvbv5's own way to write that it does not know)
            leave_out(*found);
        }
    }
    bool number_of(const key_value& value) {
        if (value.value == "4294967295" || value.value == "-1")
            return false;
        if (!number(value.value, 0xffff'fffe)) {
            leave_out(value);
            return false;
        }
        put(value.key, value.value);
        return true;
    }
    void transport_stream() {
        const auto* const found = from_.find("TRANSPORT_ID");
        if (found == nullptr)
            return;
        if (number(found->value, 0xffff))
            put("TRANSPORT_ID", found->value);
        else
            leave_out(*found);
    }
    void country() {
        const auto* const found = from_.find("COUNTRY");
        if (found == nullptr || !takes(system_, DTV_COUNTRY_CODE))
            return;
        const std::string letters{found->value};
        if (dvb_country_a2_to_id(letters.c_str()) == COUNTRY_UNKNOWN) {
            leave_out(*found);
            return;
        }
        put("COUNTRY", letters);
        given_.push_back(DTV_COUNTRY_CODE);
    }
    void leave_out(const key_value& value) const {
        reading_.remark(value.line, std::string{shortened(value.key)} + " = " +
                                        as_utf8(shortened(value.value)) +
                                        " has no meaning: left to the frontend to find out.");
    }
    /// What libdvbv5 adds to an entry is not what the list says.
    void forget_defaults(channel& made) const {
        const auto given = [this](std::uint32_t command) {
            return std::find(given_.begin(), given_.end(), command) != given_.end();
        };
        auto& where = made.tuning;
        std::erase_if(where.properties, [&](const auto& property) {
            return property.first < DTV_USER_COMMAND_START && !given(property.first);
        });
        if (!given(DTV_STREAM_ID))
            where.stream_id = -1;
    }

    const section& from_;
    const list_reading& reading_;
    std::string text_ = "[entry]\n";
    std::uint32_t system_ = SYS_UNDEFINED;
    std::uint32_t unit_ = 1;
    std::vector<std::uint32_t> given_;
};

} // namespace

void read_sections(const std::vector<list_line>& lines, const list_reading& reading) {
    for (const auto& section : sections(lines, reading))
        if (auto made = entry_maker{section, reading}.make())
            reading.list.channels.push_back(std::move(*made));
}

} // namespace cihost::device::dvbv5
