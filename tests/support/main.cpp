// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/temporary_folder.hpp"

#include <stdlib.h>

namespace {

/// What daemons of the tests learn of their CAMs stays with the tests.
const struct own_state {
    own_state() { ::setenv("STATE_DIRECTORY", folder.path().c_str(), 1); }
    cihost::test::temporary_folder folder;
} state_of_tests;

} // namespace

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_session.hpp>
int main(int argc, char** argv) { return Catch::Session().run(argc, argv); }
#else
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
#endif
