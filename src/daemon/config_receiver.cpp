// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/config_receiver.hpp"

#include "daemon/frequency.hpp"
#include "device/delivery_system.hpp"
#include "device/modulation.hpp"
#include "device/receiver_name.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>
#include <string_view>
#include <utility>

namespace cihost::daemon {
namespace {

namespace fs = std::filesystem;
using device::delivery_system;
using device::is_satellite;
using device::polarization;

constexpr std::string_view allowed_device =
    "\"adapter0\", \"adapter0/frontend1\", the same behind \"/dev/dvb/\", or \"virtual:DIR\", the "
    "folder of a cihost-sim receiver";
constexpr std::string_view allowed_frequency =
    "1 MHz to 100 GHz, in Hz (474000000) or with a unit (\"474 MHz\")";
constexpr std::string_view allowed_bandwidth =
    "1 MHz to 20 MHz, in Hz (8000000) or with a unit (\"8 MHz\")";
constexpr std::string_view allowed_symbol_rate = "1000000 to 100000000 (symbols a second)";
constexpr std::string_view allowed_node = "the node's path, or its name in the adapter's folder";
constexpr std::string_view allowed_lnb =
    "a name that libdvbv5 knows, such as \"UNIVERSAL\", or \"none\"";
constexpr std::string_view allowed_satellite = "0 to 255, the input of the DiSEqC switch";

/// A word of a list, in any case.
template<class Value, std::size_t N>
std::optional<Value> choose(config_reader& r, const toml::table& table, std::string_view key,
                            const std::array<std::pair<std::string_view, Value>, N>& words) {
    std::string allowed;
    for (const auto& [word, value] : words)
        allowed += (allowed.empty() ? "\"" : ", \"") + std::string(word) + "\"";
    const auto text = r.text(key, allowed);
    if (!text)
        return std::nullopt;
    const auto same = [&](std::string_view word) {
        return std::ranges::equal(*text, word, [](unsigned char a, unsigned char b) {
            return std::tolower(a) == std::tolower(b);
        });
    };
    for (const auto& [word, value] : words)
        if (same(word))
            return value;
    r.reject(*table.get(key), key, "is '" + *text + "'.", allowed);
    return std::nullopt;
}

std::optional<delivery_system> read_delivery(config_reader& r, const toml::table& table) {
    static constexpr std::array<std::pair<std::string_view, delivery_system>, 8> words{
        {{"DVB-T", delivery_system::dvbt},
         {"DVB-T2", delivery_system::dvbt2},
         {"DVB-C", delivery_system::dvbc},
         {"DVB-S", delivery_system::dvbs},
         {"DVB-S2", delivery_system::dvbs2},
         {"ISDB-T", delivery_system::isdbt},
         {"ATSC", delivery_system::atsc},
         {"DVB-C/B", delivery_system::dvbc_b}}};
    return choose(r, table, "delivery", words);
}

std::optional<std::uint64_t> read_hz(config_reader& r, std::string_view key, std::uint64_t least,
                                     std::uint64_t most, std::string_view allowed) {
    const auto* node = r.find(key);
    if (node == nullptr)
        return std::nullopt;
    std::optional<std::uint64_t> hz;
    if (const auto* number = node->as_integer()) {
        if (number->get() >= 0)
            hz = static_cast<std::uint64_t>(number->get());
    } else if (const auto* text = node->as_string()) {
        hz = parse_frequency(text->get());
    } else {
        r.reject(*node, key, type_sentence(*node), allowed);
        return std::nullopt;
    }
    if (hz && *hz >= least && *hz <= most)
        return hz;
    // catches MHz and kHz written without their unit
    r.reject(*node, key,
             hz ? "is " + std::to_string(*hz) + " Hz, which no broadcast uses."
                : "is not a frequency.",
             allowed);
    return std::nullopt;
}

void read_nodes(config_reader& r, receiver_config& value) {
    const auto folder = value.nodes ? value.nodes->frontend.parent_path() : fs::path{};
    const auto read = [&](std::string_view key, fs::path device::linux_nodes::*member) {
        const auto* const node = r.find(key);
        const auto text = node ? r.text(key, allowed_node) : std::nullopt;
        if (!text)
            return;
        if (!value.nodes)
            return r.reject(*node, key, "needs a device of the kernel.",
                            "device = \"adapter0\" beside it");
        const bool none = member == &device::linux_nodes::ca && *text == "none";
        (*value.nodes).*member = none ? fs::path{} : (folder / *text).lexically_normal();
    };
    read("frontend", &device::linux_nodes::frontend);
    read("demux", &device::linux_nodes::demux);
    read("dvr", &device::linux_nodes::dvr);
    read("ca", &device::linux_nodes::ca);
}

void read_details(config_reader& r, const toml::table& table, device::tuning& where) {
    static constexpr std::array<std::pair<std::string_view, polarization>, 8> polarities{
        {{"h", polarization::horizontal},
         {"v", polarization::vertical},
         {"l", polarization::left},
         {"r", polarization::right},
         {"horizontal", polarization::horizontal},
         {"vertical", polarization::vertical},
         {"left", polarization::left},
         {"right", polarization::right}}};
    where.system = read_delivery(r, table).value_or(delivery_system::unspecified);
    if (const auto hz = read_hz(r, "bandwidth", 1'000'000, 20'000'000, allowed_bandwidth))
        where.bandwidth_hz = static_cast<std::uint32_t>(*hz);
    if (const auto rate = r.integer("symbol_rate", 1'000'000, 100'000'000, allowed_symbol_rate))
        where.symbol_rate = static_cast<std::uint32_t>(*rate);
    where.polarity = choose(r, table, "polarization", polarities).value_or(polarization::none);
    if (is_satellite(where.system))
        where.lnb = "UNIVERSAL";
    if (const auto lnb = r.text("lnb", allowed_lnb))
        where.lnb = *lnb == "none" ? "" : *lnb;
    if (const auto input = r.integer("satellite", 0, 255, allowed_satellite))
        where.satellite_number = static_cast<int>(*input);
    if (const auto id = r.integer("stream_id", 0, std::numeric_limits<std::int32_t>::max(),
                                  "0 to 2147483647: input stream (DVB-S2) or PLP (DVB-T2)"))
        where.stream_id = static_cast<std::int32_t>(*id);
    if (const auto id = r.integer("transport_stream_id", 0, 0xFFFF, "0 to 65535, of its PAT"))
        where.transport_stream_id = static_cast<std::uint16_t>(*id);
    if (const auto modulation = choose(r, table, "modulation", device::modulations()))
        where.properties.emplace_back(device::modulation_property(), *modulation);
}

/// What the delivery system cannot do without.
void require_details(config_reader& r, const receiver_config& value, const device::tuning& where,
                     const toml::table& table) {
    if (value.nodes && table.get("delivery") == nullptr)
        r.missing("delivery", "\"DVB-T\", \"DVB-T2\", \"DVB-C\", \"DVB-S\", \"DVB-S2\" and others: "
                              "a frequency alone does not say how to receive it");
    const bool satellite = is_satellite(where.system);
    if ((satellite || where.system == delivery_system::dvbc) && table.get("symbol_rate") == nullptr)
        r.missing("symbol_rate", allowed_symbol_rate);
    if (satellite && table.get("polarization") == nullptr)
        r.missing("polarization", "\"h\", \"v\", \"l\", \"r\"");
}

} // namespace

void read_devices(config_reader& r, const fs::path& folder, receiver_config& value) {
    static constexpr std::string_view scheme = "virtual:";
    const auto* const node = r.find("device");
    if (node == nullptr) {
        r.missing("device", allowed_device);
    } else if (const auto device = r.text("device", allowed_device)) {
        if (device->starts_with(scheme) && device->size() > scheme.size())
            value.virtual_device = (folder / device->substr(scheme.size())).lexically_normal();
        else if (value.nodes = device::nodes_named(*device); !value.nodes)
            r.reject(*node, "device", "is '" + *device + "'.", allowed_device);
    }
    read_nodes(r, value);
    value.full_multiplex = r.flag("full_multiplex");
}

void read_tuning(config_reader& r, const toml::table& table, bool listed, receiver_config& value) {
    device::tuning where;
    const auto hz = read_hz(r, "frequency", 1'000'000, 100'000'000'000, allowed_frequency);
    read_details(r, table, where);
    value.channel = r.text("channel", "the name of a channel of the list");
    const bool with_frequency = table.get("frequency") != nullptr;
    if (value.channel && with_frequency)
        return r.reject(*table.get("channel"), "channel", "is there beside 'frequency'.",
                        "one of both");
    if (value.channel && !listed)
        return r.reject(*table.get("channel"), "channel", "needs a channel list.",
                        "[channels] with file = \"…\"");
    if (with_frequency) {
        require_details(r, value, where, table);
        where.frequency_hz = hz.value_or(0);
        value.tuning = where;
        return;
    }
    for (const auto* const key : {"delivery", "bandwidth", "symbol_rate", "polarization", "lnb",
                                  "satellite", "stream_id", "transport_stream_id", "modulation"})
        if (const auto* const node = table.get(key))
            r.reject(*node, key, "says nothing without 'frequency'.", "frequency beside it");
    if (!value.channel && !listed)
        r.missing("frequency", allowed_frequency);
}

void read_channels(config_reader& r, const toml::table& table, const fs::path& folder,
                   channels_config& value) {
    using device::channel_format;
    static constexpr std::array<std::pair<std::string_view, channel_format>, 2> formats{
        {{"dvbv5", channel_format::dvbv5}, {"zap", channel_format::zap}}};
    static constexpr std::string_view allowed_file = "the path of a channel list, in quotes";
    if (const auto file = r.text("file", allowed_file))
        value.file = (folder / *file).lexically_normal();
    else if (table.get("file") == nullptr)
        r.missing("file", allowed_file);
    value.settings.format = choose(r, table, "format", formats).value_or(channel_format::automatic);
    value.settings.system = read_delivery(r, table).value_or(delivery_system::unspecified);
    if (const auto lnb = r.text("lnb", allowed_lnb))
        value.settings.lnb = *lnb == "none" ? "" : *lnb;
    if (const auto input = r.integer("satellite", 0, 255, allowed_satellite))
        value.settings.satellite_number = static_cast<int>(*input);
}

} // namespace cihost::daemon
