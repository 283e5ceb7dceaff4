// SPDX-License-Identifier: LGPL-2.1-or-later

/// Asks a running cihostd why a service is clear, or not:
///
///     why SOCKET PROGRAM_NUMBER
///     why /run/cihost/control.sock 103
///
/// Prints the answer, JSON as CONTROL.md describes it for the method `why`. Exit status: 0 there is
/// an answer, 1 there is none, and a sentence says why. It is built with libcihost-client.

#include <cihost/control_client.hpp>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

int main(int argc, char** argv) try {
    if (argc != 3) {
        std::cerr << "usage: why SOCKET PROGRAM_NUMBER\n";
        return 2;
    }
    cihost::control_client daemon{argv[1]};
    const auto number = std::to_string(std::atoi(argv[2]));
    std::cout << daemon.call("why", "{\"service\": " + number + "}") << std::endl;
    return 0;
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
