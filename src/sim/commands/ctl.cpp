// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/unique_fd.hpp"
#include "device/unix_address.hpp"
#include "sim/commands/commands.hpp"
#include "sim/lab/faults.hpp"
#include "sim/nodes/node_folder.hpp"
#include "sim/receiver/control_commands.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <sys/time.h>
#include <vector>

namespace cihost::sim {

namespace json = boost::json;

namespace {

struct ctl_options {
    std::string folder = default_node_folder().string();
    std::uint16_t service = 0;
    double seconds = 0;
    unsigned slot = 0;
    std::vector<std::string> faults;
    std::uint16_t pid = 0;
    std::uint16_t by = 0;
    bool same_version = false;
    unsigned reference = 1;
    std::uint16_t network = 0;
    std::uint16_t stream = 0;
    std::string part;
    std::uint32_t one_in = 0;
};

/// The line the receiver answers with; nothing when it is not there.
std::optional<std::string> ask(const std::string& folder, const std::string& line) {
    const auto address = device::unix_address::make(folder, "control");
    const unique_fd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    constexpr timeval patience{.tv_sec = 5, .tv_usec = 0};
    if (!address || !socket ||
        ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0 ||
        ::connect(socket.get(), address->get(), address->size()) != 0 ||
        ::send(socket.get(), line.data(), line.size(), MSG_NOSIGNAL) !=
            static_cast<ssize_t>(line.size()))
        return std::nullopt;
    std::string answer;
    while (answer.empty() || answer.back() != '\n') {
        std::array<char, 4096> part;
        const auto n = ::recv(socket.get(), part.data(), part.size(), 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return std::nullopt;
        answer.append(part.data(), static_cast<std::size_t>(n));
    }
    return answer;
}

/// A text as it is, anything else as JSON.
std::string shown(const json::value& value) {
    return value.is_string() ? std::string(value.get_string().c_str()) : json::serialize(value);
}

int order(const std::string& folder, const json::object& request) {
    const auto line = ask(folder, json::serialize(request) + "\n");
    if (!line) {
        std::fprintf(stderr,
                     "cihost-sim: no virtual receiver answers in %s. Start one with "
                     "'cihost-sim run', or name its folder with --dir.\n",
                     folder.c_str());
        return not_reachable;
    }
    error_code bad;
    const auto answer = json::parse(*line, bad);
    const auto* fields = answer.if_object();
    const auto* result = fields != nullptr ? fields->if_contains("result") : nullptr;
    const auto* error = fields != nullptr ? fields->if_contains("error") : nullptr;
    if (result == nullptr) {
        std::fprintf(stderr, "cihost-sim: %s\n",
                     error != nullptr ? shown(*error).c_str()
                                      : "the receiver's answer makes no sense");
        return failure;
    }
    std::puts(shown(*result).c_str());
    return success;
}

} // namespace

void add_ctl_command(CLI::App& program, action& chosen) {
    auto* ctl = program.add_subcommand("ctl", "Tell a running virtual receiver to do something");
    const auto options = std::make_shared<ctl_options>();
    ctl->add_option("--dir", options->folder, "Folder of its nodes")->capture_default_str();
    ctl->require_subcommand(1);
    ctl->footer("Examples:\n"
                "  cihost-sim ctl services\n"
                "  cihost-sim ctl --dir /tmp/nodes move-ecm-pid 3\n"
                "  cihost-sim ctl lock-loss 2.5\n"
                "  cihost-sim ctl withhold ecm 3\n"
                "  cihost-sim ctl noise 500\n"
                "  cihost-sim ctl hang 2 --slot 1\n"
                "  cihost-sim ctl faults silent,slow\n"
                "  cihost-sim ctl faults none\n"
                "  cihost-sim ctl replace 257 513");

    using add_fields = std::function<void(json::object&)>;
    const auto add = [&](const std::string& name, const std::string& what, add_fields fields = {}) {
        auto* command = ctl->add_subcommand(name, what);
        command->callback([&chosen, options, name, fields] {
            chosen = [options, name, fields] {
                json::object request{{"command", name}};
                if (fields)
                    fields(request);
                return order(options->folder, request);
            };
        });
        return command;
    };
    const add_fields service = [options](json::object& request) {
        request["service"] = options->service;
    };
    const add_fields seconds = [options](json::object& request) {
        request["seconds"] = options->seconds;
    };

    add("services", "The services on air, as JSON");
    add("status", "Tuner, module and stream, as JSON");
    const auto in_slot = [options](CLI::App* command) {
        command->add_option("--slot", options->slot, "Which slot")->capture_default_str();
        return command;
    };
    const add_fields slot = [options](json::object& request) { request["slot"] = options->slot; };
    const add_fields slot_and_seconds = [slot, seconds](json::object& request) {
        slot(request);
        seconds(request);
    };
    const add_fields slot_and_faults = [options, slot](json::object& request) {
        slot(request);
        request["faults"] = json::array(options->faults.begin(), options->faults.end());
    };

    in_slot(add("eject", "Pull the module out", slot));
    in_slot(add("insert", "Put the module in", slot));
    const auto of_service = [options](CLI::App* command) {
        command->add_option("SERVICE", options->service, "Program number")->required();
        return command;
    };
    of_service(add("move-ecm-pid", "Give a service a new PMT version with its ECMs on another PID",
                   [options, service](json::object& request) {
                       service(request);
                       request["same_version"] = options->same_version;
                   }))
        ->add_flag("--same-version", options->same_version, "Under the PMT's old version");
    of_service(add("move-pmt-pid", "Give a service's PMT another PID, by a new PAT", service));
    of_service(add("show-clear", "Broadcast a service in the clear; no table says so", service));
    of_service(add("show-scrambled", "Scramble it again", service));
    const add_fields part = [options, service](json::object& request) {
        service(request);
        request["part"] = options->part;
    };
    const auto of_part = [options](CLI::App* command) {
        command->add_option("PART", options->part, "pat, pmt, ecm or emm")
            ->required()
            ->check(CLI::IsMember({"pat", "pmt", "ecm", "emm"}));
        command->add_option("SERVICE", options->service, "Whose PMT or ECMs");
    };
    of_part(add("withhold", "Send a table, ECMs or EMMs no more", part));
    of_part(add("restore", "Send them again", part));
    add("noise", "Damage one packet in so many, or lose it: a bad signal",
        [options](json::object& request) { request["one_in"] = options->one_in; })
        ->add_option("ONE_IN", options->one_in, "0: a good signal")
        ->required();
    add("lock-loss", "Take the tuner's signal away for a while", seconds)
        ->add_option("SECONDS", options->seconds, "For how long")
        ->required();
    add("slow-host", "Lose half of what is received, as for a host that is too slow for it",
        seconds)
        ->add_option("SECONDS", options->seconds, "For how long")
        ->required();
    in_slot(
        add("hang", "Let the module neither take nor say anything for a while", slot_and_seconds))
        ->add_option("SECONDS", options->seconds, "For how long")
        ->required();
    in_slot(add("faults", "Let the module do wrong until told otherwise", slot_and_faults))
        ->add_option("FAULTS", options->faults,
                     "Comma-separated: " + known_module_faults() +
                         "; with --lab, against PCMCIA's rules: " + known_faults())
        ->delimiter(',')
        ->required();

    // what the module asks of its host
    const auto referring = [options](CLI::App* command) {
        command->add_option("--reference", options->reference, "Tells replacements from each other")
            ->check(CLI::Range(0, 255))
            ->capture_default_str();
        return command;
    };
    const add_fields slot_and_reference = [options, slot](json::object& request) {
        slot(request);
        request["reference"] = options->reference;
    };
    auto* tune = in_slot(add("tune", "Let the module lead the host to a service",
                             [options, slot, service](json::object& request) {
                                 slot(request);
                                 service(request);
                                 request["network"] = options->network;
                                 request["stream"] = options->stream;
                             }));
    tune->add_option("SERVICE", options->service, "Program number")->required();
    tune->add_option("--network", options->network, "original_network_id, if it is told");
    tune->add_option("--stream", options->stream, "transport_stream_id, if it is told");
    auto* replace = referring(
        in_slot(add("replace", "Let the module have a PID's packets replaced by another's",
                    [options, slot_and_reference](json::object& request) {
                        slot_and_reference(request);
                        request["pid"] = options->pid;
                        request["by"] = options->by;
                    })));
    replace->add_option("PID", options->pid, "Replaced in the service")->required();
    replace->add_option("BY_PID", options->by, "Taken in its place")->required();
    referring(in_slot(add("clear-replace", "End replacements again", slot_and_reference)));
    in_slot(add("release", "Let the module end its Host Control session", slot));
    in_slot(add("request-reset", "Let the module ask for a reset", slot));
}

} // namespace cihost::sim
