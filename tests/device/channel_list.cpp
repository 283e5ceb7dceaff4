// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/channel_list.hpp"

#include "base/unique_fd.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <algorithm>
#include <fcntl.h>
#include <fstream>
#include <random>
#include <sys/stat.h>
#include <unistd.h>

#ifdef CIHOST_HAVE_LIBDVBV5
#include <libdvbv5/dvb-v5-std.h>
#endif

using namespace cihost;
using namespace cihost::test;
using device::channel;
using device::channel_format;
using device::delivery_system;
using device::polarization;

namespace {

device::channel_list read(const std::string& content,
                          const device::channel_list_settings& settings = {}) {
    const temporary_folder folder;
    const auto file = folder.path() / "channels.conf";
    std::ofstream{file, std::ios::binary} << content;
    return device::read_channel_list(file, settings);
}

} // namespace

#ifndef CIHOST_HAVE_LIBDVBV5
TEST_CASE("without libdvbv5 a channel list gives a sentence") {
    CHECK(read("[One]\n").error.find("libdvbv5-dev") != std::string::npos);
    CHECK(read("[One]\n").channels.empty());
}
#else

namespace {

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// The only channel of a list without remarks.
channel only(const std::string& content, const device::channel_list_settings& settings = {}) {
    const auto list = read(content, settings);
    for (const auto& remark : list.remarks)
        UNSCOPED_INFO(remark);
    CHECK(list.error.empty());
    CHECK(list.remarks.empty());
    REQUIRE(list.channels.size() == 1);
    return list.channels.front();
}

/// The only remark of a list, without the file's name.
std::string remark(const std::string& content, std::size_t channels = 0) {
    const auto list = read(content);
    CHECK(list.error.empty());
    CHECK(list.channels.size() == channels);
    REQUIRE(list.remarks.size() == 1);
    const auto at = list.remarks.front().find("channels.conf:");
    REQUIRE(at != std::string::npos);
    CHECK(list.remarks.front().back() == '.');
    return list.remarks.front().substr(at + 14);
}

const std::string terrestrial = "[Cinema One]\n"
                                "\tSERVICE_ID = 101\n"
                                "\tNETWORK_ID = 12289\n"
                                "\tVIDEO_PID = 257\n"
                                "\tAUDIO_PID = 258 259\n"
                                "\tPID_06 = 260 261\n"
                                "\tFREQUENCY = 474000000\n"
                                "\tMODULATION = QAM/64\n"
                                "\tBANDWIDTH_HZ = 8000000\n"
                                "\tINVERSION = AUTO\n"
                                "\tCODE_RATE_HP = 2/3\n"
                                "\tCODE_RATE_LP = NONE\n"
                                "\tGUARD_INTERVAL = 1/4\n"
                                "\tTRANSMISSION_MODE = 8K\n"
                                "\tHIERARCHY = NONE\n"
                                "\tDELIVERY_SYSTEM = DVBT\n";

const std::string satellite = "[Sport Two]\n"
                              "\tSERVICE_ID = 102\n"
                              "\tSAT_NUMBER = 1\n"
                              "\tLNB = EXTENDED\n"
                              "\tFREQUENCY = 11479000\n"
                              "\tINVERSION = AUTO\n"
                              "\tSYMBOL_RATE = 22000000\n"
                              "\tINNER_FEC = 3/4\n"
                              "\tMODULATION = PSK/8\n"
                              "\tPILOT = AUTO\n"
                              "\tROLLOFF = 35\n"
                              "\tPOLARIZATION = VERTICAL\n"
                              "\tSTREAM_ID = 5\n"
                              "\tDELIVERY_SYSTEM = DVBS2\n";

const std::string zap_t = "Cinema One:474000000:INVERSION_AUTO:BANDWIDTH_8_MHZ:FEC_2_3:FEC_NONE:"
                          "QAM_64:TRANSMISSION_MODE_8K:GUARD_INTERVAL_1_4:HIERARCHY_NONE:257:258:"
                          "101\n";
const std::string zap_c = "Docu Three:346000000:INVERSION_OFF:6900000:FEC_NONE:QAM_256:257:258:"
                          "103\n";
const std::string zap_s = "Sport Two:11479:v:1:22000:257:258:102\n";

std::string replaced(std::string text, const std::string& what, const std::string& with) {
    const auto at = text.find(what);
    REQUIRE(at != std::string::npos);
    return text.replace(at, what.size(), with);
}

using properties = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

} // namespace

