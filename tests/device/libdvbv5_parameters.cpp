// SPDX-License-Identifier: LGPL-2.1-or-later
#ifdef CIHOST_HAVE_LIBDVBV5
#include "device/libdvbv5/log.hpp"
#include "device/libdvbv5/parameters.hpp"
#include "device/libdvbv5/satellite.hpp"
#include "support/catch.hpp"

#include <cerrno>
#include <libdvbv5/dvb-v5-std.h>
#include <string>

using namespace cihost;
using namespace cihost::device;

namespace {

/// libdvbv5's own frontend without hardware.
class dummy {
  public:
    /// Its system is as if it were chosen already: there is no hardware to choose it in.
    explicit dummy(fe_delivery_system_t system)
        : parms_{dvb_fe_dummy()} {
        parms_->logfunc = dvbv5::log_function;
        parms_->current_sys = system;
        if (system != SYS_UNDEFINED)
            parms_->systems[parms_->num_systems++] = system;
    }
    dummy(const dummy&) = delete;
    dummy& operator=(const dummy&) = delete;
    ~dummy() { dvb_fe_close(parms_); }

    error_code store(const tuning& where) { return dvbv5::store(*parms_, where); }
    std::uint32_t operator[](unsigned command) const {
        std::uint32_t value = 0xdead;
        dvb_fe_retrieve_parm(parms_, command, &value);
        return value;
    }
    dvb_v5_fe_parms* operator->() const { return parms_; }
    const dvb_v5_fe_parms& operator*() const { return *parms_; }

  private:
    dvb_v5_fe_parms* parms_;
};

const tuning astra{.system = delivery_system::dvbs2,
                   .frequency_hz = 11'494'000'000,
                   .symbol_rate = 22'000'000,
                   .polarity = polarization::horizontal,
                   .lnb = "UNIVERSAL",
                   .satellite_number = 1};

tuning changed(tuning from, auto change) {
    change(from);
    return from;
}

} // namespace

TEST_CASE("what a tuning leaves open is AUTO, not libdvbv5's 0") {
    dummy frontend{SYS_DVBT};
    REQUIRE_FALSE(frontend.store({.system = delivery_system::dvbt, .frequency_hz = 474'000'000}));
    CHECK(frontend->current_sys == SYS_DVBT);
    CHECK(frontend[DTV_FREQUENCY] == 474'000'000);
    CHECK(frontend[DTV_MODULATION] == QAM_AUTO);
    CHECK(frontend[DTV_INVERSION] == INVERSION_AUTO);
    CHECK(frontend[DTV_CODE_RATE_HP] == FEC_AUTO);
    CHECK(frontend[DTV_CODE_RATE_LP] == FEC_AUTO);
    CHECK(frontend[DTV_GUARD_INTERVAL] == GUARD_INTERVAL_AUTO);
    CHECK(frontend[DTV_TRANSMISSION_MODE] == TRANSMISSION_MODE_AUTO);
    CHECK(frontend[DTV_HIERARCHY] == HIERARCHY_AUTO);
    CHECK(frontend[DTV_BANDWIDTH_HZ] == 8'000'000);
    CHECK(frontend->lnb == nullptr);
}

TEST_CASE("the bandwidth is the raster's where the driver cannot find it out") {
    dummy frontend{SYS_DVBT2};
    tuning where{.system = delivery_system::dvbt2, .frequency_hz = 177'500'000};
    REQUIRE_FALSE(frontend.store(where));
    CHECK(frontend[DTV_BANDWIDTH_HZ] == 7'000'000);
    CHECK(frontend[DTV_STREAM_ID] == NO_STREAM_ID_FILTER);
    frontend->info.caps = FE_CAN_BANDWIDTH_AUTO;
    REQUIRE_FALSE(frontend.store(where));
    CHECK(frontend[DTV_BANDWIDTH_HZ] == 0);
    where.bandwidth_hz = 1'712'000;
    where.stream_id = 2;
    REQUIRE_FALSE(frontend.store(where));
    CHECK(frontend[DTV_BANDWIDTH_HZ] == 1'712'000);
    CHECK(frontend[DTV_STREAM_ID] == 2);
}

TEST_CASE("properties are handed on, those of other systems are not") {
    dummy frontend{SYS_DVBC_ANNEX_A};
    REQUIRE_FALSE(frontend.store({.system = delivery_system::dvbc,
                                  .frequency_hz = 346'000'000,
                                  .symbol_rate = 6'900'000,
                                  .properties = {{DTV_MODULATION, QAM_256},
                                                 {DTV_INNER_FEC, FEC_NONE},
                                                 {DTV_HIERARCHY, HIERARCHY_4},
                                                 {9999, 1}}}));
    CHECK(frontend[DTV_SYMBOL_RATE] == 6'900'000);
    CHECK(frontend[DTV_MODULATION] == QAM_256);
    CHECK(frontend[DTV_INNER_FEC] == FEC_NONE);
    CHECK(frontend[DTV_HIERARCHY] == 0xdead);
    CHECK(dvbv5::takes(SYS_DVBC_ANNEX_A, DTV_SYMBOL_RATE));
    CHECK_FALSE(dvbv5::takes(SYS_DVBC_ANNEX_A, DTV_HIERARCHY));
    CHECK_FALSE(dvbv5::takes(SYS_UNDEFINED, DTV_FREQUENCY));
    CHECK_FALSE(dvbv5::takes(4711, DTV_FREQUENCY));
}

