// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/// Catch2 2 and 3 by one include, and what they lack in common.

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx; // as the single header of Catch2 2 has it
#else
#include <catch2/catch.hpp>
#endif

#include <iostream>

/// Ends the test case as skipped: ctest recognises the line. Say what is missing.
#define CIHOST_SKIP(reason)                                                                        \
    do {                                                                                           \
        std::cout << "SKIPPED: " << (reason) << std::endl;                                         \
        SUCCEED("skipped");                                                                        \
        return;                                                                                    \
    } while (false)
