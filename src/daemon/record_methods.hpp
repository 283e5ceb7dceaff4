// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "daemon/recording_book.hpp"
#include "daemon/rpc_dispatcher.hpp"

#include <boost/json/object.hpp>

#include <filesystem>

namespace cihost::daemon {

/// record.start, record.stop and record.list, as CONTROL.md documents them.
class record_methods {
  public:
    record_methods(recording_book& book, std::filesystem::path directory)
        : book_{book}
        , directory_{std::move(directory)} {}

    void use_directory(std::filesystem::path directory) { directory_ = std::move(directory); }

    void start(const boost::json::object& params, const rpc_dispatcher::client& who,
               rpc_dispatcher::reply done);
    void stop(const boost::json::object& params, rpc_dispatcher::reply done);
    boost::json::object list();

  private:
    recording_book& book_;
    std::filesystem::path directory_;
};

boost::json::object to_json(const booked_recording& recording);

} // namespace cihost::daemon
