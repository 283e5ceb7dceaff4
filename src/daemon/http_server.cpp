// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/http_server.hpp"

#include "daemon/http_target.hpp"

#include <cihost/version.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <array>
#include <atomic>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace cihost::daemon {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using runtime::severity;

namespace {

constexpr std::uint32_t longest_header = 8192;
constexpr std::chrono::milliseconds descriptor_pause{200};

beast::error_code bind_to(tcp::acceptor& acceptor, const http_address& where) {
    beast::error_code failed;
    const auto address = asio::ip::make_address(where.address, failed);
    const tcp::endpoint endpoint{address, where.port};
    if (!failed)
        acceptor.open(endpoint.protocol(), failed);
    if (!failed)
        acceptor.set_option(asio::socket_base::reuse_address(true), failed);
    if (!failed)
        acceptor.bind(endpoint, failed);
    return failed;
}

std::string cannot_be_had(const http_address& where, const beast::error_code& failed) {
    return to_string(where) + " cannot be listened on: " + failed.message() +
           ". [http] listen = \"127.0.0.1:PORT\" names another port.";
}

/// Of a page of this machine, by its Origin header: "http://localhost:3000".
bool is_own_origin(std::string_view origin, std::string_view own) {
    for (const std::string_view scheme : {"http://", "https://"})
        if (origin.starts_with(scheme))
            return is_own_host(origin.substr(scheme.size()), own);
    return false;
}

} // namespace

class http_server::impl : public std::enable_shared_from_this<http_server::impl> {
  public:
    impl(const http_address& where, http_source source, runtime::log_function log,
         http_limits limits);

    void start();
    void retire();
    void stop();
    bool idle();
    const http_address& address() const { return address_; }

    void say(severity level, std::string message) const {
        log_({level, "stream", std::move(message)});
    }

  private:
    class session;
    void accept();

    const http_source source_;
    const http_limits limits_;
    const runtime::log_function log_;
    /// The daemon may let go of the last hold on a session, so they come and go by two threads.
    std::mutex mutex_;
    std::set<session*> sessions_;
    /// Nobody comes any more; who is there gets one more page at most, or his stream.
    std::atomic<bool> retired_ = false;
    /// Replies that come later are void.
    std::atomic<bool> stopped_ = false;
    asio::io_context context_{1};
    /// A session that waits for the daemon's answer gives the thread nothing to do.
    asio::executor_work_guard<asio::io_context::executor_type> until_stopped_{
        context_.get_executor()};
    tcp::acceptor acceptor_;
    http_address address_;
    asio::steady_timer retry_;
    std::thread thread_;
};

/// One connection, on the server's thread.
class http_server::impl::session : public std::enable_shared_from_this<session> {
  public:
    session(std::shared_ptr<impl> server, tcp::socket socket)
        : server_{std::move(server)}
        , stream_{std::move(socket)}
        , patience_{stream_.get_executor()} {
        const std::lock_guard lock{server_->mutex_};
        server_->sessions_.insert(this);
    }
    session(const session&) = delete;
    session& operator=(const session&) = delete;
    ~session() {
        {
            const std::lock_guard lock{server_->mutex_};
            server_->sessions_.erase(this);
        }
        if (viewer_)
            server_->source_.close(viewer_);
    }

    void read() {
        parser_.emplace();
        parser_->header_limit(longest_header);
        parser_->body_limit(longest_header);
        stream_.expires_after(server_->limits_.patience);
        http::async_read(
            stream_, buffer_, *parser_,
            [self = shared_from_this()](const beast::error_code& failed, std::size_t) {
                if (failed == http::error::end_of_stream)
                    return self->hang_up();
                if (failed == http::error::header_limit || failed == http::error::body_limit)
                    return self->refuse(431, "The request is too long.");
                if (failed &&
                    failed.category() == http::make_error_code(http::error::bad_version).category())
                    return self->refuse(400, "This is not HTTP.");
                if (!failed)
                    self->handle();
            });
    }
    void refuse(unsigned status, const std::string& why) {
        keep_alive_ = false;
        answer({status, "text/plain; charset=utf-8", why + "\n"});
    }

    void leave() {
        if (const auto viewer = std::exchange(viewer_, nullptr))
            server_->source_.close(viewer);
        patience_.cancel();
        stream_.close();
    }

  private:
    std::string header(http::field name) const {
        const auto value = parser_->get()[name];
        return {value.data(), value.size()};
    }

