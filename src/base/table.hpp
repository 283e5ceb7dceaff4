// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace cihost {

/// Text in columns, as wide as their widest cell, two spaces apart.
class table {
  public:
    enum class align { left, right };
    struct column {
        std::string heading;
        align side = align::left;
    };
    /// What is shown may hold colours, which take no room.
    struct cell {
        std::string plain;
        std::string shown;

        cell(std::string text)
            : plain{text}
            , shown{std::move(text)} {}
        cell(std::string text, std::string coloured)
            : plain{std::move(text)}
            , shown{std::move(coloured)} {}
    };

    explicit table(std::vector<column> columns);

    /// As many cells as there are columns.
    void add(std::vector<cell> row);
    bool empty() const noexcept { return rows_.empty(); }
    /// Heading and rows, each with a newline, behind `indent` spaces.
    std::string text(std::size_t indent) const;

  private:
    std::string line(const std::vector<cell>& row, std::size_t indent,
                     const std::vector<std::size_t>& widths) const;

    std::vector<column> columns_;
    std::vector<std::vector<cell>> rows_;
};

} // namespace cihost
