// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "policy/service_cause.hpp"
#include "policy/service_facts.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cihost::policy {

/// Why a service is clear, or not.
struct diagnosis {
    /// A figure behind it: "CA systems of the service", "4AFE".
    struct evidence {
        std::string what;
        std::string value;

        friend bool operator==(const evidence&, const evidence&) = default;
    };

    service_cause cause = service_cause::clear;
    /// For a viewer.
    std::string sentence;
};

/// Pure: the same facts have the same diagnosis. Of several faults it is the one nearest to the
/// antenna, because nothing behind it can be mended before.
diagnosis diagnose(const service_facts& facts);

/// What somebody can do about it, a sentence or two; empty: nothing, or wait.
std::string remedy_for(service_cause cause, const service_facts& facts = {});

/// About a transport_stream_id that is not the expected one, a sentence; empty: it is, or nobody
/// knows.
std::string remark_on_multiplex(std::optional<std::uint16_t> found,
                                std::optional<std::uint16_t> expected);

/// All that is known along the way of the service, in its order.
std::vector<diagnosis::evidence> evidence_of(const service_facts& facts);

} // namespace cihost::policy
