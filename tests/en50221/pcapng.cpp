// SPDX-License-Identifier: LGPL-2.1-or-later
#include "en50221/pcapng.hpp"

#include "base/hex.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/worked_trace.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>
#include <vector>

using namespace cihost;
using namespace cihost::en50221;
using namespace cihost::test;

namespace {

/// A file that goes with the test.
class scratch_file {
  public:
    scratch_file() {
        auto pattern = (std::filesystem::temp_directory_path() / "cihost-XXXXXX").string();
        const int fd = ::mkstemp(pattern.data());
        REQUIRE(fd >= 0);
        ::close(fd);
        path_ = pattern;
    }
    ~scratch_file() { std::filesystem::remove(path_); }
    scratch_file(const scratch_file&) = delete;
    scratch_file& operator=(const scratch_file&) = delete;

    void append(const bytes& data) const {
        std::ofstream file(path_, std::ios::binary | std::ios::app);
        for (const auto byte : data)
            file.put(static_cast<char>(byte));
    }
    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

bool have_tshark() { return std::system("tshark --version >/dev/null 2>&1") == 0; }

std::vector<std::string> tshark(const scratch_file& file, const std::string& arguments) {
    const auto command = "tshark -n -r " + file.path().string() + " " + arguments + " 2>/dev/null";
    FILE* pipe = ::popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::vector<std::string> lines(1);
    for (int c = 0; (c = std::fgetc(pipe)) != EOF;) {
        if (c == '\n')
            lines.emplace_back();
        else
            lines.back().push_back(static_cast<char>(c));
    }
    CHECK(::pclose(pipe) == 0);
    lines.pop_back();
    return lines;
}

std::size_t count(const std::vector<std::string>& lines, const std::string& what) {
    std::size_t found = 0;
    for (const auto& line : lines)
        found += line.find(what) != std::string::npos ? 1U : 0U;
    return found;
}

/// 2024-03-01 12:34:56.123456789 UTC
constexpr std::uint64_t noon_ns = 1'709'296'496'123'456'789;

} // namespace

TEST_CASE("pcapng: blocks byte by byte") {
    const std::array<std::string, 1> names{"ca0"};
    CHECK(to_hex(pcapng_header(names)) ==
          to_hex("0A0D0D0A 1C000000 4D3C2B1A 0100 0000 FFFFFFFFFFFFFFFF 1C000000"
                 "01000000 28000000 EB00 0000 00000000 0200 0300 63613000 0900 0100 09000000"
                 "0000 0000 28000000"_hex));
    const auto poll =
        pcapng_tpdu(1, direction::host_to_module, "01 A0 01 01"_hex, 0x1122334455667788, "why");
    CHECK(to_hex(poll) == to_hex("06000000 38000000 01000000 44332211 88776655 09000000 09000000"
                                 "00 FE 0005 01 00 A0 01 01 000000"
                                 "0100 0300 77687900 0000 0000 38000000"_hex));
    CHECK(to_hex(pcapng_event(0, hardware_event::module_out, 0)) ==
          to_hex("06000000 28000000 00000000 00000000 00000000 05000000 05000000"
                 "00 FB 0001 02 000000 28000000"_hex));
}

TEST_CASE("pcapng: tshark reads time, slot, direction, comments and events") {
    if (!have_tshark())
        CIHOST_SKIP("tshark is not installed");
    const scratch_file file;
    const std::array<std::string, 2> names{"adapter0 slot 0", "adapter0 slot 1"};
    file.append(pcapng_header(names));
    file.append(pcapng_event(0, hardware_event::module_in, noon_ns, "a hand"));
    file.append(pcapng_event(1, hardware_event::reset, noon_ns));
    file.append(pcapng_event(1, hardware_event::ready, noon_ns));
    file.append(pcapng_tpdu(1, direction::host_to_module, "01 82 01 01"_hex, noon_ns));
    file.append(pcapng_tpdu(1, direction::module_to_host, "01 83 01 01 80 02 01 00"_hex, noon_ns));
    file.append(pcapng_event(0, hardware_event::module_out, noon_ns));
    const auto lines =
        tshark(file, "-T fields -e frame.time_epoch -e frame.interface_name -e dvb-ci.event "
                     "-e dvb-ci.hw_event -e frame.comment");
    const std::string at = "1709296496.123456789\tadapter0 slot ";
    CHECK(lines == std::vector<std::string>{at + "0\t0xfb\t0x01\ta hand", at + "1\t0xfb\t0x07\t",
                                            at + "1\t0xfb\t0x09\t", at + "1\t0xfe\t\t",
                                            at + "1\t0xff\t\t", at + "0\t0xfb\t0x02\t"});
}

TEST_CASE("pcapng: tshark understands every frame of a whole conversation") {
    if (!have_tshark())
        CIHOST_SKIP("tshark is not installed");
    const scratch_file file;
    const std::array<std::string, 1> names{"ca0"};
    file.append(pcapng_header(names));
    auto now = noon_ns;
    const auto trace = worked_trace();
    for (const auto& line : trace)
        file.append(pcapng_tpdu(0,
                                line.host ? direction::host_to_module : direction::module_to_host,
                                line.block, now += 1'000'000));
    const auto summary = tshark(file, "");
    CHECK(summary.size() == trace.size());
    CHECK(count(summary, "DVB-CI") == summary.size());

    const auto details = tshark(file, "-V");
    CHECK(count(details, "Frame ") >= summary.size());
    CHECK(count(details, "Malformed") == 0);
    CHECK(count(details, "Unknown") == 0);
    CHECK(count(details, "Expert Info (Warn") == 0);
    CHECK(count(details, "Expert Info (Error") == 0);
    // and says of some what they are
    CHECK(count(details, "APDU Tag: CA PMT (") == 2);
    CHECK(count(details, "Menu string: Test CAM") == 1);
}
