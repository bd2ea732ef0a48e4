/* tracking.c - checks the link, reads the order and its parcels, answers what changed. */
#include "services/gateway/tracking.h"

#include "common/arena.h"
#include "common/crypto.h"
#include "common/log.h"
#include "common/text.h"
#include "proto/gateway_codec.h"
#include "proto/order_codec.h"

#include <string.h>
#include <time.h>

enum {
    RATE_BURST_S = 5,
    ETAG_BYTES = 16,
    STATUS_OK = 200,
    STATUS_NOT_MODIFIED = 304,
    SHIPMENTS_MAX = 100
};

static const char json_ending[] = ".json";

static int64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- What there is ---------------------------------------------------------------------------- */

static enum err read_order(struct tracking_call *to)
{
    struct ctx *ctx = to->call.request->ctx;
    struct violations violations = { .count = 0 };
    struct http_fetched document = { .status = 0 };
    enum err err =
        call_read(&to->call, OWNER_ORDER,
                  text_format(ctx->arena, "/v1/orders/%s/tracking", to->link.order_id), &document);

    if (err) {
        return err;
    }
    if (document.status != STATUS_OK) {
        return err_set(ctx, ERR_NOTFOUND, "no such order");
    }
    if (order_tracking_decode(ctx->arena, document.body, document.body_length, &to->order,
                              &violations) != OK) {
        return err_set(ctx, ERR_FATAL, "the order service's view does not fit: %s %s",
                       violations.items[0].pointer, violations.items[0].detail);
    }
    return OK;
}

/* False: they are not to be had now. */
static bool read_parcels(const struct tracking_call *of, struct parcels_seen *ret)
{
    struct ctx *ctx = of->call.request->ctx;
    struct violations violations = { .count = 0 };
    struct http_fetched document = { .status = 0 };
    enum err err = call_read(&of->call, OWNER_SHIPPING,
                             text_format(ctx->arena, "/v1/orders/%s/shipments?limit=%d",
                                         of->link.order_id, SHIPMENTS_MAX),
                             &document);

    if (!err && document.status == STATUS_OK &&
        parcels_seen_decode(ctx->arena, document.body, document.body_length, ret, &violations) ==
            OK) {
        return true;
    }
    log_warning("parcels cannot be looked up", LOG_TEXT("detail", ctx->detail));
    return false;
}

/* As far as the order knows: its first parcel. */
static void take_first_parcel(struct arena *arena, struct order_tracking_shipment *shipment)
{
    if (shipment->tracking_number != NULL) {
        struct tracked_parcel *parcel = arena_alloc(arena, sizeof *parcel);

        *parcel = (struct tracked_parcel){ .parcel_no = 1,
                                           .tracking_number = shipment->tracking_number,
                                           .tracking_status = shipment->tracking_status,
                                           .delivered_at = shipment->delivered_at,
                                           .has_delivered_at = shipment->has_delivered_at };
        shipment->parcels = parcel;
        shipment->parcels_count = 1;
    }
}

static void take_parcels(struct arena *arena, const struct parcels_seen *seen,
                         struct order_tracking_shipment *shipment)
{
    for (size_t i = 0; i < seen->items_count; i++) {
        if (text_equal(seen->items[i].id, shipment->id)) {
            shipment->parcels = seen->items[i].parcels;
            shipment->parcels_count = seen->items[i].parcels_count;
        }
    }
    if (shipment->parcels_count == 0) {
        take_first_parcel(arena, shipment);
    }
    if (shipment->parcels_count == 0) {
        return;
    }
    struct tracked_parcel *parcels =
        arena_copy(arena, shipment->parcels, shipment->parcels_count * sizeof *parcels);
    for (size_t i = 0; i < shipment->parcels_count; i++) {
        parcels[i].url = tracking_carrier_url(arena, shipment->carrier, parcels[i].tracking_number);
    }
    shipment->parcels = parcels;
}

static bool has_labels(const struct order_tracking *order)
{
    for (size_t i = 0; i < order->shipments_count; i++) {
        if (order->shipments[i].tracking_number != NULL) {
            return true;
        }
    }
    return false;
}

static void add_parcels(struct tracking_call *to)
{
    struct arena *arena = to->call.request->ctx->arena;
    struct parcels_seen seen = { .items_count = 0 };
    size_t count = to->order.shipments_count;
    struct order_tracking_shipment *shipments = NULL;

    if (count == 0) {
        return;
    }
    shipments = arena_copy(arena, to->order.shipments, count * sizeof *shipments);
    if (has_labels(&to->order) && !read_parcels(to, &seen)) {
        seen.items_count = 0;
    }
    for (size_t i = 0; i < count; i++) {
        take_parcels(arena, &seen, &shipments[i]);
    }
    to->order.shipments = shipments;
}

