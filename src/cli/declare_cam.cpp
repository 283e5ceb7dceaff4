// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/cam_place.hpp"
#include "cli/declare.hpp"

#include <memory>

namespace cihost::cli {
namespace {

struct cam_words {
    std::string cam;
    std::string profile;
    std::string place;
    bool force = false;
};

} // namespace

void declare_cam(CLI::App& app, chosen_command& chosen) {
    const auto w = std::make_shared<cam_words>();
    auto* cam = app.add_subcommand("cam", "what was learned of CAMs; reset one");
    cam->require_subcommand(1);
    cam->fallthrough();
    const auto declare = [&](const char* name, const char* what, const char* example) {
        auto* sub = cam->add_subcommand(name, what);
        add_example(*sub, example);
        return sub;
    };
    auto* list = declare("list", "the CAMs that were met, and what they can do", "cihost cam list");
    auto* show =
        declare("show", "all of one CAM, and how it is dealt with", "cihost cam show AlphaCrypt");
    auto* pin = declare("pin", "keep what was learned of a CAM as it is",
                        "cihost cam pin AlphaCrypt --profile cautious");
    auto* unpin = declare("unpin", "learn of a CAM again", "cihost cam unpin AlphaCrypt");
    auto* forget = declare("forget", "forget what was learned of a CAM, and its pin",
                           "cihost cam forget C140:0001");
    auto* profile = declare("profile", "the profile of a CAM and its values, or give it another",
                            "cihost cam profile AlphaCrypt cautious");
    auto* reset = declare("reset", "reset the CAM in a slot", "cihost cam reset roof:0");

    // behind its commands, which would take it over
    add_example(*cam, "cihost cam show AlphaCrypt");

    for (auto* sub : {show, pin, unpin, forget, profile}) {
        auto* option =
            sub->add_option(
                   "cam", w->cam,
                   "its name, its codes (C140:0001), or both, as listed; or its slot (roof:0)")
                ->type_name("CAM");
        option->required(sub != profile);
    }
    pin->add_option("--profile", w->profile, "and deal with it by this profile from its next start")
        ->type_name("PROFILE");
    profile
        ->add_option("profile", w->profile, "deal with it by this one from its next start (pinned)")
        ->type_name("PROFILE");
    reset->add_option("place", w->place, "the slot; not needed if there is one CAM only")
        ->type_name("RECEIVER[:SLOT]");
    reset->add_flag("--force", w->force, "also if that disturbs recordings or viewers");

    list->final_callback([&chosen] { chosen = cam_list_command{}; });
    show->final_callback([w, &chosen] { chosen = cam_show_command{w->cam}; });
    pin->final_callback([w, &chosen] {
        chosen = cam_pin_command{w->cam, true, given(w->profile)};
    });
    unpin->final_callback([w, &chosen] { chosen = cam_pin_command{w->cam, false, std::nullopt}; });
    forget->final_callback([w, &chosen] { chosen = cam_forget_command{w->cam}; });
    profile->final_callback([w, &chosen] {
        chosen = cam_profile_command{given(w->cam), given(w->profile)};
    });
    reset->final_callback([w, &chosen] {
        chosen = cam_reset_command{parse_cam_place(w->place), w->force};
    });
}

} // namespace cihost::cli
