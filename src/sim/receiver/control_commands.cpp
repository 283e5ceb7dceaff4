// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/receiver/control_commands.hpp"

#include "sim/cam/fault.hpp"
#include "sim/lab/faults.hpp"
#include "sim/receiver/air_commands.hpp"
#include "sim/receiver/host_control_commands.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>

#include <algorithm>
#include <bitset>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace cihost::sim {

namespace json = boost::json;

namespace {

json::object done(json::value result) { return {{"result", std::move(result)}}; }
json::object refused(std::string sentence) { return {{"error", std::move(sentence)}}; }

json::object status(receiver& target, time_point now) {
    const auto signal = target.reception().status(now);
    json::array modules;
    for (const auto& slot : target.slots())
        modules.emplace_back(!slot.present() ? "absent" : slot.ready(now) ? "ready" : "booting");
    return done({{"frequency", target.reception().frequency_hz()},
                 {"locked", signal.locked != 0},
                 {"modules", std::move(modules)},
                 {"services", target.transmitter().services().size()},
                 {"bits_per_second", std::llround(target.transmitter().bits_per_second())},
                 {"packets", target.packets()}});
}

const broadcast_service* find_service(const std::vector<broadcast_service>& services,
                                      double program_number) {
    const auto found = std::find_if(services.begin(), services.end(), [&](const auto& service) {
        return service.program_number == program_number;
    });
    return found == services.end() ? nullptr : &*found;
}

/// What the head-end does with a scrambled service; the sentence about it, from the service as it
/// is then.
struct service_order {
    std::function<error_code(headend&, std::uint16_t program_number)> carry_out;
    std::function<std::string(const broadcast_service&)> done;
};

json::object order_service(receiver& target, const json::object& request,
                           const service_order& order) {
    const auto& services = target.transmitter().services();
    std::string known;
    for (const auto& service : services)
        if (service.scrambled)
            known += (known.empty() ? "" : ", ") + std::to_string(service.program_number);
    const auto* number = request.if_contains("service");
    if (number == nullptr || !number->is_number())
        return refused("Which service? Say its program number; scrambled are: " + known + ".");
    const auto* service = find_service(services, number->to_number<double>());
    if (service == nullptr)
        return refused("There is no such service on air; scrambled are: " + known + ".");
    const auto program_number = service->program_number;
    if (order.carry_out(target.transmitter(), program_number))
        return refused("Service " + std::to_string(program_number) +
                       " is not scrambled; scrambled are: " + known + ".");
    return done(json::string(order.done(*find_service(services, program_number))));
}

/// Nothing for another command.
std::optional<service_order> service_order_of(std::string_view name, const json::object& request,
                                              time_point now) {
    const auto of = [](const broadcast_service& service) {
        return " of service " + std::to_string(service.program_number);
    };
    if (name == "move-ecm-pid") {
        const auto* same = request.if_contains("same_version");
        const auto version = same != nullptr && same->is_bool() && same->get_bool()
                                 ? pmt_version::kept
                                 : pmt_version::next;
        return service_order{[=](headend& air, std::uint16_t program) {
                                 return air.move_ecm_pid(program, now, version);
                             },
                             [=](const broadcast_service& service) {
                                 return "ECMs" + of(service) + " moved to PID " +
                                        std::to_string(service.ecm_pid) + ".";
                             }};
    }
    if (name == "move-pmt-pid")
        return service_order{
            [=](headend& air, std::uint16_t program) { return air.move_pmt_pid(program, now); },
            [=](const broadcast_service& service) {
                return "The PMT" + of(service) + " moved to PID " +
                       std::to_string(service.pmt_pid) + ".";
            }};
    if (name == "show-clear" || name == "show-scrambled") {
        const bool clear = name == "show-clear";
        return service_order{[=](headend& air, std::uint16_t program) {
                                 return air.show_clear(program, clear, now);
                             },
                             [=](const broadcast_service& service) {
                                 return "The programme" + of(service) +
                                        (clear ? " is in the clear." : " is scrambled.");
                             }};
    }
    return std::nullopt;
}

json::object eject(cam_slot& slot, time_point now) {
    if (!slot.present())
        return refused("There is no module in the slot.");
    slot.eject(now);
    return done("The module is out.");
}

json::object insert(cam_slot& slot, time_point now) {
    if (slot.present())
        return refused("There is a module in the slot already.");
    slot.insert(now);
    return done("The module is in and boots.");
}

std::optional<duration> seconds_of(const json::object& request) {
    constexpr double longest = 86400;
    const auto* seconds = request.if_contains("seconds");
    if (seconds == nullptr || !seconds->is_number())
        return std::nullopt;
    const auto value = seconds->to_number<double>();
    if (!(value > 0 && value <= longest))
        return std::nullopt;
    return std::chrono::duration_cast<duration>(std::chrono::duration<double>(value));
}

json::object lock_loss(receiver& target, const json::object& request, time_point now) {
    const auto length = seconds_of(request);
    if (!length)
        return refused("For how many seconds? Say a number above 0, a day at most.");
    target.reception().lose_lock(*length, now);
    return done("The signal is gone.");
}

json::object slow_host(receiver& target, const json::object& request, time_point now) {
    const auto length = seconds_of(request);
    if (!length)
        return refused("For how many seconds? Say a number above 0, a day at most.");
    target.reception().slow_host(*length, now);
    return done("Half of what is received is lost behind the tuner.");
}

json::object hang(cam_slot& slot, const json::object& request, time_point now) {
    const auto length = seconds_of(request);
    if (!length)
        return refused("For how many seconds? Say a number above 0, a day at most.");
    if (!slot.ready(now))
        return refused("There is no module in the slot that is ready.");
    slot.hang(*length, now);
    return done("The module hangs.");
}

/// What is done by hand can be undone by hand; a reboot or a removal cannot.
std::optional<cam_fault> module_fault_of(std::string_view name) {
    const auto fault = cam_fault_of(name);
    if (fault == cam_fault::reboot || fault == cam_fault::removal)
        return std::nullopt;
    return fault;
}

json::object faults(cam_slot& slot, const json::object& request, time_point now) {
    const auto known =
        "There are: " + known_module_faults() + "; with --lab also: " + known_faults() + ".";
    const auto* names = request.if_contains("faults");
    if (names == nullptr || !names->is_array() || names->get_array().empty())
        return refused("Which faults? " + known);
    std::bitset<cam_fault_count> of_module;
    std::uint32_t of_lab = 0;
    for (const auto& entry : names->get_array()) {
        const std::string name{entry.is_string() ? std::string(entry.get_string())
                                                 : json::serialize(entry)};
        if (const auto fault = module_fault_of(name))
            of_module.set(static_cast<unsigned>(*fault));
        else if (const auto bits = entry.is_string() ? fault_of(name) : std::nullopt)
            of_lab |= *bits;
        else
            return refused("There is no fault '" + name + "'. " + known);
    }
    if (of_lab != 0 && !slot.in_lab())
        return refused("Such faults are made by the kernel lab's module: this receiver runs "
                       "without --lab.");
    if (slot.in_lab())
        slot.set_faults(of_lab, now);
    slot.set_module_faults(of_module, now);
    return done(of_lab == 0 && of_module.none() ? "The module has no fault."
                                                : "The module has the fault.");
}

/// What is asked of one slot.
using slot_command = json::object (*)(cam_slot&, const json::object&, time_point);

slot_command find_slot_command(std::string_view name) {
    if (name == "eject")
        return [](cam_slot& slot, const json::object&, time_point now) { return eject(slot, now); };
    if (name == "insert")
        return
            [](cam_slot& slot, const json::object&, time_point now) { return insert(slot, now); };
    if (name == "hang")
        return hang;
    return name == "faults" ? faults : find_host_control_command(name);
}

cam_slot* slot_of(receiver& target, const json::object& request) {
    const auto* number = request.if_contains("slot");
    if (number != nullptr && !number->is_number())
        return nullptr;
    const auto wanted = number == nullptr ? 0 : number->to_number<double>();
    for (auto& slot : target.slots())
        if (slot.number() == wanted)
            return &slot;
    return nullptr;
}

} // namespace

