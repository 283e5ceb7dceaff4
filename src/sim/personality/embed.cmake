# SPDX-License-Identifier: GPL-2.0-or-later
# cmake -DFOLDER=… -DOUTPUT=… -P: every NAME.cam.toml of a folder into one C++ file, so that the
# simulator knows them by name wherever it is.
cmake_minimum_required(VERSION 3.25)
file(GLOB files ${FOLDER}/*.cam.toml)
list(SORT files)
set(entries "")
foreach(file ${files})
    string(REGEX REPLACE "^.*/(.*)\\.cam\\.toml$" "\\1" name ${file})
    file(READ ${file} text)
    string(APPEND entries "    {\"${name}\", R\"toml(${text})toml\"},\n")
endforeach()
file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT
"// made from src/sim/personalities
#include \"sim/personality/personality.hpp\"

namespace cihost::sim {
namespace {

constexpr ready_made_personality all[] = {
@entries@};

} // namespace

std::span<const ready_made_personality> ready_made_personalities() { return all; }

} // namespace cihost::sim
")
