// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/service_lookup.hpp"

#include <algorithm>
#include <string_view>

namespace cihost::daemon {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

template<class Predicate>
std::vector<const runtime::service_report*>
select(std::span<const runtime::service_report> services, Predicate matches) {
    std::vector<const runtime::service_report*> found;
    for (const auto& service : services)
        if (matches(service))
            found.push_back(&service);
    return found;
}

} // namespace

bool same_but_for_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

std::vector<const runtime::service_report*>
find_services(std::span<const runtime::service_report> services, const service_ref& wanted) {
    if (const auto* number = std::get_if<std::uint16_t>(&wanted))
        return select(services, [&](const auto& s) { return s.program_number == *number; });
    const auto& name = std::get<std::string>(wanted);
    auto found = select(services, [&](const auto& s) { return s.name == name; });
    if (found.empty())
        found = select(services, [&](const auto& s) { return same_but_for_case(s.name, name); });
    return found;
}

} // namespace cihost::daemon
