// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/control_session.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <utility>

namespace cihost::daemon {

namespace asio = boost::asio;

control_session::control_session(socket connection, const rpc_dispatcher& dispatcher,
                                 const control_limits& limits, closed_function closed)
    : socket_{std::move(connection)}
    , dispatcher_{dispatcher}
    , limits_{limits}
    , closed_{std::move(closed)}
    , write_timer_{socket_.get_executor()} {}

void control_session::start(std::string hello) {
    send(std::move(hello));
    read();
}

void control_session::close(const std::string& why) {
    if (std::exchange(closed_already_, true))
        return;
    ending_ = true;
    write_timer_.cancel();
    boost::system::error_code ignored;
    socket_.close(ignored);
    if (const auto tell = std::exchange(closed_, nullptr))
        tell(why);
}

bool control_session::paused() const noexcept {
    return output_size_ > limits_.output_pause || open_requests_ >= limits_.open_requests;
}

/// Only once no whole line is left: so there is nothing to lose at the end of the input.
void control_session::read() {
    if (reading_ || ending_)
        return;
    reading_ = true;
    socket_.async_read_some(
        asio::buffer(chunk_),
        [self = shared_from_this()](const boost::system::error_code& failed, std::size_t size) {
            self->reading_ = false;
            if (self->closed_already_)
                return;
            if (failed == asio::error::eof) // a client may shut down its side and still listen
                return self->end_after_output("the client left");
            if (failed)
                return self->close("reading failed: " + failed.message());
            self->input_.append(self->chunk_.data(), size);
            self->take_lines();
        });
}

void control_session::take_lines() {
    if (walking_ || ending_ || paused())
        return;
    const auto newline = input_.find('\n', searched_);
    const auto length = newline == std::string::npos ? input_.size() : newline;
    if (length > limits_.line) {
        send(rpc_error_line({rpc_code::limit, "A line may be at most " +
                                                  std::to_string(limits_.line) +
                                                  " bytes long; the connection ends."}));
        input_.clear();
        return end_after_output("a line was too long");
    }
    if (newline == std::string::npos) {
        searched_ = input_.size();
        return read();
    }
    const auto line = input_.substr(0, newline);
    input_.erase(0, newline + 1);
    searched_ = 0;
    // one line a turn: a client with many must not hold up the conversation with a CAM
    walking_ = true;
    asio::post(socket_.get_executor(), [self = shared_from_this()] {
        self->walking_ = false;
        self->take_lines();
    });
    handle(line);
}

void control_session::handle(const std::string& line) {
    if (line.find_first_not_of(" \t\r") == std::string::npos)
        return;
    ++open_requests_;
    dispatcher_.handle(
        line,
        [weak = weak_from_this()](std::string answer) {
            const auto self = weak.lock();
            if (!self || self->closed_already_ || self->dropped_)
                return;
            --self->open_requests_;
            if (!answer.empty())
                self->send(std::move(answer));
            self->take_lines();
            self->close_if_done();
        },
        shared_from_this());
}

void control_session::notify(std::string line) {
    if (ending_)
        return;
    if (output_size_ + line.size() <= limits_.output)
        return send(std::move(line));
    // the line that is being written has to end
    while (output_.size() > (writing_ ? 1 : 0)) {
        output_size_ -= output_.back().size();
        output_.pop_back();
    }
    send(rpc_error_line({rpc_code::limit, "More than " + std::to_string(limits_.output) +
                                              " bytes of notifications were not read; the "
                                              "connection ends."}));
    dropped_ = true;
    end_after_output("it did not read its notifications");
}

void control_session::send(std::string line) {
    if (closed_already_)
        return;
    output_size_ += line.size();
    output_.push_back(std::move(line));
    if (output_size_ > limits_.output)
        return close("it did not read its answers");
    if (!writing_)
        write();
}

void control_session::write() {
    writing_ = true;
    write_timer_.expires_after(limits_.write_patience);
    write_timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& cancelled) {
        const auto self = weak.lock();
        // a timer that ran out may meet a write that has just ended, or the next one
        if (self && !cancelled && self->writing_ &&
            self->write_timer_.expiry() <= std::chrono::steady_clock::now())
            self->close("it did not read its answers");
    });
    asio::async_write(
        socket_, asio::buffer(output_.front()),
        [self = shared_from_this()](const boost::system::error_code& failed, std::size_t) {
            self->writing_ = false;
            if (self->closed_already_)
                return;
            self->write_timer_.cancel();
            if (failed)
                return self->close("writing failed: " + failed.message());
            self->output_size_ -= self->output_.front().size();
            self->output_.pop_front();
            if (!self->output_.empty())
                self->write();
            self->take_lines();
            self->close_if_done();
        });
}

void control_session::end_after_output(const std::string& why) {
    if (!std::exchange(ending_, true))
        ending_why_ = why;
    close_if_done();
}

void control_session::close_if_done() {
    if (ending_ && (dropped_ || open_requests_ == 0) && output_.empty())
        close(ending_why_);
}

} // namespace cihost::daemon
