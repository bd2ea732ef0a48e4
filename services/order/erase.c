/* erase.c - who is forgotten, and what of an order is somebody's. */
#include "services/order/erase.h"

#include "common/arena.h"
#include "common/id.h"
#include "common/reply.h"
#include "common/text.h"
#include "proto/message_type.h"
#include "proto/order.h"
#include "services/order/announce.h"
#include "services/order/commands.h"
#include "services/order/detour.h"
#include "services/order/fraud.h"
#include "services/order/reply.h"
#include "services/order/rows_of_order.h"
#include "services/order/saga.h"

#include <stddef.h>
#include <string.h>

enum { ORDERS_MAX = 2000, NAMED_MAX = 8, LOOK_AGAIN_MS = 3600000 };

/* --- The customer ------------------------------------------------------------------------------ */

static const char *customer_of(const struct incoming_message *in)
{
    return ((const struct customer_erase *)in->message)->customer_id;
}

const char *customer_erase_lane_key(struct arena *arena, const struct incoming_message *in)
{
    (void)arena;
    return customer_of(in);
}

void customer_erase_need(const struct incoming_message *in, struct rows *rows)
{
    rows_want(rows, &order_customer_order_table, key_text(customer_of(in)));
    rows_want(rows, &order_customer_draft_table, key_text(customer_of(in)));
    rows_want(rows, &order_customer_erasure_table, key_text(customer_of(in)));
}

struct orders {
    struct customer_order_row **rows;
    int64_t count, open;
};

static struct orders orders_of(const struct decision *out, const struct incoming_message *in)
{
    struct orders orders = { .rows = (struct customer_order_row **)rows_list(
                                 out->rows, &order_customer_order_table,
                                 key_text(customer_of(in))) };

    for (; orders.rows[orders.count] != NULL; orders.count++) {
        orders.open += orders.rows[orders.count]->over ? 0 : 1;
    }
    return orders;
}

/* "not over: ord_..., ord_... and 3 more" */
static const char *name_open(struct arena *arena, const struct orders *orders)
{
    const char *text = "not over: ";
    int64_t named = 0;

    for (int64_t i = 0; i < orders->count && named < NAMED_MAX; i++) {
        if (!orders->rows[i]->over) {
            text = text_format(arena, "%s%s%s", text, named == 0 ? "" : ", ",
                               order_id_format(orders->rows[i]->order_id.bytes).text);
            named++;
        }
    }
    return orders->open == named
               ? text
               : text_format(arena, "%s and %lld more", text, (long long)(orders->open - named));
}

/* NULL: nothing stands against it. */
static const char *obstacle(struct arena *arena, const struct customer_erase *request,
                            const struct orders *orders)
{
    if (orders->count > ORDERS_MAX) {
        return "there are more than 2,000 orders";
    }
    if (request->body.has_order_count && request->body.order_count != orders->count) {
        return text_format(arena, "there are %lld orders", (long long)orders->count);
    }
    return orders->open > 0 && !request->body.when_over ? name_open(arena, orders) : NULL;
}

static void note_erasure(struct decision *out, const struct incoming_message *in)
{
    struct customer_erasure_row *stored =
        rows_find(out->rows, &order_customer_erasure_table, key_text(customer_of(in)));
    const struct customer_erasure_row news = { customer_of(in), in->id, in->actor, out->now };

    if (stored == NULL) {
        rows_insert(out->rows, &order_customer_erasure_table, &news);
    } else {
        *stored = news;
        rows_update(out->rows, &order_customer_erasure_table, stored);
    }
}

/* In its own lane, which knows it. */
static void pass_on(struct decision *out, const struct incoming_message *in,
                    const struct customer_order_row *order)
{
    struct order_id_text *id = arena_alloc(out->arena, sizeof *id);

    *id = order_id_format(order->order_id.bytes);
    bool waits = ((const struct customer_erase *)in->message)->body.when_over;
    const struct order_erase message = { .order_id = id->text,
                                         .order_no = order->order_no,
                                         .when_over = waits,
                                         .has_when_over = waits };
    const struct customer_erasure_order_row row = { customer_of(in), order->order_no };

    rows_insert(out->rows, &order_customer_erasure_order_table, &row);
    decide_input(out, (struct subject){ .number = order->order_no, .id = id->text },
                 MESSAGE_ORDER_ERASE, &message, sizeof message);
}

/* What they had begun to order is discarded, each draft in its own lane. */
static void discard_drafts(struct decision *out, const struct incoming_message *in)
{
    struct customer_draft_row **rows = (struct customer_draft_row **)rows_list(
        out->rows, &order_customer_draft_table, key_text(customer_of(in)));

    for (; *rows != NULL; rows++) {
        struct child_id_text *id = arena_alloc(out->arena, sizeof *id);

        *id = child_id_format(order_id_format((*rows)->order_id.bytes).text, 'D', 1);
        const struct draft_discard message = { .draft_id = id->text };
        decide_input(out, (struct subject){ .id = id->text }, MESSAGE_DRAFT_DISCARD, &message,
                     sizeof message);
    }
}

void on_customer_erase(struct decision *out, const struct incoming_message *in)
{
    struct orders orders = orders_of(out, in);
    const char *against = obstacle(out->arena, in->message, &orders);

    if (orders.count == 0) {
        order_reply_unknown(out, &in->reply, "There is no such customer");
        return;
    }
    if (against != NULL) {
        reply_refused(out, in,
                      &(struct refusal){ .status = 409,
                                         .type = "conflict",
                                         .title = "Not as the orders are now",
                                         .detail = against });
        return;
    }
    note_erasure(out, in);
    for (int64_t i = 0; i < orders.count; i++) {
        pass_on(out, in, orders.rows[i]);
    }
    discard_drafts(out, in);
    order_reply_put(out, &in->reply, 200, customer_of(in));
}

