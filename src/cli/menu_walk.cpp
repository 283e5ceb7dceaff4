// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/printable.hpp"
#include "cli/attention.hpp"
#include "cli/changes.hpp"
#include "cli/menu.hpp"
#include "cli/menu_view.hpp"
#include "cli/typed_lines.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <string>

namespace cihost::cli {
namespace {

using std::chrono::milliseconds;

/// Should the daemon tell less than is expected of it.
constexpr milliseconds longest_wait{1'000};
constexpr std::int64_t conflict = -32002;

/// A person in front of the module's menus.
class walk {
  public:
    walk(control_client& daemon, cam_menu& cam, const terminal& t)
        : cam_{cam}
        , terminal_{t}
        , news_{daemon, {"menus", "cams"}, menu_look_period}
        , lines_{t.input} {}

    exit_status run() {
        try {
            while (step()) {
            }
        } catch (const std::exception&) {
            if (asking_) // what is said of it gets a line of its own
                terminal_.out << "\n" << std::flush;
            throw;
        }
        return exit_status::done;
    }

  private:
    /// False: it is over.
    bool step() {
        cam_.look();
        if (cam_.shown().null())
            return nothing_shown();
        pausing_ = false;
        if (cam_.id() != shown_)
            present();
        else if (cam_.answered() && asking_)
            stop_asking("Somebody else has answered; waiting for the CAM…");
        return wait(longest_wait);
    }

    bool nothing_shown() {
        if (asking_)
            stop_asking("");
        if (asked_ && cam_.refused_to())
            throw control_refused{"The CAM in " + cam_.where().text() +
                                  " was asked for its menu, and showed nothing. It may have none."};
        if (met_ && !cam_.awaited())
            return pause();
        if (!asked_ && !cam_.awaited())
            cam_.ask();
        if (!asked_)
            terminal_.out << "Asking the CAM in " << printable(cam_.where().text())
                          << " for its menu…\n"
                          << std::flush;
        asked_ = true;
        return wait(longest_wait);
    }

    bool pause() {
        using std::chrono::steady_clock;
        if (!pausing_)
            pause_ends_ = steady_clock::now() + menu_closing_pause;
        pausing_ = true;
        const auto left = std::chrono::ceil<milliseconds>(pause_ends_ - steady_clock::now());
        if (left.count() > 0)
            return wait(left);
        terminal_.out << "The CAM has closed its menu.\n";
        return false;
    }

    void present() {
        if (asking_) // not answered by us
            stop_asking("Somebody else has answered, or the CAM goes on by itself:");
        shown_ = cam_.id();
        met_ = true;
        terminal_.out << "\n" << menu_text(cam_.shown(), terminal_.style);
        if (cam_.answered())
            terminal_.out << "Somebody has answered this; waiting for the CAM…\n" << std::flush;
        else
            prompt();
    }

    void prompt() {
        asking_ = true;
        lines_.ask(cam_.shown()["blind"].flag());
        terminal_.out << menu_prompt(cam_.shown()) << std::flush;
    }

    /// What was being typed was for what is gone.
    void stop_asking(const std::string& why) {
        asking_ = false;
        lines_.hush();
        terminal_.out << "\n" << why << (why.empty() ? "" : "\n") << std::flush;
    }

    bool wait(milliseconds limit) {
        switch (news_.next(signals_, asking_ ? terminal_.input : -1, limit)) {
        case changes::reason::ended:
            return leave();
        case changes::reason::input:
            return take_line();
        case changes::reason::changed:
        case changes::reason::resized:
            break;
        }
        return true;
    }

    bool take_line() {
        const auto line = lines_.read();
        if (!line)
            return lines_.at_end() ? leave() : true;
        try {
            if (answer(*line)) {
                asking_ = false;
                lines_.hush();
            } else {
                prompt();
            }
        } catch (const control_refused& e) {
            if (e.code() == conflict) {
                stop_asking("That was not shown any more; nothing was answered.");
                shown_ = 0;
            } else {
                terminal_.out << printable(e.what()) << "\n";
                prompt();
            }
        }
        return true;
    }

    /// False: that is no answer.
    bool answer(const std::string& line) {
        const auto menu = cam_.shown();
        if (menu["form"].text() == "enquiry") {
            if (line.empty())
                cam_.back();
            else
                cam_.write(line);
            return true;
        }
        if (line == "0") {
            cam_.back();
            return true;
        }
        const auto choices =
            menu["form"].text() == "menu" ? menu["choices"].list().size() : std::size_t{0};
        const bool digits = !line.empty() && line.size() < 6 &&
                            std::ranges::all_of(line, [](char c) { return c >= '0' && c <= '9'; });
        if (!digits || std::stoul(line) < 1 || std::stoul(line) > choices) {
            terminal_.out << "'" << printable(line) << "' is none of the choices.\n";
            return false;
        }
        cam_.choose(std::stoul(line));
        return true;
    }

    bool leave() {
        terminal_.out << "\nThe menu stays as it is; 'cihost menu "
                      << printable(cam_.where().word()) << " --close' ends it.\n";
        return false;
    }

    cam_menu& cam_;
    const terminal& terminal_;
    // first in, last out: signals wait until the terminal is as it was
    attention signals_;
    changes news_;
    typed_lines lines_;
    /// What is on the terminal; 0: nothing that counts.
    std::uint64_t shown_ = 0;
    /// The module was asked for its menu.
    bool asked_ = false;
    /// It showed something.
    bool met_ = false;
    /// The person is asked for an answer.
    bool asking_ = false;
    bool pausing_ = false;
    std::chrono::steady_clock::time_point pause_ends_;
};

} // namespace

exit_status walk_menu(control_client& daemon, cam_menu& cam, const terminal& t) {
    return walk{daemon, cam, t}.run();
}

} // namespace cihost::cli
