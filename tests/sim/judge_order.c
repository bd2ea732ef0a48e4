/* judge_order.c - no order is stuck or lost, what is shown of it is so, and what it made outside was made once. */
#include "tests/sim/judge.h"

#include "common/arena.h"
#include "common/text.h"
#include "proto/types.h"
#include "tests/sim/carrier.h"
#include "tests/sim/mailbox.h"
#include "tests/sim/shop.h"

#include <string.h>

enum {
    ORDER_NO,
    STATUS,
    STEP,
    TOTAL, /* columns of an order */
    STATUS_COMPLETED = 4,
    STATUS_EXPIRED = 7,
    STEP_ENDED = 10,
    STEP_COMPLETED = 11,
    TASK_OPEN = 1,
    PART_WAITING = 2,
    RESERVATION_HELD = 1,
    RESERVATION_COMMITTED = 2,
    RESERVATION_CONSUMED = 3,
    STAGE_TRANSIT = 3,
    SHIPMENT_SHIPPED = 4,
    SHIPMENT_DELIVERED = 5,
    MESSAGE_TOLD = 3
};

static struct view numbered, series, draft;
static struct view order, task, decided, hold, timer, part, reservation, shipment, share, line,
    message;

static void open_views(void)
{
    (void)view_once(&order, SIM_ORDER, "orders", "order_no status step total_minor order_id");
    (void)view_once(&task, SIM_ORDER, "task", "order_no state");
    (void)view_once(&decided, SIM_ORDER, "task", "order_no choice");
    (void)view_once(&hold, SIM_ORDER, "hold", "order_no released_at");
    (void)view_once(&part, SIM_INVENTORY, "reservation_line",
                    "order_no state line_no quantity fulfillment_no");
    (void)view_once(&reservation, SIM_INVENTORY, "reservation", "order_no state");
    (void)view_once(&shipment, SIM_SHIPPING, "shipment", "order_id failure_stage order_no state");
    (void)view_once(&share, SIM_ORDER, "order_fulfillment", "order_no replaced shipped_at");
    (void)view_once(&line, SIM_ORDER, "order_line", "order_no line_no quantity canceled_quantity");
    (void)view_once(&message, SIM_NOTIFICATION, "customer_message", "order_no state");
    (void)view_once(&numbered, SIM_ORDER, "orders", "number");
    (void)view_once(&draft, SIM_ORDER, "draft", "order_id state");
    (void)view_once(&series, SIM_ORDER, "number_series", "code last");
    timer.table = &timer_table;
}

static bool is_over(const void *row)
{
    int64_t status = view_int(&order, row, STATUS), step = view_int(&order, row, STEP);

    return status >= STATUS_COMPLETED && status <= STATUS_EXPIRED &&
           (step == STEP_ENDED || step == STEP_COMPLETED);
}

/* Whether a row with this load key has the value in its second column. */
static bool has_row(struct sim *sim, enum service_index service, const struct view *view,
                    int64_t order_no, int64_t value)
{
    struct memory_slice rows = view_find(sim, service, view, key_number(order_no));
    bool found = false;

    for (size_t i = 0; i < rows.count; i++) {
        found |= view_int(view, rows.rows[i], 1) == value;
    }
    return found;
}

static bool has_person(struct sim *sim, int64_t order_no)
{
    return has_row(sim, SIM_ORDER, &task, order_no, TASK_OPEN) ||
           has_row(sim, SIM_ORDER, &hold, order_no, 0);
}

void judge_progress(struct sim *sim)
{
    struct sums timed = { 0 };
    size_t count = 0;

    open_views();
    void **rows = memory_database_rows(sim->databases[SIM_ORDER], &timer_table, &count);
    for (size_t i = 0; i < count; i++) {
        const struct timer_row *row = rows[i];

        if (text_equal(row->kind, "deadline")) { /* others do not move it */
            sums_add(sim, &timed, row->subject_id, 1);
        }
    }
    rows = view_rows(sim, SIM_ORDER, &order, &count);
    for (size_t i = 0; i < count; i++) {
        struct order_id_text id = order_id_format(view_bytes(&order, rows[i], 4).bytes);

        if (!is_over(rows[i]) && sums_get(&timed, id.text) == 0 &&
            !has_person(sim, view_int(&order, rows[i], ORDER_NO))) {
            judge_find(sim, id.text, "is at step %lld, and no timer and no person will see it",
                       (long long)view_int(&order, rows[i], STEP));
        }
    }
}

