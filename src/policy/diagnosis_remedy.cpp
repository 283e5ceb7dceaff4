// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/diagnosis.hpp"

#include <algorithm>
#include <string>

namespace cihost::policy {
namespace {

/// With the place, if a module is known to show something: others may do so too.
std::string menu_command(const service_facts& facts) {
    const auto shows = std::ranges::find_if(
        facts.modules, [](const service_facts::module& m) { return m.menu.has_value(); });
    if (shows == facts.modules.end() || facts.receiver.empty())
        return "\"cihost menu\"";
    const auto place = facts.receiver + ":" + std::to_string(shows->slot);
    return facts.receiver.find(' ') == std::string::npos ? "\"cihost menu " + place + "\""
                                                         : "'cihost menu \"" + place + "\"'";
}

} // namespace

std::string remedy_for(service_cause cause, const service_facts& facts) {
    switch (cause) {
    case service_cause::unknown_service:
        return "\"cihost services\" lists those that are known; scan the channels anew if it "
               "should be there.";
    case service_cause::not_received:
        return "Ask for it, by \"cihost record\" or in the configuration.";
    case service_cause::no_receiver:
        return "\"cihost plan\" says what holds the receivers, \"cihost devices\" which there "
               "are.";
    case service_cause::no_device: // says so itself
        return "\"cihost devices\" shows which devices there are.";
    case service_cause::idle:
        return "Ask for a service of its multiplex, by \"cihost record\" or in the configuration.";
    case service_cause::no_lock:
        return "Check cable, dish or aerial, and whether the multiplex is still broadcast there.";
    case service_cause::overload:
        return "Give this machine less to do: fewer services at a time, or fewer other programs.";
    case service_cause::bad_reception:
        return "Check cable, plugs, dish or aerial, until no more packets are damaged.";
    case service_cause::no_pat:
    case service_cause::no_pmt:
    case service_cause::no_packets:
    case service_cause::no_ecm:
        return "It is up to the broadcaster; should other receivers get it, a trace of the "
               "multiplex would tell more.";
    case service_cause::wrong_multiplex:
        return "For satellite, check the switch input (satellite) and the dish; or scan the "
               "channels anew, if the broadcaster has moved the service.";
    case service_cause::not_in_multiplex:
        return "Scan the channels anew: the broadcaster may have moved it.";
    case service_cause::not_wanted:
        return "Ask for it, by \"cihost record\" or in the configuration.";
    case service_cause::scrambled_without_ca:
        return "Nothing: this broadcast is not meant for CAMs.";
    case service_cause::excluded:
        return "Change that [[assign]] rule, if it shall be descrambled; \"cihost reload\" takes "
               "it "
               "over.";
    case service_cause::no_ca_device:
        return "\"cihost devices\" shows the CA devices and who uses them.";
    case service_cause::no_module:
        return "Put in the CAM with its card, or push it in again.";
    case service_cause::starting:
    case service_cause::restarting:
    case service_cause::queued:
    case service_cause::requested:
        return "Wait: it takes up to a minute.";
    case service_cause::silent:
        return "Wait: the conversation is begun anew if it stays silent. Else take it out and put "
               "it in again.";
    case service_cause::no_ca_support:
        return "Take the module out and put it in again; a module for other purposes cannot do "
               "it.";
    case service_cause::module_failed:
        return "Take the module out and put it in again, or try it in another receiver.";
    case service_cause::no_common_ca_system:
        return "It needs a CAM, or a card, for one of the CA systems of the service.";
    case service_cause::over_capacity:
        return "End one of the others, give it a higher priority, or add a CAM.";
    case service_cause::too_large:
        return "Another receiver may take it: this one's driver limits it.";
    case service_cause::not_entitled:
        return "Ask your provider for the subscription; a card that was off for long wants to be "
               "left on the provider's multiplex for a while.";
    case service_cause::refused:
        return "Look at the CAM's menu, which may say why; else take it out and put it in again.";
    case service_cause::menu_waiting:
        return "Answer it by " + menu_command(facts) + ".";
    case service_cause::scrambled:
        return "See in the CAM's menu whether the card is entitled to it; \"cihost trace\" "
               "writes down the conversation with the CAM.";
    case service_cause::scrambled_again:
        return "Ask again in a second: by then it is clear, or the cause is known.";
    case service_cause::clear_interrupted:
        if (facts.recent.service_scrambled == 0)
            return remedy_for(service_cause::no_ecm);
        if (2 * facts.recent.service_unattended > facts.recent.service_scrambled)
            return facts.recent.absence == module_absence::not_asked
                       ? "It is over; \"cihost plan\" says what is served where."
                       : "It is over; should it come again by itself, \"cihost log\" says what "
                         "became of the CAM.";
        return "Should it stay: a reset of the CAM, or fewer services on it.";
    case service_cause::clear_damaged:
        return facts.recent.overflows > 0 ? remedy_for(service_cause::overload)
                                          : "Check cable, plugs, dish or aerial.";
    case service_cause::clear:
        break;
    }
    return {};
}

} // namespace cihost::policy
