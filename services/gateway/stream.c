/* stream.c - looks at an order's timeline twice a second and writes what is new, on the connection's thread. */
#include "services/gateway/stream.h"

#include "common/arena.h"
#include "common/http_fetch.h"
#include "common/id.h"
#include "common/text.h"
#include "common/waiting.h"
#include "proto/gateway_codec.h"
#include "proto/order_codec.h"
#include "services/gateway/call.h"

#include <string.h>
#include <time.h>

enum {
    LOOK_EVERY_MS = 500,
    BEAT_MS = 15000,  /* proxies close what is silent */
    LIFE_MS = 600000, /* the key is looked at again afterwards */
    OWNER_MS = 5000,
    RETRY_MS = 2000,
    PAGES_MAX = 20,
    MEMORY_BYTES_MAX = 16 << 20,
    SUBSCRIBER_BYTES_MAX = 65536,
    PENDING_BYTES_MAX = 8 << 20,
    SUBSCRIBERS_MAX = 256,
    STATUS_OK = 200
};

/* One subscriber; on the thread of its connection alone. */
struct subscriber {
    struct arena *memory; /* its own place */
    struct gateway *gateway;
    struct ctx ctx; /* memory of one look */
    char order_id[ORDER_ID_LENGTH + 1];
    int64_t last_entry; /* number of the last that was written */
    int64_t next_look_ms, next_beat_ms, end_ms;
    struct buffer pending;
    size_t sent;
};

/* --- Places ----------------------------------------------------------------------------------- */

bool stream_take_place(struct gateway *gateway)
{
    if (atomic_fetch_add(&gateway->subscriber_count, 1) < SUBSCRIBERS_MAX) {
        return true;
    }
    stream_leave_place(gateway);
    return false;
}

void stream_leave_place(struct gateway *gateway)
{
    atomic_fetch_sub(&gateway->subscriber_count, 1);
}

/* --- Looking ---------------------------------------------------------------------------------- */

static void write_event(struct subscriber *to, const struct timeline_entry *entry, const char *json)
{
    struct buffer *pending = &to->pending;

    buffer_append_text(pending, "id: ");
    buffer_append_int(pending, entry->entry_no);
    buffer_append_text(pending, "\nevent: ");
    buffer_append_text(pending, entry->type);
    buffer_append_text(pending, "\ndata: ");
    buffer_append_text(pending, json);
    buffer_append_text(pending, "\n\n");
}

/* Entries stand in causal order; new is what arrived behind the last that was written before this look. */
static void write_new(struct subscriber *to, const struct timeline_page *page, int64_t *newest)
{
    for (size_t i = 0; i < page->items_count; i++) {
        struct violations violations = { .count = 0 };
        struct timeline_entry entry;

        if (timeline_entry_decode(to->ctx.arena, page->items[i], strlen(page->items[i]), &entry,
                                  &violations) != OK ||
            entry.entry_no <= to->last_entry) {
            continue;
        }
        write_event(to, &entry, page->items[i]);
        *newest = entry.entry_no > *newest ? entry.entry_no : *newest;
    }
}

/* False when the owner cannot show it now. */
static bool fetch_page(struct subscriber *to, const char *cursor, struct timeline_page *ret)
{
    struct violations violations = { .count = 0 };
    struct http_fetched fetched;
    const char *url = text_format(to->ctx.arena, "%s/v1/orders/%s/timeline?limit=200%s%s",
                                  to->gateway->settings.owner_api[OWNER_ORDER], to->order_id,
                                  cursor == NULL ? "" : "&cursor=", cursor == NULL ? "" : cursor);

    return http_fetch(to->gateway->fetcher, &to->ctx,
                      &(struct http_fetch_request){ .url = url, .timeout_ms = OWNER_MS },
                      &fetched) == OK &&
           fetched.status == STATUS_OK &&
           timeline_page_decode(to->ctx.arena, fetched.body, fetched.body_length, ret,
                                &violations) == OK;
}

static void look(struct subscriber *to)
{
    struct timeline_page page = { .next = NULL };
    int64_t newest = to->last_entry;
    size_t pages = 0;

    arena_reset(to->ctx.arena);
    while (pages++ < PAGES_MAX && fetch_page(to, page.next, &page)) {
        write_new(to, &page, &newest);
        if (page.next == NULL) {
            break;
        }
    }
    to->last_entry = newest;
    to->next_look_ms = monotonic_ms() + LOOK_EVERY_MS;
}

