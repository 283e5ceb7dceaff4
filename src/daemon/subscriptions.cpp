// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/subscriptions.hpp"

#include "base/suggestion.hpp"
#include "daemon/log_json.hpp"
#include "daemon/rpc_params.hpp"

#include <boost/asio/post.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace cihost::daemon {
namespace {

namespace json = boost::json;
using clock = std::chrono::steady_clock;

/// Log lines on their way to the control thread.
constexpr std::size_t most_lines = 1000;

std::set<topic> topics_in(const rpc_params& p) {
    const auto words = p.texts("topics");
    if (!words)
        return {topic::receivers, topic::cams, topic::services, topic::recordings, topic::menus};
    std::vector<std::string> names;
    for (const auto t : topics)
        names.emplace_back(name(t));
    std::set<topic> all;
    for (const auto& word : *words) {
        const auto meant = topic_named(word);
        if (!meant) {
            const auto near = suggestion(word, names);
            throw rpc_error{rpc_code::invalid_params,
                            "There is no topic '" + word + "'" +
                                (near ? "; did you mean '" + *near + "'?" : ".") +
                                " Allowed: " + join(names)};
        }
        all.insert(*meant);
    }
    if (all.empty())
        throw rpc_error{rpc_code::invalid_params, "'topics' is empty. Allowed: " + join(names)};
    return all;
}

} // namespace

subscriptions::subscriptions(boost::asio::io_context& context, event_log& log, state_function state,
                             subscription_settings values)
    : context_{context}
    , log_{log}
    , state_{std::move(state)}
    , settings_{values}
    , timer_{context}
    , self_{std::make_shared<subscriptions*>(this)} {}

subscriptions::~subscriptions() {
    close();
    *self_ = nullptr;
}

void subscriptions::close() {
    all_.clear();
    adapt();
}

void subscriptions::add_to(rpc_dispatcher& dispatcher) {
    const auto add = [&](const char* name, auto method) {
        dispatcher.add_for_client(name, [this, method](const json::object& params,
                                                       const rpc_dispatcher::client& who,
                                                       const rpc_dispatcher::reply& done) {
            done(json::value((this->*method)(params, who)));
        });
    };
    add("subscribe", &subscriptions::subscribe);
    add("unsubscribe", &subscriptions::unsubscribe);
}

json::object subscriptions::subscribe(const json::object& params,
                                      const rpc_dispatcher::client& who) {
    const rpc_params p{params, {"topics"}};
    auto about = topics_in(p);
    if (!who)
        throw rpc_error{rpc_code::conflict, "Nobody could be told of changes on this connection."};
    const auto theirs =
        std::ranges::count_if(all_, [&](const auto& s) { return s.client.lock() == who; });
    if (static_cast<std::size_t>(theirs) >= settings_.most)
        throw rpc_error{rpc_code::limit, "This client has " + std::to_string(theirs) +
                                             " subscriptions already; end one with 'unsubscribe' "
                                             "first."};
    // what changed until now is for the others
    auto snapshot = states_wanted() ? look() : state_();
    if (!states_wanted())
        feed_.take(snapshot, true);
    all_.push_back({++last_number_, who, std::move(about)});
    adapt();
    return {{"subscription", last_number_}, {"snapshot", std::move(snapshot)}};
}

json::object subscriptions::unsubscribe(const json::object& params,
                                        const rpc_dispatcher::client& who) {
    const rpc_params p{params, {"subscription"}};
    const auto number = p.required_number("subscription");
    const auto found = std::ranges::find_if(
        all_, [&](const auto& s) { return s.number == number && s.client.lock() == who; });
    if (found == all_.end())
        throw rpc_error{rpc_code::not_found,
                        "This client has no subscription " + std::to_string(number) + "."};
    all_.erase(found);
    adapt();
    return {{"subscription", number}};
}

bool subscriptions::wanted(topic about) const {
    return std::ranges::any_of(all_, [&](const auto& s) { return s.about.contains(about); });
}

bool subscriptions::states_wanted() const {
    return std::ranges::any_of(
        all_, [](const auto& s) { return s.about != std::set<topic>{topic::log}; });
}

void subscriptions::forget_gone() {
    const auto gone = [](const subscription& s) {
        const auto client = s.client.lock();
        return !client || client->gone();
    };
    if (std::erase_if(all_, gone) > 0)
        adapt();
}

void subscriptions::adapt() {
    if (!states_wanted()) {
        looking_ = false;
        timer_.cancel();
        feed_.forget();
        measured_at_ = never;
    } else if (!std::exchange(looking_, true)) {
        set_timer();
    }
    const bool listen = wanted(topic::log);
    if (listen == std::exchange(listening_, listen))
        return;
    log_.listen(listen ? [this](const log_line& line) { take_line(line); } : event_log::listener{});
    const std::lock_guard lock{mutex_};
    lines_.clear();
    lost_ = 0;
}

void subscriptions::set_timer() {
    timer_.expires_after(settings_.period);
    timer_.async_wait([this](const boost::system::error_code& cancelled) {
        if (cancelled)
            return;
        forget_gone();
        if (!looking_)
            return;
        look();
        set_timer();
    });
}

json::object subscriptions::look() {
    const auto now = clock::now();
    const bool measure =
        wanted(topic::measurements) &&
        (measured_at_ == never || now - measured_at_ >= settings_.measurements_period);
    if (measure)
        measured_at_ = now;
    auto state = state_();
    tell(feed_.take(state, measure));
    return state;
}

void subscriptions::tell(const std::vector<change>& changes) {
    if (changes.empty())
        return;
    // many want the same
    std::map<std::set<topic>, std::string> texts;
    for (auto& s : all_) {
        const auto client = s.client.lock();
        if (!client)
            continue;
        const auto [text, is_new] = texts.try_emplace(s.about);
        if (is_new) {
            json::array theirs;
            for (const auto& c : changes)
                if (s.about.contains(c.about))
                    theirs.push_back(c.text);
            if (!theirs.empty())
                text->second = json::serialize(theirs);
        }
        if (text->second.empty())
            continue;
        client->notify(R"({"jsonrpc":"2.0","method":"changed","params":{"subscription":)" +
                       std::to_string(s.number) + R"(,"sequence":)" + std::to_string(++s.sequence) +
                       R"(,"changes":)" + text->second + "}}\n");
    }
}

void subscriptions::take_line(const log_line& line) {
    const std::lock_guard lock{mutex_};
    const bool first = lines_.empty();
    lines_.push_back(line);
    if (lines_.size() > most_lines) {
        lines_.pop_front();
        ++lost_;
    }
    if (first)
        boost::asio::post(context_, [self = self_] {
            if (*self != nullptr)
                (*self)->tell_lines();
        });
}

void subscriptions::tell_lines() {
    std::deque<log_line> lines;
    std::uint64_t lost = 0;
    {
        const std::lock_guard lock{mutex_};
        lines.swap(lines_);
        lost = std::exchange(lost_, 0);
    }
    for (const auto& line : lines) {
        auto text = to_json(line);
        text["lost"] = std::exchange(lost, 0);
        for (const auto& s : all_) {
            const auto client = s.client.lock();
            if (!client || !s.about.contains(topic::log))
                continue;
            json::object params{{"subscription", s.number}};
            for (const auto& member : text)
                params[member.key()] = member.value();
            client->notify(rpc_notification_line("log", std::move(params)));
        }
    }
}

} // namespace cihost::daemon
