// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/config_http.hpp"

#include <boost/asio/ip/address.hpp>

#include <charconv>
#include <string>

namespace cihost::daemon {

std::string to_string(const http_address& where) {
    const bool v6 = where.address.find(':') != std::string::npos;
    return (v6 ? "[" + where.address + "]" : where.address) + ":" + std::to_string(where.port);
}

std::optional<http_address> parse_http_address(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos)
        return std::nullopt;
    auto host = text.substr(0, colon);
    const auto digits = text.substr(colon + 1);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']')
        host = host.substr(1, host.size() - 2);
    else if (host.find(':') != std::string_view::npos)
        return std::nullopt;
    if (host == "localhost")
        host = "127.0.0.1";
    http_address where{std::string(host), 0};
    const auto [end, failed] =
        std::from_chars(digits.data(), digits.data() + digits.size(), where.port);
    boost::system::error_code no_address;
    boost::asio::ip::make_address(where.address, no_address);
    if (digits.empty() || failed != std::errc{} || end != digits.data() + digits.size() ||
        no_address)
        return std::nullopt;
    return where;
}

void read_http(config_reader& r, const toml::table& table, std::optional<http_address>& where) {
    static constexpr std::string_view allowed =
        "a loopback address with a port, such as \"127.0.0.1:8088\" or \"[::1]:8088\"; or \"off\"";
    const auto text = r.text("listen", allowed);
    if (!text)
        return;
    if (*text == "off") {
        where.reset();
        return;
    }
    const auto& node = *table.get("listen");
    const auto given = parse_http_address(*text);
    if (!given)
        return r.reject(node, "listen", "is '" + *text + "'.", allowed);
    if (!boost::asio::ip::make_address(given->address).is_loopback())
        return r.reject(node, "listen",
                        "is '" + *text +
                            "', which others can reach: that needs a password, and cihostd has "
                            "none yet.",
                        allowed);
    where = *given;
}

} // namespace cihost::daemon