/* --- The connection's side -------------------------------------------------------------------- */

static int64_t hand_over(struct subscriber *to, char *at, size_t size)
{
    size_t left = to->pending.length - to->sent;
    size_t count = left < size ? left : size;

    memcpy(at, to->pending.bytes + to->sent, count);
    to->sent += count;
    if (to->sent == to->pending.length) {
        buffer_clear(&to->pending);
        to->sent = 0;
    }
    to->next_beat_ms = monotonic_ms() + BEAT_MS;
    return (int64_t)count;
}

static void rest(int64_t until_ms)
{
    int64_t left_ms = until_ms - monotonic_ms();
    struct timespec pause = { .tv_nsec = left_ms * 1000000 };

    if (left_ms > 0) {
        (void)nanosleep(&pause, NULL);
    }
}

static int64_t read_stream(void *state, char *to, size_t size)
{
    struct subscriber *subscriber = state;

    if (subscriber->pending.length == 0) {
        rest(subscriber->next_look_ms);
        look(subscriber);
    }
    if (subscriber->pending.length == 0 && monotonic_ms() >= subscriber->next_beat_ms) {
        buffer_append_text(&subscriber->pending, ":\n\n");
    }
    if (subscriber->pending.overflowed || monotonic_ms() >= subscriber->end_ms ||
        atomic_load(&subscriber->gateway->draining)) {
        return -1;
    }
    return subscriber->pending.length > 0 ? hand_over(subscriber, to, size) : 0;
}

static void release_stream(void *state)
{
    struct subscriber *subscriber = state;

    stream_leave_place(subscriber->gateway);
    buffer_release(&subscriber->pending);
    arena_free(subscriber->ctx.arena);
    arena_free(subscriber->memory);
}

static struct subscriber *subscribe(const struct call *call, const char *order_id)
{
    struct arena *memory = arena_new(SUBSCRIBER_BYTES_MAX);
    struct subscriber *subscriber = arena_alloc(memory, sizeof *subscriber);
    const char *last = http_header(call->request, "Last-Event-ID");

    subscriber->memory = memory;
    subscriber->gateway = call->gateway;
    subscriber->ctx.arena = arena_new(MEMORY_BYTES_MAX);
    memcpy(subscriber->order_id, order_id, ORDER_ID_LENGTH);
    if (last != NULL && !text_to_int(last, &subscriber->last_entry)) {
        subscriber->last_entry = 0;
    }
    subscriber->end_ms = monotonic_ms() + LIFE_MS;
    buffer_init(&subscriber->pending, PENDING_BYTES_MAX);
    buffer_append_text(&subscriber->pending, "retry: ");
    buffer_append_int(&subscriber->pending, RETRY_MS);
    buffer_append_text(&subscriber->pending, "\n\n");
    return subscriber;
}

/* False, and answered, when there is no place. */
static bool take_place(const struct call *call)
{
    if (stream_take_place(call->gateway)) {
        return true;
    }
    call_refuse(call, PROBLEM_UNAVAILABLE, "too many streams are open; come again later");
    return false;
}

void answer_order_stream(void *gateway, const struct http_request *request,
                         struct http_answer *answer)
{
    struct call call = { .gateway = gateway, .request = request, .answer = answer };
    const char *order_id = http_path(request, "id");
    struct order_glance glance;

    if (!call_begin(&call, SCOPE_ORDERS_READ)) {
        return;
    }
    enum err err = call_glance(&call, order_id, &glance, NULL);
    if (err == ERR_NOTFOUND) {
        call_refuse(&call, PROBLEM_NOT_FOUND, "nothing is known under this address");
    } else if (err) {
        http_problem_err(request, answer, err);
    }
    if (err || !take_place(&call)) {
        return;
    }
    struct subscriber *subscriber = subscribe(&call, glance.id);
    answer->status = STATUS_OK;
    answer->content_type = "text/event-stream";
    http_answer_header(answer, "X-Accel-Buffering: no");
    answer->stream = (struct http_stream){ read_stream, release_stream, subscriber };
}
