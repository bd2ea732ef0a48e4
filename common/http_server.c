/* http_server.c - the server as a whole: its socket, its limits, its metrics and an orderly end.
 *
 * http_access.c takes every request, on the thread of its connection; http_exchange.c does the
 * rest.  http_watch.c ends connections that take too long, http_problem.c words refusals.
 */
#include "common/http_access.h"
#include "common/http_exchange.h"

#include "common/log.h"
#include "common/metrics.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    THREAD_STACK_BYTES = 256 * 1024,
    REQUEST_MS_MAX = 30000, /* from the request line to the last byte of the body */
    UPLOAD_MS_MAX = 600000, /* and where we take the body as it comes */
    ARENA_BEYOND_BODY_BYTES = 256 * 1024,
    BACKLOG = 512,
    ANY_PORT = 80 /* the socket is ours */
};

static void on_connection(void *argument, struct MHD_Connection *native, void **context,
                          enum MHD_ConnectionNotificationCode what)
{
    struct http_server *server = argument;

    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (*context != NULL)
            http_watch_leave(*context);
        *context = NULL;
        return;
    }
    const union MHD_ConnectionInfo *fd =
        MHD_get_connection_info(native, MHD_CONNECTION_INFO_CONNECTION_FD);
    const union MHD_ConnectionInfo *peer =
        MHD_get_connection_info(native, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    *context = http_watch_enter(server->watch, fd->connect_fd, peer->client_addr);
}

static void PRINTF_LIKE(2, 0) on_log(void *unused, const char *format, va_list arguments)
{
    char line[256];
    const char *text = line;

    (void)unused;
    (void)vsnprintf(line, sizeof line, format, arguments);
    line[strcspn(line, "\n")] = '\0';
    log_debug("HTTP library", LOG_TEXT("text", text));
}

static enum err read_address(struct ctx *ctx, const struct http_server_options *options,
                             struct sockaddr_storage *ret, socklen_t *ret_length)
{
    const char *text = options->bind_address == NULL ? "0.0.0.0" : options->bind_address;
    struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons((uint16_t)options->port) };
    struct sockaddr_in6 six = { .sin6_family = AF_INET6,
                                .sin6_port = htons((uint16_t)options->port) };

    if (inet_pton(AF_INET, text, &four.sin_addr) == 1) {
        memcpy(ret, &four, sizeof four);
        *ret_length = sizeof four;
        return OK;
    }
    if (inet_pton(AF_INET6, text, &six.sin6_addr) == 1) {
        memcpy(ret, &six, sizeof six);
        *ret_length = sizeof six;
        return OK;
    }
    return err_set(ctx, ERR_FATAL, "\"%s\" is no IP address to listen on", text);
}

static int64_t port_of(int fd)
{
    struct sockaddr_storage address = { 0 };
    struct sockaddr_in6 six;
    socklen_t length = sizeof address;

    (void)getsockname(fd, (struct sockaddr *)&address, &length);
    memcpy(&six, &address, sizeof six); /* both families have the port in one place */
    return ntohs(six.sin6_port);
}

static enum err say_errno(struct ctx *ctx, const struct http_server_options *options)
{
    char why[96] = "";

    (void)strerror_r(errno, why, sizeof why);
    return err_set(ctx, ERR_FATAL, "cannot listen on port %lld: %s", (long long)options->port, why);
}

static enum err listen_on(struct ctx *ctx, const struct http_server_options *options, int *ret)
{
    struct sockaddr_storage address = { 0 };
    socklen_t length = 0;
    int on = 1;
    enum err e = read_address(ctx, options, &address, &length);
    if (e != OK)
        return e;
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return say_errno(ctx, options);
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&address, length) != 0 || listen(fd, BACKLOG) != 0) {
        e = say_errno(ctx, options);
        (void)close(fd);
        return e;
    }
    *ret = fd;
    return OK;
}

