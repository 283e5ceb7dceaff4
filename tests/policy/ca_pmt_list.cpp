// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/ca_pmt_list.hpp"

#include "plan_services.hpp"
#include "support/catch.hpp"

#include <map>
#include <random>
#include <set>

using namespace cihost;
using namespace cihost::policy;
using namespace cihost::test;
using namespace std::chrono_literals;
using en50221::ca_pmt_command;
using en50221::list_management;

namespace {

/// A plan whose every change is asked for its CA_PMTs at once, a second after the one before.
class talk {
  public:
    explicit talk(const ca_pmt_settings& settings)
        : plan{with_module(settings)} {
        for (std::uint16_t p = 1; p <= 4; ++p)
            plan.pmt_received(service(p, {ca(0x0B00, 500)}), now);
    }
    std::string want(std::uint16_t p) {
        plan.want(p, now);
        return text();
    }
    std::string unwant(std::uint16_t p) {
        plan.unwant(p, now);
        return text();
    }
    std::string change(std::uint16_t p, std::uint16_t ecm_pid) {
        plan.pmt_received(service(p, {ca(0x0B00, ecm_pid)}), now);
        return text();
    }
    std::string text() { return text_of(drain(plan, now += 1s)); }

    ca_pmt_plan plan;
    time_point now = t0;
};

const std::map<ca_pmt_listing, const char*> three_listed{
    {ca_pmt_listing::only_then_add, "ONLY 1, ADD 2, ADD 3"},
    {ca_pmt_listing::add, "ADD 1, ADD 2, ADD 3"},
    {ca_pmt_listing::whole_list, "FIRST 1, MORE 2, LAST 3"},
};

} // namespace

TEST_CASE("each way of listing, of changing and of withdrawing, with each of the others") {
    using listing = ca_pmt_listing;
    using change = ca_pmt_change;
    using withdrawal = ca_pmt_withdrawal;
    const auto l = GENERATE(listing::only_then_add, listing::add, listing::whole_list);
    const auto c = GENERATE(change::update, change::add, change::replace);
    const bool whole = l == listing::whole_list;
    const auto w = GENERATE(withdrawal::not_selected, withdrawal::whole_list, withdrawal::add,
                            withdrawal::last_by_only);
    const bool whole_withdrawal = w == withdrawal::whole_list;
    const bool by_only = whole_withdrawal || w == withdrawal::last_by_only;
    const std::string off = w == withdrawal::add ? "ADD " : "UPDATE ";
    talk t{{.listing = l, .change = c, .withdrawal = w}};
    INFO("listing " << static_cast<int>(l) << ", change " << static_cast<int>(c) << ", withdrawal "
                    << static_cast<int>(w));

    t.plan.want(1, t0);
    t.plan.want(2, t0 + 1ms);
    t.plan.want(3, t0 + 2ms);
    CHECK(t.text() == three_listed.at(l));
    CHECK(t.text().empty());

    const std::string listed_again = "FIRST 1, MORE 2, LAST 3";
    const std::string added = whole ? listed_again : "ADD 2";
    CHECK(t.change(2, 501) == (c == change::update ? "UPDATE 2"
                               : c == change::add  ? added
                                                   : off + "2 off, " + added));
    CHECK(t.text().empty());

    CHECK(t.unwant(1) == (whole_withdrawal ? "FIRST 2, LAST 3" : off + "1 off"));
    CHECK(t.unwant(3) == (by_only ? "ONLY 2" : off + "3 off"));
    CHECK(t.unwant(2) == off + "2 off"); // there is no empty list
    CHECK(t.text().empty());

    CHECK(t.want(1) == (l == listing::add ? "ADD 1" : "ONLY 1"));
    // a zap
    t.plan.unwant(1, t.now);
    CHECK(t.want(2) == (l == listing::add ? off + "1 off, ADD 2" : "ONLY 2"));
    // one that runs stays while another makes room for a third
    CHECK(t.want(1) == (whole ? "FIRST 2, LAST 1" : "ADD 1"));
    t.plan.unwant(1, t.now);
    CHECK(t.want(3) == (whole     ? "FIRST 2, LAST 3"
                        : by_only ? "ONLY 2, ADD 3"
                                  : off + "1 off, ADD 3"));
    CHECK(t.text().empty());
}

