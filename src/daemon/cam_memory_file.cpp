// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/cam_memory_file.hpp"

#include "daemon/cam_memory_json.hpp"
#include "daemon/read_text_file.hpp"
#include "daemon/replace_file.hpp"

#include <cstdio>
#include <system_error>
#include <utility>

namespace cihost::daemon {
namespace {

namespace fs = std::filesystem;
using runtime::severity;

std::string why_not(int error) { return std::generic_category().message(error); }

} // namespace

cam_memory_file::cam_memory_file(fs::path file, runtime::log_function log)
    : file_{std::move(file)}
    , log_{std::move(log)} {}

cam_memory_file::~cam_memory_file() = default;

policy::cam_memory cam_memory_file::load() {
    policy::cam_memory memory;
    std::error_code ignored;
    if (file_.empty() || !fs::exists(file_, ignored))
        return memory;
    std::string text;
    if (const int error = read_text_file(file_, text); error != 0)
        set_aside(why_not(error));
    else if (const auto why = restore_memory(text, memory); !why.empty())
        set_aside(why);
    loaded_ = written_ = memory.changes();
    weighty_written_ = memory.weighty_changes();
    return memory;
}

void cam_memory_file::set_aside(const std::string& why) {
    auto aside = file_;
    aside += ".damaged";
    const bool moved = ::rename(file_.c_str(), aside.c_str()) == 0;
    log_({severity::warning, "daemon",
          "What was learned of CAMs cannot be read from " + file_.string() + " (" + why + "); " +
              (moved ? "it is " + aside.string() + " now" : "it stays there") +
              ", and learning begins anew."});
}

void cam_memory_file::look(const policy::cam_memory& memory, time_point now) {
    const duration since = memory.weighty_changes() != weighty_written_ ? short_pause : pause;
    const bool due = written_at_ == time_point::min() || now >= written_at_ + since;
    if (file_.empty() || memory.changes() == written_ || !due)
        return;
    // most daemons have nothing to write for hours
    if (!thread_)
        thread_ = std::make_unique<runtime::job_thread>(1);
    const bool posted =
        thread_->post([file = file_, text = memory_text(memory), log = log_, failure = failure_] {
            auto why = replace_file(file, text);
            if (!why.empty() && why != *failure)
                log({severity::warning, "daemon",
                     "What was learned of CAMs cannot be written to " + file.string() + ": " + why +
                         "."});
            *failure = std::move(why);
        });
    if (!posted) // a disk that hangs
        return;
    written_ = memory.changes();
    weighty_written_ = memory.weighty_changes();
    written_at_ = now;
}

void cam_memory_file::finish(const policy::cam_memory& memory) {
    thread_.reset(); // drops what waits, which is older
    if (!file_.empty() && memory.changes() != loaded_)
        replace_file(file_, memory_text(memory));
}

} // namespace cihost::daemon
