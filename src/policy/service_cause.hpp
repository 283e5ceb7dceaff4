// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

namespace cihost::policy {

/// What keeps a service from being clear, in the order of the way from the antenna to the screen:
/// of several faults at a time the first of these is told.
enum class service_cause {
    /// No receiver and no channel list knows such a service.
    unknown_service,
    /// No receiver is on its multiplex; one could be.
    not_received,
    /// No receiver can be on its multiplex: none is free, none can receive it, or there is none.
    no_receiver,
    /// The receiver's devices cannot be used.
    no_device,
    /// The receiver is tuned to nothing.
    idle,
    /// The tuner finds no signal.
    no_lock,
    /// So much of what is received is damaged that the rest is of no use.
    bad_reception,
    /// This machine loses packets, because it does not read them in time.
    overload,
    /// The multiplex does not tell which services it holds.
    no_pat,
    /// The service is not here, and this is another multiplex (transport_stream_id) than it should
    /// be.
    wrong_multiplex,
    /// The service is not here.
    not_in_multiplex,
    /// The service does not tell what it consists of.
    no_pmt,
    /// It is announced, and nothing of it comes.
    no_packets,
    /// It is scrambled, and its PMT does not say by whom.
    scrambled_without_ca,
    /// Nothing asks for the service.
    not_wanted,
    /// The configuration leaves it scrambled.
    excluded,
    /// Its ECMs do not come.
    no_ecm,
    /// The CI slot cannot be used.
    no_ca_device,
    /// There is no module in the CI slot.
    no_module,
    /// The module comes up.
    starting,
    /// The conversation with the module broke off, and is begun anew.
    restarting,
    /// The module does not answer.
    silent,
    /// The module does not offer to descramble.
    no_ca_support,
    /// No conversation with the module came about, whatever was tried.
    module_failed,
    /// The module knows none of the service's CA systems.
    no_common_ca_system,
    /// The modules that could are asked for as much as they can do.
    over_capacity,
    /// The module will be asked in a moment.
    queued,
    /// The request for the service does not fit through the device.
    too_large,
    /// The module answers that the card is not entitled to the service.
    not_entitled,
    /// The module answers that it does not descramble the service.
    refused,
    /// The module was asked a moment ago.
    requested,
    /// The module shows something that nobody has answered.
    menu_waiting,
    /// All is in place, and yet it is scrambled: mostly the card is not entitled to it.
    scrambled,
    /// It was clear until a moment ago: too short to know why it is not, or whether it stays so.
    scrambled_again,
    /// Clear, but some of it comes out scrambled: the module is late with its keys; or all of it
    /// may be wrong, because no ECMs come any more.
    clear_interrupted,
    /// Clear, but damaged on the way to the tuner, or lost because the machine is too busy.
    clear_damaged,
    clear,
};

/// "unknown_service" …: these stay what they are, scripts rely on them.
const char* name(service_cause cause) noexcept;
/// Whether a viewer has a picture.
constexpr bool is_clear(service_cause cause) { return cause >= service_cause::clear_interrupted; }

} // namespace cihost::policy