static bool register_metrics(struct http_server *server)
{
    static const char *const classes[HTTP_STATUS_CLASSES] = {
        [1] = "class=\"1xx\"", [2] = "class=\"2xx\"", [3] = "class=\"3xx\"",
        [4] = "class=\"4xx\"", [5] = "class=\"5xx\"", [0] = "class=\"none\"",
    };
    const struct http_server_options *options = &server->options;

    server->seconds = calloc(options->route_count + 1, sizeof(struct metric *));
    if (server->seconds == NULL)
        return false;
    for (size_t i = 0; i < options->route_count; i++) {
        char labels[256];
        (void)snprintf(labels, sizeof labels, "method=\"%s\",route=\"%s\"",
                       options->routes[i].method, options->routes[i].pattern);
        server->seconds[i] = metric_seconds("kervan_http_request_seconds", labels,
                                            "Time a handler takes, by route.");
    }
    for (size_t i = 0; i < HTTP_STATUS_CLASSES; i++) {
        server->answers[i] = metric_register(METRIC_COUNTER, "kervan_http_answers_total",
                                             classes[i], "Answers, by class of their status.");
    }
    return true;
}

static bool start_library(struct http_server *server)
{
    const struct http_server_options *options = &server->options;
    const unsigned int flags = MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD |
                               MHD_USE_POLL | MHD_USE_ITC | MHD_USE_ERROR_LOG;
    struct MHD_OptionItem items[] = {
        { MHD_OPTION_EXTERNAL_LOGGER, (intptr_t)on_log, NULL },
        { MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)http_access_end, NULL },
        { MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)on_connection, server },
        { MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)http_access_begin, NULL },
        { MHD_OPTION_LISTEN_SOCKET, server->listener, NULL },
        { MHD_OPTION_CONNECTION_LIMIT, options->connections_max, NULL },
        { MHD_OPTION_PER_IP_CONNECTION_LIMIT, options->connections_a_peer_max, NULL },
        { MHD_OPTION_CONNECTION_TIMEOUT, (options->idle_timeout_ms + 999) / 1000, NULL },
        { MHD_OPTION_THREAD_STACK_SIZE, THREAD_STACK_BYTES, NULL },
        { MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL },
        { MHD_OPTION_END, 0, NULL },
    };

    server->daemon = MHD_start_daemon(flags, ANY_PORT, NULL, NULL, http_access, server,
                                      MHD_OPTION_ARRAY, items, MHD_OPTION_END);
    return server->daemon != NULL;
}

/* Signals are for the program's own threads. */
static bool start(struct http_server *server)
{
    sigset_t all, before;

    /* A quarter is for those who come while others are being ended. */
    server->watch = http_watch_open(&(struct http_watch_options){
        .request_ms_max = REQUEST_MS_MAX,
        .upload_ms_max = UPLOAD_MS_MAX,
        .idle_ms_max = server->options.idle_timeout_ms + REQUEST_MS_MAX,
        .crowd = server->options.connections_max - server->options.connections_max / 4,
    });
    if (server->watch == NULL || !register_metrics(server))
        return false;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = start_library(server);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

/* What does not need the library to have started. */
static void release(struct http_server *server)
{
    http_watch_close(server->watch);
    if (server->listener >= 0)
        (void)close(server->listener);
    free(server->seconds);
    free(server);
}

enum err http_server_open(struct ctx *ctx, const struct http_server_options *options,
                          struct http_server **ret)
{
    assert(options->body_bytes_max >= 0 && options->connections_max > 0);
    assert(options->connections_a_peer_max > 0 && options->idle_timeout_ms > 0);
    assert(options->arena_bytes_max >= options->body_bytes_max + ARENA_BEYOND_BODY_BYTES);
    *ret = NULL;
    int listener = -1;
    enum err e = listen_on(ctx, options, &listener);
    if (e != OK)
        return e;
    struct http_server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        (void)close(listener);
        return err_set(ctx, ERR_RETRY, "no memory for the HTTP server");
    }
    server->options = *options;
    server->listener = listener;
    server->port = port_of(listener);
    if (!start(server)) {
        release(server);
        return err_set(ctx, ERR_RETRY, "could not start the HTTP server's threads");
    }
    *ret = server;
    return OK;
}

int64_t http_server_port(const struct http_server *server)
{
    return server->port;
}

struct http_server *http_server_close(struct http_server *server, int64_t drain_ms)
{
    if (server == NULL)
        return NULL;
    atomic_store(&server->closing, true);
    (void)MHD_quiesce_daemon(server->daemon);
    (void)shutdown(server->listener, SHUT_RD); /* whoever comes now is refused, not kept waiting */
    if (!http_watch_until_quiet(server->watch, drain_ms))
        log_warning("requests are cut at the end of the drain", LOG_INT("drain_ms", drain_ms));
    MHD_stop_daemon(server->daemon);
    release(server);
    return NULL;
}
