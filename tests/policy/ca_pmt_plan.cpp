// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/ca_pmt_plan.hpp"

#include "plan_services.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <random>

using namespace cihost;
using namespace cihost::policy;
using namespace cihost::test;
using namespace std::chrono_literals;
using en50221::ca_pmt_command;
using en50221::list_management;

namespace {

using programs = std::vector<std::uint16_t>;

} // namespace

TEST_CASE("ONLY for the first service, ADD for the next") {
    auto plan = with_module();
    for (const auto n : programs{1, 2, 3}) {
        plan.want(n, t0 + n * 1ms);
        plan.pmt_received(service(n, {ca(0x0B00, 500)}), t0 + 5ms);
    }
    const auto sent = drain(plan, t0 + 10ms);
    REQUIRE(sent.size() == 3);
    CHECK(sent[0].list == list_management::only);
    CHECK(sent[1].list == list_management::add);
    CHECK(sent[2].list == list_management::add);
    CHECK(sent[0].program_number == 1);
    CHECK(sent[2].program_number == 3);
    for (const auto& value : sent)
        CHECK(value.command == ca_pmt_command::ok_descrambling);
    CHECK(plan.status(2)->phase == service_phase::requested);
    CHECK(plan.status(2)->requested_at == t0 + 10ms);
    CHECK(plan.deadline() == never);
}

TEST_CASE("services are announced in the order in which they were wanted") {
    auto plan = with_module();
    plan.want(9, t0);
    plan.want(1, t0 + 1ms);
    plan.pmt_received(service(1, {ca(0x0B00, 500)}), t0);
    plan.pmt_received(service(9, {ca(0x0B00, 501)}), t0);
    const auto sent = drain(plan, t0);
    REQUIRE(sent.size() == 2);
    CHECK(sent[0].program_number == 9);
    CHECK(sent[1].program_number == 1);
}

TEST_CASE("descriptors are filtered to the module's systems, on their level, in their order") {
    auto plan = with_module();
    auto table = service(7, {ca(0x1801, 50), ca(0x0B00, 51), ca(0x0B00, 52)});
    table.streams[1].descriptors = {ca(0x0B00, 60), ca(0x1801, 61)};
    plan.want(7, t0);
    plan.pmt_received(table, t0);
    const auto sent = drain(plan, t0);
    REQUIRE(sent.size() == 1);
    REQUIRE(sent[0].ca_descriptors.size() == 2);
    CHECK(sent[0].ca_descriptors[0].ca_pid == 51);
    CHECK(sent[0].ca_descriptors[1].ca_pid == 52);
    REQUIRE(sent[0].streams.size() == 2);
    CHECK(sent[0].streams[0].ca_descriptors.empty());
    REQUIRE(sent[0].streams[1].ca_descriptors.size() == 1);
    CHECK(sent[0].streams[1].ca_descriptors[0].ca_pid == 60);
    CHECK(sent[0].streams[1].stream_type == 0x04);
}

TEST_CASE("content decides about UPDATE, not the version") {
    auto plan = with_module();
    auto table = service(1, {ca(0x0B00, 500)});
    plan.want(1, t0);
    plan.pmt_received(table, t0);
    REQUIRE(drain(plan, t0).size() == 1);

    table.version = 5;
    plan.pmt_received(table, t0 + 1s);
    CHECK(drain(plan, t0 + 1s).empty());

    // a foreign system's ECM PID moves: nothing the module would see
    table.program_info.push_back(ca(0x1801, 77));
    plan.pmt_received(table, t0 + 2s);
    CHECK(drain(plan, t0 + 2s).empty());

    table.program_info[0] = ca(0x0B00, 501); // same version
    plan.pmt_received(table, t0 + 3s);
    const auto sent = drain(plan, t0 + 3s);
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].list == list_management::update);
    CHECK(sent[0].command == ca_pmt_command::ok_descrambling);
    CHECK(sent[0].ca_descriptors[0].ca_pid == 501);
    CHECK(sent[0].streams.size() == 2);
    CHECK(plan.status(1)->ca_pmts_sent == 2);
}

