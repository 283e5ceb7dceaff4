// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "cli/fake_daemon.hpp"

#include <boost/json/array.hpp>

#include <cstdint>
#include <mutex>
#include <string>
#include <utility>

namespace cihost::test {

/// A daemon with one receiver and one CAM, "roof:0", whose menu leads to a PIN.
class fake_cam {
  public:
    using object = boost::json::object;

    object answer(const std::string& method, const object& params) {
        const std::lock_guard lock{mutex_};
        if (method == "subscribe")
            return {{"result", {{"subscription", 1}}}};
        if (method == "status")
            return {{"result", status()}};
        if (method == "cam.menu" && silent)
            refused_ = true;
        else if (method == "cam.menu")
            show(main_menu());
        else if (method == "cam.menu.close")
            menu_ = nullptr;
        else if (method == "cam.menu.answer")
            return take(params);
        return {{"result", {{"receiver", "roof"}, {"slot", 0}}}};
    }

    /// Somebody else answers, or the CAM goes on by itself: it shows this.
    void go_on(object menu) {
        const std::lock_guard lock{mutex_};
        show(std::move(menu));
    }
    void take_out() {
        const std::lock_guard lock{mutex_};
        menu_ = nullptr;
        out_ = true;
    }
    std::string pin() const {
        const std::lock_guard lock{mutex_};
        return pin_;
    }

    static object main_menu() {
        return {{"form", "menu"},
                {"title", "Main"},
                {"subtitle", "of\nthe CAM"},
                {"bottom", ""},
                {"choices", boost::json::array{"Card", "PIN"}},
                {"blind", false},
                {"answer_length", nullptr}};
    }
    static object question(bool blind) {
        return {{"form", "enquiry"},
                {"title", "Your PIN?"},
                {"blind", blind},
                {"answer_length", 4},
                {"choices", boost::json::array{}}};
    }
    static object list(const char* title) {
        return {{"form", "list"},
                {"title", title},
                {"choices", boost::json::array{"0123"}},
                {"blind", false}};
    }

    /// It has no menu.
    bool silent = false;

  private:
    void show(object menu) {
        menu["id"] = ++last_id_;
        menu["answered"] = false;
        menu_ = std::move(menu);
    }
    object take(const object& params) {
        if (menu_.is_null() || params.at("id") != menu_.at("id"))
            return {{"error", {{"code", -32002}, {"message", "It does not show that."}}}};
        if (const auto* text = params.if_contains("text")) {
            pin_ = std::string(text->as_string());
            menu_ = nullptr;
        } else if (params.contains("cancel")) {
            menu_ = nullptr;
        } else if (params.at("choice") == 1) {
            show(list("Card"));
        } else if (params.at("choice") == 2) {
            show(question(true));
        } else {
            return {{"error", {{"code", -32602}, {"message", "That is no answer."}}}};
        }
        return {{"result", {{"receiver", "roof"}, {"slot", 0}}}};
    }
    object status() const {
        object cam{{"slot", 0},
                   {"state", out_ ? "empty" : "ready"},
                   {"menu", menu_},
                   {"menu_request", refused_ ? boost::json::value("refused") : nullptr}};
        return {{"program", "cihostd"},
                {"receivers", boost::json::array{object{
                                  {"name", "roof"}, {"cams", boost::json::array{std::move(cam)}}}}},
                {"recordings", boost::json::array{}}};
    }

    mutable std::mutex mutex_;
    boost::json::value menu_;
    std::uint64_t last_id_ = 0;
    bool refused_ = false;
    bool out_ = false;
    std::string pin_;
};

} // namespace cihost::test
