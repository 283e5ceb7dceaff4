// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/log.hpp"

#include "base/counted.hpp"
#include "cli/attention.hpp"
#include "cli/cam_place.hpp"
#include "cli/json_view.hpp"
#include "cli/log_view.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace cihost::cli {
namespace {

namespace json = boost::json;

/// The daemon keeps so many at most; the filter may leave few of them.
constexpr std::uint64_t all_lines = 1'000'000;

class printer {
  public:
    printer(const log_command& what, bool as_json, const terminal& t)
        : what_{what}
        , as_json_{as_json}
        , terminal_{t} {}

    void print(const json::value& line) const {
        if (is_wanted(line, what_))
            show(line);
    }
    /// The latest that are wanted.
    void print_tail(const json::array& lines) const {
        std::size_t from = lines.size();
        for (unsigned left = what_.lines; from > 0 && left > 0; --from)
            if (is_wanted(lines[from - 1], what_))
                --left;
        for (; from < lines.size(); ++from)
            print(lines[from]);
    }

  private:
    void show(const json::value& line) const {
        terminal_.out << (as_json_ ? json::serialize(line) + "\n"
                                   : log_line_text(line, terminal_.style))
                      << std::flush;
    }

    const log_command& what_;
    bool as_json_;
    const terminal& terminal_;
};

json::value tail(control_client& daemon, const log_command& what) {
    const bool filters = what.level != severity::debug || what.receiver;
    const std::uint64_t lines = what.lines == 0 ? 0 : filters ? all_lines : what.lines;
    return daemon.call("log.tail", {{"lines", lines}});
}

/// By its lines: one that is gone may have some.
void require_known(control_client& daemon, const json::value& tail, const std::string& receiver) {
    const auto& lines = json_view{tail}["lines"].list();
    if (std::ranges::none_of(lines, [&](const json::value& line) {
            return json_view{line}["receiver"].text() == receiver;
        }))
        require_receiver(daemon.call("status"), receiver);
}

/// The line in a notification, without what belongs to the subscription.
std::optional<json::value> line_in(const json::object& notification) {
    const auto* method = notification.if_contains("method");
    const auto* params = notification.if_contains("params");
    if (*method != json::value("log") || params == nullptr || !params->is_object())
        return std::nullopt;
    auto line = params->get_object();
    line.erase("subscription");
    line.erase("lost");
    return line;
}

} // namespace

exit_status show_log(control_client& daemon, const log_command& what, bool as_json,
                     const terminal& t) {
    const printer out{what, as_json, t};
    if (!what.follow) {
        const auto answer = tail(daemon, what);
        if (what.receiver)
            require_known(daemon, answer, *what.receiver);
        out.print_tail(json_view{answer}["lines"].list());
        return exit_status::done;
    }
    attention signals;
    // first, so that no line falls between; what comes twice for it is left out
    daemon.call("subscribe", {{"topics", json::array{"log"}}});
    const auto answer = tail(daemon, what);
    if (what.receiver)
        require_known(daemon, answer, *what.receiver);
    const auto& old = json_view{answer}["lines"].list();
    out.print_tail(old);
    for (;;) {
        while (const auto news = daemon.notification()) {
            const auto line = line_in(*news);
            if (!line)
                continue;
            const auto& params = news->at("params");
            if (const auto lost = json_view{params}["lost"].number().value_or(0); lost > 0)
                t.err << "cihost: " << counted(lost, "line", "lines")
                      << " came too fast to be told.\n";
            if (std::ranges::find(old, *line) == old.end())
                out.print(*line);
        }
        if (signals.wait(std::nullopt, {daemon.fd()}) == attention::reason::ended)
            return exit_status::done;
    }
}

} // namespace cihost::cli