TEST_CASE("what is told anew has a version that the module was not told before") {
    auto plan = with_module();
    auto table = service(1, {ca(0x0B00, 500)});
    table.version = 31;
    plan.want(1, t0);
    plan.pmt_received(table, t0);
    CHECK(drain(plan, t0).at(0).version == 31);
    const auto told_with = [&](std::uint16_t ecm_pid, std::uint8_t version) {
        table.program_info = {ca(0x0B00, ecm_pid)};
        table.version = version;
        plan.pmt_received(table, t0);
        return unsigned{drain(plan, t0).at(0).version};
    };
    CHECK(told_with(501, 31) == 0); // changed under its version
    CHECK(told_with(502, 0) == 1);  // its next one is told already
    CHECK(told_with(503, 7) == 7);
    // nothing changed, and yet the module is to look again
    plan.ca_info_received(3, {0x0B00}, t0 + 1min);
    CHECK(drain(plan, t0 + 1min).at(0).version == 8);
}

TEST_CASE("a list leaves the version of what it does not change") {
    auto plan = with_module({.listing = ca_pmt_listing::whole_list});
    auto table = service(1, {ca(0x0B00, 500)});
    plan.want(1, t0);
    plan.want(2, t0);
    plan.pmt_received(table, t0);
    drain(plan, t0);
    table.program_info = {ca(0x0B00, 501)};
    plan.pmt_received(table, t0);
    CHECK(drain(plan, t0).at(0).version == 1);
    plan.pmt_received(service(2, {ca(0x0B00, 510)}), t0);
    const auto sent = drain(plan, t0);
    REQUIRE(text_of(sent) == "FIRST 1, LAST 2");
    CHECK(sent[0].version == 1);
    CHECK(sent[1].version == 0);
}

TEST_CASE("simulcrypt: the module's system goes from the PMT and comes back") {
    auto plan = with_module();
    plan.want(1, t0);
    plan.want(2, t0);
    const auto both = service(1, {ca(0x1801, 77), ca(0x0B00, 500)});
    plan.pmt_received(both, t0);
    plan.pmt_received(service(2, {ca(0x0B00, 510)}), t0);
    CHECK(text_of(drain(plan, t0)) == "ONLY 1, ADD 2");
    plan.pmt_received(service(1, {ca(0x1801, 77)}), t0 + 1s);
    CHECK(text_of(drain(plan, t0 + 1s)) == "UPDATE 1 off");
    CHECK(plan.status(1)->phase == service_phase::no_common_ca_system);
    plan.pmt_received(both, t0 + 2s);
    const auto again = drain(plan, t0 + 2s);
    REQUIRE(text_of(again) == "ADD 1");
    REQUIRE(again[0].ca_descriptors.size() == 1);
    CHECK(again[0].ca_descriptors[0].ca_pid == 500);
}

TEST_CASE("services that share streams and ECMs come and go each for itself") {
    auto plan = with_module();
    plan.want(1, t0);
    plan.want(2, t0);
    auto sharing = service(2, {ca(0x0B00, 500)});
    sharing.streams = service(1, {}).streams;
    plan.pmt_received(service(1, {ca(0x0B00, 500)}), t0);
    plan.pmt_received(sharing, t0);
    const auto begun = drain(plan, t0);
    CHECK(text_of(begun) == "ONLY 1, ADD 2");
    CHECK(begun[0].streams == begun[1].streams);
    plan.unwant(1, t0);
    const auto rest = drain(plan, t0);
    REQUIRE(text_of(rest) == "UPDATE 1 off");
    CHECK(rest[0].program_number == 1);
    CHECK(plan.status(2)->phase == service_phase::requested);
}

