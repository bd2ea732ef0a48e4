/* dealing.c - finds the row of a payment, and keeps its clock and its ledger. */
#include "services/payment/dealing.h"

#include "common/arena.h"
#include "common/id.h"
#include "services/payment/credit.h"

#include <string.h>

static struct payment_row *find_row(const struct dealing *dealing)
{
    void **at = rows_list(dealing->out->rows, &payment_table, key_number(dealing->subject.number));

    for (; *at != NULL; at++) {
        struct payment_row *row = *at;

        if (row->payment_no == dealing->payment_no) {
            return row;
        }
    }
    return NULL;
}

bool dealing_open(struct dealing *dealing, struct decision *out, struct subject subject,
                  const char *payment_id)
{
    struct order_id_text order_id;
    unsigned char bytes[ORDER_ID_BYTES];

    *dealing = (struct dealing){ .out = out,
                                 .subject = subject,
                                 .payment_id = payment_id,
                                 .payment_no = child_id_counter(payment_id, 'P') };
    if (subject.number <= 0 || dealing->payment_no == 0 || !child_id_order(payment_id, &order_id) ||
        strcmp(order_id.text, subject.id) != 0 || !order_id_parse(subject.id, bytes)) {
        decide_impossible(out, "payment \"%s\" is none of order \"%s\" with number %lld",
                          payment_id, subject.id, (long long)subject.number);
        return false;
    }
    dealing->row = find_row(dealing);
    dealing->followed = credit_use_of(dealing->row);
    if (dealing->row != NULL && memcmp(dealing->row->order_id.bytes, bytes, ORDER_ID_BYTES) != 0) {
        decide_impossible(out, "order number %lld belongs to another order than \"%s\"",
                          (long long)subject.number, subject.id);
        return false;
    }
    return true;
}

bool dealing_open_number(struct dealing *dealing, struct decision *out, struct subject subject,
                         int64_t payment_no)
{
    *dealing = (struct dealing){ .out = out, .subject = subject };
    return dealing_open(dealing, out, subject, dealing_child_id(dealing, 'P', payment_no));
}

bool dealing_find(struct dealing *dealing, struct decision *out, struct subject subject,
                  const char *payment_id)
{
    unsigned char bytes[ORDER_ID_BYTES];

    *dealing = (struct dealing){ .out = out,
                                 .subject = subject,
                                 .payment_id = payment_id,
                                 .payment_no = child_id_counter(payment_id, 'P') };
    dealing->row = find_row(dealing);
    dealing->followed = credit_use_of(dealing->row);
    return dealing->row != NULL && order_id_parse(subject.id, bytes) &&
           memcmp(dealing->row->order_id.bytes, bytes, ORDER_ID_BYTES) == 0;
}

bool dealing_owns(const struct dealing *dealing, const char *child_id)
{
    struct order_id_text order_id;
    bool owns =
        child_id_order(child_id, &order_id) && strcmp(order_id.text, dealing->subject.id) == 0;

    if (!owns) {
        decide_impossible(dealing->out, "\"%s\" is none of order \"%s\"", child_id,
                          dealing->subject.id);
    }
    return owns;
}

void dealing_create(struct dealing *dealing, enum payment_state state)
{
    unsigned char bytes[ORDER_ID_BYTES];

    (void)order_id_parse(dealing->subject.id, bytes); /* dealing_open has tried it */
    struct payment_row row = {
        .order_no = dealing->subject.number,
        .payment_no = dealing->payment_no,
        .state = state,
        .changed_at = dealing->out->now,
        .order_id = { arena_copy(dealing->out->arena, bytes, sizeof bytes), sizeof bytes },
    };
    struct payment_order_row order = { .order_id = row.order_id,
                                       .order_no = dealing->subject.number,
                                       .company = dealing->authorize != NULL
                                                      ? dealing->authorize->company
                                                      : dealing->void_command->company };

    rows_insert(dealing->out->rows, &payment_order_table, &order);
    dealing->row = rows_insert(dealing->out->rows, &payment_table, &row);
}

enum payment_state dealing_state(const struct dealing *dealing)
{
    return dealing->row == NULL ? PAYMENT_STATE_ABSENT : (enum payment_state)dealing->row->state;
}

void dealing_change(struct dealing *dealing)
{
    dealing->row->changed_at = dealing->out->now;
    (void)dealing_clock(dealing); /* its version as well */
    rows_update(dealing->out->rows, &payment_table, dealing->row);
}

enum holder dealing_holder(const struct dealing *dealing)
{
    if (dealing->row != NULL) {
        return method_holder((enum payment_method)dealing->row->method);
    }
    return dealing->authorize == NULL ? HELD_BY_PROVIDER
                                      : method_holder(dealing->authorize->method);
}

