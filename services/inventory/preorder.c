/* preorder.c - from which day on an item is sold from stock. */
#include "services/inventory/preorder.h"

#include "common/calendar.h"
#include "proto/inventory.h"
#include "services/inventory/expected.h"
#include "services/inventory/level.h"
#include "services/inventory/settle.h"
#include "services/inventory/stock.h"

static const int64_t day_ms = INT64_C(86400000);

const char *preorder_fault(const struct item_body *body, const char **ret_field)
{
    int64_t day = 0;

    if (body->available_from != NULL && !calendar_day_parse(body->available_from, &day)) {
        *ret_field = "available_from";
        return "is no day of the calendar";
    }
    if (body->available_from != NULL && body->components_count > 0) {
        *ret_field = "available_from";
        return "a bundle is available when its components are";
    }
    if (body->available_from == NULL && body->has_preorder_limit) {
        *ret_field = "preorder_limit";
        return "only what is available from a day on is pre-ordered: the item needs available_from";
    }
    return NULL;
}

int64_t preorder_day(const struct item_body *body)
{
    int64_t day = 0;

    return body->available_from != NULL && calendar_day_parse(body->available_from, &day) ? day : 0;
}

void preorder_need(struct rows *rows, const struct item_row *stored, const char *sku, bool wanted)
{
    if (stored != NULL && (wanted || stored->available_day != 0)) {
        rows_want(rows, &backorder_table, key_text(sku));
    }
}

int64_t preorder_held_until(const struct item_row *item, int64_t now)
{
    return item->available_day > now / day_ms ? item->available_day : 0;
}

/* One look as soon as it is put, so that who waits hears of it, and one on the day. */
static void look(struct decision *out, const struct item_row *item, bool at_once)
{
    const struct subject subject = { .id = item->sku };
    int64_t held_until = preorder_held_until(item, out->now);

    if (at_once) {
        decide_timer(out, subject, PREORDER_TIMER, out->now, 0);
    }
    if (held_until != 0) {
        decide_timer(out, subject, PREORDER_TIMER, held_until * day_ms, 0);
    }
}

void preorder_keep(struct decision *out, const struct item_row *item)
{
    struct backorder_row *row = rows_find(out->rows, &backorder_table, key_text(item->sku));

    row->held_until = preorder_held_until(item, out->now);
    rows_update(out->rows, &backorder_table, row);
    look(out, item, true);
}

void preorder_begin(struct decision *out, const struct item_row *item)
{
    look(out, item, false);
}

void preorder_due_need_shared(const struct incoming_timer *in, struct rows *rows)
{
    level_publish_want(rows, in->subject.id);
}

void on_preorder_due(struct decision *out, const struct incoming_timer *in)
{
    const char *sku = in->subject.id;
    struct backorder_row *row = rows_find(out->rows, &backorder_table, key_text(sku));

    if (row == NULL) {
        return;
    }
    if (row->held_until != 0 && row->held_until <= out->now / day_ms) {
        row->held_until = 0;
        rows_update(out->rows, &backorder_table, row);
    }
    level_publish(out, sku);
    if (row->pieces > 0) {
        expected_ask(out, sku);
    }
    settle_when_needed(out, sku);
}