TEST_CASE("a service no longer wanted is withdrawn, and others are left alone") {
    auto plan = with_module();
    for (const auto n : programs{1, 2}) {
        plan.want(n, t0);
        plan.pmt_received(service(n, {ca(0x0B00, 500)}), t0);
    }
    drain(plan, t0);
    plan.unwant(1, t0 + 1s);
    const auto sent = drain(plan, t0 + 1s);
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].list == list_management::update);
    CHECK(sent[0].command == ca_pmt_command::not_selected);
    CHECK(sent[0].program_number == 1);
    CHECK_FALSE(plan.status(1));

    plan.unwant(2, t0 + 2s);
    REQUIRE(drain(plan, t0 + 2s).size() == 1);
    // the module is empty: ONLY again
    plan.want(1, t0 + 3s);
    const auto again = drain(plan, t0 + 3s);
    REQUIRE(again.size() == 1);
    CHECK(again[0].list == list_management::only);
}

TEST_CASE("a zap away from the only service is one ONLY") {
    auto plan = with_module();
    plan.pmt_received(service(1, {ca(0x0B00, 500)}), t0);
    plan.pmt_received(service(2, {ca(0x0B00, 501)}), t0);
    plan.want(1, t0);
    drain(plan, t0);
    plan.unwant(1, t0 + 1s);
    plan.want(2, t0 + 1s);
    const auto sent = drain(plan, t0 + 1s);
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].list == list_management::only);
    CHECK(sent[0].program_number == 2);
}

TEST_CASE("room is made before a service is added") {
    auto plan = with_module();
    for (const auto n : programs{1, 2, 3})
        plan.pmt_received(service(n, {ca(0x0B00, 500)}), t0);
    plan.want(1, t0);
    plan.want(2, t0);
    drain(plan, t0);
    plan.unwant(1, t0 + 1s);
    plan.want(3, t0 + 1s);
    const auto sent = drain(plan, t0 + 1s);
    REQUIRE(sent.size() == 2);
    CHECK(sent[0].command == ca_pmt_command::not_selected);
    CHECK(sent[1].list == list_management::add);
}

TEST_CASE("a service that turns free to air is withdrawn and comes back") {
    auto plan = with_module();
    plan.want(1, t0);
    plan.pmt_received(service(1, {ca(0x0B00, 500)}), t0);
    drain(plan, t0);
    plan.pmt_received(service(1, {}), t0 + 1s);
    auto sent = drain(plan, t0 + 1s);
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].command == ca_pmt_command::not_selected);
    CHECK(plan.status(1)->phase == service_phase::free_to_air);
    plan.pmt_received(service(1, {ca(0x0B00, 500)}), t0 + 2s);
    sent = drain(plan, t0 + 2s);
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].list == list_management::only);
}

TEST_CASE("an empty CA_INFO is waited out, then everything is passed") {
    ca_pmt_plan plan;
    plan.want(1, t0);
    plan.pmt_received(service(1, {ca(0x1801, 500), ca(0x0B00, 501)}), t0);
    CHECK(plan.status(1)->phase == service_phase::no_module);
    plan.ca_session_opened(3, t0);
    plan.ca_info_received(3, {}, t0 + 1s);
    CHECK(plan.status(1)->phase == service_phase::module_starting);
    CHECK(drain(plan, t0 + 9s).empty());
    REQUIRE(plan.deadline() == t0 + 10s);
    // repeated emptiness does not put it off
    plan.ca_info_received(3, {}, t0 + 9s);
    CHECK(plan.deadline() == t0 + 10s);
    CHECK_FALSE(plan.unfiltered());
    const auto sent = drain(plan, t0 + 10s);
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].ca_descriptors.size() == 2);
    CHECK(plan.unfiltered());
    CHECK(plan.status(1)->unfiltered);

    // the list comes after all
    plan.ca_info_received(3, {0x0B00}, t0 + 20s);
    const auto update = drain(plan, t0 + 20s);
    REQUIRE(update.size() == 1);
    CHECK(update[0].list == list_management::update);
    CHECK(update[0].ca_descriptors.size() == 1);
    CHECK_FALSE(plan.unfiltered());
    CHECK_FALSE(plan.status(1)->unfiltered);

    // and goes: what the module has is still the filtered one
    plan.ca_info_received(3, {}, t0 + 30s);
    CHECK(drain(plan, t0 + 30s).empty());
    CHECK_FALSE(plan.status(1)->unfiltered);
}

