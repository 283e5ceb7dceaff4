// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/unique_fd.hpp"
#include "sim/nodes/listener.hpp"
#include "sim/nodes/poll_set.hpp"

#include <boost/json/object.hpp>

#include <functional>
#include <list>
#include <string>

namespace cihost::sim {

/// DIR/control: one JSON object a line, and one line back for each. Nonsense gets an error line; a
/// client that sends endless lines or does not read its answers is closed.
class control_socket {
  public:
    using handler = std::function<boost::json::object(const boost::json::object& request)>;

    static result<control_socket> open(const node_folder& folder, std::string& why);

    void prepare(poll_set& set) const;
    void serve(const poll_set& set, const handler& answer);

  private:
    struct client {
        unique_fd socket;
        std::string in;
        std::string out;
    };

    explicit control_socket(listener listening);
    static bool receive(client& from, const handler& answer);
    static bool send(client& to);

    listener listener_;
    std::list<client> clients_;
};

} // namespace cihost::sim
