/* document.c - writes an order as JSON. */
#include "services/order/document.h"

#include "common/arena.h"
#include "common/buffer.h"
#include "common/calendar.h"
#include "common/id.h"
#include "common/instant.h"
#include "common/text.h"
#include "proto/types.h"
#include "services/order/detour.h"
#include "services/order/promise.h"
#include "services/order/shares.h"
#include "services/order/words.h"

#include <assert.h>
#include <string.h>

/* 500 lines with their customization stay below a reply's 512 KiB: what is larger comes from the read API. */
enum { DOCUMENT_BYTES_MAX = 512 * 1024 };

static void name(struct buffer *json, const char *member)
{
    bool first = json->length == 0 || json->bytes[json->length - 1] == '{';

    buffer_append_text(json, first ? "" : ",");
    buffer_append_json_string(json, member);
    buffer_append_text(json, ":");
}

static void open_element(struct buffer *json)
{
    buffer_append_text(json, json->bytes[json->length - 1] == '[' ? "{" : ",{");
}

static void add_text(struct buffer *json, const char *member, const char *value)
{
    if (value != NULL) {
        name(json, member);
        buffer_append_json_string(json, value);
    }
}

static void add_int(struct buffer *json, const char *member, int64_t value)
{
    name(json, member);
    buffer_append_int(json, value);
}

static void add_instant(struct buffer *json, const char *member, int64_t at)
{
    if (at != 0) {
        add_text(json, member, instant_format(at).text);
    }
}

static void add_json(struct buffer *json, const char *member, const char *value)
{
    name(json, member);
    buffer_append_text(json, value);
}

static void add_lines(struct buffer *json, const struct saga *saga)
{
    struct line_row **line = (struct line_row **)rows_list(saga->out->rows, &order_line_table,
                                                           key_number(saga->order->order_no));

    add_json(json, "lines", "[");
    for (; *line != NULL; line++) {
        open_element(json);
        add_int(json, "line_no", (*line)->line_no);
        add_text(json, "sku", (*line)->sku);
        add_int(json, "quantity", (*line)->quantity);
        add_int(json, "unit_price_minor", (*line)->unit_price_minor);
        if ((*line)->discount_minor > 0) {
            add_int(json, "discount_minor", (*line)->discount_minor);
        }
        if ((*line)->tax_minor > 0) {
            add_int(json, "tax_minor", (*line)->tax_minor);
        }
        if ((*line)->customization != NULL) {
            add_json(json, "customization", (*line)->customization);
        }
        buffer_append_text(json, "}");
    }
    buffer_append_text(json, "]");
}

static void add_payments(struct buffer *json, const struct saga *saga)
{
    const struct order_row *order = saga->order;

    add_json(json, "payments", "[");
    if (order->payment_state != PAYMENT_STATE_ABSENT) {
        open_element(json);
        add_text(json, "id", child_id_format(saga->subject.id, 'P', detour_payment_no(saga)).text);
        add_text(json, "state", payment_state_word(order->payment_state));
        add_text(json, "method", payment_method_word(order->payment_method));
        add_int(json, "authorized_minor", order->authorized_minor);
        add_int(json, "captured_minor", order->captured_minor);
        add_int(json, "refunded_minor", order->refunded_minor);
        buffer_append_text(json, "}");
    }
    buffer_append_text(json, "]");
}

static const char *sku_of(const struct saga *saga, int64_t line_no)
{
    struct line_row **line = (struct line_row **)rows_list(saga->out->rows, &order_line_table,
                                                           key_number(saga->order->order_no));

    while ((*line)->line_no != line_no) { /* allocations are of the order's lines */
        line++;
    }
    return (*line)->sku;
}

static void add_promise(struct buffer *json, const struct promised_delivery *promised)
{
    if (promised != NULL) {
        add_json(json, "promised_delivery", "{");
        add_text(json, "earliest", promised->earliest);
        add_text(json, "latest", promised->latest);
        buffer_append_text(json, "}");
    }
}

static void add_share(struct buffer *json, const struct saga *saga,
                      const struct fulfillment_row *share)
{
    struct allocation_row **work = (struct allocation_row **)rows_list(
        saga->out->rows, &order_allocation_table, key_number(saga->order->order_no));

    open_element(json);
    add_text(json, "id", child_id_format(saga->subject.id, 'F', share->fulfillment_no).text);
    add_text(json, "state", fulfillment_state_word(share->state));
    add_text(json, "location", share->location);
    if (share->hand_over_on != 0) {
        add_text(json, "hand_over_on", calendar_date(saga->out->arena, share->hand_over_on));
    }
    add_promise(json,
                promise_shown(saga->out->arena, share->promised_earliest, share->promised_latest));
    add_json(json, "lines", "[");
    for (; *work != NULL; work++) {
        if ((*work)->fulfillment_no == share->fulfillment_no) {
            open_element(json);
            add_int(json, "line_no", (*work)->line_no);
            add_text(json, "sku", sku_of(saga, (*work)->line_no));
            add_int(json, "quantity", (*work)->quantity);
            buffer_append_text(json, "}");
        }
    }
    buffer_append_text(json, "]}");
}

