// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/delivery_system.hpp"
#include "device/libdvbv5/list_entry.hpp"
#include "device/libdvbv5/list_readers.hpp"

#include <algorithm>
#include <libdvbv5/dvb-v5-std.h>

/// One line a service with colons, as the older scan writes it. Each delivery system has its own
/// fields, and no line says which it is.
namespace cihost::device::dvbv5 {

namespace {

using field_list = std::vector<std::string_view>;

constexpr std::size_t satellite_fields = 7;

std::optional<polarization> polarity_of(std::string_view letter) noexcept {
    if (same_word(letter, "h"))
        return polarization::horizontal;
    if (same_word(letter, "v"))
        return polarization::vertical;
    if (same_word(letter, "l"))
        return polarization::left;
    if (same_word(letter, "r"))
        return polarization::right;
    return {};
}

delivery_system suggested(const field_list& fields) noexcept {
    const auto begins = [&](std::size_t n, std::string_view with) {
        return same_word(fields[n].substr(0, with.size()), with);
    };
    if (fields.size() < 6)
        return delivery_system::unspecified;
    if (begins(2, "INVERSION_")) {
        if (fields.size() >= 13 && begins(3, "BANDWIDTH_"))
            return delivery_system::dvbt;
        return fields.size() >= 9 && number(fields[3]) ? delivery_system::dvbc
                                                       : delivery_system::unspecified;
    }
    // the satellite's own number between polarization and symbol rate is szap's
    if (polarity_of(fields[2]))
        return fields.size() == satellite_fields || fields.size() == satellite_fields + 1
                   ? delivery_system::dvbs
                   : delivery_system::unspecified;
    if (begins(2, "8VSB") || begins(2, "16VSB"))
        return delivery_system::atsc;
    return begins(2, "QAM_") ? delivery_system::dvbc_b : delivery_system::unspecified;
}

/// libdvbv5 has one line format for each of these.
std::uint32_t line_format(delivery_system system) noexcept {
    switch (system) {
    case delivery_system::dvbt:
    case delivery_system::dvbt2:
    case delivery_system::isdbt:
        return SYS_DVBT;
    case delivery_system::dvbs:
    case delivery_system::dvbs2:
        return SYS_DVBS;
    case delivery_system::dvbc:
        return SYS_DVBC_ANNEX_A;
    case delivery_system::atsc:
    case delivery_system::dvbc_b:
        return SYS_ATSC;
    case delivery_system::unspecified:
        break;
    }
    return SYS_UNDEFINED;
}

const dvb_parse_struct* find_format(std::uint32_t system) noexcept {
    const dvb_parse_struct* format = channel_file_zap_format.formats;
    while (format->delsys != 0 && format->delsys != system)
        ++format;
    return format->delsys != 0 ? format : nullptr;
}

bool is_named(const dvb_parse_table& table, std::string_view word) noexcept {
    for (unsigned n = 0; n < table.size; ++n)
        if (table.table[n] != nullptr && same_word(table.table[n], word))
            return true;
    return false;
}

class line_maker {
  public:
    line_maker(const list_line& line, const list_reading& reading)
        : line_{line}
        , reading_{reading}
        , fields_{dvbv5::fields(line.text, ':')} {}

    std::optional<channel> make() {
        const auto by_fields = suggested(fields_);
        const auto format = line_format(by_fields);
        if (format == SYS_UNDEFINED)
            return pass_over("fits no delivery system's fields");
        const auto asked = reading_.settings.system;
        if (asked != delivery_system::unspecified && line_format(asked) != format)
            return pass_over(std::string{"has the fields of "} + device::name(by_fields) +
                             ", not of " + device::name(asked));
        const auto name = as_utf8(fields_.front());
        if (name.empty())
            return pass_over("has no name");
        const bool satellite = format == SYS_DVBS;
        const auto input = satellite ? take_satellite_number() : std::optional<int>{-1};
        if (!input)
            return pass_over("names a switch input that there is not");
        const auto text = checked(*find_format(format));
        if (!text)
            return {};
        auto made = read_entry(*text, FILE_ZAP, format);
        if (!made)
            return pass_over("cannot be read by libdvbv5");

        made->name = name;
        auto& where = made->tuning;
        if (asked != delivery_system::unspecified)
            where.system = asked;
        // files have MHz, kHz and Hz, by the program that wrote them
        where.frequency_hz *= frequency_unit(where.frequency_hz, satellite);
        where.satellite_number = *input;
        // which libdvbv5 always reads as "off"
        where.polarity = satellite ? *polarity_of(fields_[2]) : polarization::none;
        std::erase_if(where.properties, [&](const auto& property) {
            return !is_field(*find_format(format), property.first);
        });
        where.stream_id = -1;
        complete(where, reading_.settings);
        return made;
    }

  private:
    std::optional<channel> pass_over(const std::string& why) const {
        reading_.remark(line_.number, "the line " + why + ": passed over.");
        return {};
    }
    /// Of szap's eight fields; libdvbv5 knows seven. -1: not given; none: out of range.
    std::optional<int> take_satellite_number() {
        if (fields_.size() == satellite_fields)
            return -1;
        const auto value = number(fields_[3], 63);
        if (!value)
            return {};
        fields_.erase(fields_.begin() + 3);
        return static_cast<int>(*value);
    }
    static bool is_field(const dvb_parse_struct& format, std::uint32_t command) noexcept {
        return std::any_of(format.table, format.table + format.size,
                           [command](const auto& field) { return field.prop == command; });
    }
    /// The line again, with nothing in it that libdvbv5 stumbles over.
    std::optional<std::string> checked(const dvb_parse_struct& format) const {
        std::string text = "name";
        for (unsigned n = 1; n < format.size; ++n) {
            const auto& field = format.table[n];
            const auto given = fields_[n];
            text += ':';
            if (field.prop == DTV_VIDEO_PID || field.prop == DTV_AUDIO_PID) {
                text += '0'; // the PMT says them, and files have lists there
                continue;
            }
            if (field.table != nullptr ? !is_named(field, given) : !fits(field, given)) {
                pass_over("has \"" + as_utf8(given.substr(0, 60)) + "\" for " +
                          dvb_cmd_name(static_cast<int>(field.prop)));
                return {};
            }
            text += given;
        }
        return text + "\n";
    }
    bool fits(const dvb_parse_table& field, std::string_view given) const {
        const auto value = number(given);
        if (!value)
            return false;
        switch (field.prop) {
        case DTV_SERVICE_ID:
            return *value != 0 && *value <= 0xffff;
        case DTV_FREQUENCY:
            return frequency_unit(*value, polarity_of(fields_[2]).has_value()) != 0;
        case DTV_SYMBOL_RATE: // of satellites in thousands
            return *value < (field.mult_factor != 0 ? 100'000U : 100'000'000U);
        default:
            return true;
        }
    }

    const list_line& line_;
    const list_reading& reading_;
    field_list fields_;
};

} // namespace

void read_zap(const std::vector<list_line>& lines, const list_reading& reading) {
    for (const auto& line : lines)
        if (auto made = line_maker{line, reading}.make())
            reading.list.channels.push_back(std::move(*made));
}

} // namespace cihost::device::dvbv5
