// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/json_view.hpp"

#include "base/printable.hpp"

#include <boost/json/object.hpp>

namespace cihost::cli {

json_view json_view::operator[](std::string_view key) const noexcept {
    const auto* object = value_ != nullptr ? value_->if_object() : nullptr;
    return json_view{object != nullptr ? object->if_contains(key) : nullptr};
}

const boost::json::array& json_view::list() const noexcept {
    static const boost::json::array none;
    const auto* array = value_ != nullptr ? value_->if_array() : nullptr;
    return array != nullptr ? *array : none;
}

std::string json_view::text() const {
    const auto* string = value_ != nullptr ? value_->if_string() : nullptr;
    return string != nullptr ? printable({string->data(), string->size()}) : std::string{};
}

std::vector<std::string> json_view::lines() const {
    std::vector<std::string> all;
    const auto* string = value_ != nullptr ? value_->if_string() : nullptr;
    if (string == nullptr)
        return all;
    std::string_view rest{string->data(), string->size()};
    while (!rest.empty()) {
        const auto end = rest.find('\n');
        all.push_back(printable(rest.substr(0, end)));
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    return all;
}

bool json_view::flag() const noexcept {
    return value_ != nullptr && value_->is_bool() && value_->get_bool();
}

std::optional<std::uint64_t> json_view::number() const noexcept {
    if (value_ == nullptr)
        return std::nullopt;
    if (value_->is_uint64())
        return value_->get_uint64();
    if (value_->is_int64() && value_->get_int64() >= 0)
        return static_cast<std::uint64_t>(value_->get_int64());
    return std::nullopt;
}

std::optional<double> json_view::real() const noexcept {
    if (value_ == nullptr || !value_->is_number())
        return std::nullopt;
    return value_->to_number<double>();
}

} // namespace cihost::cli
