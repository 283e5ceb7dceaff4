// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/personality/behaviour_reader.hpp"
#include "sim/personality/personality.hpp"
#include "sim/personality/table_reader.hpp"

#include <fstream>
#include <sstream>

namespace cihost::sim {
namespace {

constexpr std::int64_t u16_max = 0xFFFF;

/// "broadcast", or a CA system id.
table_reader::element_reader system_into(std::vector<std::uint16_t>& list,
                                         std::uint16_t broadcast_system) {
    return [&list, broadcast_system](const toml::node& element) -> std::string {
        if (const auto* word = element.as_string(); word != nullptr && word->get() == "broadcast")
            list.push_back(broadcast_system);
        else if (const auto* number = element.as_integer();
                 number != nullptr && number->get() >= 0 && number->get() <= u16_max)
            list.push_back(static_cast<std::uint16_t>(number->get()));
        else
            return "has to hold CA system ids up to 0xFFFF, or \"broadcast\" for the head-end's";
        return {};
    };
}

void read_module(table_reader in, cam_settings& module, std::uint16_t broadcast_system) {
    in.text("name", module.name);
    in.number("manufacturer", module.manufacturer, 0, u16_max);
    in.number("code", module.manufacturer_code, 0, u16_max);
    module.ca_system_ids = {broadcast_system};
    if (in.has("ca_systems"))
        module.ca_system_ids.clear();
    in.list("ca_systems", system_into(module.ca_system_ids, broadcast_system));
    in.list("further_ca_systems", [&](const toml::node& element) -> std::string {
        const auto* inner = element.as_array();
        if (inner == nullptr)
            return "has to hold a list for each further session";
        auto& list = module.further_ca_system_ids.emplace_back();
        for (const auto& id : *inner)
            if (auto what = system_into(list, broadcast_system)(id); !what.empty())
                return what;
        return {};
    });
    in.time("boot_ms", module.boot_time);
    in.time("think_ms", module.think_time);
    in.time("ecm_ms", module.ecm_time);
    in.finish();
}

std::string stem_of(std::string_view file) {
    auto name = file.substr(file.find_last_of('/') + 1);
    for (const std::string_view ending : {".toml", ".cam"})
        if (name.ends_with(ending))
            name.remove_suffix(ending.size());
    return std::string(name);
}

} // namespace

personality_outcome read_personality(std::string_view text, std::string_view file,
                                     std::uint16_t broadcast_system) {
    personality_outcome out;
    out.value.name = stem_of(file);
    try {
        const auto root = toml::parse(text, file);
        table_reader in{&root, "", file, out.problems};
        in.text("description", out.value.description);
        if (out.value.description.empty())
            in.reject("description", "has to be there: a sentence on what is special");
        in.text("host_profile", out.value.host_profile);
        read_module({in.table("module"), "module", file, out.problems}, out.value.module,
                    broadcast_system);
        read_behaviour(in, file, out.problems, out.value.module.behaviour);
        in.finish();
    } catch (const toml::parse_error& e) {
        out.problems.push_back(std::string(file) + ":" + std::to_string(e.source().begin.line) +
                               ": this is not TOML: " + std::string(e.description()));
    }
    return out;
}

personality_outcome load_personality(const std::string& name_or_file,
                                     std::uint16_t broadcast_system) {
    if (name_or_file.find('/') != std::string::npos || name_or_file.ends_with(".toml")) {
        std::ifstream in{name_or_file, std::ios::binary};
        std::ostringstream text;
        if (!in || !(text << in.rdbuf())) {
            personality_outcome out;
            out.problems.push_back(name_or_file + " cannot be read");
            return out;
        }
        return read_personality(text.str(), name_or_file, broadcast_system);
    }
    for (const auto& made : ready_made_personalities())
        if (made.name == name_or_file)
            return read_personality(made.text, std::string(made.name) + ".cam.toml",
                                    broadcast_system);
    personality_outcome out;
    std::string known;
    for (const auto& made : ready_made_personalities())
        known.append(known.empty() ? "" : ", ").append(made.name);
    out.problems.push_back("there is no CAM '" + name_or_file + "'; there are: " + known +
                           ". A file ends in .toml");
    return out;
}

} // namespace cihost::sim