void judge_ended(struct sim *sim)
{
    size_t count = 0;
    void **rows = view_rows(sim, SIM_ORDER, &order, &count);

    for (size_t i = 0; i < count; i++) {
        if (!is_over(rows[i])) {
            judge_find_order(sim, view_int(&order, rows[i], ORDER_NO),
                             "is not over: status %lld, step %lld",
                             (long long)view_int(&order, rows[i], STATUS),
                             (long long)view_int(&order, rows[i], STEP));
        }
    }
}

/* --- Numbers --------------------------------------------------------------------------------------- */

/* Counts the numbers of a series, whichever channels gave them; one that is given twice, or is none of 1 to `last`, is found. */
static int64_t numbers_given(struct sim *sim, const char *stem, int64_t last)
{
    unsigned char *given = arena_alloc(sim->ctx.arena, (size_t)last + 1);
    size_t count = 0;
    void **rows = view_rows(sim, SIM_ORDER, &numbered, &count);
    int64_t found = 0;

    memset(given, 0, (size_t)last + 1);
    for (size_t i = 0; i < count; i++) {
        const char *number = view_text(&numbered, rows[i], 0);
        int64_t value = 0;

        if (number == NULL || !text_starts_with(number, stem)) {
            continue;
        }
        if (!text_to_int(number + strlen(stem), &value) || value < 1 || value > last ||
            given[value]++ > 0) {
            judge_find(sim, number, "is given twice, or was never counted");
        }
        found++;
    }
    return found;
}

void judge_series(struct sim *sim)
{
    open_views();
    size_t count = 0;
    void **rows = view_rows(sim, SIM_ORDER, &series, &count);

    for (size_t i = 0; i < count; i++) {
        const char *stem = text_format(sim->ctx.arena, "%s-", view_text(&series, rows[i], 0));
        int64_t last = view_int(&series, rows[i], 1);
        int64_t found = numbers_given(sim, stem, last);

        if (found != last) {
            judge_find(sim, stem, "counted %lld orders, %lld have a number", (long long)last,
                       (long long)found);
        }
    }
}

/* --- Stock ----------------------------------------------------------------------------------------- */

/* A parcel that left and nobody has seen since is given up by a person. */
static bool was_given_up(struct sim *sim, const void *row)
{
    return has_row(sim, SIM_ORDER, &decided, view_int(&order, row, ORDER_NO), TASK_CHOICE_REFUND);
}

static bool has_shipment(struct sim *sim, const void *row, int64_t state)
{
    struct memory_slice rows =
        view_find(sim, SIM_SHIPPING, &shipment, key_bytes(view_bytes(&order, row, 4)));
    bool found = false;

    for (size_t i = 0; i < rows.count; i++) {
        found |= view_int(&shipment, rows.rows[i], 3) == state;
    }
    return found;
}

/* It arrived, the money for it did not, and a person left it at that. */
static bool was_written_off(struct sim *sim, const void *row)
{
    return has_row(sim, SIM_ORDER, &decided, view_int(&order, row, ORDER_NO), TASK_CHOICE_CANCEL) &&
           has_shipment(sim, row, SHIPMENT_DELIVERED);
}

/* Something else went in its place, or nothing did: even where the carrier found it after all. */
static bool was_replaced_on_its_way(struct sim *sim, int64_t order_no)
{
    struct memory_slice rows = view_find(sim, SIM_ORDER, &share, key_number(order_no));
    bool replaced = false;

    for (size_t i = 0; i < rows.count; i++) {
        replaced |= view_bool(&share, rows.rows[i], 1) && view_int(&share, rows.rows[i], 2) != 0;
    }
    return replaced;
}