/* --- An order ---------------------------------------------------------------------------------- */

static void need(int64_t order_no, struct rows *rows)
{
    order_need_all(order_no, rows);
    rows_want(rows, &order_note_table, key_number(order_no));
    rows_want(rows, &order_erasure_table, key_number(order_no));
}

static struct contact_row *contact_of(int64_t order_no, const struct rows *rows)
{
    return rows_find(rows, &order_contact_table, key_number(order_no));
}

static void need_shared(int64_t order_no, struct rows *rows)
{
    const struct contact_row *contact = contact_of(order_no, rows);

    if (contact != NULL) {
        fraud_need_known(contact, rows);
    }
}

void order_erase_need(const struct incoming_message *in, struct rows *rows)
{
    need(((const struct order_erase *)in->message)->order_no, rows);
}

void order_erase_need_shared(const struct incoming_message *in, struct rows *rows)
{
    need_shared(((const struct order_erase *)in->message)->order_no, rows);
}

void order_erase_due_need(const struct incoming_timer *in, struct rows *rows)
{
    need(in->subject.number, rows);
}

void order_erase_due_need_shared(const struct incoming_timer *in, struct rows *rows)
{
    need_shared(in->subject.number, rows);
}

/* Where it went says what tax it bore, and stays. */
static void forget_contact(struct saga *saga)
{
    struct contact_row *contact = contact_of(saga->order->order_no, saga->out->rows);

    if (contact != NULL) {
        fraud_forget(contact, saga->out->rows);
        *contact = (struct contact_row){ .order_no = contact->order_no,
                                         .ship_country = contact->ship_country,
                                         .bill_country = contact->bill_country };
        rows_update(saga->out->rows, &order_contact_table, contact);
    }
}

/* What people wrote, and what shoppers had put on items: the text of a row, which keeps its place. */
static const struct {
    const struct table *table;
    size_t offset;
    const char *instead;
} texts[] = {
    { &order_line_table, offsetof(struct line_row, customization), NULL },
    { &order_edit_table, offsetof(struct edit_row, note), NULL },
    { &order_edit_line_table, offsetof(struct edit_line_row, customization), NULL },
    { &order_hold_table, offsetof(struct hold_row, note), NULL },
    { &order_hold_table, offsetof(struct hold_row, release_note), NULL },
    { &order_note_table, offsetof(struct note_row, note), "" },
};

static void forget_text(struct rows *rows, size_t which, void *row)
{
    char *member = (char *)row + texts[which].offset;
    const char *text = NULL;

    memcpy(&text, member, sizeof text);
    if (!text_equal(text, texts[which].instead)) {
        memcpy(member, &texts[which].instead, sizeof text);
        rows_update(rows, texts[which].table, row);
    }
}

static void forget_texts(const struct saga *saga)
{
    struct rows *rows = saga->out->rows;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        void **row = rows_list(rows, texts[i].table, key_number(saga->order->order_no));

        for (; *row != NULL; row++) {
            forget_text(rows, i, *row);
        }
    }
}

/* Once; what is told again later is no news. */
static void state_erased(struct saga *saga)
{
    const struct erasure_row row = { saga->order->order_no, saga->out->now };

    if (rows_find(saga->out->rows, &order_erasure_table, key_number(row.order_no)) == NULL) {
        rows_insert(saga->out->rows, &order_erasure_table, &row);
        announce_erased(saga);
    }
}

static bool is_over(const struct order_row *order)
{
    return order->step == STEP_ENDED || order->step == STEP_COMPLETED;
}

static void erase(struct saga *saga)
{
    forget_contact(saga);
    forget_texts(saga);
    saga->order->payment_action_url = NULL;
    state_erased(saga);
    tell_erase(saga);
    saga_end(saga);
}

/* At the full hour after this, so that who asks often is waited for once. */
static void look_again(struct saga *saga, int64_t after)
{
    int64_t hours = after / LOOK_AGAIN_MS + 1;

    decide_timer(saga->out, saga->subject, ERASE_TIMER, hours * LOOK_AGAIN_MS, 0);
}

void on_order_erase(struct decision *out, const struct incoming_message *in)
{
    const struct order_erase *request = in->message;
    struct order_row *order = order_find(request->order_no, out->rows);

    if (order == NULL ||
        !text_equal(order_id_format(order->order_id.bytes).text, request->order_id)) {
        order_reply_unknown_order(out, &in->reply);
        return;
    }
    struct saga saga = saga_begin(out, order);

    if (is_over(order)) {
        erase(&saga);
        order_reply_done(&saga, &in->reply, 200, saga.subject.id);
    } else if (request->when_over) {
        look_again(&saga, out->now);
        order_reply_done(&saga, &in->reply, 200, saga.subject.id);
    } else {
        order_reply_conflict(&saga, &in->reply, "the order is not over");
    }
}

void on_order_erase_due(struct decision *out, const struct incoming_timer *in)
{
    struct order_row *order = order_find(in->subject.number, out->rows);

    if (order == NULL) {
        return;
    }
    struct saga saga = saga_begin(out, order);

    if (is_over(order)) {
        erase(&saga);
    } else { /* a clock that was set back is not asked for the timer that is being taken */
        look_again(&saga, out->now > in->due_at ? out->now : in->due_at);
    }
}
