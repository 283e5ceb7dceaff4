// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/libdvbv5/list_entry.hpp"

#include "base/unique_fd.hpp"
#include "device/delivery_system.hpp"
#include "device/libdvbv5/parameters.hpp"

#include <libdvbv5/countries.h>
#include <libdvbv5/dvb-v5-std.h>
#include <memory>
#include <sys/mman.h>
#include <unistd.h>

namespace cihost::device::dvbv5 {

namespace {

struct free_file {
    void operator()(dvb_file* file) const noexcept { dvb_file_free(file); }
};
using file_handle = std::unique_ptr<dvb_file, free_file>;

file_handle read_text(const std::string& text, dvb_file_formats format, std::uint32_t system) {
    const unique_fd memory{::memfd_create("cihost channel", MFD_CLOEXEC)};
    if (!memory ||
        ::write(memory.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        return {};
    // it reads files by name alone, and from their beginning
    const auto name = "/proc/self/fd/" + std::to_string(memory.get());
    return file_handle{dvb_read_file_format(name.c_str(), system, format)};
}

polarization polarity(std::uint32_t number) noexcept {
    switch (number) {
    case POLARIZATION_H:
        return polarization::horizontal;
    case POLARIZATION_V:
        return polarization::vertical;
    case POLARIZATION_L:
        return polarization::left;
    case POLARIZATION_R:
        return polarization::right;
    default:
        return polarization::none;
    }
}

void take(tuning& where, std::uint32_t command, std::uint32_t value) {
    // where libdvbv5 has no AUTO for what is missing
    constexpr std::uint32_t missing = 0xffff'ffff;
    if (value == missing || is_automatic(command, value))
        return;
    switch (command) {
    case DTV_DELIVERY_SYSTEM:
        where.system = from_kernel_number(value);
        break;
    case DTV_FREQUENCY:
        where.frequency_hz = value;
        break;
    case DTV_BANDWIDTH_HZ:
        where.bandwidth_hz = value;
        break;
    case DTV_SYMBOL_RATE:
        where.symbol_rate = value;
        break;
    case DTV_POLARIZATION:
        where.polarity = polarity(value);
        break;
    case DTV_STREAM_ID:
        where.stream_id = static_cast<std::int32_t>(value);
        break;
    default:
        where.properties.emplace_back(command, value);
    }
}

} // namespace

std::optional<channel> read_entry(const std::string& text, dvb_file_formats format,
                                  std::uint32_t system) {
    const auto file = read_text(text, format, system);
    const dvb_entry* entry = file ? file->first_entry : nullptr;
    if (entry == nullptr || entry->next != nullptr)
        return {};
    channel found;
    found.program_number = entry->service_id;
    auto& where = found.tuning;
    for (unsigned n = 0; n < entry->n_props; ++n)
        take(where, entry->props[n].cmd, entry->props[n].u.data);
    if (entry->lnb != nullptr)
        where.lnb = entry->lnb;
    where.satellite_number = entry->sat_number;
    if (entry->transport_id != 0)
        where.transport_stream_id = entry->transport_id;
    if (entry->freq_bpf != 0)
        where.properties.emplace_back(DTV_FREQ_BPF, entry->freq_bpf);
    if (entry->diseqc_wait != 0)
        where.properties.emplace_back(DTV_DISEQC_WAIT, entry->diseqc_wait);
    return found;
}

std::uint32_t frequency_unit(std::uint64_t frequency, bool satellite) noexcept {
    // L band to Ka band; VHF to the end of cable
    const std::uint64_t lowest = satellite ? 950'000'000 : 40'000'000;
    const std::uint64_t highest = satellite ? 22'000'000'000 : 2'200'000'000;
    for (const std::uint32_t unit : {1U, 1'000U, 1'000'000U})
        if (frequency * unit >= lowest && frequency * unit <= highest)
            return unit;
    return 0;
}

void complete(tuning& where, const channel_list_settings& settings) {
    if (!is_satellite(where.system))
        return;
    if (where.lnb.empty())
        where.lnb = settings.lnb;
    if (where.satellite_number < 0)
        where.satellite_number = settings.satellite_number;
}

} // namespace cihost::device::dvbv5