static void add_shares(struct buffer *json, const struct saga *saga)
{
    add_json(json, "fulfillments", "[");
    for (struct fulfillment_row **share = shares_of(saga); *share != NULL; share++) {
        add_share(json, saga, *share);
    }
    buffer_append_text(json, "]");
}

static void add_links(struct buffer *json, const char *order_id)
{
    char path[sizeof "/v1/orders/" + ORDER_ID_LENGTH + sizeof "/timeline"] = "/v1/orders/";
    size_t length = strlen(path);

    add_json(json, "links", "{");
    memcpy(path + length, order_id, ORDER_ID_LENGTH + 1);
    add_text(json, "self", path);
    memcpy(path + length + ORDER_ID_LENGTH, "/timeline", sizeof "/timeline");
    add_text(json, "timeline", path);
    buffer_append_text(json, "}");
}

/* The statuses of the moment that the document shows. */
struct moment {
    enum order_status status;
    enum payment_status payment;
    enum shopper_status shopper;
    int64_t clock;
};

static void add_head(struct buffer *json, const struct saga *saga, const struct moment *moment)
{
    const struct order_row *order = saga->order;

    buffer_append_text(json, "{");
    add_text(json, "id", saga->subject.id);
    add_int(json, "order_no", order->order_no);
    add_int(json, "clock", moment->clock);
    add_text(json, "channel", order->channel);
    add_text(json, "channel_order_ref", order->channel_order_ref);
    add_text(json, "number", order->number);
    add_text(json, "status", order_status_word(moment->status));
    add_text(json, "payment_status", payment_status_word(moment->payment));
    add_text(json, "fulfillment_status", fulfillment_status_word(FULFILLMENT_STATUS_UNFULFILLED));
    add_text(json, "return_status", "none");
    add_text(json, "shopper_status", shopper_status_word(moment->shopper));
    add_text(json, "currency", order->currency);
    add_text(json, "tax_mode", order->tax_mode == TAX_MODE_EXCLUSIVE ? "exclusive" : "inclusive");
    add_int(json, "total_minor", order->total_minor);
    add_text(json, "shipping_service", order->shipping_service);
    add_int(json, "shipping_price_minor", order->shipping_price_minor);
    add_text(json, "payment_method", payment_method_word(order->payment_method));
    add_instant(json, "created_at", order->placed_at);
    add_instant(json, "placed_at", order->placed_at);
    add_instant(json, "ship_not_before", order->ship_not_before);
    add_links(json, saga->subject.id);
    add_lines(json, saga);
    add_json(json, "holds", "[]");
    add_json(json, "shipments", "[]");
}

/* NULL when it is too large for a reply. */
static const char *finish(const struct saga *saga, struct buffer *json)
{
    const char *text = NULL;

    buffer_append_text(json, "}");
    if (!json->overflowed) {
        text = arena_copy_text(saga->out->arena, json->bytes, json->length);
    }
    buffer_release(json);
    return text;
}

const char *document_placed(const struct saga *saga)
{
    enum payment_status payment =
        saga->order->total_minor == 0 ? PAYMENT_STATUS_NONE : PAYMENT_STATUS_PENDING;
    struct moment moment = { ORDER_STATUS_PLACED, payment, SHOPPER_STATUS_PENDING, 1 };
    struct buffer json;

    buffer_init(&json, DOCUMENT_BYTES_MAX);
    add_head(&json, saga, &moment);
    add_json(&json, "payments", "[]");
    add_json(&json, "fulfillments", "[]");
    return finish(saga, &json);
}

const char *document_confirmed(const struct saga *saga)
{
    enum payment_status payment =
        saga->order->total_minor == 0 ? PAYMENT_STATUS_NONE : PAYMENT_STATUS_AUTHORIZED;
    struct moment moment = { ORDER_STATUS_CONFIRMED, payment, SHOPPER_STATUS_PROCESSING,
                             saga->order->clock };
    struct buffer json;

    buffer_init(&json, DOCUMENT_BYTES_MAX);
    add_head(&json, saga, &moment);
    add_instant(&json, "confirmed_at", saga->order->confirmed_at);
    add_promise(&json, promise_shown(saga->out->arena, saga->order->promised_earliest,
                                     saga->order->promised_latest));
    add_payments(&json, saga);
    add_shares(&json, saga);
    return finish(saga, &json);
}
