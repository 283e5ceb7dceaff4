# SPDX-License-Identifier: LGPL-2.1-or-later
# Flags for our own targets only; a project that embeds us keeps its own.

add_library(cihost_flags INTERFACE)
target_compile_features(cihost_flags INTERFACE cxx_std_20)
target_compile_options(cihost_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wold-style-cast
    -Wno-missing-field-initializers -Woverloaded-virtual -Wnull-dereference -Wformat=2 -Wimplicit-fallthrough
    $<$<BOOL:${CIHOST_WERROR}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # first: lets ccache see through precompiled headers; the others: false positives of gcc 12 in
    # optimised standard-library code
    target_compile_options(cihost_flags INTERFACE -fpch-preprocess
        -Wno-null-dereference -Wno-stringop-overflow -Wno-array-bounds -Wno-maybe-uninitialized)
endif()
if(CIHOST_SANITIZE)
    target_compile_options(cihost_flags INTERFACE
        -fsanitize=${CIHOST_SANITIZE} -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
    target_link_options(cihost_flags INTERFACE -fsanitize=${CIHOST_SANITIZE})
    if(CIHOST_SANITIZE MATCHES "thread")
        target_compile_options(cihost_flags INTERFACE -Wno-tsan)
    endif()
endif()
if(CIHOST_COVERAGE)
    target_compile_options(cihost_flags INTERFACE --coverage)
    target_link_options(cihost_flags INTERFACE --coverage)
endif()

# A room is its folder: every .cpp in it belongs to the room's target, but for one folder inside.
function(cihost_room_sources target room)
    cmake_parse_arguments(room "" "EXCEPT" "" ${ARGN})
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${room}/*.cpp)
    list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
    if(room_EXCEPT)
        list(FILTER sources EXCLUDE REGEX "/${room}/${room_EXCEPT}/")
    endif()
    if(NOT sources) # a room that is still empty
        file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/empty.cpp CONTENT "")
        set(sources ${PROJECT_BINARY_DIR}/empty.cpp)
    endif()
    target_sources(${target} PRIVATE ${sources})
endfunction()
