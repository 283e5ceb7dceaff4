# SPDX-License-Identifier: LGPL-2.1-or-later
# What find_package(cihost) finds: cihost::cihost, cihost::receiver and cihost::client.
include(CMakePackageConfigHelpers)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/cihost)
install(EXPORT cihost NAMESPACE cihost:: FILE cihostTargets.cmake DESTINATION ${package_folder})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/cihostConfig.cmake.in ${PROJECT_BINARY_DIR}/cihostConfig.cmake
    INSTALL_DESTINATION ${package_folder} NO_SET_AND_CHECK_MACRO)
# before 1.0 a minor version may change the interface
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cihostConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/cihostConfig.cmake ${PROJECT_BINARY_DIR}/cihostConfigVersion.cmake
    DESTINATION ${package_folder})
