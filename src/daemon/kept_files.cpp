// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/kept_files.hpp"

#include <algorithm>
#include <atomic>
#include <deque>
#include <system_error>

namespace cihost::daemon {

namespace fs = std::filesystem;

/// The keeper's thread has it alone, but for what says whether there is any.
struct kept_files::waiting {
    struct entry {
        order what;
        std::string why;
    };
    runtime::log_function log;
    std::deque<entry> all;
    std::atomic<bool> some = false;

    void attempt(order what) {
        auto why = replace_file(what.file, what.text, what.how);
        const auto known =
            std::ranges::find(all, what.file, [](const auto& e) { return e.what.file; });
        const bool told = known != all.end() && known->why == why;
        if (known != all.end())
            all.erase(known);
        if (!why.empty()) {
            if (!told)
                log({runtime::severity::warning, "recording", what.trouble(why)});
            all.push_back({std::move(what), std::move(why)});
            if (all.size() > most_waiting)
                all.pop_front();
        }
        some = !all.empty();
    }
    void forget(const fs::path& file) {
        std::erase_if(all, [&](const auto& e) { return e.what.file == file; });
        some = !all.empty();
    }
    void attempt_all() {
        // each takes itself out, and back in when it failed again
        for (auto left = all.size(); left > 0 && !all.empty(); --left)
            attempt(order{all.front().what});
    }
};

kept_files::kept_files(runtime::log_function log)
    : waiting_{std::make_shared<waiting>()} {
    waiting_->log = std::move(log);
}

kept_files::~kept_files() {
    if (waiting_->some)
        keeper_.post([w = waiting_] { w->attempt_all(); });
}

bool kept_files::write(order what) {
    return keeper_.post(
        [w = waiting_, what = std::move(what)]() mutable { w->attempt(std::move(what)); });
}

bool kept_files::remove(fs::path file) {
    return keeper_.post([w = waiting_, file = std::move(file)] {
        w->forget(file);
        std::error_code ignored;
        fs::remove(file, ignored);
    });
}

void kept_files::look(time_point now) {
    if (!waiting_->some || now < retried_at_ + retry_period)
        return;
    if (keeper_.post([w = waiting_] { w->attempt_all(); }))
        retried_at_ = now;
}

} // namespace cihost::daemon
