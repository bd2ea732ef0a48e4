/* settle.c - who is asked to give up pieces, and who is given some. */
#include "services/inventory/settle.h"

#include "common/arena.h"
#include "common/id.h"
#include "common/text.h"
#include "proto/inventory.h"
#include "proto/message_type.h"
#include "services/inventory/bin.h"
#include "services/inventory/level.h"
#include "services/inventory/stock.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* So many are asked at once; what they do is the reason for the next look. */
enum { ASKED_MAX = 100 };

static int64_t owed_pieces(const struct rows *rows, const char *sku)
{
    int64_t owed = 0;

    for (void **at = rows_list(rows, &stock_table, key_text(sku)); *at != NULL; at++) {
        owed += ((const struct stock_row *)*at)->owed;
    }
    return owed;
}

void settle_when_needed(struct decision *out, const char *sku)
{
    bool waited_for = backorder_pieces(out->rows, sku) > 0 && stock_free(out->rows, sku) > 0;

    if (waited_for || owed_pieces(out->rows, sku) > 0 || bins_are_overdrawn(out->rows, sku)) {
        decide_timer(out, (struct subject){ .id = sku }, SETTLE_TIMER, out->now, 0);
    }
}

void settle_due_need_shared(const struct incoming_timer *in, struct rows *rows)
{
    level_want(rows, in->subject.id);
    bins_want(rows, in->subject.id);
    rows_want(rows, &claimant_table, key_text(in->subject.id));
    rows_want(rows, &transfer_claim_table, key_text(in->subject.id));
}

static int compare_age(const struct claimant_row *left, const struct claimant_row *right)
{
    if (left->reserved_at != right->reserved_at) {
        return left->reserved_at < right->reserved_at ? -1 : 1;
    }
    if (left->order_no != right->order_no) {
        return left->order_no < right->order_no ? -1 : 1;
    }
    return left->hold_no < right->hold_no ? -1 : left->hold_no > right->hold_no;
}

static int oldest_first(const void *left, const void *right)
{
    return compare_age(*(const struct claimant_row *const *)left,
                       *(const struct claimant_row *const *)right);
}

static int youngest_first(const void *left, const void *right)
{
    return -oldest_first(left, right);
}

/* Those at a place, or those who wait (""), in order. */
static struct claimants find_claimants(const struct decision *out, const char *sku,
                                       const char *location,
                                       int (*order)(const void *, const void *))
{
    void **list = rows_list(out->rows, &claimant_table, key_text(sku));
    struct claimants found = { NULL, 0 };
    size_t count = 0;

    while (list[count] != NULL) {
        count++;
    }
    found.rows = arena_alloc(out->arena, count * sizeof(void *));
    for (size_t i = 0; i < count; i++) {
        const struct claimant_row *row = list[i];

        if (strcmp(row->location, location) == 0) {
            found.rows[found.count++] = row;
        }
    }
    if (found.count > 1) {
        qsort(found.rows, found.count, sizeof(void *), order);
    }
    return found;
}

struct claimants settle_waiting(const struct decision *out, const char *sku)
{
    return find_claimants(out, sku, "", oldest_first);
}

struct subject settle_order_of(const struct decision *out, const struct claimant_row *row)
{
    assert(row->order_id.length == ORDER_ID_BYTES);
    return (struct subject){
        row->order_no, text_format(out->arena, "%s", order_id_format(row->order_id.bytes).text)
    };
}

static void ask_back(struct decision *out, const struct claimant_row *row, int64_t quantity)
{
    struct subject order = settle_order_of(out, row);
    const struct stock_give_up input = {
        .order_id = order.id,
        .order_no = order.number,
        .reservation_id = text_format(out->arena, "%s-H%lld", order.id, (long long)row->hold_no),
        .sku = row->sku,
        .location = row->location,
        .quantity = quantity,
    };

    decide_input(out, order, MESSAGE_STOCK_GIVE_UP, &input, sizeof input);
}

static void give(struct decision *out, const struct claimant_row *row, int64_t quantity)
{
    struct subject order = settle_order_of(out, row);
    const struct stock_allot input = {
        .order_id = order.id,
        .order_no = order.number,
        .reservation_id = text_format(out->arena, "%s-H%lld", order.id, (long long)row->hold_no),
        .sku = row->sku,
        .quantity = quantity,
    };

    decide_input(out, order, MESSAGE_STOCK_ALLOT, &input, sizeof input);
}

/* Shares `pieces` among claimants in their order. */
static void share(struct decision *out, struct claimants claimants, int64_t pieces,
                  void (*tell)(struct decision *, const struct claimant_row *, int64_t))
{
    for (size_t i = 0; i < claimants.count && i < ASKED_MAX && pieces > 0; i++) {
        int64_t quantity = claimants.rows[i]->quantity;

        quantity = quantity < pieces ? quantity : pieces;
        tell(out, claimants.rows[i], quantity);
        pieces -= quantity;
    }
}

/* What is only to be moved is given up before what an order holds; how much is left to be asked of orders. */
static int64_t ask_transfers(struct decision *out, const struct stock_row *stock)
{
    int64_t owed = stock->owed;
    void **at = rows_list(out->rows, &transfer_claim_table, key_text(stock->sku));

    for (; *at != NULL && owed > 0; at++) {
        const struct transfer_claim_row *claim = *at;
        const struct stock_transfer_give_up input = {
            .transfer_id = claim->transfer_id,
            .sku = claim->sku,
            .quantity = claim->quantity < owed ? claim->quantity : owed,
        };

        if (strcmp(claim->location, stock->location) == 0) {
            decide_input(out, (struct subject){ .id = claim->transfer_id },
                         MESSAGE_STOCK_TRANSFER_GIVE_UP, &input, sizeof input);
            owed -= input.quantity;
        }
    }
    return owed;
}

void on_settle_due(struct decision *out, const struct incoming_timer *in)
{
    const char *sku = in->subject.id;

    for (void **at = rows_list(out->rows, &stock_table, key_text(sku)); *at != NULL; at++) {
        const struct stock_row *stock = *at;

        if (stock->owed > 0) {
            share(out, find_claimants(out, sku, stock->location, youngest_first),
                  ask_transfers(out, stock), ask_back);
        }
    }
    bins_settle(out, sku);
    share(out, settle_waiting(out, sku), stock_free(out->rows, sku), give);
}
