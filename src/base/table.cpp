// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/table.hpp"

#include "base/printable.hpp"

#include <algorithm>

namespace cihost {

table::table(std::vector<column> columns)
    : columns_{std::move(columns)} {}

void table::add(std::vector<cell> row) { rows_.push_back(std::move(row)); }

std::string table::text(std::size_t indent) const {
    std::vector<cell> headings;
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        headings.emplace_back(columns_[i].heading);
        widths.push_back(width(columns_[i].heading));
        for (const auto& row : rows_)
            widths[i] = std::max(widths[i], width(row[i].plain));
    }
    auto all = line(headings, indent, widths);
    for (const auto& row : rows_)
        all += line(row, indent, widths);
    return all;
}

std::string table::line(const std::vector<cell>& row, std::size_t indent,
                        const std::vector<std::size_t>& widths) const {
    std::string text(indent, ' ');
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        const std::string padding(widths[i] - width(row[i].plain), ' ');
        text += i == 0 ? "" : "  ";
        text += columns_[i].side == align::right ? padding + row[i].shown : row[i].shown + padding;
    }
    while (!text.empty() && text.back() == ' ')
        text.pop_back();
    return text + "\n";
}

} // namespace cihost
