// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/device_text.hpp"

#include "base/printable.hpp"
#include "base/suggestion.hpp"
#include "base/table.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <array>
#include <filesystem>
#include <utility>
#include <vector>

namespace cihost::daemon {
namespace {

namespace json = boost::json;

constexpr std::array kinds{"frontends", "demuxes", "dvrs", "ca_devices"};
const std::string nothing = "-";

std::string text_of(const json::value& value) {
    const auto& text = value.as_string();
    return printable({text.data(), text.size()});
}

std::string joined(const json::value& list) {
    std::vector<std::string> words;
    for (const auto& entry : list.as_array())
        words.push_back(text_of(entry));
    return words.empty() ? nothing : join(words);
}

std::string holders(const json::object& node) {
    std::vector<std::string> words;
    for (const auto& holder : node.at("holders").as_array())
        words.push_back(text_of(holder.at("program")) + " (process " +
                        std::to_string(holder.at("pid").to_number<int>()) + ")");
    return words.empty() ? nothing : join(words);
}

std::string kind_of_ci(const json::value& kind) {
    if (kind.is_null())
        return "CA device";
    if (kind == json::value("descrambler"))
        return "descrambler, no CI";
    return kind == json::value("link") ? "CI" : "high-level CI";
}

/// "Sony CXD2880: DVB-T, DVB-T2"; "CI, slot 0 ready"; nothing of a demux.
std::string what(const json::object& node) {
    if (const auto* const systems = node.if_contains("delivery_systems")) {
        const auto name = text_of(node.at("name"));
        return name.empty() ? nothing : name + ": " + joined(*systems);
    }
    const auto* const slots = node.if_contains("slots");
    if (slots == nullptr)
        return nothing;
    auto text = kind_of_ci(node.at("kind"));
    for (const auto& slot : slots->as_array())
        text += ", slot " + std::to_string(slot.at("slot").to_number<unsigned>()) + " " +
                text_of(slot.at("state"));
    return text;
}

std::string file_name(const json::object& node) {
    return std::filesystem::path{text_of(node.at("path"))}.filename().string();
}

/// What is wrong, once for all nodes that it is wrong with: rights are an adapter's mostly.
class problem_list {
  public:
    void add(const json::object& node) {
        const auto whole = text_of(node.at("problem"));
        const auto path = text_of(node.at("path"));
        if (whole.empty())
            return;
        const bool about_it = whole.starts_with(path + " ");
        const auto what = about_it ? whole.substr(path.size() + 1) : whole;
        for (auto& known : all_)
            if (about_it && known.what == what) {
                known.nodes.push_back(file_name(node));
                return;
            }
        all_.push_back({what, whole, {file_name(node)}});
    }
    std::string text() const {
        std::string lines;
        for (const auto& p : all_)
            lines += "  " + (p.nodes.size() == 1 ? p.whole : join(p.nodes) + ": " + p.what) + "\n";
        return lines;
    }

  private:
    struct problem {
        std::string what;
        std::string whole;
        std::vector<std::string> nodes;
    };
    std::vector<problem> all_;
};

std::string adapter_text(const json::object& adapter, bool with_receivers) {
    auto text = "adapter" + std::to_string(adapter.at("number").to_number<unsigned>());
    if (const auto driver = text_of(adapter.at("driver")); !driver.empty())
        text += ", driver " + driver;
    text += "\n";
    std::vector<table::column> columns{{"node"}, {"what"}, {"belongs to"}, {"in use by"}};
    if (with_receivers)
        columns.insert(columns.end() - 1, {"receiver"});
    table nodes{columns};
    problem_list problems;
    for (const auto* const kind : kinds)
        for (const auto& entry : adapter.at(kind).as_array()) {
            const auto& node = entry.as_object();
            std::vector<table::cell> row{file_name(node), what(node), joined(node.at("makes"))};
            if (with_receivers)
                row.emplace_back(joined(node.at("receivers")));
            row.emplace_back(holders(node));
            nodes.add(std::move(row));
            problems.add(node);
        }
    if (!nodes.empty())
        text += nodes.text(2);
    text += problems.text();
    if (adapter.at("makes").as_array().empty())
        text += "  It makes no receiver: that takes a frontend, and a demux and a dvr of the same "
                "number.\n";
    return text;
}

/// Some node of some adapter is like that.
template<class Predicate>
bool any_node(const json::object& report, Predicate is_so) {
    for (const auto& adapter : report.at("adapters").as_array())
        for (const auto* const kind : kinds)
            for (const auto& node : adapter.at(kind).as_array())
                if (is_so(node.as_object()))
                    return true;
    return false;
}

bool has_receiver(const json::object& node) { return !node.at("receivers").as_array().empty(); }

/// By a daemon other than the one that says so.
bool held_by_daemon(const json::object& node) {
    for (const auto& holder : node.at("holders").as_array())
        if (holder.at("program") == json::value("cihostd") && !node.at("held").as_bool())
            return true;
    return false;
}

} // namespace

std::string device_text(const json::object& report) {
    std::string text;
    bool makes = false;
    const bool with_receivers = any_node(report, has_receiver);
    for (const auto& adapter : report.at("adapters").as_array()) {
        text += (text.empty() ? "" : "\n") + adapter_text(adapter.as_object(), with_receivers);
        makes = makes || !adapter.at("makes").as_array().empty();
    }
    if (makes)
        text += "\nWhat belongs together is one receiver: device = \"NAME\" in cihostd's "
                "configuration, with NAME as under \"belongs to\".\n";
    if (any_node(report, held_by_daemon))
        text += "cihostd runs: \"cihost devices\" shows what its receivers do with these.\n";
    if (const auto problem = text_of(report.at("problem")); !problem.empty())
        text += problem + "\n";
    for (const auto& absent : report.at("absent").as_array())
        text += (text.empty() ? "" : "\n") + ("Receiver '" + text_of(absent.at("receiver"))) +
                "' is absent. " + text_of(absent.at("reason")) + "\n";
    return text;
}

} // namespace cihost::daemon
