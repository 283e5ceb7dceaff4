// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cihost/error.hpp>

#include <string>

namespace cihost {
namespace {

class category final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "cihost"; }

    std::string message(int value) const override {
        switch (static_cast<errc>(value)) {
        case errc::truncated:
            return "input ends too early";
        case errc::bad_length:
            return "length field contradicts the structure";
        case errc::wrong_tag:
            return "unexpected tag or identifier";
        case errc::bad_crc:
            return "CRC_32 is wrong";
        case errc::bad_value:
            return "field holds a forbidden value";
        case errc::unexpected:
            return "out of place in the conversation";
        case errc::too_large:
            return "more than can be held";
        }
        return "unknown error " + std::to_string(value);
    }
};

} // namespace

const boost::system::error_category& error_category() noexcept {
    static const category instance;
    return instance;
}

} // namespace cihost
