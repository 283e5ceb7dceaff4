// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/receiver_set.hpp"
#include "daemon/service_finder.hpp"
#include "runtime/receiver.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cihost::daemon {

/// Finds out why a service is not clear, whether anybody asks for it or not: by the receiver that
/// has it, or would; else by the channel list, and by what would become of it. Changes nothing.
class service_inquiry {
  public:
    /// Both must outlive this object.
    service_inquiry(receiver_set& receivers, service_finder& finder)
        : receivers_{receivers}
        , finder_{finder} {}

    struct answer {
        /// 0: not known.
        std::uint16_t program_number = 0;
        /// As broadcast or listed; as it was asked for if neither is known.
        std::string name;
        /// Nothing: no receiver is on its multiplex.
        std::optional<std::string> receiver;
        runtime::service_verdict verdict;
    };
    /// Throws rpc_error: not_found when several services are meant, or there is no such receiver.
    answer ask(const service_ref& service, const std::optional<std::string>& receiver);

  private:
    struct candidate {
        const receiver_set::member* where = nullptr;
        std::uint16_t program_number = 0;
        std::string name;
        int rank = 0;
    };
    using members = std::vector<receiver_set::member*>;

    static std::vector<candidate> candidates(const service_ref& service, const members& asked);
    answer by_receiver(const candidate& here, const std::optional<std::string>& receiver);
    std::optional<answer> by_multiplex(const std::vector<const device::channel*>& listed,
                                       const members& asked) const;
    answer by_list(const service_ref& service, const std::vector<const device::channel*>& listed,
                   const std::optional<std::string>& receiver);
    answer unknown(const service_ref& service, const members& asked) const;
    void add_outlook(answer& found, const service_plan::request& wanted);

    receiver_set& receivers_;
    service_finder& finder_;
};

} // namespace cihost::daemon
