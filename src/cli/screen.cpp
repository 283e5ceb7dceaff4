// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/screen.hpp"

#include "base/counted.hpp"

#include <cstddef>
#include <vector>

namespace cihost::cli {
namespace {

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const auto end = text.find('\n');
        lines.push_back(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return lines;
}

} // namespace

std::string cut(std::string_view line, std::size_t columns) {
    std::string text;
    std::size_t used = 0;
    bool coloured = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '\x1b') {
            const auto end = line.find('m', i);
            if (end == std::string_view::npos)
                break;
            text += line.substr(i, end - i + 1);
            coloured = true;
            i = end;
            continue;
        }
        const bool begins = (static_cast<unsigned char>(line[i]) & 0xC0) != 0x80;
        if (begins && used++ == columns)
            return text + (coloured ? "\x1b[0m" : "");
        text += line[i];
    }
    return text;
}

std::string fitted(std::string_view text, window_size window, std::string_view last) {
    auto lines = lines_of(text);
    std::string more{last};
    if (lines.size() + (last.empty() ? 0 : 1) <= window.rows) {
        if (!last.empty())
            lines.push_back(more);
    } else {
        const auto kept = window.rows > 0 ? window.rows - 1 : 0;
        more = "… " + counted(lines.size() - kept, "more line", "more lines");
        if (!last.empty())
            more += "; " + std::string{last};
        lines.resize(kept);
        lines.emplace_back(more);
    }
    std::string out;
    for (const auto line : lines)
        out += cut(line, window.columns) + "\n";
    return out;
}

screen::screen(std::ostream& out)
    : out_{out} {
    // the other screen; no line breaks of the terminal's own; no cursor
    out_ << "\x1b[?1049h\x1b[?7l\x1b[?25l" << std::flush;
}

screen::~screen() { out_ << "\x1b[?25h\x1b[?7h\x1b[?1049l" << std::flush; }

void screen::draw(std::string_view text, window_size window, std::string_view last) {
    std::string frame = "\x1b[H";
    const auto shown = fitted(text, window, last);
    const auto lines = lines_of(shown);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        frame += lines[i];
        // the rest of what stood there before; no newline at the end, which would scroll
        frame += i + 1 < lines.size() ? "\x1b[K\r\n" : "\x1b[K";
    }
    out_ << frame << "\x1b[J" << std::flush;
}

} // namespace cihost::cli