/* --- The link --------------------------------------------------------------------------------- */

static bool take_rate(const struct call *call)
{
    int64_t per_second = call->gateway->settings.link_rate_per_second;

    return call_take_rate(call, "peer", call->request->client_address,
                          (struct rate_limit){ per_second, RATE_BURST_S * per_second });
}

/* PROBLEM_COUNT: all is well; nothing is answered yet. */
static enum problem_kind open_link(struct tracking_call *to, const char *token)
{
    const struct http_request *request = to->call.request;
    const char *secret = to->call.gateway->settings.link_secret;

    if (!take_rate(&to->call)) {
        return PROBLEM_RATE_LIMITED;
    }
    if (secret[0] == '\0' || !tracking_token_read(request->ctx->arena, secret, token, &to->link)) {
        return PROBLEM_NOT_FOUND;
    }
    if (to->link.expires_at <= now_ms()) {
        return PROBLEM_LINK_EXPIRED;
    }
    enum err err = read_order(to);
    if (err == ERR_NOTFOUND) {
        return PROBLEM_NOT_FOUND;
    }
    if (err) {
        log_warning("an order cannot be looked up", LOG_TEXT("detail", request->ctx->detail));
        return PROBLEM_UNAVAILABLE;
    }
    add_parcels(to);
    return PROBLEM_COUNT;
}

/* --- Answering -------------------------------------------------------------------------------- */

/* What is asked for by name, else the order's, else what the browser likes. */
static enum language language_for(const struct tracking_call *of)
{
    const char *asked = http_query(of->call.request, "lang");

    if (asked != NULL) {
        return language_of(asked);
    }
    return of->order.locale != NULL
               ? language_of(of->order.locale)
               : language_wanted(http_header(of->call.request, "Accept-Language"));
}

/* Whoever has the page as it is is told so, and keeps it for itself. */
static void tag(const struct call *call)
{
    struct buffer *body = &call->answer->body;
    const char *known = http_header(call->request, "If-None-Match");
    unsigned char digest[SHA256_BYTES];
    char hex[2 * ETAG_BYTES + 1];

    sha256(body->bytes, body->length, digest);
    text_hex(digest, ETAG_BYTES, hex);
    http_answer_header(call->answer, "Cache-Control: private, no-cache");
    http_answer_header(call->answer, text_format(call->request->ctx->arena, "ETag: \"%s\"", hex));
    if (known != NULL && strstr(known, hex) != NULL) {
        call->answer->status = STATUS_NOT_MODIFIED;
        buffer_clear(body);
    }
}

static void answer_json(const struct tracking_call *of, enum problem_kind kind)
{
    static const char *const details[PROBLEM_COUNT] = {
        [PROBLEM_NOT_FOUND] = "no order is followed under this address",
        [PROBLEM_LINK_EXPIRED] = "the link has expired",
        [PROBLEM_RATE_LIMITED] = "this address asks too often",
        [PROBLEM_UNAVAILABLE] = "the order cannot be looked up now",
    };

    if (kind != PROBLEM_COUNT) {
        call_refuse(&of->call, kind, details[kind]);
        return;
    }
    of->call.answer->status = STATUS_OK;
    order_tracking_encode(&of->order, &of->call.answer->body);
    tag(&of->call);
}

static void answer_page(const struct tracking_call *of, enum problem_kind kind)
{
    if (kind != PROBLEM_COUNT) {
        tracking_page_refuse(&of->call, language_for(of), kind);
        return;
    }
    tracking_page_show(of, language_for(of));
    tag(&of->call);
}

/* The token, in the arena; *ret: it is a program that asks. */
static const char *token_of(const struct http_request *request, bool *ret)
{
    const char *token = http_path(request, "token"), *accept = http_header(request, "Accept");
    size_t length = strlen(token), ending = sizeof json_ending - 1;
    bool ends = length > ending && strcmp(token + length - ending, json_ending) == 0;

    *ret = ends || (accept != NULL && text_starts_with(accept, "application/json"));
    return ends ? arena_copy_text(request->ctx->arena, token, length - ending) : token;
}

void answer_tracking(void *gateway, const struct http_request *request, struct http_answer *answer)
{
    struct tracking_call to = { .call = {
                                    .gateway = gateway, .request = request, .answer = answer } };
    bool for_program = false;
    const char *token = token_of(request, &for_program);
    enum problem_kind kind = open_link(&to, token);

    if (for_program) {
        answer_json(&to, kind);
    } else {
        answer_page(&to, kind);
    }
}
