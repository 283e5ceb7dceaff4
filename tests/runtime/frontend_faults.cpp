// SPDX-License-Identifier: LGPL-2.1-or-later

/// Each call on a tuner fails until it is mended: a sentence names the node and says what to do,
/// and the receiver comes back by itself.

#include "driven_receiver.hpp"
#include "support/catch.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

using namespace cihost;
using namespace cihost::test;

namespace {

constexpr auto one = fake_receiver::first_service;

/// A tuner whose calls fail as long as a test wants.
struct frontend_faults {
    enum class at { opening, tuning, status };
    std::array<std::atomic<int>, 3> error{};

    error_code of(at where) const {
        const int value = error[static_cast<std::size_t>(where)];
        return {value, boost::system::generic_category()};
    }
    void befall(device_factory& devices) {
        devices.open_frontend =
            [this, open = devices.open_frontend]() -> result<std::unique_ptr<device::frontend>> {
            if (const auto failed = of(at::opening))
                return failed;
            auto opened = open();
            if (!opened)
                return opened.error();
            return std::unique_ptr<device::frontend>{
                std::make_unique<faulty>(std::move(*opened), *this)};
        };
    }

  private:
    class faulty final : public device::frontend {
      public:
        faulty(std::unique_ptr<device::frontend> tuner, const frontend_faults& faults)
            : tuner_{std::move(tuner)}
            , faults_{faults} {}
        error_code tune(const device::tuning& where) noexcept override {
            if (const auto failed = faults_.of(at::tuning))
                return failed;
            return tuner_->tune(where);
        }
        result<device::signal_status> status() noexcept override {
            if (const auto failed = faults_.of(at::status))
                return failed;
            return tuner_->status();
        }

      private:
        const std::unique_ptr<device::frontend> tuner_;
        const frontend_faults& faults_;
    };
};

struct expected {
    frontend_faults::at where;
    int error;
    /// Besides the node's path.
    const char* remedy;
};

struct fixture : driven_receiver {
    frontend_faults faults;

    fixture() {
        replace = [this](device_factory& devices) {
            devices.explain = linux_devices(nodes).explain;
            faults.befall(devices);
        };
    }
    ~fixture() { r.reset(); }

    void set(const expected& wrong, int error) {
        faults.error[static_cast<std::size_t>(wrong.where)] = error;
    }
    void said_and_mended(const expected& wrong) {
        REQUIRE(run_until(context,
                          [&] { return says(nodes.frontend.string()) && says(wrong.remedy); }));
        set(wrong, 0);
        REQUIRE(until_state(one, "clear"));
        CHECK(r->report().state == "locked");
    }
};

using at = frontend_faults::at;

} // namespace

TEST_CASE("a tuner that does not open or tune is said and tried again") {
    for (const auto& wrong : {
             expected{at::opening, EBUSY, "fuser -v"},
             {at::opening, EACCES, "may not be opened"},
             {at::opening, ENOENT, "leads nowhere"},
             {at::opening, ENODEV, "Plug it in again"},
             {at::opening, ENOTSUP, "libdvbv5-dev"},
             {at::opening, EMFILE, "LimitNOFILE"},
             {at::opening, EINVAL, "correct the tuning"},
             {at::tuning, EINVAL, "correct the tuning"},
             {at::tuning, EIO, "take it out"},
             {at::tuning, ETIMEDOUT, "dmesg"},
             {at::tuning, ENODEV, "Plug it in again"},
             {at::status, EIO, "take it out"},
         }) {
        INFO("errno " << wrong.error);
        fixture f;
        f.set(wrong, wrong.error);
        f.begin();
        f.r->want(one);
        f.said_and_mended(wrong);
    }
}

TEST_CASE("a tuner that fails at work is said and used again afterwards") {
    for (const auto& wrong : {
             expected{at::status, EIO, "take it out"},
             {at::status, ETIMEDOUT, "dmesg"},
             {at::status, ENODEV, "Plug it in again"},
         }) {
        INFO("errno " << wrong.error);
        fixture f;
        f.begin();
        f.r->want(one);
        REQUIRE(f.until_state(one, "clear"));
        f.set(wrong, wrong.error);
        f.said_and_mended(wrong);
    }
}
