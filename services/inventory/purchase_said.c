/* purchase_said.c - what a supplier says of an order that it was sent: how much it delivers, and when, or that it does not. */
#include "services/inventory/purchasing.h"

#include "common/calendar.h"
#include "common/reply.h"
#include "common/text.h"

#include <string.h>

bool purchasing_date_refused(const struct purchasing *purchase, const char *pointer,
                             const char *date, int64_t *ret_day)
{
    *ret_day = NOT_GIVEN;
    if (date != NULL && !calendar_day_parse(date, ret_day)) {
        reply_invalid(purchase->out, purchase->in, pointer, "is no day of the calendar");
        return true;
    }
    return false;
}

static bool is_said_before(const struct purchase_confirm_body *body, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (strcmp(body->lines[i].sku, body->lines[index].sku) == 0) {
            return true;
        }
    }
    return false;
}

/* True, and answered. */
static bool line_refused(const struct purchasing *purchase,
                         const struct purchase_confirm_body *body, size_t index)
{
    struct arena *arena = purchase->out->arena;
    const struct purchase_confirm_body_line *said = &body->lines[index];
    const struct purchase_order_line_row *line = purchasing_line(purchase, said->sku);
    const char *field = "sku", *wrong = NULL;
    int64_t left = line == NULL ? 0 : line->outstanding + line->undelivered;
    int64_t day = NOT_GIVEN;

    if (line == NULL) {
        wrong = "is no item of this purchase order";
    } else if (is_said_before(body, index)) {
        wrong = "an earlier line is of the same item";
    } else if (said->has_quantity && said->quantity > left) {
        field = "quantity";
        wrong = text_format(arena, "no more than %lld are ordered and have not arrived",
                            (long long)left);
    }
    if (wrong != NULL) {
        reply_invalid(purchase->out, purchase->in,
                      text_format(arena, "/lines/%zu/%s", index, field), wrong);
        return true;
    }
    return purchasing_date_refused(purchase, text_format(arena, "/lines/%zu/expected_on", index),
                                   said->expected_on, &day);
}

/* What is left to be delivered once all that is said of a line counts. */
static int64_t left_of(const struct purchase_confirm_body *body,
                       const struct purchase_order_line_row *line)
{
    for (size_t i = 0; i < body->lines_count; i++) {
        if (body->lines[i].has_quantity && strcmp(body->lines[i].sku, line->sku) == 0) {
            return body->lines[i].quantity;
        }
    }
    return line->outstanding;
}

/* True, and answered: who delivers nothing declines, or what is outstanding is closed, with a reason. */
static bool nothing_refused(const struct purchasing *purchase,
                            const struct purchase_confirm_body *body)
{
    int64_t left = 0;

    for (void **at = purchasing_lines(purchase); *at != NULL; at++) {
        left += left_of(body, *at);
    }
    if (left == 0) {
        reply_invalid(purchase->out, purchase->in, "/lines",
                      "nothing would be delivered any more: decline it, or close it");
    }
    return left == 0;
}

static bool confirm_refused(const struct purchasing *purchase,
                            const struct purchase_confirm_body *body, int64_t *ret_day)
{
    for (size_t i = 0; i < body->lines_count; i++) {
        if (line_refused(purchase, body, i)) {
            return true;
        }
    }
    return purchasing_date_refused(purchase, "/expected_on", body->expected_on, ret_day) ||
           nothing_refused(purchase, body);
}

static void confirm_line(const struct purchasing *purchase,
                         const struct purchase_confirm_body_line *said)
{
    struct purchase_order_line_row *line = purchasing_line(purchase, said->sku);
    int64_t more = said->has_quantity ? said->quantity - line->outstanding : 0;

    if (said->expected_on != NULL) {
        (void)calendar_day_parse(said->expected_on, &line->expected_day);
    }
    purchasing_bring(purchase, line,
                     (struct stock_arrival){ .incoming_change = more, .lost = more < 0 });
    line->outstanding += more;
    line->undelivered -= more;
    purchasing_change(purchase, line);
}

/* A day of the whole order is one of all lines of which nothing else is said. */
static void forget_days(const struct purchasing *purchase)
{
    for (void **at = purchasing_lines(purchase); *at != NULL; at++) {
        struct purchase_order_line_row *line = *at;

        if (line->expected_day != NOT_GIVEN) {
            line->expected_day = NOT_GIVEN;
            purchasing_change(purchase, line);
        }
    }
}

bool purchase_confirm(struct purchasing *purchase)
{
    const struct purchase_confirm_body *body =
        &((const struct purchase_confirm *)purchase->in->message)->body;
    int64_t day = NOT_GIVEN;

    if (confirm_refused(purchase, body, &day)) {
        return false;
    }
    if (day != NOT_GIVEN) {
        purchase->row->expected_day = day;
        forget_days(purchase);
    }
    if (body->reference != NULL) {
        purchase->row->reference = body->reference;
    }
    for (size_t i = 0; i < body->lines_count; i++) {
        confirm_line(purchase, &body->lines[i]);
    }
    return true;
}

bool purchase_decline(struct purchasing *purchase)
{
    purchase->reason = ((const struct purchase_decline *)purchase->in->message)->body.reason;
    return purchase_cancel(purchase);
}
