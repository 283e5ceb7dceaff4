// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/bytes.hpp>
#include <cihost/ts/section.hpp>

#include <cstddef>
#include <optional>
#include <vector>

namespace cihost::ts {

/// Gathers the sections of one sub-table (table_id, table_id_extension) until all of a version
/// are there. A table is given once: again only when its *content* changed, whatever its version
/// says; broadcasters do change content without a new version. Sections with
/// current_next_indicator 0 are passed over; a section of another sub-table starts afresh.
/// Short-form sections are tables of one section.
class table_collector {
  public:
    /// All sections in order, once complete and new; valid until the next push().
    std::optional<std::vector<section_view>> push(const section_view& section);
    void reset() noexcept;

  private:
    bool belongs(const section_view& section) const noexcept;

    /// By section_number; empty where none has come yet.
    std::vector<bytes> sections_;
    std::size_t missing_ = 0;
    std::vector<bytes> given_;
};

} // namespace cihost::ts
