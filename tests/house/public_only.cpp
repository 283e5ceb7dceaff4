// SPDX-License-Identifier: LGPL-2.1-or-later
/// Uses the library as a stranger would: public headers, public symbols.

#include <cihost/en50221/slot.hpp>
#include <cihost/version.hpp>

#include <chrono>
#include <cstdio>

int main() {
    cihost::en50221::slot slot;
    slot.set_time(std::chrono::sys_seconds{}, std::chrono::minutes{0}, cihost::time_point{});
    slot.start(cihost::time_point{});
    const auto first = slot.next_write();
    // [tcid] Create_T_C
    const bool ok = first && first->size() == 4 && (*first)[1] == 0x82;
    std::printf("libcihost %.*s: %s\n", static_cast<int>(cihost::version().size()),
                cihost::version().data(), ok ? "ok" : "no Create_T_C");
    return ok ? 0 : 1;
}