json::array services_json(const std::vector<broadcast_service>& services) {
    json::array list;
    for (const auto& service : services) {
        json::array elementary_pids;
        for (const auto pid : service.elementary_pids)
            elementary_pids.emplace_back(pid);
        json::object entry{{"program_number", service.program_number},
                           {"name", service.name},
                           {"scrambled", service.scrambled},
                           {"pmt_pid", service.pmt_pid},
                           {"elementary_pids", std::move(elementary_pids)}};
        if (service.scrambled)
            entry["ecm_pid"] = service.ecm_pid;
        list.push_back(std::move(entry));
    }
    return list;
}

std::string known_module_faults() {
    std::string list;
    for (unsigned i = 0; i < cam_fault_count; ++i)
        if (const std::string_view text = name(static_cast<cam_fault>(i)); module_fault_of(text))
            list.append(list.empty() ? "" : ", ").append(text);
    return list;
}

json::object obey(receiver& target, const json::object& request, time_point now) {
    const auto* command = request.if_contains("command");
    if (command == nullptr || !command->is_string())
        return refused(R"(A request is an object with a "command".)");
    const std::string_view name = command->get_string();
    if (name == "services")
        return done(services_json(target.transmitter().services()));
    if (name == "status")
        return status(target, now);
    if (const auto order = service_order_of(name, request, now))
        return order_service(target, request, *order);
    if (name == "lock-loss")
        return lock_loss(target, request, now);
    if (name == "slow-host")
        return slow_host(target, request, now);
    if (const auto known = find_air_command(name))
        return known(target, request, now);
    if (const auto known = find_slot_command(name)) {
        auto* slot = slot_of(target, request);
        if (slot != nullptr)
            return known(*slot, request, now);
        return refused("There is no such slot; the receiver has " +
                       std::to_string(target.slots().size()) + ", counted from 0.");
    }
    return refused("There is no command '" + std::string(name) +
                   "'; there are: services, status, move-ecm-pid, move-pmt-pid, show-clear, "
                   "show-scrambled, withhold, restore, noise, slow-host, eject, insert, lock-loss, "
                   "hang, "
                   "faults, tune, replace, "
                   "clear-replace, release, request-reset.");
}

} // namespace cihost::sim
