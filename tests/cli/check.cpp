// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/check.hpp"

#include "support/catch.hpp"
#include "support/places.hpp"
#include "support/temporary_folder.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <sys/wait.h>

namespace {

struct outcome {
    int status;
    std::string text;
};

outcome run(const std::string& command, const std::filesystem::path& folder) {
    const auto output = folder / "output";
    const int status = std::system((command + " >" + output.string() + " 2>&1").c_str());
    std::ostringstream text;
    text << std::ifstream{output}.rdbuf();
    return {WEXITSTATUS(status), text.str()};
}

} // namespace

TEST_CASE("a configuration is checked by the daemon beside, and its words come through") {
    const cihost::test::temporary_folder folder;
    const auto file = folder.path() / "c.toml";
    const auto check = cihost::test::program("cihost") + " check " + file.string();
    std::ofstream{file} << "[control]\nsocket = \"s\"\n[recording]\ndirectory = \"rec\"\n"
                           "[[receiver]]\ndevice = \"virtual:/x\"\nfrequency = \"474 MHz\"\n";
    const auto good = run(check, folder.path());
    CHECK(good.status == 0);
    CHECK(good.text.find("virtual receiver in /x, tuned to 474 MHz\n") != std::string::npos);
    const auto as_json = run(check + " --json", folder.path());
    CHECK(as_json.status == 0);
    CHECK(as_json.text.rfind("{\"config\":\"" + file.string() + "\",\"problems\":[],", 0) == 0);
    std::ofstream{file} << "[control]\nsocket = \"s\"\ngroup = \"no-such-group\"\n[[receiver]]\n"
                           "device = \"virtual:/x\"\nfrequency = \"474 MHz\"\n";
    const auto groupless = run(check, folder.path());
    CHECK(groupless.status == 1);
    CHECK(groupless.text.find("There is no group 'no-such-group'") != std::string::npos);
    std::ofstream{file} << "[[reciever]]\n";
    const auto bad = run(check, folder.path());
    CHECK(bad.status == 1);
    CHECK(bad.text.find(file.string() + ":1:3: reciever is not a known key; did you mean") !=
          std::string::npos);
}

TEST_CASE("without a cihostd it is said where one is looked for") {
    const cihost::test::temporary_folder folder;
    const auto alone = folder.path() / "cihost";
    std::filesystem::copy_file(cihost::test::program("cihost"), alone);
    const auto done = run("PATH=/nonexistent " + alone.string() + " check", folder.path());
    CHECK(done.status == 3);
    CHECK(done.text.find("Install it beside cihost, or in a folder of the PATH.") !=
          std::string::npos);
}