TEST_CASE("a swapped card gets its CA_PMTs again") {
    auto plan = with_module();
    plan.want(1, t0);
    plan.pmt_received(service(1, {ca(0x0B00, 500)}), t0);
    drain(plan, t0);
    plan.ca_info_received(3, {}, t0 + 2s); // card out
    CHECK(drain(plan, t0 + 2s).empty());
    plan.ca_info_received(3, {0x0B00}, t0 + 5s); // card in
    const auto sent = drain(plan, t0 + 5s);
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].list == list_management::update);
}

TEST_CASE("a list repeated makes CA_PMTs go out again, every 5 s at most") {
    auto plan = with_module();
    plan.want(1, t0);
    plan.pmt_received(service(1, {ca(0x0B00, 500)}), t0);
    drain(plan, t0);
    CHECK(plan.deadline() == never);
    plan.ca_info_received(3, {0x0B00}, t0 + 1s);
    auto sent = drain(plan, t0 + 1s);
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].list == list_management::update);
    CHECK(sent[0].command == ca_pmt_command::ok_descrambling);

    // a module that repeats it all the time is answered now and then, and the last time too
    for (auto t = t0 + 1100ms; t < t0 + 6s; t += 100ms) {
        plan.ca_info_received(3, {0x0B00}, t);
        CHECK(drain(plan, t).empty());
    }
    REQUIRE(plan.deadline() == t0 + 6s);
    CHECK(drain(plan, t0 + 6s).size() == 1);
    CHECK(plan.deadline() == never);
    CHECK(drain(plan, t0 + 1h).empty());

    // what was told after the list came is not told again
    plan.ca_info_received(3, {0x0B00}, t0 + 2h);
    CHECK(drain(plan, t0 + 2h).size() == 1);
    plan.ca_info_received(3, {0x0B00}, t0 + 2h + 1s);
    plan.pmt_received(service(1, {ca(0x0B00, 501)}), t0 + 2h + 2s);
    CHECK(drain(plan, t0 + 2h + 2s).size() == 1);
    CHECK(drain(plan, t0 + 2h + 5s).empty());
    CHECK(plan.deadline() == never);
}

TEST_CASE("a service is withdrawn while the card is out") {
    auto plan = with_module();
    for (const auto n : programs{1, 2}) {
        plan.want(n, t0);
        plan.pmt_received(service(n, {ca(0x0B00, 500)}), t0);
    }
    drain(plan, t0);
    plan.ca_info_received(3, {}, t0 + 1s);
    CHECK(drain(plan, t0 + 1s).empty());
    plan.unwant(1, t0 + 2s);
    CHECK(plan.deadline() <= t0 + 2s);
    const auto sent = drain(plan, t0 + 2s);
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].program_number == 1);
    CHECK(sent[0].command == ca_pmt_command::not_selected);
    // wanted again, it waits for the card as any other
    plan.want(1, t0 + 3s);
    CHECK(drain(plan, t0 + 3s).empty());
    CHECK(plan.status(1)->phase == service_phase::module_starting);
    CHECK(plan.status(1)->requested_at == never);
}

TEST_CASE("a service wanted again before its withdrawal is still requested, since when it was") {
    auto plan = with_module({.pace = 3s});
    plan.want(1, t0);
    plan.pmt_received(service(1, {ca(0x0B00, 500)}), t0);
    drain(plan, t0);
    plan.unwant(1, t0 + 1s);
    CHECK(drain(plan, t0 + 1s).empty()); // the pace
    plan.want(1, t0 + 2s);
    CHECK(drain(plan, t0 + 10s).empty());
    CHECK(plan.status(1)->phase == service_phase::requested);
    CHECK(plan.status(1)->requested_at == t0);
}

