/* http_access.c - what the library calls as a request comes: its head, its body piece by piece, its end.
 *
 * This stands in for the callback that ulfius gives libmicrohttpd, which keeps every body whole: an upload is taken as it
 * comes instead.  Its answer begins when its body has ended, and not before: once an answer is queued libmicrohttpd reads no
 * more of the request.  Nor would most clients read before they have sent all; where the answers that they leave unread filled
 * the connection, both sides would wait for ever.
 */
#include "common/http_access.h"

#include "common/http_head.h"
#include "common/text.h"

#include <stdlib.h>
#include <string.h>

enum { HEADER_BYTES_MAX = 64 * 1024 }; /* the library reads no larger head */

/* What the thread of a connection is at. */
static _Thread_local struct {
    struct http_connection *connection; /* NULL where there was no memory for it */
    struct http_exchange *upload;
} here;

static void note(enum http_activity activity)
{
    if (here.connection != NULL)
        http_watch_note(here.connection, activity);
}

void *http_access_begin(void *server, const char *uri, struct MHD_Connection *native)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(native, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    here.connection = info->socket_context;
    here.upload = NULL;
    note(HTTP_READING);
    return ulfius_uri_logger(server, uri);
}

void http_access_end(void *server, struct MHD_Connection *native, void **context,
                     enum MHD_RequestTerminationCode how)
{
    if (here.upload != NULL)
        http_exchange_abandon(here.upload);
    here.upload = NULL;
    mhd_request_completed(server, native, context, how);
    note(HTTP_WAITING);
}

/* A header that is given twice is one with a comma; one that is no text is absent. */
static enum MHD_Result keep_header(void *argument, enum MHD_ValueKind kind, const char *name,
                                   const char *value)
{
    struct _u_map *headers = argument;
    const char *text = value == NULL ? "" : value;
    const char *before = u_map_get(headers, name);

    (void)kind;
    if (!text_is_utf8(name) || !text_is_utf8(text))
        return MHD_YES;
    if (before == NULL)
        return u_map_put(headers, name, text) == U_OK ? MHD_YES : MHD_NO;
    struct buffer both;
    buffer_init(&both, HEADER_BYTES_MAX);
    buffer_append_text(&both, before);
    buffer_append_text(&both, ",");
    buffer_append(&both, text, strlen(text) + 1);
    int put = both.overflowed ? U_ERROR : u_map_put(headers, name, both.bytes);
    buffer_release(&both);
    return put == U_OK ? MHD_YES : MHD_NO;
}

static struct http_arrival arrival_of(struct MHD_Connection *native)
{
    return (struct http_arrival){ here.connection, http_head_fault(native) };
}

/* Who sends it slowly because we are slow is not silent: the watch alone ends an upload. */
static void begin_upload(struct http_server *server, struct MHD_Connection *native,
                         const struct _u_request *request)
{
    const struct http_arrival arrival = arrival_of(native);

    here.upload = http_exchange_begin(server, &arrival, request);
    if (http_exchange_open(here.upload)) {
        note(HTTP_TAKING);
        (void)MHD_set_connection_option(native, MHD_CONNECTION_OPTION_TIMEOUT, 0);
    }
}

static enum MHD_Result take_head(struct http_server *server, struct MHD_Connection *native,
                                 struct _u_request *request, const char *method)
{
    request->http_verb = strdup(method); /* both sides use malloc and free */
    if (request->http_verb == NULL)
        return MHD_NO;
    (void)MHD_get_connection_values(native, MHD_HEADER_KIND, keep_header, request->map_header);
    if (http_exchange_is_upload(server, request))
        begin_upload(server, native, request);
    return MHD_YES;
}

/* One byte more than is allowed tells that it was too many. */
static enum MHD_Result keep_body(const struct http_server *server, struct _u_request *request,
                                 const char *bytes, size_t length)
{
    size_t room = (size_t)server->options.body_bytes_max + 1 - request->binary_body_length;
    size_t kept = length < room ? length : room;
    char *body = kept == 0 ? request->binary_body
                           : realloc(request->binary_body, request->binary_body_length + kept);

    if (kept == 0)
        return MHD_YES;
    if (body == NULL)
        return MHD_NO;
    memcpy(body + request->binary_body_length, bytes, kept);
    request->binary_body = body;
    request->binary_body_length += kept;
    return MHD_YES;
}

static struct MHD_Response *response_of(struct _u_response *from)
{
    static char nothing[1];

    if (from->stream_callback != NULL) {
        struct MHD_Response *stream = MHD_create_response_from_callback(
            from->stream_size, from->stream_block_size, from->stream_callback,
            from->stream_user_data, from->stream_callback_free);
        if (stream == NULL)
            from->stream_callback_free(from->stream_user_data);
        return stream;
    }
    struct MHD_Response *response =
        from->binary_body_length == 0
            ? MHD_create_response_from_buffer(0, nothing, MHD_RESPMEM_PERSISTENT)
            : MHD_create_response_from_buffer(from->binary_body_length, from->binary_body,
                                              MHD_RESPMEM_MUST_FREE);
    if (response != NULL && from->binary_body_length > 0)
        from->binary_body = NULL; /* it is the response's now */
    return response;
}

static enum MHD_Result write_response(struct MHD_Connection *native, struct _u_response *from)
{
    struct MHD_Response *response = response_of(from);

    if (response == NULL)
        return MHD_NO;
    const char **names = u_map_enum_keys(from->map_header);
    for (size_t i = 0; names[i] != NULL; i++)
        (void)MHD_add_response_header(response, names[i], u_map_get(from->map_header, names[i]));
    enum MHD_Result queued = MHD_queue_response(native, (unsigned int)from->status, response);
    MHD_destroy_response(response);
    return queued;
}

static enum MHD_Result answer(struct http_server *server, struct MHD_Connection *native,
                              const struct _u_request *request)
{
    struct http_exchange *exchange = here.upload;
    struct _u_response response;

    if (ulfius_init_response(&response) != U_OK)
        return MHD_NO;
    note(HTTP_ANSWERING);
    if (exchange == NULL) {
        const struct http_arrival arrival = arrival_of(native);

        exchange = http_exchange_begin(server, &arrival, request);
    }
    here.upload = NULL;
    http_exchange_end(exchange, &response);
    enum MHD_Result written = write_response(native, &response);
    (void)ulfius_clean_response(&response);
    return written;
}

/* tidy: allow parameters: the library calls it so.  NOLINTNEXTLINE(readability-function-size): the library calls it so */
enum MHD_Result http_access(void *server, struct MHD_Connection *native, const char *url,
                            const char *method, const char *version, const char *bytes,
                            size_t *length, void **context)
{
    struct connection_info_struct *info = *context;
    enum MHD_Result went = MHD_YES;

    (void)url;
    (void)version;
    if (info == NULL)
        return MHD_NO;
    if (info->callback_first_iteration) {
        info->callback_first_iteration = 0;
        return take_head(server, native, info->request, method);
    }
    if (*length == 0)
        return answer(server, native, info->request);
    if (here.upload != NULL) {
        http_exchange_take(here.upload, bytes, *length);
    } else {
        went = keep_body(server, info->request, bytes, *length);
    }
    *length = 0;
    return went;
}
