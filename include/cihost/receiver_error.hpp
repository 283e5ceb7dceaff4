// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <stdexcept>
#include <string>

namespace cihost {

/// A receiver cannot do what it was asked for. what() is for people: what is wrong and what to do
/// about it, a few sentences.
class receiver_error : public std::runtime_error {
  public:
    enum class kind {
        /// The question is wrong, and the same question will be: a device of no such form, a tuning
        /// without a frequency.
        invalid,
        /// There is no such adapter, channel or file.
        not_found,
        /// It has not come about in the time that was given; it may later.
        timeout,
        /// It was tried, and the system or a limit was against it.
        failed,
        /// The receiver has been destroyed.
        gone,
    };

    receiver_error(kind what_kind, const std::string& sentences);
    receiver_error(const receiver_error&) noexcept;
    receiver_error& operator=(const receiver_error&) noexcept;
    ~receiver_error() override;

    kind which() const noexcept { return kind_; }

  private:
    kind kind_;
};

} // namespace cihost
