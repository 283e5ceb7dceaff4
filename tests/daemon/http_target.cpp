// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/http_target.hpp"

#include "daemon/config_http.hpp"
#include "support/catch.hpp"

using namespace cihost::daemon;

TEST_CASE("paths are decoded, or refused") {
    CHECK(parse_target("/stream/Das%20Erste?x=1#y") == "/stream/Das Erste");
    CHECK(parse_target("/a%2Fb") == "/a/b");
    for (const auto* const wrong :
         {"", "*", "stream", "http://x/", "/%", "/%4", "/%zz", "/%00", "/%+1"}) {
        INFO(wrong);
        CHECK_FALSE(parse_target(wrong));
    }
    CHECK(percent_encoded("A/b \xc3\xb6?") == "A%2Fb%20%C3%B6%3F");
    CHECK(parse_target("/" + percent_encoded("A/b \xc3\xb6?")) == "/A/b \xc3\xb6?");
}

TEST_CASE("a query names a receiver, or none") {
    CHECK(query_value("/stream/7?receiver=the%20roof", "receiver") == "the roof");
    CHECK(query_value("/stream/7?a=b&receiver=the+roof&c#receiver=x", "receiver") == "the roof");
    CHECK(query_value("/stream/7?receiver=a%", "receiver") == "a%");
    for (const auto* const none : {"", "/stream/7", "/stream/7?", "/stream/7?receiver",
                                   "/stream/7?receiver=", "/stream/7?xreceiver=a",
                                   "/stream/7#?receiver=a", "/stream/receiver=a", "/?&&&"}) {
        INFO(none);
        CHECK_FALSE(query_value(none, "receiver"));
    }
}

TEST_CASE("a number is a program number where it can be one") {
    CHECK(service_of_path("28106") == service_ref{std::uint16_t{28106}});
    for (const auto* const name : {"0", "65536", "3sat", "-1", "", "99999999999999999999"})
        CHECK(service_of_path(name) == service_ref{std::string(name)});
}

TEST_CASE("hosts that are this machine") {
    for (const auto* const own :
         {"localhost", "localhost:8088", "127.0.0.1:80", "127.1.2.3", "[::1]:8088", "[::1]"})
        CHECK(is_own_host(own, "127.0.0.1"));
    CHECK(is_own_host("10.0.0.1:1", "10.0.0.1"));
    for (const auto* const other : {"evil.example", "127.0.0.1.evil.example", "127.evil", "[::2]",
                                    "[::1", "localhost.evil", ""})
        CHECK_FALSE(is_own_host(other, "127.0.0.1"));
}

TEST_CASE("a playlist names what it lists, one line each") {
    CHECK(playlist({{"7", 7, "One \"HD\""}, {"A b", 8, "A\nb"}, {"9", 9, ""}}, "localhost:8088") ==
          "#EXTM3U\n"
          "#EXTINF:-1 tvg-id=\"7\" tvg-name=\"One 'HD'\",One \"HD\"\n"
          "http://localhost:8088/stream/7\n"
          "#EXTINF:-1 tvg-id=\"8\" tvg-name=\"A b\",A b\n"
          "http://localhost:8088/stream/A%20b\n"
          "#EXTINF:-1 tvg-id=\"9\" tvg-name=\"Service 9\",Service 9\n"
          "http://localhost:8088/stream/9\n");
}

TEST_CASE("a playlist says of which receiver where that has to be said") {
    CHECK(playlist({{"7", 7, "One", "the roof"}}, "h") ==
          "#EXTM3U\n"
          "#EXTINF:-1 tvg-id=\"7\" tvg-name=\"One (the roof)\",One (the roof)\n"
          "http://h/stream/7?receiver=the%20roof\n");
}

TEST_CASE("[http] listens on loopback, and says why not elsewhere") {
    const auto parse = [](const std::string& text) {
        return parse_config("[[receiver]]\ndevice = \"virtual:n\"\nfrequency = 474000000\n" + text,
                            "/etc/c.toml");
    };
    CHECK(parse("").value.http == http_address{"127.0.0.1", 8088});
    CHECK_FALSE(parse("[http]\nlisten = \"off\"\n").value.http);
    CHECK(parse("[http]\nlisten = \"[::1]:80\"\n").value.http == http_address{"::1", 80});
    CHECK(parse("[http]\nlisten = \"localhost:99\"\n").value.http == http_address{"127.0.0.1", 99});
    CHECK(to_string(http_address{"::1", 80}) == "[::1]:80");
    const auto fault = [&](const std::string& listen) {
        const auto outcome = parse("[http]\nlisten = \"" + listen + "\"\n");
        return outcome.problems.empty() ? "" : outcome.problems.at(0).text();
    };
    for (const auto* const open : {"0.0.0.0:8088", "192.168.1.2:8088", "[::]:8088"})
        CHECK(fault(open).find("which others can reach: that needs a password") !=
              std::string::npos);
    for (const auto* const wrong : {"8088", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:80",
                                    "host:80", "127.0.0.1:8x"})
        CHECK(fault(wrong).rfind("/etc/c.toml:5:10: http.listen is '" + std::string(wrong) + "'.",
                                 0) == 0);
}

TEST_CASE("[recording] pattern is checked at its place") {
    const auto outcome =
        parse_config("[[receiver]]\ndevice = \"virtual:n\"\nfrequency = 474000000\n[recording]\n"
                     "pattern = \"{servise}\"\n",
                     "/etc/c.toml");
    REQUIRE(outcome.problems.size() == 1);
    CHECK(outcome.problems[0].text() ==
          "/etc/c.toml:5:11: recording.pattern has no such field as '{servise}'; did you mean "
          "'{service}'? Allowed: text with the fields {service}, {number}, {provider}, "
          "{receiver}, {title}, {date}, {time}");
}