TEST_CASE("another module's list: the service moves to what both know, or says why not") {
    auto plan = with_module();
    plan.want(1, t0);
    plan.pmt_received(service(1, {ca(0x1801, 500)}), t0);
    CHECK(drain(plan, t0).empty());
    CHECK(plan.status(1)->phase == service_phase::no_common_ca_system);
    plan.ca_info_received(3, {0x1801}, t0 + 1s);
    CHECK(plan.status(1)->phase == service_phase::queued);
    CHECK(drain(plan, t0 + 1s).size() == 1);
    CHECK(plan.status(1)->ca_system_ids == std::vector<std::uint16_t>{0x1801});
}

TEST_CASE("a module that comes back is told everything anew") {
    auto plan = with_module();
    for (const auto n : programs{1, 2}) {
        plan.want(n, t0);
        plan.pmt_received(service(n, {ca(0x0B00, 500)}), t0);
    }
    drain(plan, t0);
    plan.module_lost(t0 + 1s);
    CHECK(plan.status(1)->phase == service_phase::no_module);
    plan.ca_session_opened(9, t0 + 2s);
    plan.ca_info_received(9, {0x0B00}, t0 + 2s);
    const auto sent = drain(plan, t0 + 2s);
    REQUIRE(sent.size() == 2);
    CHECK(sent[0].list == list_management::only);
    CHECK(sent[1].list == list_management::add);
}

TEST_CASE("pace puts CA_PMTs apart") {
    auto plan = with_module({.pace = 3s});
    for (const auto n : programs{1, 2}) {
        plan.want(n, t0);
        plan.pmt_received(service(n, {ca(0x0B00, 500)}), t0);
    }
    CHECK(drain(plan, t0).size() == 1);
    CHECK(plan.status(2)->phase == service_phase::queued);
    REQUIRE(plan.deadline() == t0 + 3s);
    CHECK(drain(plan, t0 + 2s).empty());
    CHECK(drain(plan, t0 + 3s).size() == 1);
    CHECK(plan.deadline() == never);
}

TEST_CASE("several CA Support sessions of a slot have their own lists") {
    ca_pmt_plan plan;
    plan.ca_session_opened(3, t0);
    plan.ca_session_opened(4, t0);
    plan.ca_info_received(3, {0x0B00}, t0);
    plan.ca_info_received(4, {0x1801}, t0);
    plan.want(1, t0);
    plan.pmt_received(service(1, {ca(0x1801, 500)}), t0);
    const auto out = plan.next(t0);
    REQUIRE(out);
    CHECK(out->session_nb == 4);
    CHECK_FALSE(plan.next(t0));
    CHECK(plan.ca_system_ids() == std::vector<std::uint16_t>{0x0B00, 0x1801});
}