TEST_CASE("the only service replaced is added again, not begun a list with") {
    talk t{{.change = ca_pmt_change::replace}};
    CHECK(t.want(1) == "ONLY 1");
    CHECK(t.change(1, 501) == "UPDATE 1 off, ADD 1");
    // the list comes again with the same content: told again without taking anything off
    t.plan.ca_info_received(3, {0x0B00}, t.now);
    CHECK(t.text() == "UPDATE 1");
}

TEST_CASE("what is being replaced keeps its place, and may be given up between its two CA_PMTs") {
    talk t{{.change = ca_pmt_change::replace, .pace = 10s, .max_services = 1}};
    CHECK(t.want(1) == "ONLY 1");
    t.want(2);
    t.now += 10s;
    CHECK(t.change(1, 501) == "UPDATE 1 off");
    CHECK(t.plan.status(1)->phase == service_phase::queued);
    CHECK(t.plan.status(2)->phase == service_phase::over_capacity);
    SECTION("kept") {
        t.now += 10s;
        CHECK(t.text() == "ADD 1");
    }
    SECTION("given up") {
        t.unwant(1);
        t.now += 10s;
        CHECK(t.text() == "ONLY 2");
    }
}

TEST_CASE("a list is not torn by the pace, and the next command keeps it") {
    talk t{{.listing = ca_pmt_listing::whole_list, .pace = 10s}};
    t.plan.want(1, t0);
    t.plan.want(2, t0 + 1ms);
    t.plan.want(3, t0 + 2ms);
    CHECK(t.text() == "FIRST 1, MORE 2, LAST 3");
    CHECK(t.change(2, 501).empty());
    CHECK(t.plan.deadline() == t0 + 1s + 10s);
    t.now = t0 + 10s;
    CHECK(t.text() == "UPDATE 2");
}

TEST_CASE("a list that was begun is gone through whatever happens meanwhile") {
    talk t{{.listing = ca_pmt_listing::whole_list}};
    t.plan.want(1, t0);
    t.plan.want(2, t0);
    CHECK(text_of({t.plan.next(t.now)->value}) == "FIRST 1");
    CHECK(t.plan.deadline() <= t.now);
    SECTION("a service goes") { CHECK(t.unwant(2) == "LAST 2, UPDATE 2 off"); }
    SECTION("the card goes") {
        t.plan.ca_info_received(3, {}, t.now);
        CHECK(t.text() == "LAST 2");
    }
}

TEST_CASE("a module settles before its first CA_PMT, and again with another card") {
    ca_pmt_plan plan{{.settle = 10s}};
    plan.want(1, t0);
    plan.pmt_received(service(1, {ca(0x0B00, 500)}), t0);
    plan.ca_session_opened(3, t0);
    plan.ca_info_received(3, {0x0B00}, t0 + 1s);
    CHECK(drain(plan, t0 + 10s).empty());
    CHECK(plan.status(1)->phase == service_phase::queued);
    REQUIRE(plan.deadline() == t0 + 11s);
    // the same list once more does not put it off
    plan.ca_info_received(3, {0x0B00}, t0 + 10s);
    CHECK(drain(plan, t0 + 11s).size() == 1);

    plan.ca_info_received(3, {0x0B00, 0x0B01}, t0 + 60s);
    CHECK(drain(plan, t0 + 69s).empty());
    CHECK(drain(plan, t0 + 70s).size() == 1);
}

