// SPDX-License-Identifier: LGPL-2.1-or-later
#include "receiver/settings.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

using namespace cihost;
using kind = receiver_error::kind;

namespace {

/// What is said of it.
std::string refusal(kind expected, const std::function<void()>& ask) {
    try {
        ask();
    } catch (const receiver_error& error) {
        CHECK(error.which() == expected);
        return error.what();
    }
    FAIL_CHECK("it was not refused");
    return {};
}

std::string settings_refused(kind expected, const receiver_settings& settings) {
    return refusal(expected, [&] { embedded::understand(settings); });
}

std::string tuning_refused(const tuning& where, bool of_kernel) {
    return refusal(kind::invalid, [&] { embedded::require_details(where, of_kernel); });
}

bool has(const std::string& text, const std::string& part) {
    CAPTURE(text);
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("a virtual receiver is named by its folder") {
    const auto meant = embedded::understand({.device = "virtual:some/nodes"});
    CHECK(meant.settings.virtual_device == std::filesystem::current_path() / "some/nodes");
    CHECK(meant.settings.whole_multiplex);
    CHECK_FALSE(meant.nodes);
    CHECK(meant.devices.open_ca != nullptr);
}

TEST_CASE("settings that cannot be meant so are refused with what to do") {
    CHECK(has(settings_refused(kind::invalid, {}), "No device is named. Give \"adapter0\""));
    for (const auto* const device : {"0", "adapter", "adapter0/ca0", "/dev/dvb", "/tmp/nodes"}) {
        const auto text = settings_refused(kind::invalid, {.device = device});
        CHECK(has(text, "'" + std::string{device} + "'"));
        CHECK(has(text, "virtual:FOLDER"));
    }
    CHECK(has(settings_refused(kind::invalid, {.device = "virtual:"}), "cihost-sim run"));
    const auto both = settings_refused(kind::invalid, {.device = "virtual:/tmp", .ca = "ca0"});
    CHECK(has(both, "'ca0' cannot be used with it: leave it out"));
}

TEST_CASE("an adapter that is not there is refused with what is there") {
    for (const auto* const device : {"adapter250", "/dev/dvb/adapter250/frontend3"}) {
        const auto text = settings_refused(kind::not_found, {.device = device});
        // by the machine: it has no adapters, or others
        CHECK((has(text, "/dev/dvb:") || has(text, "has no adapters") ||
               has(text, "There is no /dev/dvb/adapter250/frontend")));
    }
}

TEST_CASE("an adapter stands for its nodes, and for another's CI slots if told so") {
    const test::temporary_folder root;
    const auto adapter = root.path() / "adapter0";
    std::filesystem::create_directory(adapter);
    for (const auto* const node : {"frontend0", "demux0", "dvr0", "ca0", "frontend1"})
        std::ofstream{adapter / node};
    const auto understood = [&](const receiver_settings& settings) {
        return embedded::understand(settings, root.path());
    };
    const auto meant = understood({.device = "adapter0"});
    CHECK_FALSE(meant.settings.whole_multiplex);
    CHECK(meant.devices.open_ca != nullptr);
    REQUIRE(meant.nodes);
    CHECK(meant.nodes->frontend == adapter / "frontend0");
    CHECK(meant.nodes->demux == adapter / "demux0");
    CHECK(meant.nodes->ca == adapter / "ca0");
    CHECK(understood({.device = "adapter0", .ca = "ca1"}).nodes->ca == adapter / "ca1");
    const auto far = understood({.device = "adapter0", .ca = "/dev/dvb/adapter7/ca0"});
    CHECK(far.nodes->ca == "/dev/dvb/adapter7/ca0");
    CHECK_FALSE(far.devices.one_adapter);
    CHECK(understood({.device = "adapter0", .ca = "none"}).devices.open_ca == nullptr);
    // shares what there is one of
    const auto second = understood({.device = "adapter0/frontend1"});
    CHECK(second.nodes->frontend == adapter / "frontend1");
    CHECK(second.nodes->demux == adapter / "demux0");
    CHECK(second.nodes->dvr == adapter / "dvr0");

    const auto refused = [&](const char* device) {
        return refusal(kind::not_found, [&] { understood({.device = device}); });
    };
    CHECK(has(refused("adapter0/frontend2"), "The frontends of adapter0: frontend0, frontend1."));
    CHECK(has(refused("adapter3"), "The adapters here: adapter0."));
}

TEST_CASE("a tuning without what its delivery system needs is refused") {
    const tuning terrestrial{.system = delivery_system::dvbt, .frequency_hz = 474'000'000};
    CHECK_NOTHROW(embedded::require_details(terrestrial, true));
    CHECK_NOTHROW(embedded::require_details({.frequency_hz = 474'000'000}, false));
    CHECK(has(tuning_refused({}, false), "The frequency is 0 Hz"));
    CHECK(has(tuning_refused({.frequency_hz = 474}, false), "in Hz"));
    CHECK(has(tuning_refused({.frequency_hz = 474'000'000}, true), "delivery system"));
    tuning where{.system = delivery_system::dvbs2, .frequency_hz = 11'479'000'000};
    CHECK(has(tuning_refused(where, true), "DVB-S2 needs a symbol rate"));
    where.symbol_rate = 22'000'000;
    CHECK(has(tuning_refused(where, true), "DVB-S2 needs a polarization"));
    where.polarity = polarization::vertical;
    CHECK_NOTHROW(embedded::require_details(where, true));
    where = {.system = delivery_system::dvbc, .frequency_hz = 346'000'000};
    CHECK(has(tuning_refused(where, true), "DVB-C needs a symbol rate"));
    where.symbol_rate = 6'900'000;
    CHECK_NOTHROW(embedded::require_details(where, true));
}
