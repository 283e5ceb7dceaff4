// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/bytes.hpp>
#include <cihost/ts/section.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace cihost::ts {

/// Gathers the sections of one sub-table (table_id, table_id_extension) until all of a version
/// are there. A table is given once: again only when its *content* changed, whatever its version
/// says; broadcasters do change content without a new version. Sections with
/// current_next_indicator 0 are passed over.
class table_collector {
  public:
    /// All sections in order, once complete and new; valid until the next push().
    std::optional<std::vector<section_view>> push(const section_view& section);
    void reset() noexcept;

  private:
    std::vector<bytes> sections_;
    std::vector<bytes> given_;
    int version_ = -1;
    std::uint8_t table_id_ = 0;
    std::uint16_t extension_ = 0;
    bool started_ = false;
};

} // namespace cihost::ts
