// SPDX-License-Identifier: LGPL-2.1-or-later
#ifdef CIHOST_HAVE_LIBDVBV5
#include "device/libdvbv5/statistics.hpp"
#include "support/catch.hpp"

#include <map>

using namespace cihost::device;

namespace {

struct measured {
    std::map<unsigned, dtv_stats> stats;

    void decibel(unsigned command, std::int64_t thousandths) {
        stats[command].scale = FE_SCALE_DECIBEL;
        stats[command].svalue = thousandths;
    }
    void relative(unsigned command, std::uint64_t value) { put(command, FE_SCALE_RELATIVE, value); }
    void counter(unsigned command, std::uint64_t value) { put(command, FE_SCALE_COUNTER, value); }
    void put(unsigned command, std::uint8_t scale, std::uint64_t value) {
        stats[command].scale = scale;
        stats[command].uvalue = value;
    }
    dvbv5::statistics_source source() {
        return [this](unsigned command) -> const dtv_stats* {
            const auto found = stats.find(command);
            return found == stats.end() ? nullptr : &found->second;
        };
    }
};

} // namespace

TEST_CASE("a driver that measures nothing gives only the lock") {
    measured nothing;
    dvbv5::statistics statistics;
    for (const bool locked : {false, true}) {
        const auto status = statistics.read(locked, nothing.source());
        CHECK(status.locked == locked);
        CHECK_FALSE(status.strength_mdbm);
        CHECK_FALSE(status.cnr_mdb);
        CHECK_FALSE(status.strength_relative);
        CHECK_FALSE(status.cnr_relative);
        CHECK_FALSE(status.bit_error_rate);
        CHECK_FALSE(status.uncorrected_blocks);
    }
}

TEST_CASE("each value comes in the scale the driver gives") {
    measured now;
    dvbv5::statistics statistics;
    now.decibel(DTV_STAT_SIGNAL_STRENGTH, -48'250);
    now.relative(DTV_STAT_CNR, 40'000);
    auto status = statistics.read(true, now.source());
    CHECK(status.strength_mdbm == -48'250);
    CHECK_FALSE(status.strength_relative);
    CHECK(status.cnr_relative == 40'000);
    CHECK_FALSE(status.cnr_mdb);

    now.relative(DTV_STAT_SIGNAL_STRENGTH, 70'000);
    now.decibel(DTV_STAT_CNR, 27'500);
    status = statistics.read(true, now.source());
    CHECK_FALSE(status.strength_mdbm);
    CHECK(status.strength_relative == 65'535);
    CHECK(status.cnr_mdb == 27'500);

    now.decibel(DTV_STAT_CNR, 1LL << 40);
    now.put(DTV_STAT_SIGNAL_STRENGTH, FE_SCALE_NOT_AVAILABLE, 7);
    status = statistics.read(true, now.source());
    CHECK(status.cnr_mdb == 2'147'483'647);
    CHECK_FALSE(status.strength_mdbm);
    CHECK_FALSE(status.strength_relative);
}

TEST_CASE("the bit error rate is of what came since the last look") {
    measured now;
    dvbv5::statistics statistics;
    const auto rate = [&](unsigned errors_command, std::uint64_t errors, std::uint64_t total) {
        now.counter(errors_command, errors);
        now.counter(errors_command + 1, total); // DTV_STAT_…_TOTAL_BIT_COUNT
        return statistics.read(true, now.source()).bit_error_rate;
    };
    CHECK(rate(DTV_STAT_POST_ERROR_BIT_COUNT, 0, 0) == std::nullopt);
    CHECK(rate(DTV_STAT_POST_ERROR_BIT_COUNT, 10, 1'000) == 0.01);
    CHECK(rate(DTV_STAT_POST_ERROR_BIT_COUNT, 10, 2'000) == 0.0);
    CHECK(rate(DTV_STAT_POST_ERROR_BIT_COUNT, 510, 3'000) == 0.5);
    // no new figures between two looks of the driver itself
    CHECK(rate(DTV_STAT_POST_ERROR_BIT_COUNT, 510, 3'000) == 0.5);
    // the driver starts anew
    CHECK(rate(DTV_STAT_POST_ERROR_BIT_COUNT, 1, 100) == 0.01);
    statistics.tuned();
    CHECK(rate(DTV_STAT_POST_ERROR_BIT_COUNT, 0, 0) == std::nullopt);
}

TEST_CASE("before the inner code, where there is nothing after it") {
    measured now;
    dvbv5::statistics statistics;
    now.counter(DTV_STAT_PRE_ERROR_BIT_COUNT, 100);
    now.counter(DTV_STAT_PRE_TOTAL_BIT_COUNT, 1'000);
    CHECK(statistics.read(true, now.source()).bit_error_rate == 0.1);
    // the other counter begins: never a rate of the two mixed
    now.counter(DTV_STAT_POST_ERROR_BIT_COUNT, 1);
    now.counter(DTV_STAT_POST_TOTAL_BIT_COUNT, 2'000);
    CHECK(statistics.read(true, now.source()).bit_error_rate == 0.0005);
    now.stats.clear();
    CHECK_FALSE(statistics.read(true, now.source()).bit_error_rate);
}

TEST_CASE("uncorrected blocks count from the first look with a lock") {
    measured now;
    dvbv5::statistics statistics;
    const auto blocks = [&](bool locked, std::uint64_t counter) {
        now.counter(DTV_STAT_ERROR_BLOCK_COUNT, counter);
        return statistics.read(locked, now.source()).uncorrected_blocks;
    };
    CHECK(blocks(false, 900) == std::nullopt);
    CHECK(blocks(true, 1'000) == 0U);
    CHECK(blocks(true, 1'007) == 7U);
    CHECK(blocks(false, 1'010) == 10U);
    CHECK(blocks(true, 3) == 0U); // the driver started anew
    CHECK(blocks(true, 5) == 2U);
    statistics.tuned();
    CHECK(blocks(true, 5) == 0U);
}
#endif
