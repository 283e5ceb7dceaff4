// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/modulation.hpp"

#include <linux/dvb/frontend.h>

namespace cihost::device {

const std::array<std::pair<std::string_view, std::uint32_t>, 9>& modulations() noexcept {
    static constexpr std::array<std::pair<std::string_view, std::uint32_t>, 9> words{
        {{"QPSK", QPSK},
         {"8PSK", PSK_8},
         {"16APSK", APSK_16},
         {"32APSK", APSK_32},
         {"QAM16", QAM_16},
         {"QAM32", QAM_32},
         {"QAM64", QAM_64},
         {"QAM128", QAM_128},
         {"QAM256", QAM_256}}};
    return words;
}

std::uint32_t modulation_property() noexcept { return DTV_MODULATION; }

} // namespace cihost::device
