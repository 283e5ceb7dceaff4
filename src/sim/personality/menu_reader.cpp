// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/personality/behaviour_reader.hpp"

#include <algorithm>

namespace cihost::sim {
namespace {

std::string read_item(const toml::node& element, menu_page::item& to) {
    const std::string wanted = "has to hold texts, or { text = \"…\", opens = \"a page\" }";
    if (const auto* text = element.as_string()) {
        to.text = text->get();
        return {};
    }
    const auto* fields = element.as_table();
    if (fields == nullptr)
        return wanted;
    for (auto&& [key, value] : *fields) {
        if (!value.is_string() || (key.str() != "text" && key.str() != "opens"))
            return wanted;
        (key.str() == "text" ? to.text : to.opens) = value.as_string()->get();
    }
    return {};
}

menu_page read_page(table_reader in) {
    menu_page page;
    if (!in.has("name"))
        in.reject("name", "has to be there");
    in.text("name", page.name);
    in.word("shape", [&](const std::string& text) -> std::string {
        if (text == "menu")
            page.shape = menu_page::form::menu;
        else if (text == "list")
            page.shape = menu_page::form::list;
        else if (text == "enquiry")
            page.shape = menu_page::form::enquiry;
        else
            return "has to be one of: menu, list, enquiry";
        return {};
    });
    in.text("title", page.title);
    in.text("subtitle", page.subtitle);
    in.text("bottom", page.bottom);
    in.list("items", [&](const toml::node& element) {
        return read_item(element, page.items.emplace_back());
    });
    in.flag("blind", page.blind);
    in.number("answer_length", page.answer_length, 0, 255);
    in.text("expected", page.expected);
    in.text("opens", page.opens);
    in.text("wrong_opens", page.wrong_opens);
    in.finish();
    return page;
}

} // namespace

void read_menu(table_reader& root, std::string_view file, std::vector<std::string>& problems,
               menu_behaviour& menu) {
    root.tables("page", [&](const toml::table& one) {
        menu.pages.push_back(read_page({&one, "page", file, problems}));
    });
    const auto exists = [&](const std::string& name) {
        return name.empty() || std::any_of(menu.pages.begin(), menu.pages.end(),
                                           [&](const auto& page) { return page.name == name; });
    };
    const auto check = [&](const menu_page& page, const std::string& target) {
        if (!exists(target))
            root.reject("page", "'" + page.name + "' leads to '" + target + "', which is no page");
    };
    for (const auto& page : menu.pages) {
        for (const auto& item : page.items)
            check(page, item.opens);
        check(page, page.opens);
        check(page, page.wrong_opens);
    }

    table_reader in{root.table("menu"), "menu", file, problems};
    menu_popup popup;
    in.text("popup", popup.page);
    in.time("popup_after_ms", popup.after);
    in.time("popup_again_ms", popup.again_after);
    if (!popup.page.empty())
        menu.popup = popup;
    if (!exists(popup.page))
        in.reject("popup", "is no page: '" + popup.page + "'");
    in.flag("blocks", menu.blocks);
    in.text("pin", menu.pin);
    in.list("pin_services", [&](const toml::node& element) -> std::string {
        const auto* number = element.as_integer();
        if (number == nullptr || number->get() < 1 || number->get() > 0xFFFF)
            return "has to hold program numbers";
        menu.pin_services.insert(static_cast<std::uint16_t>(number->get()));
        return {};
    });
    in.number("pin_tries", menu.pin_tries, 1, 100);
    in.number("part_size", menu.part_size, 0, 65535);
    in.flag("sends_close_mmi", menu.sends_close_mmi);
    in.flag("closes_session", menu.closes_session);
    in.finish();
}

} // namespace cihost::sim
