// SPDX-License-Identifier: LGPL-2.1-or-later

/// The menus of a receiver's modules, by slot.

#include "runtime/receiver_impl.hpp"

#include <cerrno>

namespace cihost::runtime {

namespace {

error_code no_such_slot() { return {ENOENT, boost::system::generic_category()}; }

} // namespace

cam* receiver::impl::cam_in(unsigned slot) {
    return slot < ca_.cams().size() ? &*ca_.cams()[slot] : nullptr;
}

error_code receiver::impl::enter_menu(unsigned slot) {
    auto* where = cam_in(slot);
    return where != nullptr ? where->enter_menu() : no_such_slot();
}

error_code receiver::impl::answer_menu(unsigned slot, std::uint64_t id,
                                       const policy::menu_answer& answer) {
    auto* where = cam_in(slot);
    return where != nullptr ? where->answer_menu(id, answer) : no_such_slot();
}

error_code receiver::impl::close_menu(unsigned slot) {
    auto* where = cam_in(slot);
    return where != nullptr ? where->close_menu() : no_such_slot();
}

error_code receiver::enter_menu(unsigned slot) { return impl_->enter_menu(slot); }

error_code receiver::answer_menu(unsigned slot, std::uint64_t id,
                                 const policy::menu_answer& answer) {
    return impl_->answer_menu(slot, id, answer);
}

error_code receiver::close_menu(unsigned slot) { return impl_->close_menu(slot); }

} // namespace cihost::runtime