/// What a module that takes list management at its word has after all CA_PMTs.
TEST_CASE("whatever happens, the module ends up with exactly what is wanted and possible") {
    using ids = std::vector<std::uint16_t>;
    for (unsigned seed = 0; seed < 200; ++seed) {
        std::mt19937 random{seed};
        ca_pmt_plan plan;
        std::map<std::uint16_t, en50221::ca_pmt> module;
        std::map<std::uint16_t, time_point> told_at;
        std::map<std::uint16_t, ts::pmt> on_air;
        std::set<std::uint16_t> wanted;
        std::optional<std::uint16_t> session;
        std::uint16_t last_session = 0;
        ids list;
        time_point list_at = never;  // the latest, repeated or not
        time_point empty_since = t0; // of an empty one
        auto now = t0;

        const auto give = [&](const ids& value) {
            if (!list.empty() || !value.empty())
                empty_since = now;
            list = value;
            list_at = now;
            plan.ca_info_received(*session, value, now);
        };
        const auto open = [&] {
            session = ++last_session;
            plan.ca_session_opened(*session, now);
            list = {};
            empty_since = now;
            give(random() % 4 == 0 ? ids{} : ids{0x0B00});
        };
        const auto forget = [&] {
            module.clear();
            told_at.clear();
            session.reset();
        };
        // what the module should be told of a service, if anything
        const auto possible = [&](std::uint16_t p) {
            auto descriptors = ts::ca_descriptors(on_air[p].program_info);
            std::erase_if(descriptors, [&](const auto& d) {
                return !list.empty() && std::ranges::find(list, d.ca_system_id) == list.end();
            });
            return descriptors;
        };

        for (int step = 0; step < 300; ++step) {
            now += random() % 16 == 0 ? 3s : 1ms;
            const auto n = static_cast<std::uint16_t>(1 + random() % 4);
            switch (random() % 9) {
            case 0:
                plan.want(n, now);
                wanted.insert(n);
                break;
            case 1:
                plan.unwant(n, now);
                wanted.erase(n);
                break;
            case 2:
                on_air[n] = service(n, {ca(random() % 3 == 0 ? 0x1801 : 0x0B00,
                                           static_cast<std::uint16_t>(500 + random() % 3))});
                plan.pmt_received(on_air[n], now);
                break;
            case 3:
                on_air[n] = service(n, {});
                plan.pmt_received(on_air[n], now);
                break;
            case 4:
                if (session && random() % 4 == 0) {
                    plan.module_lost(now);
                    forget();
                }
                break;
            case 5: // the module opens its session anew
                if (session && random() % 4 == 0) {
                    plan.ca_session_closed(*session, now);
                    forget();
                    open();
                }
                break;
            case 6:
                if (session)
                    give(list);
                break;
            case 7:
                if (session)
                    give(random() % 2 == 0 ? ids{} : ids{0x0B00});
                break;
            default:
                if (!session)
                    open();
            }
            INFO("seed " << seed << " step " << step);
            const bool usable = !list.empty() || now >= empty_since + 10s;
            const auto before = module;
            while (const auto out = plan.next(now)) {
                const auto& value = out->value;
                REQUIRE(out->session_nb == session);
                if (value.list == list_management::only) {
                    for (const auto& [program_number, running] : before)
                        if (program_number != value.program_number) {
                            // only what is not wanted any more may be dropped by ONLY
                            CHECK((!wanted.contains(program_number) ||
                                   possible(program_number) != running.ca_descriptors));
                        }
                    module.clear();
                }
                if (value.list == list_management::update)
                    REQUIRE(module.contains(value.program_number));
                if (value.list == list_management::add)
                    REQUIRE_FALSE(module.contains(value.program_number));
                if (value.command == ca_pmt_command::not_selected) {
                    module.erase(value.program_number);
                } else {
                    REQUIRE(usable);
                    module[value.program_number] = value;
                    told_at[value.program_number] = now;
                }
            }
            if (!session)
                continue;
            for (const auto p : programs{1, 2, 3, 4}) {
                INFO("service " << p);
                const auto descriptors = possible(p);
                const bool due = wanted.contains(p) && !descriptors.empty();
                // nothing stays that is not due, and without a usable list nothing new comes
                REQUIRE(module.contains(p) == (due && (usable || module.contains(p))));
                if (!usable || !due)
                    continue;
                REQUIRE(module[p].ca_descriptors == descriptors);
                // a list that came is answered, if not at once
                REQUIRE((told_at[p] >= list_at || now < list_at + 5s));
            }
        }
    }
}

