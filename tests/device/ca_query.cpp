// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/ca_query.hpp"

#include "support/catch.hpp"
#include "support/fake_dvb.hpp"

using namespace cihost;
using namespace cihost::test;
using device::ca_kind;

namespace {

const std::string path = "/dev/dvb/adapter0/ca0";
// the kernel's third kind, which is not ours to use
constexpr int descrambler = 8;

fake_dvb::node node(unsigned caps_type, std::vector<ca_slot_info> slots) {
    fake_dvb::node made;
    made.ca.slot_num = static_cast<unsigned>(slots.size());
    made.ca.slot_type = caps_type;
    made.slots = std::move(slots);
    return made;
}

result<device::ca_identity> asked(const fake_dvb::node& node) {
    fake_dvb kernel;
    kernel.nodes[path] = node;
    auto given = device::query_ca(path, kernel);
    // whatever it was, it is free again
    CHECK(kernel.descriptors.empty());
    CHECK(kernel.wrong_closes == 0);
    return given;
}

std::string flags(const device::ca_identity& found) {
    std::string text;
    for (const auto& slot : found.slots)
        text += std::string{slot.present ? "P" : "-"} + (slot.ready ? "R " : "- ");
    return text;
}

} // namespace

TEST_CASE("a link device with its slots") {
    const auto found = asked(node(
        CA_CI_LINK, {{.type = CA_CI_LINK, .flags = 0},
                     {.type = CA_CI_LINK, .flags = CA_CI_MODULE_PRESENT},
                     {.type = CA_CI_LINK, .flags = CA_CI_MODULE_PRESENT | CA_CI_MODULE_READY}}));
    REQUIRE(found.has_value());
    CHECK(found->kind == ca_kind::link);
    CHECK(flags(*found) == "-- P- PR ");
}

TEST_CASE("what a slot says of itself counts, not what the device says") {
    CHECK(asked(node(CA_CI, {{.type = CA_CI_LINK}}))->kind == ca_kind::link);
    CHECK(asked(node(CA_CI_LINK, {{.type = CA_CI}}))->kind == ca_kind::high_level);
    CHECK(asked(node(CA_CI_LINK, {{.type = 0}}))->kind == ca_kind::link);
    CHECK(asked(node(CA_CI_LINK | descrambler, {{.type = descrambler}}))->kind ==
          ca_kind::descrambler);
    // slots of a CI beside others: those of the CI
    const auto mixed = asked(node(
        CA_CI_LINK, {{.type = descrambler}, {.type = CA_CI_LINK, .flags = CA_CI_MODULE_PRESENT}}));
    CHECK(mixed->kind == ca_kind::link);
    CHECK(flags(*mixed) == "P- ");
}

TEST_CASE("high-level drivers give either flag") {
    const auto either = [](unsigned given) {
        const auto found = asked(node(CA_CI, {{.type = CA_CI, .flags = given}}));
        CHECK(found->kind == ca_kind::high_level);
        return flags(*found);
    };
    CHECK(either(CA_CI_MODULE_PRESENT) == "PR ");
    CHECK(either(CA_CI_MODULE_READY) == "PR ");
    CHECK(either(0) == "-- ");
}

TEST_CASE("only descramblers: no slots, and closed") {
    for (const auto& only : {node(descrambler, {}), node(0, {}),
                             node(descrambler, {{.type = descrambler}, {.type = descrambler}})}) {
        const auto found = asked(only);
        REQUIRE(found.has_value());
        CHECK(found->kind == ca_kind::descrambler);
        CHECK(found->slots.empty());
    }
}

TEST_CASE("a driver that counts too many slots is not believed") {
    auto many = node(CA_CI_LINK, {{.type = CA_CI_LINK, .flags = CA_CI_MODULE_PRESENT}});
    many.ca.slot_num = 0xffff'ffff;
    const auto found = asked(many);
    REQUIRE(found.has_value());
    CHECK(found->kind == ca_kind::link);
    CHECK(found->slots.size() == 16);
    CHECK(found->slots[0].present);
    CHECK_FALSE(found->slots[1].present);
}

TEST_CASE("why a CA device cannot be asked is its errno") {
    for (const int error : {EBUSY, EACCES, ENODEV, EMFILE}) {
        auto closed = node(CA_CI_LINK, {{.type = CA_CI_LINK}});
        closed.open_error = error;
        CHECK(asked(closed).error().value() == error);
        auto dumb = node(CA_CI_LINK, {{.type = CA_CI_LINK}});
        dumb.failures[CA_GET_CAP] = error;
        CHECK(asked(dumb).error().value() == error);
    }
    auto pulled = node(CA_CI_LINK, {{.type = CA_CI_LINK}});
    pulled.failures[CA_GET_SLOT_INFO] = ENODEV;
    CHECK(asked(pulled).error().value() == ENODEV);
    // a slot that cannot say is a slot
    pulled.failures[CA_GET_SLOT_INFO] = EACCES;
    CHECK(asked(pulled)->kind == ca_kind::link);
    CHECK(flags(*asked(pulled)) == "-- ");
}