TEST_CASE("dvbv5: DVB-T with all it says") {
    const auto found = only(terrestrial);
    CHECK(found.name == "Cinema One");
    CHECK(found.program_number == 101);
    CHECK(found.tuning.system == delivery_system::dvbt);
    CHECK(found.tuning.frequency_hz == 474'000'000);
    CHECK(found.tuning.bandwidth_hz == 8'000'000);
    CHECK(found.tuning.symbol_rate == 0);
    CHECK(found.tuning.polarity == polarization::none);
    CHECK(found.tuning.lnb.empty());
    CHECK(found.tuning.satellite_number == -1);
    CHECK(found.tuning.stream_id == -1);
    auto given = found.tuning.properties;
    std::sort(given.begin(), given.end());
    CHECK(given == properties{{DTV_MODULATION, QAM_64},
                              {DTV_CODE_RATE_HP, FEC_2_3},
                              {DTV_CODE_RATE_LP, FEC_NONE},
                              {DTV_GUARD_INTERVAL, GUARD_INTERVAL_1_4},
                              {DTV_TRANSMISSION_MODE, TRANSMISSION_MODE_8K},
                              {DTV_HIERARCHY, HIERARCHY_NONE}});
}

TEST_CASE("dvbv5: DVB-T2 with its PLP, and nothing that the list does not say") {
    const std::string least =
        "[Kids Four]\nSERVICE_ID=104\nDELIVERY_SYSTEM=DVBT2\nFREQUENCY=506000000\n";
    auto found = only(least);
    CHECK(found.tuning ==
          device::tuning{.system = delivery_system::dvbt2, .frequency_hz = 506'000'000});
    found = only(least + "STREAM_ID = 1\nBANDWIDTH_HZ = 7000000\n");
    CHECK(found.tuning.stream_id == 1);
    CHECK(found.tuning.bandwidth_hz == 7'000'000);
    CHECK(found.tuning.properties.empty());
    CHECK(only(least + "STREAM_ID = 0\n").tuning.stream_id == 0);
}

TEST_CASE("dvbv5: DVB-C and ATSC") {
    auto found = only("[Docu Three]\n SERVICE_ID = 103\n DELIVERY_SYSTEM = DVBC/ANNEX_A\n"
                      " FREQUENCY = 346000000\n SYMBOL_RATE = 6900000\n MODULATION = QAM/256\n");
    CHECK(found.tuning == device::tuning{.system = delivery_system::dvbc,
                                         .frequency_hz = 346'000'000,
                                         .symbol_rate = 6'900'000,
                                         .properties = {{DTV_MODULATION, QAM_256}}});
    // as people write it
    CHECK(only("[Docu]\nSERVICE_ID = 3\nDELIVERY_SYSTEM = dvb-c\nFREQUENCY = 346000000\n")
              .tuning.system == delivery_system::dvbc);
    found = only("[News Five]\n SERVICE_ID = 3\n DELIVERY_SYSTEM = ATSC\n FREQUENCY = 533000000\n"
                 " MODULATION = VSB/8\n");
    CHECK(found.tuning.system == delivery_system::atsc);
    CHECK(only("[News Five]\n SERVICE_ID = 3\n DELIVERY_SYSTEM = ATSC\n FREQUENCY = 533000000\n"
               " MODULATION = QAM/256\n")
              .tuning.system == delivery_system::dvbc_b);
}

TEST_CASE("dvbv5: DVB-S2 in kHz, with LNB, switch, polarization and stream") {
    const auto found = only(satellite);
    CHECK(found.name == "Sport Two");
    auto tuning = found.tuning;
    std::sort(tuning.properties.begin(), tuning.properties.end());
    CHECK(tuning == device::tuning{.system = delivery_system::dvbs2,
                                   .frequency_hz = 11'479'000'000,
                                   .symbol_rate = 22'000'000,
                                   .polarity = polarization::vertical,
                                   .lnb = "EXTENDED",
                                   .satellite_number = 1,
                                   .stream_id = 5,
                                   .properties = {{DTV_MODULATION, PSK_8},
                                                  {DTV_INNER_FEC, FEC_3_4},
                                                  {DTV_ROLLOFF, ROLLOFF_35}}});
    const auto polarity = [](const std::string& word) {
        return only(replaced(satellite, "VERTICAL", word)).tuning.polarity;
    };
    CHECK(polarity("HORIZONTAL") == polarization::horizontal);
    CHECK(polarity("left") == polarization::left);
    CHECK(polarity("RIGHT") == polarization::right);
}

