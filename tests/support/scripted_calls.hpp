// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "support/fake_calls.hpp"

#include <cihost/bytes.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace cihost::test {

/// One call that a script expects, and what comes of it.
struct scripted_call {
    enum class kind { open, ask, order, read, write };

    kind what = kind::open;
    /// Path, flags, request, argument by value: whatever the kind has.
    std::string path;
    unsigned long number = 0;
    unsigned long value = 0;
    /// What a structure or buffer must hold before (a write) and holds after (ask, read).
    bytes before;
    bytes after;
    /// Of read and write, when it is not the whole.
    ssize_t given = -1;

    static scripted_call open(std::string path, int flags) {
        return {.what = kind::open,
                .path = std::move(path),
                .number = static_cast<unsigned long>(flags)};
    }
    template<class T>
    static scripted_call ask(unsigned long request, const T& before, const T& after) {
        return {.what = kind::ask,
                .number = request,
                .before = bytes_of(before),
                .after = bytes_of(after)};
    }
    static scripted_call order(unsigned long request, unsigned long value) {
        return {.what = kind::order, .number = request, .value = value};
    }
    static scripted_call read(bytes data) { return {.what = kind::read, .after = std::move(data)}; }
    static scripted_call write(bytes data, ssize_t given = -1) {
        return {.what = kind::write, .before = std::move(data), .given = given};
    }

    template<class T>
    static bytes bytes_of(const T& value) {
        bytes data(sizeof value);
        std::memcpy(data.data(), &value, sizeof value);
        return data;
    }
};

/// A kernel that expects exactly these calls in this order.
class scripted_calls final : public fake_calls {
  public:
    explicit scripted_calls(std::vector<scripted_call> script)
        : script_{std::move(script)} {}

    /// The script from its beginning again.
    void rewind() {
        const std::lock_guard lock{mutex_};
        at_ = 0;
    }
    bool finished() const {
        const std::lock_guard lock{mutex_};
        return at_ == script_.size();
    }
    /// Calls that the script has not in that place.
    unsigned surprises() const {
        const std::lock_guard lock{mutex_};
        return surprises_;
    }

  private:
    using kind = scripted_call::kind;

    /// The next call if it is that one.
    template<class Question>
    const scripted_call* next(Question is_it) {
        const std::lock_guard lock{mutex_};
        if (at_ == script_.size() || !is_it(script_[at_])) {
            ++surprises_;
            return nullptr;
        }
        return &script_[at_++];
    }

    void failed() override {
        const std::lock_guard lock{mutex_};
        at_ = std::min(at_ + 1, script_.size());
    }
    int opened(int, const char* path, int flags) override {
        return next([&](const auto& call) {
                   return call.what == kind::open && call.path == path &&
                          call.number == static_cast<unsigned long>(flags);
               }) != nullptr
                   ? 0
                   : -ENOSYS;
    }
    int asked(int, unsigned long request, void* argument) override {
        const auto* call = next([&](const auto& c) {
            return c.what == kind::ask && c.number == request &&
                   std::memcmp(argument, c.before.data(), c.before.size()) == 0;
        });
        if (call == nullptr)
            return -ENOSYS;
        std::memcpy(argument, call->after.data(), call->after.size());
        return 0;
    }
    int ordered(int, unsigned long request, unsigned long argument) override {
        return next([&](const auto& call) {
                   return call.what == kind::order && call.number == request &&
                          call.value == argument;
               }) != nullptr
                   ? 0
                   : -ENOSYS;
    }
    ssize_t given_to_read(int, void* buffer, std::size_t size) override {
        const auto* call = next([&](const auto& c) { return c.what == kind::read; });
        if (call == nullptr)
            return -ENOSYS;
        const auto n = std::min(size, call->after.size());
        std::copy_n(call->after.begin(), n, static_cast<std::uint8_t*>(buffer));
        return static_cast<ssize_t>(n);
    }
    ssize_t written(int, const void* data, std::size_t size) override {
        const auto* call = next([&](const auto& c) {
            return c.what == kind::write && c.before.size() == size &&
                   std::memcmp(data, c.before.data(), size) == 0;
        });
        if (call == nullptr)
            return -ENOSYS;
        return call->given >= 0 ? call->given : static_cast<ssize_t>(size);
    }

    const std::vector<scripted_call> script_;
    mutable std::mutex mutex_;
    std::size_t at_ = 0;
    unsigned surprises_ = 0;
};

} // namespace cihost::test
