// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/recovery_step.hpp"

namespace cihost::policy {

const char* name(recovery_step step) noexcept {
    switch (step) {
    case recovery_step::resend:
        return "resend";
    case recovery_step::add_again:
        return "add_again";
    case recovery_step::programme_level:
        return "programme_level";
    case recovery_step::few_streams:
        return "few_streams";
    case recovery_step::whole_list:
        return "whole_list";
    case recovery_step::one_at_a_time:
        return "one_at_a_time";
    case recovery_step::reconnect:
        return "reconnect";
    case recovery_step::reset:
        return "reset";
    case recovery_step::slow_start:
        return "slow_start";
    }
    return "";
}

const char* describe(recovery_step step) noexcept {
    switch (step) {
    case recovery_step::resend:
        return "asking the module once more";
    case recovery_step::add_again:
        return "taking it off the module's list and adding it again";
    case recovery_step::programme_level:
        return "its CA descriptors on programme level";
    case recovery_step::few_streams:
        return "asking for video, audio and subtitles alone";
    case recovery_step::whole_list:
        return "giving the module its whole list";
    case recovery_step::one_at_a_time:
        return "asking the module for this service alone";
    case recovery_step::reconnect:
        return "a fresh connection to the module";
    case recovery_step::reset:
        return "a reset of the module";
    case recovery_step::slow_start:
        return "a reset of the module, and time for it to settle";
    }
    return "";
}

} // namespace cihost::policy
