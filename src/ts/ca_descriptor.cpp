// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/cursor.hpp"

#include <cihost/ts/ca_descriptor.hpp>

#include <algorithm>
#include <iterator>

namespace cihost::ts {
namespace {

struct system_range {
    std::uint16_t first;
    std::uint16_t last;
    const char* name;
};

/// DVB Services register, as far as received; ascending and without overlap.
constexpr system_range systems[] = {
    {0x0100, 0x01FF, "Seca Mediaguard"},
    {0x0200, 0x02FF, "CCETT"},
    {0x0300, 0x03FF, "Kabel Deutschland"},
    {0x0400, 0x04FF, "Eurodec"},
    {0x0500, 0x05FF, "Viaccess"},
    {0x0600, 0x06FF, "Irdeto"},
    {0x0700, 0x07FF, "Jerrold"},
    {0x0800, 0x08FF, "Matra"},
    {0x0900, 0x09FF, "Videoguard"},
    {0x0A00, 0x0AFF, "Nokia"},
    {0x0B00, 0x0BFF, "Conax"},
    {0x0C00, 0x0CFF, "NTL"},
    {0x0D00, 0x0DFF, "CryptoWorks"},
    {0x0E00, 0x0EFF, "PowerVu"},
    {0x0F00, 0x0FFF, "Sony"},
    {0x1000, 0x10FF, "Tandberg"},
    {0x1100, 0x11FF, "Thomson"},
    {0x1200, 0x12FF, "TV/Com"},
    {0x1300, 0x13FF, "HPT"},
    {0x1400, 0x14FF, "HRT"},
    {0x1500, 0x15FF, "IBM"},
    {0x1600, 0x16FF, "Nera"},
    {0x1700, 0x17FF, "BetaCrypt"},
    {0x1800, 0x18FF, "Nagravision"},
    {0x1900, 0x19FF, "Titan"},
    {0x1E00, 0x1E07, "Alticast"},
    {0x1EA0, 0x1EA0, "Monacrypt"},
    {0x2000, 0x20FF, "Telefonica"},
    {0x2100, 0x21FF, "Stentor"},
    {0x2200, 0x22FF, "Scopus"},
    {0x2300, 0x23FF, "BARCO"},
    {0x2400, 0x24FF, "StarGuide"},
    {0x2500, 0x25FF, "Mentor"},
    {0x2600, 0x26FF, "BISS"},
    {0x2700, 0x270F, "PolyCipher"},
    {0x2710, 0x2711, "DRE-Crypt"},
    {0x4347, 0x4347, "Crypton"},
    {0x4700, 0x47FF, "General Instrument"},
    {0x4800, 0x48FF, "Telemann"},
    {0x4900, 0x49FF, "CryptoWorks"},
    {0x4A10, 0x4A1F, "Easycas"},
    {0x4A20, 0x4A2F, "AlphaCrypt"},
    {0x4A30, 0x4A3F, "DVN"},
    {0x4A40, 0x4A4F, "ADT"},
    {0x4A60, 0x4A6F, "@Sky"},
    {0x4A70, 0x4A7F, "Dreamcrypt"},
    {0x4A80, 0x4A8F, "THALESCrypt"},
    {0x4AA0, 0x4AAF, "SIDSA"},
    {0x4AB0, 0x4ABF, "Compunicate"},
    {0x4AC0, 0x4ACF, "Latens"},
    {0x4AD0, 0x4AD1, "XCrypt"},
    {0x4AD2, 0x4AD3, "StreamGuard"},
    {0x4AD4, 0x4AD5, "Widevine"},
    {0x4ADD, 0x4ADD, "ATSC SRM"},
    {0x4AE0, 0x4AE1, "DRE-Crypt"},
    {0x4AE2, 0x4AE3, "Microsoft"},
    {0x4AEA, 0x4AEA, "Cryptoguard"},
    {0x4AEE, 0x4AEE, "Bulcrypt"},
    {0x4AF4, 0x4AF4, "Marlin"},
    {0x4AF6, 0x4AF6, "Tongfang"},
    {0x4AF8, 0x4AF8, "Griffin"},
    {0x4AFC, 0x4AFC, "Panaccess"},
    {0x4B00, 0x4B02, "Tongfang"},
    {0x5347, 0x5347, "GkWare"},
    {0x5500, 0x551F, "Griffin"},
    {0x5581, 0x5581, "Bulcrypt"},
    {0x5601, 0x5604, "Verimatrix"},
    {0x7BE0, 0x7BE1, "DRE-Crypt"},
};

static_assert(std::ranges::is_sorted(systems, {}, &system_range::first));

bool is_seca(std::uint16_t ca_system_id) noexcept { return ca_system_id >> 8 == 0x01; }

} // namespace

result<ca_descriptor> parse_ca_descriptor(const descriptor& d) {
    if (d.tag != ca_descriptor::tag)
        return errc::wrong_tag;
    cursor c{d.body};
    ca_descriptor ca;
    ca.ca_system_id = c.u16();
    ca.ca_pid = c.pid();
    if (!c.ok())
        return errc::truncated;
    ca.private_data.assign(c.rest().begin(), c.rest().end());
    return ca;
}

std::vector<ca_descriptor> ca_descriptors(const descriptor_list& loop) {
    std::vector<ca_descriptor> found;
    for (const auto& d : loop)
        if (auto ca = parse_ca_descriptor(d))
            found.push_back(std::move(*ca));
    return found;
}

bool names_pid(const ca_descriptor& d) noexcept {
    return d.ca_pid != pid_pat && d.ca_pid != pid_null;
}

std::vector<pid_t> emm_pids(const ca_descriptor& d) {
    std::vector<pid_t> pids;
    const auto add = [&](pid_t pid) {
        if (pid != pid_pat && pid != pid_null && std::ranges::find(pids, pid) == pids.end())
            pids.push_back(pid);
    };
    add(d.ca_pid);
    if (is_seca(d.ca_system_id)) {
        // The count is not asked: one EMM PID too many costs less than one too few.
        cursor c{d.private_data};
        c.u8();
        while (c.left() >= 2) {
            add(c.pid());
            c.skip(2);
        }
    }
    return pids;
}

const char* ca_system_name(std::uint16_t ca_system_id) noexcept {
    const auto after = std::ranges::upper_bound(systems, ca_system_id, {}, &system_range::first);
    if (after == std::begin(systems))
        return "";
    const auto& range = *std::prev(after);
    return ca_system_id <= range.last ? range.name : "";
}

} // namespace cihost::ts
