// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/menu.hpp"

#include "cli/fake_cam.hpp"
#include "support/catch.hpp"

#include <sstream>
#include <unistd.h>

using namespace cihost::cli;
using namespace cihost::test;
namespace json = boost::json;
using action = menu_command::action;

namespace {

struct bench {
    fake_cam cam;
    fake_daemon daemon{[this](const std::string& method, const json::object& params) {
        return cam.answer(method, params);
    }};
    std::ostringstream out;
    std::ostringstream err;
    exit_status status = exit_status::done;

    /// Standard output; `typed` is the standard input.
    std::string run(action what, unsigned choice = 0, std::optional<std::uint64_t> id = {},
                    const std::string& typed = {}, bool as_json = false) {
        out.str({});
        int ends[2] = {-1, -1};
        REQUIRE(::pipe(ends) == 0);
        const cihost::unique_fd input{ends[0]};
        cihost::unique_fd writer{ends[1]};
        REQUIRE(::write(ends[1], typed.data(), typed.size()) == static_cast<ssize_t>(typed.size()));
        writer.reset();
        const terminal t{out, err, style{}, false, -1, input.get(), false};
        control_client client{daemon.socket()};
        status = menu(client, {{}, what, choice, id}, as_json, t);
        return out.str();
    }
    std::string fault(action what, unsigned choice = 0, std::optional<std::uint64_t> id = {},
                      const std::string& typed = {}) {
        try {
            run(what, choice, id, typed);
        } catch (const cihost::control_refused& e) {
            return e.what();
        }
        return "none";
    }
};

} // namespace

TEST_CASE("a script walks a menu step by step") {
    bench b;
    CHECK(b.run(action::show) == "Main\nof\nthe CAM\n  1  Card\n  2  PIN\n");
    // what is shown is not asked for again
    CHECK(json::parse(b.run(action::show, 0, {}, {}, true)).at("menu").at("id") == 1);
    CHECK(b.run(action::choose, 2, 1) == "Your PIN?\n");
    CHECK(b.run(action::answer_from_stdin, 0, 2, "4711\nrm -rf\n") ==
          "The CAM in roof:0 shows nothing any more.\n");
    CHECK(b.cam.pin() == "4711");
    b.run(action::show);
    CHECK(b.run(action::back) == "The CAM in roof:0 shows nothing any more.\n");
    b.run(action::show);
    CHECK(b.run(action::close) == "The CAM in roof:0 was told to end its menu.\n");
    CHECK(json::parse(b.run(action::show, 0, {}, {}, true)).at("receiver") == "roof");
}

TEST_CASE("nothing is answered by guesswork") {
    bench b;
    CHECK(b.fault(action::choose, 1) == "The CAM in roof:0 shows nothing; 'cihost menu roof:0 "
                                        "--show' asks for its menu.");
    b.run(action::show);
    CHECK(b.fault(action::choose, 1, 7) ==
          "The CAM in roof:0 shows something else by now (id 1); 'cihost menu roof:0 --show' "
          "prints it.");
    CHECK(b.fault(action::choose, 9) ==
          "There is no choice 9 in what the CAM in roof:0 shows. Allowed: --choose 1 to 2, or "
          "--back");
    CHECK(b.fault(action::answer_from_stdin, 0, {}, "1234\n")
              .find("asks nothing that is answered in writing") != std::string::npos);
    b.run(action::choose, 2);
    CHECK(b.fault(action::choose, 1) ==
          "The CAM in roof:0 asks for something in writing: --answer-stdin gives it, --back gives "
          "no answer.");
    CHECK(b.fault(action::answer_from_stdin) ==
          "There was no line on stdin; nothing was answered.");
    CHECK(b.cam.pin().empty());
    // a file whose last line has no end is a line all the same
    b.run(action::answer_from_stdin, 0, {}, "12");
    CHECK(b.cam.pin() == "12");
    b.cam.go_on(fake_cam::list("Card"));
    CHECK(b.fault(action::choose, 1) ==
          "The CAM in roof:0 shows a list, in which nothing is chosen; --back is done with it.");
}

TEST_CASE("a CAM without a menu is told, and so is a walk without a terminal") {
    bench b;
    b.cam.silent = true;
    CHECK(b.fault(action::show).find("It may have none.") != std::string::npos);
    b.run(action::walk);
    CHECK(b.status == exit_status::usage);
    CHECK(b.err.str().find("--answer-stdin") != std::string::npos);
}
