// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cihost/bytes.hpp>
#include <cihost/en50221/event.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace cihost::en50221 {

/// The beginning of an object is enough to tell what it was.
inline violation make_violation(std::string what, bytes_view object) {
    const auto head = object.first(std::min(object.size(), violation::max_data));
    return {std::move(what), {head.begin(), head.end()}};
}

/// Thins out the violations of one received block: a module can put thousands of wrong objects
/// into it.
class violation_limit {
  public:
    static constexpr unsigned most = 4;

    /// What to report at once, if anything.
    std::optional<violation> pass(violation what) {
        if (++seen_ < most)
            return what;
        if (last_)
            last_->more += 1 + what.more;
        else
            last_ = std::move(what);
        return std::nullopt;
    }

    /// The block is over: the last to report, if there is one, with the number left out.
    std::optional<violation> end() {
        seen_ = 0;
        return std::exchange(last_, std::nullopt);
    }

  private:
    unsigned seen_ = 0;
    std::optional<violation> last_;
};

} // namespace cihost::en50221