TEST_CASE("the last of very many CA systems counts like the first") {
    // AlphaCrypt 3.11; and a module that claims them all, more than once
    for (const std::uint32_t count : {65U, 300U, 0x1'0000U}) {
        std::vector<std::uint16_t> ids;
        for (std::uint32_t i = 0; i < count; ++i)
            ids.push_back(static_cast<std::uint16_t>(i));
        ids.insert(ids.end(), ids.begin(), ids.begin() + 10);
        auto plan = with_module();
        plan.ca_info_received(3, ids, t0);
        plan.want(1, t0);
        const auto last = static_cast<std::uint16_t>(count - 1);
        plan.pmt_received(service(1, {ca(last, 500), ca(0, 501)}), t0);
        const auto sent = drain(plan, t0);
        REQUIRE(sent.size() == 1);
        CHECK(sent[0].ca_descriptors.size() == 2);
        // the same list again changes nothing
        plan.ca_info_received(3, ids, t0 + 1s);
        CHECK(drain(plan, t0 + 1s).empty());
    }
}

TEST_CASE("a service is asked for by the CA systems that it is to use, and by no others") {
    auto plan = with_module();
    plan.ca_info_received(3, {0x0B00, 0x1801}, t0);
    plan.want(7, t0);
    plan.pmt_received(service(7, {ca(0x1801, 50), ca(0x0B00, 51)}), t0);
    plan.use_systems(7, {0x1801}, t0);
    auto sent = drain(plan, t0);
    REQUIRE(sent.size() == 1);
    REQUIRE(sent[0].ca_descriptors.size() == 1);
    CHECK(sent[0].ca_descriptors[0].ca_pid == 50);
    // another choice is a change like any other
    plan.use_systems(7, {0x0B00}, t0);
    sent = drain(plan, t0);
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].list == list_management::update);
    CHECK(sent[0].ca_descriptors[0].ca_pid == 51);
    // one that the module does not know is none: the service is withdrawn
    plan.use_systems(7, {0x0100}, t0);
    CHECK(text_of(drain(plan, t0)) == "UPDATE 7 off");
    CHECK(plan.status(7)->phase == service_phase::no_common_ca_system);
    plan.use_systems(7, {}, t0);
    sent = drain(plan, t0);
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].ca_descriptors.size() == 2);
}

TEST_CASE("a service is told again, in the way that is asked for") {
    auto plan = with_module();
    plan.pmt_received(service(1, {ca(0x0B00, 500)}), t0);
    plan.pmt_received(service(2, {ca(0x0B00, 501)}), t0);
    plan.want(1, t0);
    plan.want(2, t0 + 1ms);
    drain(plan, t0 + 1s);
    CHECK(plan.begun_by_only(1));
    CHECK_FALSE(plan.begun_by_only(2));
    CHECK(plan.comes_first(1));
    const auto again = [&](std::optional<ca_pmt_change> how) {
        plan.tell_again(1, how, t0 + 2s);
        return text_of(drain(plan, t0 + 2s));
    };
    CHECK(again({}) == "UPDATE 1");
    CHECK(again(ca_pmt_change::add) == "ADD 1");
    CHECK(plan.begun_by_only(1));
    CHECK(again(ca_pmt_change::replace) == "UPDATE 1 off, ADD 1");
    CHECK_FALSE(plan.begun_by_only(1));
    CHECK(text_of(drain(plan, t0 + 3s)).empty());
}

TEST_CASE("other settings hold from then on, and for one service alone if it is tried there") {
    auto plan = with_module();
    auto table = service(1, {});
    for (auto& stream : table.streams)
        stream.descriptors = {ca(0x0B00, 500)};
    plan.pmt_received(table, t0);
    plan.pmt_received(service(2, {ca(0x0B00, 501)}), t0);
    plan.want(1, t0);
    plan.want(2, t0 + 1ms);
    drain(plan, t0 + 1s);
    auto settings = plan.settings();
    SECTION("the whole list") {
        settings.listing = ca_pmt_listing::whole_list;
        settings.change = ca_pmt_change::add;
        plan.use(settings, false, t0 + 2s);
        CHECK(text_of(drain(plan, t0 + 2s)).empty());
        plan.use(settings, true, t0 + 3s);
        CHECK(text_of(drain(plan, t0 + 3s)) == "FIRST 1, LAST 2");
    }
    SECTION("content") {
        settings.raise_ca_descriptors = true;
        CHECK_FALSE(plan.use_content(2, settings, t0 + 2s));
        CHECK_FALSE(plan.use_content(9, settings, t0 + 2s));
        CHECK(plan.use_content(1, settings, t0 + 2s));
        const auto sent = drain(plan, t0 + 2s);
        REQUIRE(text_of(sent) == "UPDATE 1");
        CHECK(sent[0].ca_descriptors.size() == 1);
        CHECK(plan.use_content(1, {}, t0 + 3s));
        CHECK(drain(plan, t0 + 3s).at(0).ca_descriptors.empty());
    }
}