TEST_CASE("a module is asked for so many services, and who came first stays") {
    talk t{{.max_services = 2}};
    CHECK(t.want(3) == "ONLY 3");
    CHECK(t.want(1) == "ADD 1");
    CHECK(t.want(2).empty());
    CHECK(t.want(4).empty());
    CHECK(t.plan.status(3)->phase == service_phase::requested);
    CHECK(t.plan.status(2)->phase == service_phase::over_capacity);
    CHECK(t.plan.deadline() == never);
    // 2 has waited longer than 4
    CHECK(t.unwant(3) == "UPDATE 3 off, ADD 2");
    CHECK(t.plan.status(2)->phase == service_phase::requested);
    CHECK(t.plan.status(4)->phase == service_phase::over_capacity);
    // one whose PMT comes late takes nothing from those that run
    t.plan.pmt_gone(1, t.now);
    CHECK(t.text() == "UPDATE 1 off, ADD 4");
    CHECK(t.change(1, 500).empty());
    CHECK(t.plan.status(1)->phase == service_phase::over_capacity);
}

TEST_CASE(
    "a module is asked for so many streams, and a small service may fit where a large waits") {
    talk t{{.max_streams = 5}};
    auto large = service(2, {ca(0x0B00, 500)});
    large.streams.push_back({0x03, 0x2F, {}});
    large.streams.push_back({0x03, 0x2E, {}});
    t.plan.pmt_received(large, t0);
    CHECK(t.want(1) == "ONLY 1");
    CHECK(t.want(2).empty());
    CHECK(t.plan.status(2)->phase == service_phase::over_capacity);
    CHECK(t.want(3) == "ADD 3");
    CHECK(t.unwant(1) == "UPDATE 1 off");
    CHECK(t.unwant(3) == "ONLY 2");
}

TEST_CASE("a stream that services share takes one place of the module") {
    talk t{{.max_streams = 3}};
    auto sharing = service(2, {ca(0x0B00, 500)});
    sharing.streams[0].elementary_pid = 16; // the video of service 1
    t.plan.pmt_received(sharing, t0);
    CHECK(t.want(1) == "ONLY 1");
    CHECK(t.want(2) == "ADD 2");
    CHECK(t.want(3).empty());
    CHECK(t.plan.status(3)->phase == service_phase::over_capacity);
}

TEST_CASE("a zap on a module for one service waits for the service before") {
    talk t{{.listing = ca_pmt_listing::whole_list, .max_services = 1}};
    CHECK(t.want(1) == "ONLY 1");
    CHECK(t.want(2).empty());
    CHECK(t.unwant(1) == "ONLY 2");
}

/// A module that takes list management at its word.
class literal_module {
  public:
    void take(const en50221::ca_pmt& value) {
        if (value.list == list_management::only || value.list == list_management::first)
            services.clear();
        if (value.list == list_management::update)
            REQUIRE(services.contains(value.program_number));
        const bool in_list =
            value.list == list_management::more || value.list == list_management::last;
        REQUIRE(in_list == std::exchange(list_open_, value.list == list_management::first ||
                                                         value.list == list_management::more));
        if (value.command == ca_pmt_command::not_selected)
            services.erase(value.program_number);
        else
            services[value.program_number] = value;
    }

    std::map<std::uint16_t, en50221::ca_pmt> services;

  private:
    bool list_open_ = false;
};

