// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ts/table_collector.hpp"

#include <algorithm>
#include <utility>

namespace cihost::ts {
namespace {

/// Everything but version_number and the CRC_32 that depends on it.
bool same_content(const section_view& a, const section_view& b) noexcept {
    return a.table_id() == b.table_id() && a.long_form() == b.long_form() &&
           a.table_id_extension() == b.table_id_extension() &&
           a.section_number() == b.section_number() &&
           a.last_section_number() == b.last_section_number() &&
           std::ranges::equal(a.payload(), b.payload());
}

} // namespace

std::optional<std::vector<section_view>> table_collector::push(const section_view& section) {
    const std::size_t number = section.section_number();
    const std::size_t count = section.last_section_number() + std::size_t{1};
    if (!section.current_next() || number >= count)
        return std::nullopt;

    if (!belongs(section)) {
        sections_.assign(count, {});
        missing_ = count;
    }
    if (!sections_[number].empty()) // and not other, or it would not belong
        return std::nullopt;
    sections_[number].assign(section.data().begin(), section.data().end());
    if (--missing_ > 0)
        return std::nullopt;

    const bool known = std::ranges::equal(given_, sections_, [](const bytes& a, const bytes& b) {
        return same_content(section_view{a}, section_view{b});
    });
    if (known)
        return std::nullopt;
    given_ = sections_;
    std::vector<section_view> table;
    for (const auto& one : given_)
        table.push_back(section_view{one});
    return table;
}

/// Can it stand beside what has been gathered? A section that comes again with other bytes cannot:
/// the table changed under its version.
bool table_collector::belongs(const section_view& section) const noexcept {
    if (sections_.size() != section.last_section_number() + std::size_t{1})
        return false;
    const auto& same_number = sections_[section.section_number()];
    if (!same_number.empty())
        return std::ranges::equal(same_number, section.data());
    const auto any = std::ranges::find_if(sections_, [](const bytes& one) { return !one.empty(); });
    const section_view other{*any};
    return other.table_id() == section.table_id() && other.long_form() == section.long_form() &&
           other.table_id_extension() == section.table_id_extension() &&
           other.version() == section.version();
}

void table_collector::reset() noexcept {
    sections_.clear();
    missing_ = 0;
    given_.clear();
}

} // namespace cihost::ts
