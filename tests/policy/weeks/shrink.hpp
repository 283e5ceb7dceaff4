// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace cihost::test {

/// A short part of `all` that still fails: as long as anything can go, by halves, quarters and so
/// on down to single ones. `fails` is asked `most` times at most.
template<class Item, class Fails>
std::vector<Item> shrink(std::vector<Item> all, const Fails& fails, unsigned most = 2000) {
    for (std::size_t length = std::max<std::size_t>(all.size() / 2, 1); most > 0;) {
        bool went = false;
        // from the end: what is later matters less
        for (auto end = all.size(); end > 0 && most > 0;) {
            const auto begin = end > length ? end - length : 0;
            auto rest = all;
            rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(begin),
                       rest.begin() + static_cast<std::ptrdiff_t>(end));
            --most;
            if (fails(rest)) {
                all = std::move(rest);
                went = true;
            }
            end = begin;
        }
        if (length > 1)
            length /= 2;
        else if (!went)
            break;
    }
    return all;
}

} // namespace cihost::test