static bool was_lost(struct sim *sim, const void *row)
{
    struct memory_slice rows =
        view_find(sim, SIM_SHIPPING, &shipment, key_bytes(view_bytes(&order, row, 4)));
    bool lost = was_replaced_on_its_way(sim, view_int(&order, row, ORDER_NO));

    for (size_t i = 0; i < rows.count; i++) {
        lost |=
            view_int(&shipment, rows.rows[i], 1) == STAGE_TRANSIT ||
            view_int(&shipment, rows.rows[i], 3) == SHIPMENT_SHIPPED; /* nobody heard of it again */
    }
    return lost;
}

static void judge_reservations(struct sim *sim, const void *row)
{
    int64_t order_no = view_int(&order, row, ORDER_NO);
    struct memory_slice rows = view_find(sim, SIM_INVENTORY, &reservation, key_number(order_no));
    bool completed = view_int(&order, row, STATUS) == STATUS_COMPLETED;

    for (size_t i = 0; i < rows.count; i++) {
        int64_t state = view_int(&reservation, rows.rows[i], 1);
        bool consumed = state == RESERVATION_CONSUMED && !completed && !was_lost(sim, row) &&
                        !was_given_up(sim, row) && !was_written_off(sim, row);

        if (state == RESERVATION_HELD || state == RESERVATION_COMMITTED || consumed) {
            judge_find_order(sim, order_no,
                             "is over with status %lld, its reservation in state %lld",
                             (long long)view_int(&order, row, STATUS), (long long)state);
        }
    }
}

void judge_stock_shown(struct sim *sim)
{
    size_t count = 0;
    void **rows = view_rows(sim, SIM_ORDER, &order, &count);

    for (size_t i = 0; i < count; i++) {
        if (is_over(rows[i])) {
            judge_reservations(sim, rows[i]);
        }
    }
}

static int64_t pieces_left(struct sim *sim, int64_t order_no, int64_t line_no)
{
    struct memory_slice rows = view_find(sim, SIM_INVENTORY, &part, key_number(order_no));
    int64_t pieces = 0;

    for (size_t i = 0; i < rows.count; i++) {
        bool left = view_int(&part, rows.rows[i], 4) != 0;

        if (left && view_int(&part, rows.rows[i], 2) == line_no) {
            pieces += view_int(&part, rows.rows[i], 3);
        }
    }
    return pieces;
}

/* Of what is written off more left than is ordered in the end. */
static void judge_lines_of(struct sim *sim, int64_t order_no, bool written_off)
{
    struct memory_slice rows = view_find(sim, SIM_ORDER, &line, key_number(order_no));

    for (size_t i = 0; i < rows.count; i++) {
        const void *row = rows.rows[i];
        int64_t wanted = view_int(&line, row, 2) - view_int(&line, row, 3);
        int64_t left = pieces_left(sim, order_no, view_int(&line, row, 1));

        if (written_off ? left < wanted : left != wanted) {
            judge_find_order(sim, order_no, "line %lld: %lld ordered, %lld left",
                             (long long)view_int(&line, row, 1), (long long)wanted,
                             (long long)left);
        }
    }
}

void judge_lines(struct sim *sim)
{
    size_t count = 0;
    void **rows = view_rows(sim, SIM_ORDER, &order, &count);

    for (size_t i = 0; i < count; i++) {
        if (view_int(&order, rows[i], STATUS) == STATUS_COMPLETED && !was_lost(sim, rows[i])) {
            judge_lines_of(sim, view_int(&order, rows[i], ORDER_NO), was_written_off(sim, rows[i]));
        }
    }
}

/* --- What was promised ----------------------------------------------------------------------------- */

void judge_durable(struct sim *sim)
{
    struct names there = { 0 };
    size_t count = 0;
    void **rows = view_rows(sim, SIM_ORDER, &order, &count);

    for (size_t i = 0; i < count; i++) {
        struct order_id_text id = order_id_format(view_bytes(&order, rows[i], 4).bytes);

        if (names_find(&there, id.text) != NULL) {
            judge_find(sim, id.text, "is there twice");
        }
        names_put(sim->ctx.arena, &there, id.text, rows[i]);
    }
    for (size_t i = 0; i < sim->order_count; i++) {
        const struct order_plan *plan = sim->orders[i];

        bool must_be = plan->answered || (!sim->requests_lost && !plan->draft);

        if (names_find(&there, plan->id.text) == NULL && must_be) {
            judge_find(sim, plan->id.text, "was %s, and is not there",
                       plan->answered ? "answered with 201" : "submitted");
        }
    }
}