TEST_CASE("a list may say what the multiplex calls itself") {
    const std::string entry =
        "[One]\nSERVICE_ID = 1\nDELIVERY_SYSTEM = DVBT\nFREQUENCY = 474000000\n"
        "BANDWIDTH_HZ = 8000000\n";
    CHECK_FALSE(only(entry).tuning.transport_stream_id);
    CHECK(only(entry + "TRANSPORT_ID = 1101\nNETWORK_ID = 1\n").tuning.transport_stream_id == 1101);
    // 0 is how dvbv5-scan says that it does not know
    CHECK_FALSE(only(entry + "TRANSPORT_ID = 0\n").tuning.transport_stream_id);
    const auto wrong = read(entry + "TRANSPORT_ID = 70000\n");
    REQUIRE(wrong.channels.size() == 1);
    CHECK(wrong.remarks.size() == 1);
    CHECK_FALSE(wrong.channels[0].tuning.transport_stream_id);
}

TEST_CASE("dvbv5: Unicable and a scrambled physical layer are carried") {
    const auto found = only(satellite + "FREQ_BPF = 1210000\nDISEQC_WAIT = 10\n"
                                        "SCRAMBLING_SEQUENCE_INDEX = 121212\n");
    const auto value = [&](std::uint32_t command) {
        for (const auto& property : found.tuning.properties)
            if (property.first == command)
                return property.second;
        return 0U;
    };
    CHECK(value(DTV_FREQ_BPF) == 1'210'000);
    CHECK(value(DTV_DISEQC_WAIT) == 10);
    CHECK(value(DTV_SCRAMBLING_SEQUENCE_INDEX) == 121'212);
}

TEST_CASE("satellite channels that name no LNB or switch take the settings'") {
    auto bare = replaced(satellite, "\tLNB = EXTENDED\n", "");
    bare = replaced(bare, "\tSAT_NUMBER = 1\n", "");
    CHECK(only(bare).tuning.lnb == "UNIVERSAL");
    CHECK(only(bare).tuning.satellite_number == -1);
    const device::channel_list_settings settings{.lnb = "L10750", .satellite_number = 3};
    CHECK(only(bare, settings).tuning.lnb == "L10750");
    CHECK(only(bare, settings).tuning.satellite_number == 3);
    CHECK(only(satellite, settings).tuning.lnb == "EXTENDED");
    CHECK(only(satellite, settings).tuning.satellite_number == 1);
    CHECK(only(terrestrial, settings).tuning.lnb.empty());
    CHECK(only(terrestrial, settings).tuning.satellite_number == -1);
}

TEST_CASE("lines may end as on Windows, begin with a mark, and lack blanks") {
    const auto expected = only(terrestrial);
    std::string other = "\xef\xbb\xbf# a comment\r\n\r\n";
    for (const char letter : terrestrial)
        other += letter == '\n' ? "\r\n" : std::string{letter};
    CHECK(only(other) == expected);
    std::string tight = terrestrial;
    for (std::size_t at = 0; (at = tight.find(" = ", at)) != std::string::npos;)
        tight.replace(at, 3, "=");
    CHECK(only(tight) == expected);
    CHECK(only(terrestrial.substr(0, terrestrial.size() - 1)) == expected);
}

TEST_CASE("names are what the list says, as UTF-8") {
    const auto name = [](const std::string& title) {
        return only(replaced(terrestrial, "[Cinema One]", title)).name;
    };
    CHECK(name("[CHANNEL Cinema One]") == "Cinema One");
    CHECK(name("[Cinema [HD] One]") == "Cinema [HD] One");
    CHECK(name("[ 1:2 = 3 ]") == "1:2 = 3");
    CHECK(name("[CHANNEL]") == "CHANNEL");
    CHECK(name("[Fünf]") == "Fünf");
    CHECK(name("[F\xfcnf]") == "Fünf");
    CHECK(name("[One\x01\x7f Two]") == "One Two");
    CHECK(name("[" + std::string(100'000, 'x') + "]") == std::string(100'000, 'x'));
}

TEST_CASE("a bad entry costs only itself, and is told with its line") {
    const auto bad = [](const std::string& what, const std::string& with) {
        // good before and after
        return remark(satellite + replaced(terrestrial, what, with) + satellite, 2);
    };
    CHECK(bad("\tSERVICE_ID = 101\n", "") == "15: no SERVICE_ID: \"Cinema One\" is passed over.");
    CHECK(bad("= 101", "= 0") == "16: SERVICE_ID = 0 has no meaning: \"Cinema One\" is passed "
                                 "over.");
    CHECK(has(bad("= 101", "= 65536"), "16: SERVICE_ID = 65536 has no meaning"));
    CHECK(has(bad("= 101", "= 0x65"), "16: SERVICE_ID"));
    CHECK(has(bad("\tFREQUENCY = 474000000\n", ""), "15: no FREQUENCY"));
    CHECK(has(bad("474000000", "474000"), "21: FREQUENCY = 474000 has no meaning"));
    CHECK(has(bad("474000000", "99999999999999999999"), "21: FREQUENCY"));
    CHECK(has(bad("474000000", "-474000000"), "21: FREQUENCY"));
    CHECK(has(bad("\tDELIVERY_SYSTEM = DVBT\n", ""), "15: no DELIVERY_SYSTEM"));
    CHECK(has(bad("= DVBT", "= DVBX"), "30: DELIVERY_SYSTEM = DVBX has no meaning"));
    CHECK(has(bad("= DVBT", "= DTMB"), "30: DELIVERY_SYSTEM = DTMB has no meaning"));
    CHECK(has(bad("= DVBT", "= " + std::string(100'000, 'A')), "AAA has no meaning"));

    const auto bad_satellite = [](const std::string& what, const std::string& with) {
        return remark(terrestrial + replaced(satellite, what, with) + terrestrial, 2);
    };
    CHECK(has(bad_satellite("\tPOLARIZATION = VERTICAL\n", ""), "17: no POLARIZATION"));
    CHECK(has(bad_satellite("VERTICAL", "UP"), "28: POLARIZATION = UP has no meaning"));
    CHECK(has(bad_satellite("VERTICAL", "OFF"), "28: POLARIZATION = OFF has no meaning"));
    CHECK(has(bad_satellite("EXTENDED", "NEVER HEARD"), "20: LNB = NEVER HEARD has no meaning"));
    CHECK(has(bad_satellite("SAT_NUMBER = 1", "SAT_NUMBER = 64"), "19: SAT_NUMBER"));
    CHECK(has(bad_satellite("11479000", "11479"), "21: FREQUENCY"));
    CHECK(only(replaced(satellite, "SAT_NUMBER = 1", "SAT_NUMBER = -1")).tuning.satellite_number ==
          -1);
}

TEST_CASE("a value that the frontend can find out costs only itself") {
    CHECK(remark(replaced(terrestrial, "QAM/64", "QAM/63"), 1) ==
          "8: MODULATION = QAM/63 has no meaning: left to the frontend to find out.");
    CHECK(has(remark(replaced(terrestrial, "= 8000000", "= wide"), 1), "9: BANDWIDTH_HZ = wide"));
    CHECK(has(remark(replaced(terrestrial, "8K", std::string(100'000, 'K')), 1), "14: TRANSM"));
    // libdvbv5's own way to write that it does not know
    CHECK_FALSE(only(replaced(satellite, "PILOT = AUTO", "PILOT = 4294967295")).name.empty());
    CHECK(only(replaced(satellite, "22000000", "-1")).tuning.symbol_rate == 0);
    // keys of later versions
    CHECK(only(terrestrial + "COLOUR = green\n") == only(terrestrial));
    // the first of each counts, and a thousand more do no harm
    std::string many = terrestrial;
    for (int n = 0; n < 5000; ++n)
        many += "FREQUENCY = 1\nMODULATION = QPSK\nVIDEO_PID = 1\nPID_0b = 1\nVCHANNEL = 1\n";
    CHECK(only(many) == only(terrestrial));
}

TEST_CASE("lines that are nothing are told") {
    CHECK(remark("FREQUENCY = 1\n" + terrestrial, 1) ==
          "1: a value before the first [NAME]: passed over.");
    CHECK(remark(terrestrial + "what is this\n", 1) ==
          "17: neither [NAME] nor KEY = VALUE: passed over.");
    CHECK(remark(terrestrial + "=\n = 3\n[Next\nSERVICE_ID = 9\nDELIVERY_SYSTEM = DVBT\n"
                               "FREQUENCY = 474000000\n",
                 2) == "19: a ] is missing; the name is taken as it stands.");
}

TEST_CASE("zap: DVB-T") {
    auto expected = only(terrestrial);
    auto found = only(zap_t);
    std::sort(found.tuning.properties.begin(), found.tuning.properties.end());
    std::sort(expected.tuning.properties.begin(), expected.tuning.properties.end());
    CHECK(found == expected);
    CHECK(only(replaced(zap_t, "474000000", "474000")).tuning.frequency_hz == 474'000'000);
    CHECK(only(replaced(zap_t, "474000000", "474")).tuning.frequency_hz == 474'000'000);
    CHECK(only(replaced(zap_t, "BANDWIDTH_8_MHZ", "BANDWIDTH_AUTO")).tuning.bandwidth_hz == 0);
    CHECK(only(zap_t, {.system = delivery_system::dvbt2}).tuning.system == delivery_system::dvbt2);
}

TEST_CASE("zap: DVB-C and ATSC") {
    auto found = only(zap_c);
    CHECK(found.name == "Docu Three");
    CHECK(found.program_number == 103);
    std::sort(found.tuning.properties.begin(), found.tuning.properties.end());
    CHECK(found.tuning == device::tuning{.system = delivery_system::dvbc,
                                         .frequency_hz = 346'000'000,
                                         .symbol_rate = 6'900'000,
                                         .properties = {{DTV_MODULATION, QAM_256},
                                                        {DTV_INVERSION, INVERSION_OFF},
                                                        {DTV_INNER_FEC, FEC_NONE}}});
    found = only("News Five:533000000:8VSB:49:52:3\n");
    CHECK(found.tuning.system == delivery_system::atsc);
    CHECK(found.program_number == 3);
    CHECK(only("News Five:533000000:QAM_256:49:52:3\n").tuning.system == delivery_system::dvbc_b);
}

TEST_CASE("zap: DVB-S in MHz or kHz, with or without the satellite's number") {
    const device::tuning expected{.system = delivery_system::dvbs,
                                  .frequency_hz = 11'479'000'000,
                                  .symbol_rate = 22'000'000,
                                  .polarity = polarization::vertical,
                                  .lnb = "UNIVERSAL",
                                  .satellite_number = 1};
    auto found = only(zap_s);
    CHECK(found.name == "Sport Two");
    CHECK(found.program_number == 102);
    CHECK(found.tuning == expected);
    CHECK(only(replaced(zap_s, "11479", "11479000")) == found);
    // as libdvbv5 itself writes it
    const auto without = replaced(zap_s, ":v:1:", ":V:");
    auto plain = expected;
    plain.satellite_number = -1;
    CHECK(only(without).tuning == plain);
    CHECK(only(without, {.satellite_number = 2}).tuning.satellite_number == 2);
    CHECK(only(zap_s, {.satellite_number = 2}).tuning.satellite_number == 1);
    for (const auto& [letter, polarity] : {std::pair{"h", polarization::horizontal},
                                           {"L", polarization::left},
                                           {"r", polarization::right}})
        CHECK(only(replaced(zap_s, ":v:", std::string{":"} + letter + ":")).tuning.polarity ==
              polarity);
    auto s2 = expected;
    s2.system = delivery_system::dvbs2;
    CHECK(only(zap_s, {.system = delivery_system::dvbs2}).tuning == s2);
}

TEST_CASE("zap: a bad line costs only itself") {
    const auto bad = [](const std::string& line) { return remark(zap_t + line + zap_s, 2); };
    CHECK(bad("nothing\n") == "2: the line fits no delivery system's fields: passed over.");
    CHECK(has(bad("A:b:c:d:e:f:g\n"), "2: the line fits no delivery system's fields"));
    CHECK(has(bad(replaced(zap_t, ":101\n", "\n")), "2: the line fits no"));
    CHECK(has(bad(replaced(zap_t, ":101", ":0")), "2: the line has \"0\" for SERVICE"));
    CHECK(
        has(bad(replaced(zap_t, "QAM_64", "QAM_63")), "2: the line has \"QAM_63\" for MODULATION"));
    CHECK(has(bad(replaced(zap_t, "QAM_64", "")), "2: the line has \"\" for MODULATION"));
    CHECK(has(bad(replaced(zap_t, "QAM_64", std::string(100'000, 'Q'))), "\"QQQ"));
    CHECK(has(bad(replaced(zap_t, "474000000", "47x")), "2: the line has \"47x\" for FREQUENCY"));
    CHECK(has(bad(replaced(zap_s, ":1:", ":99:")), "2: the line names a switch input"));
    CHECK(has(bad(replaced(zap_s, "22000", "22000000")), "for SYMBOL_RATE"));
    CHECK(has(bad(replaced(zap_c, "Docu Three", "")), "2: the line has no name"));
    // lists of PIDs are not read
    CHECK(only(replaced(zap_t, ":258:", ":258+259=deu:")) == only(zap_t));
    const auto misfit = read(zap_s + zap_t, {.system = delivery_system::dvbt});
    CHECK(misfit.channels.size() == 1);
    REQUIRE(misfit.remarks.size() == 1);
    CHECK(has(misfit.remarks[0], ":1: the line has the fields of DVB-S, not of DVB-T"));
}

TEST_CASE("the format is told by the content, or by the settings") {
    CHECK(only("# [not a section]\n" + zap_t).program_number == 101);
    CHECK(only("[HD] " + zap_t).name == "[HD] Cinema One");
    CHECK(only(replaced(terrestrial, "[Cinema One]", "[a:b:c:d:e:f]")).name == "a:b:c:d:e:f");
    const auto forced = read(zap_t, {.format = channel_format::dvbv5});
    CHECK(forced.channels.empty());
    CHECK(forced.remarks.size() == 1);
    CHECK(read(terrestrial, {.format = channel_format::zap}).channels.empty());
}

TEST_CASE("no list at all is a sentence with path and reason") {
    const auto why = [](const std::filesystem::path& file) {
        const auto list = device::read_channel_list(file);
        CHECK(list.channels.empty());
        CHECK(list.remarks.empty());
        return list.error;
    };
    CHECK(why("/nowhere/channels.conf") == "The channel list /nowhere/channels.conf cannot be "
                                           "read: No such file or directory.");
    CHECK(has(why("/tmp"), "Is a directory"));
    CHECK(has(why("/dev/zero"), "larger than any channel list"));
    const temporary_folder folder;
    REQUIRE(::mkfifo((folder.path() / "fifo").c_str(), 0600) == 0);
    CHECK(has(why(folder.path() / "fifo"), "it is empty"));
    CHECK(has(read("").error, "it is empty"));
    CHECK(has(read("# only\n\n  # comments\n").error, "it is empty"));
    CHECK(has(read("what\nis this\n").error, "neither [NAME] sections"));
    CHECK(has(read(zap_t + std::string(1, '\0')).error, "not a text file"));
}

TEST_CASE("mutilated lists neither crash nor reach stderr") {
    const temporary_folder folder;
    const auto said = folder.path() / "stderr";
    const unique_fd before{::dup(STDERR_FILENO)};
    const unique_fd file{::open(said.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    REQUIRE(::dup2(file.get(), STDERR_FILENO) >= 0);

    std::mt19937 random{4711};
    const auto below = [&](std::size_t limit) { return random() % limit; };
    std::size_t channels = 0;
    std::size_t remarks = 0;
    for (unsigned round = 0; round < 600; ++round) {
        std::string list =
            round % 2 == 0 ? terrestrial + satellite + terrestrial : zap_t + zap_c + zap_s + zap_t;
        for (auto changes = 1 + below(12); changes > 0 && !list.empty(); --changes) {
            const auto at = below(list.size());
            switch (below(4)) {
            case 0:
                list[at] = static_cast<char>(1 + below(255));
                break;
            case 1:
                list.erase(at, below(40));
                break;
            case 2:
                list.insert(at, 1 + below(300), "=:[]\n #A0"[below(9)]);
                break;
            default:
                list.insert(at, list.substr(below(list.size()), below(400)));
            }
        }
        const auto found = read(list);
        channels += found.channels.size();
        remarks += found.remarks.size();
        for (const auto& channel : found.channels)
            REQUIRE((channel.program_number != 0 && channel.tuning.frequency_hz > 40'000'000));
    }
    ::dup2(before.get(), STDERR_FILENO);
    CHECK(std::filesystem::file_size(said) == 0);
    CHECK(channels > 600);
    CHECK(remarks > 600);
}
#endif