const struct provider *dealing_provider(const struct payment_row *row)
{
    return method_holder((enum payment_method)row->method) == HELD_BY_PROVIDER
               ? provider_find(row->provider)
               : NULL;
}

bool dealing_is_taken_whole(const struct dealing *dealing)
{
    const struct provider *provider = dealing_provider(dealing->row);

    return provider != NULL && provider->takes_whole && dealing->row->captured_minor > 0;
}

bool dealing_takes_part(const struct dealing *dealing, int64_t amount_minor)
{
    const struct provider *provider = dealing_provider(dealing->row);

    return provider == NULL || provider_takes_part(provider, dealing->row->currency, amount_minor);
}

void dealing_move(struct dealing *dealing, enum payment_state state)
{
    dealing->row->state = state;
    dealing_change(dealing);
}

int64_t dealing_clock(struct dealing *dealing)
{
    struct decision *out = dealing->out;

    if (dealing->clock != 0) {
        return dealing->clock; /* all that one decision says is said at once */
    }
    if (dealing->row != NULL) {
        if (out->clock < dealing->row->clock) {
            out->clock = dealing->row->clock;
        }
        dealing->row->clock = out->clock + 1;
        rows_update(out->rows, &payment_table, dealing->row);
    }
    dealing->clock = out->clock + 1;
    return dealing->clock;
}

int64_t dealing_held_minor(const struct dealing *dealing)
{
    const struct payment_row *row = dealing->row;

    return row->authorized_minor - row->captured_minor - row->released_minor;
}

int64_t dealing_due_minor(const struct dealing *dealing)
{
    const struct payment_row *row = dealing->row;

    return dealing_holder(dealing) == HELD_AS_CREDIT ? row->captured_minor - row->refunded_minor
                                                     : row->amount_minor;
}

bool dealing_is_over(const struct dealing *dealing)
{
    enum payment_state state = dealing_state(dealing);

    return state == PAYMENT_STATE_VOIDING || state == PAYMENT_STATE_VOIDED ||
           state == PAYMENT_STATE_FAILED || state == PAYMENT_STATE_EXPIRED;
}

void dealing_secure_received(struct dealing *dealing)
{
    struct payment_row *row = dealing->row;

    if (row->authorized_minor == 0) {
        row->authorized_minor =
            row->received_minor < row->amount_minor ? row->received_minor : row->amount_minor;
        dealing_change(dealing);
    }
}

void dealing_book(struct dealing *dealing, const struct entry *entry)
{
    struct payment_row *row = dealing->row;
    struct event_row event = {
        .order_no = row->order_no,
        .payment_no = row->payment_no,
        .event_no = ++row->event_count,
        .kind = entry->kind,
        .operation = entry->operation,
        .operation_no = entry->operation_no,
        .amount_minor = entry->amount_minor,
        .code = entry->code,
        .who = dealing->who,
        .at = dealing->out->now,
    };

    rows_insert(dealing->out->rows, &event_table, &event);
    dealing_change(dealing);
}

const char *dealing_child_id(const struct dealing *dealing, char letter, int64_t counter)
{
    struct child_id_text id = child_id_format(dealing->subject.id, letter, counter);

    return arena_copy_text(dealing->out->arena, id.text, strlen(id.text));
}

void want_order(struct rows *rows, const char *public_id)
{
    unsigned char bytes[ORDER_ID_BYTES];

    if (order_id_parse(public_id, bytes)) {
        rows_want(rows, &payment_order_table, key_bytes((struct bytes){ bytes, sizeof bytes }));
    }
}

struct payment_order_row *find_order(const struct rows *rows, const char *public_id)
{
    unsigned char bytes[ORDER_ID_BYTES];

    return order_id_parse(public_id, bytes)
               ? rows_find(rows, &payment_order_table,
                           key_bytes((struct bytes){ bytes, sizeof bytes }))
               : NULL;
}

const char *order_lane_key(struct arena *arena, const char *child_id)
{
    struct order_id_text order;

    return child_id_order(child_id, &order) ? arena_copy_text(arena, order.text, strlen(order.text))
                                            : NULL;
}

void want_payments(struct rows *rows, int64_t order_no)
{
    rows_want(rows, &payment_table, key_number(order_no));
}

void want_all_money(struct rows *rows, int64_t order_no)
{
    want_payments(rows, order_no);
    rows_want(rows, &capture_table, key_number(order_no));
    rows_want(rows, &refund_table, key_number(order_no));
}