    void handle() {
        const auto& request = parser_->get();
        keep_alive_ = request.keep_alive() && !server_->retired_;
        head_ = request.method() == http::verb::head;
        host_ = header(http::field::host);
        if (!head_ && request.method() != http::verb::get)
            return answer({405, "text/plain; charset=utf-8", "Only GET and HEAD are possible.\n"});
        const auto site = request["Sec-Fetch-Site"];
        const auto origin = header(http::field::origin);
        const auto own = server_->address().address;
        if ((!host_.empty() && !is_own_host(host_, own)) || site == "cross-site" ||
            (!origin.empty() && !is_own_origin(origin, own)))
            return answer({403, "text/plain; charset=utf-8",
                           "cihostd serves this machine alone, and no page from elsewhere. Say "
                           "127.0.0.1 or localhost.\n"});
        const auto target = parse_target({request.target().data(), request.target().size()});
        if (!target)
            return answer({400, "text/plain; charset=utf-8", "The address makes no sense.\n"});
        constexpr std::string_view streams = "/stream/";
        if (target->rfind(streams, 0) == 0)
            return open(
                {target->substr(streams.size()),
                 query_value({request.target().data(), request.target().size()}, "receiver")});
        const auto host = host_.empty() ? to_string(server_->address()) : host_;
        server_->source_.page(*target, host,
                              reply([](session& s, http_answer a) { s.answer(std::move(a)); }));
    }

    /// Back to the server's thread; a daemon that never answers keeps nothing alive but this.
    template<class Function>
    http_source::reply reply(Function function) {
        return [self = shared_from_this(), function](http_answer a) {
            if (!self->server_->stopped_)
                asio::post(self->server_->context_,
                           [self, function, a = std::move(a)] { function(*self, a); });
        };
    }

    void open(const http_source::stream& what) {
        if (!head_)
            viewer_ = std::make_shared<viewer_queue>(
                [weak = weak_from_this(), server = server_] {
                    asio::post(server->context_, [weak] {
                        if (const auto self = weak.lock())
                            self->pass_on();
                    });
                },
                server_->limits_.viewer_queue);
        server_->source_.open(what, viewer_, reply([](session& s, http_answer a) {
                                  if (a.status == 200)
                                      return s.begin_stream();
                                  if (const auto viewer = std::exchange(s.viewer_, nullptr))
                                      s.server_->source_.close(viewer);
                                  s.answer(std::move(a));
                              }));
    }

    void answer(http_answer a) {
        answer_.emplace();
        answer_->version(11);
        answer_->result(a.status);
        answer_->set(http::field::server, "cihostd/" + std::string(version()));
        answer_->set(http::field::content_type, a.type);
        if (a.status == 405)
            answer_->set(http::field::allow, "GET, HEAD");
        if (a.status == 503)
            answer_->set(http::field::retry_after, "5");
        answer_->keep_alive(keep_alive_);
        answer_->content_length(a.body.size());
        if (!head_)
            answer_->body() = std::move(a.body);
        stream_.expires_after(server_->limits_.patience);
        http::async_write(
            stream_, *answer_,
            [self = shared_from_this()](const beast::error_code& failed, std::size_t) {
                if (failed)
                    return;
                if (self->keep_alive_)
                    self->read();
                else
                    self->hang_up();
            });
    }

    /// The end of the connection is the end of the stream: players know that best.
    void begin_stream() {
        preamble_ = "HTTP/1.1 200 OK\r\nServer: cihostd/" + std::string(version()) +
                    "\r\nContent-Type: video/mp2t\r\nCache-Control: no-store\r\n"
                    "Connection: close\r\n\r\n";
        stream_.expires_after(server_->limits_.patience);
        asio::async_write(
            stream_, asio::buffer(preamble_),
            [self = shared_from_this()](const beast::error_code& failed, std::size_t) {
                if (failed)
                    return self->leave();
                if (self->head_)
                    return self->hang_up();
                self->watch_client();
                self->pass_on();
            });
    }

    /// A player says nothing more; that it went away is told by an end of what it sends.
    void watch_client() {
        stream_.socket().async_read_some(
            asio::buffer(nothing_),
            [self = shared_from_this()](const beast::error_code& failed, std::size_t) {
                if (failed)
                    self->leave();
                else
                    self->watch_client();
            });
    }

    void pass_on() {
        if (!viewer_)
            return;
        if (viewer_->overrun() || (!writing_ && viewer_->ended()))
            return end_of_stream();
        if (writing_) {
            if (viewer_->closed())
                expect_end();
            return;
        }
        current_ = viewer_->take();
        if (!current_)
            return;
        writing_ = true;
        // how slow a client may be is the queue's matter
        asio::async_write(
            stream_.socket(), asio::buffer(*current_),
            [self = shared_from_this()](const beast::error_code& failed, std::size_t) {
                self->writing_ = false;
                if (failed)
                    return self->leave();
                self->pass_on();
            });
    }