/* A draft that was submitted is an order, and no other is; at rest none is open, for its time is over. */
void judge_drafts(struct sim *sim)
{
    struct names there = { 0 };
    size_t count = 0;
    void **rows = view_rows(sim, SIM_ORDER, &order, &count);

    for (size_t i = 0; i < count; i++) {
        struct order_id_text id = order_id_format(view_bytes(&order, rows[i], 4).bytes);

        names_put(sim->ctx.arena, &there, id.text, rows[i]);
    }
    rows = view_rows(sim, SIM_ORDER, &draft, &count);
    for (size_t i = 0; i < count; i++) {
        struct order_id_text id = order_id_format(view_bytes(&draft, rows[i], 0).bytes);
        int64_t state = view_int(&draft, rows[i], 1);

        if ((names_find(&there, id.text) != NULL) != (state == DRAFT_STATE_SUBMITTED)) {
            judge_find(sim, id.text, "is a draft in state %lld, and %s", (long long)state,
                       state == DRAFT_STATE_SUBMITTED ? "no order" : "an order");
        } else if (state == DRAFT_STATE_OPEN) {
            judge_find(sim, id.text, "is a draft that never ends");
        }
    }
}

/* --- What was made outside ------------------------------------------------------------------------- */

void judge_carrier_once(struct sim *sim)
{
    struct sums labels = { 0 };

    for (const struct sent_parcel *at = sim->carrier->parcels; at != NULL; at = at->next) {
        bool given_back = at->refund_status != NULL && strcmp(at->refund_status, "rejected") != 0;

        sums_add(sim, &labels, at->reference, given_back ? 0 : at->labels);
    }
    for (const struct sum *sum = labels.first; sum != NULL; sum = sum->next) {
        if (sum->value > 1) {
            judge_find(sim, sum->name, "%lld labels were bought for it", (long long)sum->value);
        }
    }
}

void judge_calls(struct sim *sim)
{
    if (sim->overlapping.text[0] != '\0') {
        judge_find(sim, sim->overlapping.text, "a call was sent before the one before had ended");
    }
}

enum { SUPPLIER_TOLD = 2 };
static struct view supplier_message, invoice_message;

/* As many mails as customers and suppliers were told things, and sent invoices; a copy is the same mail, and follows a lost answer. */
void judge_mail(struct sim *sim)
{
    size_t count = 0;
    int64_t told = 0;
    void **rows = view_rows(sim, SIM_NOTIFICATION, &message, &count);

    for (size_t i = 0; i < count; i++) {
        told += view_int(&message, rows[i], 1) == MESSAGE_TOLD;
    }
    rows = view_rows(sim, SIM_NOTIFICATION,
                     view_once(&supplier_message, SIM_NOTIFICATION, "supplier_message", "state"),
                     &count);
    for (size_t i = 0; i < count; i++) {
        told += view_int(&supplier_message, rows[i], 0) == SUPPLIER_TOLD;
    }
    rows = view_rows(sim, SIM_NOTIFICATION,
                     view_once(&invoice_message, SIM_NOTIFICATION, "invoice_message", "state"),
                     &count);
    for (size_t i = 0; i < count; i++) {
        told += view_int(&invoice_message, rows[i], 0) == SUPPLIER_TOLD;
    }
    if (told != sim->mailbox->mail_count) {
        judge_find(sim, "the mailbox", "%lld different mails arrived, %lld messages were told",
                   (long long)sim->mailbox->mail_count, (long long)told);
    }
    for (const struct mail *mail = sim->mailbox->mails; mail != NULL; mail = mail->next) {
        if (mail->differs) {
            judge_find(sim, mail->id, "two different mails have this id");
        }
    }
    if (sim->mailbox->copies_after_end > 0) {
        judge_find(sim, "the mailbox", "%lld mails arrived again after their end was known",
                   (long long)sim->mailbox->copies_after_end);
    }
}