TEST_CASE("whatever the settings and the events, what the module has in the end is wanted, fits "
          "and is up to date; and by default nothing that runs is ever touched") {
    for (unsigned seed = 0; seed < 400; ++seed) {
        std::mt19937 random{seed};
        ca_pmt_settings settings;
        const bool by_default = seed % 4 == 0;
        if (!by_default) {
            settings.listing = static_cast<ca_pmt_listing>(random() % 3);
            settings.change = static_cast<ca_pmt_change>(random() % 3);
            settings.withdrawal = static_cast<ca_pmt_withdrawal>(random() % 3);
            settings.settle = random() % 2 * 2s;
            settings.pace = random() % 2 * 3s;
            settings.max_services = static_cast<unsigned>(random() % 4);
            settings.max_streams = static_cast<unsigned>(random() % 3 * 3);
            settings.presentation_streams_only = random() % 2 == 0;
            settings.raise_ca_descriptors = random() % 2 == 0;
        }
        auto plan = with_module(settings);
        literal_module module;
        std::set<std::uint16_t> wanted;
        std::map<std::uint16_t, bool> scrambled;
        auto now = t0;
        std::optional<time_point> last;
        const auto run = [&] {
            while (const auto out = plan.next(now)) {
                const auto& value = out->value;
                const bool goes_on =
                    value.list == list_management::more || value.list == list_management::last;
                REQUIRE(now >= t0 + settings.settle);
                REQUIRE((goes_on || !last || now >= *last + settings.pace));
                last = now;
                if (by_default) {
                    // what runs and goes on being wanted
                    std::set<std::uint16_t> others;
                    for (const auto& [p, running] : module.services)
                        if (p != value.program_number && wanted.contains(p) && scrambled[p])
                            others.insert(p);
                    INFO(text_of({value}));
                    if (!others.empty())
                        REQUIRE((value.list == list_management::add ||
                                 value.list == list_management::update));
                    REQUIRE((value.list == list_management::only ||
                             value.list == list_management::add ||
                             value.list == list_management::update));
                    if (value.command == ca_pmt_command::not_selected)
                        REQUIRE_FALSE((wanted.contains(value.program_number) &&
                                       scrambled[value.program_number]));
                    if (value.list == list_management::add)
                        REQUIRE_FALSE(module.services.contains(value.program_number));
                }
                module.take(value);
                std::size_t streams = 0;
                for (const auto& [p, running] : module.services)
                    streams += running.streams.size();
                if (settings.max_services > 0)
                    REQUIRE(module.services.size() <= settings.max_services);
                // one that grew may have to push another out first
                if (settings.max_streams > 0 && !settings.pace.count())
                    REQUIRE(streams <= settings.max_streams + 3);
            }
        };
        for (int step = 0; step < 200; ++step) {
            INFO("seed " << seed << " step " << step);
            now += random() % 8 == 0 ? 2s : 1ms;
            const auto p = static_cast<std::uint16_t>(1 + random() % 5);
            switch (random() % 6) {
            case 0:
            case 1:
                plan.want(p, now);
                wanted.insert(p);
                break;
            case 2:
                plan.unwant(p, now);
                wanted.erase(p);
                break;
            case 3:
                plan.ca_info_received(3, {0x0B00}, now);
                break;
            default: {
                scrambled[p] = random() % 4 > 0;
                auto table = service(p, {});
                for (auto& s : table.streams)
                    if (scrambled[p])
                        s.descriptors = {ca(0x0B00, static_cast<std::uint16_t>(random() % 2 + 90))};
                if (random() % 3 == 0)
                    table.streams.push_back({0x05, static_cast<ts::pid_t>(p * 16 + 5), {}});
                plan.pmt_received(table, now);
            }
            }
            run();
        }
        // time enough for every pace
        INFO("seed " << seed << " in the end");
        for (int i = 0; i < 60 && plan.deadline() != never; ++i) {
            now = std::max(now, plan.deadline());
            run();
        }
        REQUIRE(plan.deadline() == never);
        std::size_t left_out = 0;
        for (std::uint16_t p = 1; p <= 5; ++p) {
            INFO("service " << p);
            const auto status = plan.status(p);
            const bool due = wanted.contains(p) && scrambled[p];
            if (!due) {
                REQUIRE_FALSE(module.services.contains(p));
            } else if (status->phase == service_phase::over_capacity) {
                ++left_out;
                REQUIRE_FALSE(module.services.contains(p));
            } else {
                REQUIRE(status->phase == service_phase::requested);
                REQUIRE(module.services.contains(p));
            }
        }
        if (settings.max_services == 0 && settings.max_streams == 0)
            REQUIRE(left_out == 0);
        if (left_out > 0 && settings.max_streams == 0)
            REQUIRE(module.services.size() == settings.max_services);
    }
}