    /// A client that takes nothing any more does not keep what is left for it.
    void expect_end() {
        patience_.expires_after(server_->limits_.patience);
        patience_.async_wait([weak = weak_from_this()](const beast::error_code& cancelled) {
            if (const auto self = weak.lock(); self && !cancelled && self->viewer_)
                self->end_of_stream();
        });
    }

    void end_of_stream() {
        server_->say(viewer_->overrun() ? severity::warning : severity::info,
                     "A viewer is dropped: " + viewer_->why() + ".");
        leave();
    }

    void hang_up() {
        beast::error_code ignored;
        stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    }

    const std::shared_ptr<impl> server_;
    beast::tcp_stream stream_;
    asio::steady_timer patience_;
    beast::flat_buffer buffer_;
    std::optional<http::request_parser<http::string_body>> parser_;
    std::optional<http::response<http::string_body>> answer_;
    std::string host_;
    std::string preamble_;
    bool keep_alive_ = false;
    bool head_ = false;
    std::shared_ptr<viewer_queue> viewer_;
    viewer_queue::block current_;
    bool writing_ = false;
    std::array<char, 512> nothing_{};
};

http_server::impl::impl(const http_address& where, http_source s, runtime::log_function log,
                        http_limits l)
    : source_{std::move(s)}
    , limits_{l}
    , log_{std::move(log)}
    , acceptor_{context_}
    , retry_{context_} {
    auto failed = bind_to(acceptor_, where);
    if (!failed)
        acceptor_.listen(asio::socket_base::max_listen_connections, failed);
    if (failed)
        throw std::runtime_error(cannot_be_had(where, failed));
    const auto endpoint = acceptor_.local_endpoint(failed);
    address_ = {endpoint.address().to_string(), endpoint.port()};
}

void http_server::impl::start() {
    accept();
    thread_ = std::thread{[this] { context_.run(); }};
}

void http_server::impl::retire() {
    retired_ = true;
    asio::post(context_, [this] {
        beast::error_code ignored;
        acceptor_.close(ignored);
        retry_.cancel();
    });
}

bool http_server::impl::idle() {
    const std::lock_guard lock{mutex_};
    return sessions_.empty();
}

/// The thread ends when nothing is left for it to do.
void http_server::impl::stop() {
    stopped_ = true;
    asio::post(context_, [this] {
        beast::error_code ignored;
        acceptor_.close(ignored);
        retry_.cancel();
        until_stopped_.reset();
        std::vector<std::shared_ptr<session>> all;
        {
            const std::lock_guard lock{mutex_};
            for (auto* const s : sessions_)
                if (auto held = s->weak_from_this().lock())
                    all.push_back(std::move(held));
        }
        for (const auto& s : all)
            s->leave();
    });
    if (thread_.joinable())
        thread_.join();
}

void http_server::impl::accept() {
    acceptor_.async_accept([this](const beast::error_code& failed, tcp::socket socket) {
        if (stopped_ || retired_ || failed == asio::error::operation_aborted)
            return;
        if (failed) { // descriptors are short; that passes
            retry_.expires_after(descriptor_pause);
            retry_.async_wait([this](const beast::error_code& cancelled) {
                if (!cancelled)
                    accept();
            });
            return;
        }
        bool crowded = false;
        {
            const std::lock_guard lock{mutex_};
            crowded = sessions_.size() >= limits_.clients;
        }
        const auto client = std::make_shared<session>(shared_from_this(), std::move(socket));
        if (crowded)
            client->refuse(503, "There are " + std::to_string(limits_.clients) +
                                    " connections already.");
        else
            client->read();
        accept();
    });
}

std::string http_obstacle(const http_address& where) {
    asio::io_context context{1};
    tcp::acceptor acceptor{context};
    const auto failed = bind_to(acceptor, where);
    return failed ? cannot_be_had(where, failed) : std::string{};
}

http_server::http_server(const http_address& where, http_source source, runtime::log_function log,
                         http_limits limits)
    : impl_{std::make_shared<impl>(where, std::move(source), std::move(log), limits)} {
    impl_->start();
}

http_server::~http_server() { impl_->stop(); }

void http_server::retire() { impl_->retire(); }

bool http_server::idle() const { return impl_->idle(); }

http_address http_server::address() const { return impl_->address(); }

} // namespace cihost::daemon
