// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/cam/module_menu.hpp"

#include "base/cursor.hpp"
#include "base/writer.hpp"
#include "sim/cam/object_coding.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <span>
#include <utility>

namespace cihost::sim {
namespace {

// EN 50221 §8.6
constexpr std::uint32_t tag_close_mmi = 0x9F8800;
constexpr std::uint32_t tag_display_control = 0x9F8801;
constexpr std::uint32_t tag_display_reply = 0x9F8802;
constexpr std::uint32_t tag_text_last = 0x9F8803;
constexpr std::uint32_t tag_text_more = 0x9F8804;
constexpr std::uint32_t tag_enq = 0x9F8807;
constexpr std::uint32_t tag_answ = 0x9F8808;
constexpr std::uint32_t tag_menu_last = 0x9F8809;
constexpr std::uint32_t tag_menu_more = 0x9F880A;
constexpr std::uint32_t tag_menu_answ = 0x9F880B;
constexpr std::uint32_t tag_list_last = 0x9F880C;
constexpr std::uint32_t tag_list_more = 0x9F880D;
/// Between two tries to show what has to be seen.
constexpr std::chrono::seconds patience{2};
constexpr std::array<std::uint8_t, 2> high_level_mode = {0x01, 0x01};
constexpr std::array<std::uint8_t, 1> close_at_once = {0x00};

/// Calls each(part, whether it is the last).
template<class Bytes, class Each>
void in_parts(const Bytes& whole, std::size_t part_size, const Each& each) {
    auto rest = whole;
    for (; part_size > 0 && rest.size() > part_size; rest = rest.subspan(part_size))
        each(rest.first(part_size), false);
    each(rest, true);
}

void write_text(writer& out, const std::string& text, std::size_t part_size) {
    in_parts(std::span{text}, part_size, [&](std::span<const char> part, bool last) {
        out.u24(last ? tag_text_last : tag_text_more);
        write_length(out, part.size());
        for (const char c : part)
            out.u8(static_cast<std::uint8_t>(c));
    });
}

menu_page make_pin_page(const menu_behaviour& behaviour) {
    return {.name = "pin",
            .shape = menu_page::form::enquiry,
            .title = "Please enter your PIN",
            .blind = true,
            .answer_length = static_cast<unsigned>(behaviour.pin.size())};
}

} // namespace

module_menu::module_menu(const menu_behaviour& behaviour, module_sessions& sessions,
                         stream_gate& gate, journal& log)
    : behaviour_{behaviour}
    , pin_page_{make_pin_page(behaviour)}
    , sessions_{sessions}
    , gate_{gate}
    , log_{log} {}

void module_menu::power_on() {
    popup_done_ = false;
    wrong_pins_ = 0;
    pin_refused_for_.reset();
}

void module_menu::disconnected(time_point now) {
    session_.reset();
    opening_ = false;
    popup_at_.reset();
    forget_page("disconnected", now);
}

const menu_page* module_menu::find(std::string_view name) const {
    const auto found = std::find_if(behaviour_.pages.begin(), behaviour_.pages.end(),
                                    [&](const auto& page) { return page.name == name; });
    return found == behaviour_.pages.end() ? nullptr : &*found;
}

void module_menu::enter_menu(time_point now) {
    if (behaviour_.pages.empty())
        log_.write(now, "enter_menu", {{"remark", "this CAM has no menu"}});
    else
        log_.write(now, "enter_menu");
    if (!behaviour_.pages.empty())
        show(behaviour_.pages.front(), false, now);
}

void module_menu::tick(std::optional<time_point> ca_info_at,
                       const std::set<std::uint16_t>& programs, time_point now) {
    if (behaviour_.popup && !popup_done_ && ca_info_at && !popup_at_)
        popup_at_ = *ca_info_at + behaviour_.popup->after;
    if (popup_at_ && *popup_at_ <= now && page_ == nullptr) {
        popup_at_.reset();
        popup_done_ = true;
        if (const auto* page = find(behaviour_.popup->page))
            show(*page, true, now);
    }
    if (ask_again_ <= now) {
        ask_again_ = never;
        show(*page_, by_itself_, now);
    }
    programs_ = programs;
    const bool locked = std::any_of(programs.begin(), programs.end(),
                                    [&](auto program) { return gate_.locked(program); });
    if (locked && page_ == nullptr && pin_refused_for_ != programs)
        show(pin_page_, false, now);
}

void module_menu::show(const menu_page& page, bool by_itself, time_point now) {
    page_ = &page;
    by_itself_ = by_itself;
    if (by_itself && behaviour_.blocks)
        gate_.menu_blocks(true);
    log_.write(now, "menu_shown", {{"page", page.name}});
    if (session_)
        send_page(now);
    else if (!std::exchange(opening_, true))
        sessions_.open(resources::mmi, now);
}

void module_menu::opened(std::uint16_t session, time_point now) {
    opening_ = false;
    session_ = session;
    sessions_.send(session, tag_display_control, high_level_mode, now);
    if (page_ != nullptr)
        send_page(now);
    else
        end("nothing to show", now);
}

void module_menu::refused(time_point now) {
    opening_ = false;
    if (by_itself_ && behaviour_.blocks)
        ask_again_ = now + patience;
    else
        forget_page("no MMI", now);
}

void module_menu::closed(time_point now) {
    session_.reset();
    forget_page("session closed by host", now);
}

void module_menu::send_page(time_point now) {
    writer out;
    if (page_->shape == menu_page::form::enquiry) {
        out.u8(page_->blind ? 1 : 0).u8(page_->answer_length);
        for (const char c : page_->title)
            out.u8(static_cast<std::uint8_t>(c));
        sessions_.send(*session_, tag_enq, out.view(), now);
        return;
    }
    out.u8(static_cast<unsigned>(page_->items.size()));
    for (const auto* heading : {&page_->title, &page_->subtitle, &page_->bottom})
        write_text(out, *heading, behaviour_.part_size);
    for (const auto& item : page_->items)
        write_text(out, item.text, behaviour_.part_size);
    const bool menu = page_->shape == menu_page::form::menu;
    in_parts(bytes_view{out.view()}, behaviour_.part_size, [&](bytes_view part, bool last) {
        const auto tag =
            last ? (menu ? tag_menu_last : tag_list_last) : (menu ? tag_menu_more : tag_list_more);
        sessions_.send(*session_, tag, part, now);
    });
}

void module_menu::follow(const std::string& name, time_point now) {
    if (const auto* next = find(name))
        show(*next, by_itself_, now);
    else
        end("answered", now);
}

bool module_menu::receive(const session_event& object, time_point now) {
    switch (object.tag) {
    case tag_display_reply:
        return !object.body.empty();
    case tag_close_mmi:
        end("closed by host", now);
        return true;
    case tag_menu_answ:
        return page_ == nullptr || take_choice(object.body, now);
    case tag_answ:
        return page_ == nullptr || take_answer(object.body, now);
    default:
        return false;
    }
}

bool module_menu::take_choice(bytes_view body, time_point now) {
    if (page_->shape == menu_page::form::enquiry || body.size() != 1 ||
        body[0] > page_->items.size())
        return false;
    const auto choice = body[0];
    log_.write(now, "menu_answer", {{"page", page_->name}, {"choice", choice}});
    if (choice == 0 || page_->shape == menu_page::form::list)
        end(choice == 0 ? "dismissed" : "answered", now);
    else
        follow(std::string(page_->items[choice - 1U].opens), now);
    return true;
}

bool module_menu::take_answer(bytes_view body, time_point now) {
    if (page_->shape != menu_page::form::enquiry || body.empty() || body[0] > 1)
        return false;
    const std::string typed(body.begin() + 1, body.end());
    if (body[0] == 0) {
        if (page_ == &pin_page_)
            pin_refused_for_ = programs_;
        end("cancelled", now);
    } else if (page_ == &pin_page_) {
        take_pin(typed, now);
    } else {
        const bool right = page_->expected.empty() || typed == page_->expected;
        log_.write(now, "menu_answer", {{"page", page_->name}, {"right", right}});
        follow(std::string(right ? page_->opens : page_->wrong_opens), now);
    }
    return true;
}

void module_menu::take_pin(std::string_view typed, time_point now) {
    const bool right = typed == behaviour_.pin;
    log_.write(now, right ? "pin_right" : "pin_wrong");
    if (right) {
        gate_.pin_given();
        end("answered", now);
    } else if (++wrong_pins_ < behaviour_.pin_tries) {
        send_page(now);
    } else {
        wrong_pins_ = 0;
        pin_refused_for_ = programs_;
        end("too many wrong PINs", now);
    }
}

void module_menu::forget_page(const char* reason, time_point now) {
    if (page_ == nullptr)
        return;
    log_.write(now, "menu_gone", {{"page", page_->name}, {"reason", reason}});
    page_ = nullptr;
    ask_again_ = never;
    gate_.menu_blocks(false);
    if (std::exchange(by_itself_, false) && behaviour_.popup &&
        behaviour_.popup->again_after > duration{0})
        popup_at_ = now + behaviour_.popup->again_after;
}

void module_menu::end(const char* reason, time_point now) {
    forget_page(reason, now);
    if (!session_)
        return;
    if (behaviour_.sends_close_mmi)
        sessions_.send(*session_, tag_close_mmi, close_at_once, now);
    if (!behaviour_.closes_session)
        return;
    sessions_.close(*session_, now);
    session_.reset();
}

} // namespace cihost::sim