TEST_CASE("a satellite's frequency goes in kHz, with LNB, polarization and switch") {
    dummy frontend{SYS_DVBS2};
    REQUIRE_FALSE(frontend.store(changed(astra, [](tuning& t) {
        t.properties = {{DTV_MODULATION, PSK_8}};
    })));
    CHECK(frontend[DTV_FREQUENCY] == 11'494'000);
    CHECK(frontend[DTV_SYMBOL_RATE] == 22'000'000);
    CHECK(frontend[DTV_POLARIZATION] == POLARIZATION_H);
    CHECK(frontend[DTV_MODULATION] == PSK_8);
    CHECK(frontend[DTV_ROLLOFF] == ROLLOFF_AUTO);
    CHECK(frontend[DTV_PILOT] == PILOT_AUTO);
    CHECK(frontend[DTV_STREAM_ID] == NO_STREAM_ID_FILTER);
    REQUIRE(frontend->lnb != nullptr);
    // covers 10,700 to 12,750 MHz
    CHECK(std::string{frontend->lnb->alias} == "EXTENDED");
    CHECK(frontend->sat_number == 1);

    SECTION("nothing of the LNB is left for the next one") {
        REQUIRE_FALSE(frontend.store(changed(astra, [](tuning& t) { t.lnb.clear(); })));
        CHECK(frontend->lnb == nullptr);
        CHECK(frontend->sat_number == -1);
    }
    SECTION("Unicable") {
        REQUIRE_FALSE(frontend.store(changed(astra, [](tuning& t) {
            t.properties = {{DTV_FREQ_BPF, 1'210'000}, {DTV_DISEQC_WAIT, 5}};
        })));
        CHECK(frontend->freq_bpf == 1'210'000);
        CHECK(frontend->diseqc_wait == 5);
    }
    SECTION("all polarizations") {
        const auto stored = [&](polarization polarity) {
            REQUIRE_FALSE(
                frontend.store(changed(astra, [&](tuning& t) { t.polarity = polarity; })));
            return frontend[DTV_POLARIZATION];
        };
        CHECK(stored(polarization::vertical) == POLARIZATION_V);
        CHECK(stored(polarization::left) == POLARIZATION_L);
        CHECK(stored(polarization::right) == POLARIZATION_R);
    }
}

TEST_CASE("what a frontend cannot receive is EINVAL") {
    dummy frontend{SYS_DVBS};
    const auto refused = [&](const tuning& where) {
        return frontend.store(where).value() == EINVAL;
    };
    CHECK(refused(astra)); // DVB-S2
    CHECK(refused({.system = delivery_system::dvbt, .frequency_hz = 474'000'000}));
    CHECK(refused({.frequency_hz = 474'000'000}));
    const auto dvbs = changed(astra, [](tuning& t) { t.system = delivery_system::dvbs; });
    CHECK_FALSE(refused(dvbs));
    CHECK(refused(changed(dvbs, [](tuning& t) { t.lnb = "NO SUCH LNB"; })));
    CHECK(refused(changed(dvbs, [](tuning& t) { t.polarity = polarization::none; })));
    CHECK(refused(changed(dvbs, [](tuning& t) { t.frequency_hz = 0; })));
    CHECK(refused(changed(dvbs, [](tuning& t) { t.frequency_hz = 5'000'000'000'000; })));
    dummy none{SYS_UNDEFINED};
    CHECK(none.store(dvbs).value() == EINVAL);
}

TEST_CASE("an unspecified system is the frontend's first that fits") {
    dummy satellite{SYS_DVBS2};
    CHECK_FALSE(satellite.store(
        changed(astra, [](tuning& t) { t.system = delivery_system::unspecified; })));
    CHECK(satellite->current_sys == SYS_DVBS2);
    dummy cable{SYS_DVBC_ANNEX_C};
    CHECK_FALSE(cable.store({.system = delivery_system::dvbc, .frequency_hz = 346'000'000}));
    CHECK(cable->current_sys == SYS_DVBC_ANNEX_C);
    dummy atsc{SYS_ATSC};
    CHECK_FALSE(atsc.store({.frequency_hz = 533'000'000}));
    CHECK(atsc[DTV_MODULATION] == VSB_8);
}

TEST_CASE("voltage and tone are mended where libdvbv5 always feeds 13 V") {
    dummy frontend{SYS_DVBS2};
    const auto supply = [&](const tuning& where) {
        REQUIRE_FALSE(frontend.store(where));
        return dvbv5::mended_supply(*frontend, where);
    };
    using dvbv5::lnb_supply;
    CHECK_FALSE(supply(astra));
    const auto behind = changed(astra, [](tuning& t) { t.satellite_number = 3; });
    CHECK(supply(behind) == lnb_supply{.high_voltage = true, .tone = false});
    CHECK(supply(changed(behind, [](tuning& t) {
              t.frequency_hz = 12'545'000'000;
              t.polarity = polarization::vertical;
          })) == lnb_supply{.high_voltage = false, .tone = true});
    CHECK(supply(changed(behind, [](tuning& t) { t.frequency_hz = 11'700'000'000; })) ==
          lnb_supply{.high_voltage = true, .tone = false});
    // one oscillator
    CHECK(supply(changed(astra, [](tuning& t) {
              t.lnb = "L10750";
              t.satellite_number = -1;
              t.polarity = polarization::left;
          })) == lnb_supply{.high_voltage = true, .tone = false});
    // bandstacked: the polarization is in the frequency
    CHECK_FALSE(supply(changed(astra, [](tuning& t) { t.lnb = "DISHPRO"; })));
    CHECK_FALSE(supply(changed(behind, [](tuning& t) { t.properties = {{DTV_FREQ_BPF, 1}}; })));
    CHECK_FALSE(supply(changed(behind, [](tuning& t) { t.lnb.clear(); })));
}
#endif
