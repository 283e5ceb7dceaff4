// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "policy/ca_pmt_settings.hpp"

namespace cihost::policy {

/// How a module is told of its services: what is tried in turn when one stays scrambled.
struct ca_pmt_strategy {
    ca_pmt_listing listing = ca_pmt_listing::only_then_add;
    ca_pmt_change change = ca_pmt_change::update;
    ca_pmt_withdrawal withdrawal = ca_pmt_withdrawal::not_selected;
    bool raise_ca_descriptors = false;

    friend bool operator==(const ca_pmt_strategy&, const ca_pmt_strategy&) = default;
};

inline ca_pmt_strategy strategy_of(const ca_pmt_settings& settings) {
    return {settings.listing, settings.change, settings.withdrawal, settings.raise_ca_descriptors};
}

inline void put_strategy(const ca_pmt_strategy& strategy, ca_pmt_settings& settings) {
    settings.listing = strategy.listing;
    settings.change = strategy.change;
    settings.withdrawal = strategy.withdrawal;
    settings.raise_ca_descriptors = strategy.raise_ca_descriptors;
}

} // namespace cihost::policy
