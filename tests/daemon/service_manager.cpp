// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/service_manager.hpp"

#include "base/unique_fd.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace cihost;

namespace {

/// The service manager's end; NOTIFY_SOCKET names it for as long as it lives.
class manager {
  public:
    explicit manager(const std::string& name)
        : socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)} {
        sockaddr_un here{};
        here.sun_family = AF_UNIX;
        std::memcpy(here.sun_path, name.data(), name.size());
        if (name[0] == '@')
            here.sun_path[0] = '\0';
        REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&here),
                       static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size())) == 0);
        ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
    }
    manager(const manager&) = delete;
    manager& operator=(const manager&) = delete;
    ~manager() { ::unsetenv("NOTIFY_SOCKET"); }

    std::string heard() const {
        std::array<char, 64> text{};
        const auto size = ::recv(socket_.get(), text.data(), text.size(), MSG_DONTWAIT);
        return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : "";
    }

  private:
    unique_fd socket_;
};

} // namespace

TEST_CASE("the service manager is told when the daemon is ready, and when it stops") {
    const test::temporary_folder folder;
    const manager systemd{(folder.path() / "notify").string()};
    daemon::notify_ready();
    CHECK(systemd.heard() == "READY=1");
    daemon::notify_stopping();
    CHECK(systemd.heard() == "STOPPING=1");
}

TEST_CASE("the service manager is told of a reload, with its time, and how the daemon fares") {
    const test::temporary_folder folder;
    CHECK_FALSE(daemon::service_manager_listens());
    const manager systemd{(folder.path() / "notify").string()};
    CHECK(daemon::service_manager_listens());
    const auto now = [] {
        return std::chrono::duration_cast<std::chrono::microseconds>(
                   std::chrono::steady_clock::now().time_since_epoch())
            .count();
    };
    const auto before = now();
    daemon::notify_reloading();
    const auto heard = systemd.heard();
    const std::string head = "RELOADING=1\nMONOTONIC_USEC=";
    REQUIRE(heard.rfind(head, 0) == 0);
    const auto told = std::stoll(heard.substr(head.size()));
    CHECK(before <= told);
    CHECK(told <= now());
    daemon::notify_status("fine");
    CHECK(systemd.heard() == "STATUS=fine");
    daemon::notify_watchdog();
    CHECK(systemd.heard() == "WATCHDOG=1");
}

TEST_CASE("the watchdog's period is for the process that it names") {
    const auto period = [](const char* microseconds, const std::string& process) {
        ::setenv("WATCHDOG_USEC", microseconds, 1);
        if (!process.empty())
            ::setenv("WATCHDOG_PID", process.c_str(), 1);
        const auto told = daemon::watchdog_period();
        ::unsetenv("WATCHDOG_USEC");
        ::unsetenv("WATCHDOG_PID");
        return told;
    };
    CHECK_FALSE(daemon::watchdog_period());
    CHECK(period("30000000", "") == std::chrono::seconds{30});
    CHECK(period("1", std::to_string(::getpid())) == std::chrono::microseconds{1});
    CHECK_FALSE(period("1", std::to_string(::getppid())));
    CHECK_FALSE(period("0", ""));
    CHECK_FALSE(period("soon", ""));
}

TEST_CASE("a socket in the abstract namespace is reached too") {
    const manager systemd{"@cihost-notify-" + std::to_string(::getpid())};
    daemon::notify_ready();
    CHECK(systemd.heard() == "READY=1");
}

TEST_CASE("a service manager that does not read holds up nobody") {
    const test::temporary_folder folder;
    const manager systemd{(folder.path() / "notify").string()};
    for (int i = 0; i < 10'000; ++i)
        daemon::notify_watchdog();
    CHECK(systemd.heard() == "WATCHDOG=1");
}

TEST_CASE("without a service manager nobody is told, and nothing fails") {
    ::unsetenv("NOTIFY_SOCKET");
    daemon::notify_ready();
    ::setenv("NOTIFY_SOCKET", "/nobody/listens", 1);
    daemon::notify_ready();
    ::setenv("NOTIFY_SOCKET", std::string(200, 'x').c_str(), 1);
    daemon::notify_ready();
    ::unsetenv("NOTIFY_SOCKET");
    SUCCEED();
}
