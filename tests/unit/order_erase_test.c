/* order_erase_test.c - a customer is forgotten: only when all is over, all of it, and once.
 *
 * links: order
 */
#include "tests/unit/order_bench.h"

#include "common/id.h"
#include "common/store.h"
#include "common/text.h"
#include "proto/fulfillment.h"
#include "proto/message_type.h"
#include "proto/notification.h"
#include "proto/payment.h"
#include "proto/shipping.h"
#include "services/order/tables.h"
#include "tests/unit/order_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define CUSTOMER "cus_mfrggzdfmztwq2lknnwg23tpoa"
/* In all that the shopper and people wrote, and in nothing else. */
#define NAME "Quackenbush"

/* --- How a test speaks -------------------------------------------------------------------------- */

/* What the statement customer_order_load answers where all orders are of one customer. */
static void derive_orders(struct memory_database *database, struct key load_key,
                          struct arena *arena, struct rows *rows)
{
    size_t count = 0;
    void **orders = memory_database_rows(database, &order_table, &count);

    for (size_t i = 0; i < count; i++) {
        const struct order_row *order = orders[i];
        unsigned char *id = arena_copy(arena, order->order_id.bytes, ORDER_ID_BYTES);
        const struct customer_order_row row = {
            .customer_id = arena_copy_text(arena, load_key.text, load_key.length),
            .order_no = order->order_no,
            .order_id = { id, ORDER_ID_BYTES },
            .over = (order->step == STEP_ENDED || order->step == STEP_COMPLETED) &&
                    order->open_tasks == 0,
        };

        if (strcmp(row.customer_id, CUSTOMER) == 0) {
            rows_put_stored(rows, &order_customer_order_table, &row);
        }
    }
}

static int set_up(void **state)
{
    struct order_bench *bench = order_bench_new();

    memory_database_derive(bench->database, &order_customer_order_table, derive_orders);
    *state = bench;
    return 0;
}

static void count_by_email(struct order_bench *bench)
{
    static const struct fraud_rule rule = { .kind = FRAUD_RULE_KIND_VELOCITY,
                                            .points = 1,
                                            .subject = FRAUD_SUBJECT_EMAIL,
                                            .orders = 20,
                                            .has_orders = true,
                                            .within_ms = 60000,
                                            .has_within_ms = true };
    static const struct fraud_policy fraud = { .hold_at = 100, .rules = &rule, .rules_count = 1 };
    const struct order_channel_put put = {
        .code = "web", .body = { .stock_policy = STOCK_POLICY_REJECT, .fraud = &fraud }
    };

    order_bench_run(bench, (struct order_step){ .message_type = MESSAGE_ORDER_CHANNEL_PUT,
                                                .message = &put,
                                                .id = "put" });
}

/* An order that names them wherever it can. */
static const char *place(struct order_bench *bench, const char *ref)
{
    struct order_submit order = order_bench_submit(bench, ref);
    struct order_submit_line *lines = arena_alloc(bench->kept, order.lines_count * sizeof *lines);

    memcpy(lines, order.lines, order.lines_count * sizeof *lines);
    lines[0].customization = "{\"engraving\":\"" NAME "\"}";
    order.lines = lines;
    order.customer.name = NAME;
    order.customer.email = NAME "@shop.example";
    order.customer.phone = "+49 30 7654321";
    order.ship_to.name = NAME;
    order.note = "ring at " NAME "'s";
    order_bench_run(bench, order_bench_submission(bench, &order, ref));
    return ((const struct order_placed *)order_bench_must_say(bench, MESSAGE_ORDER_PLACED))
        ->order_id;
}

static void write_note(struct order_bench *bench, const char *order_id, const char *id)
{
    const struct order_note note = { .order_id = order_id, .body = { .note = NAME " called" } };

    order_bench_run(bench, (struct order_step){
                               .message_type = MESSAGE_ORDER_NOTE, .message = &note, .id = id });
}

static void end_order(struct order_bench *bench, const char *id)
{
    order_play(bench, id, "short");
    assert_non_null(order_bench_said(bench, MESSAGE_ORDER_REJECTED, 0));
}

static bool names_them(const struct table *table, const char *row)
{
    bool named = false;

    for (size_t i = 0; i < table->column_count; i++) {
        const char *text = NULL;

        if (table->columns[i].kind == COLUMN_TEXT) {
            memcpy(&text, row + table->columns[i].offset, sizeof text);
        }
        named = named || (text != NULL &&
                          (strstr(text, NAME) != NULL || strstr(text, "quackenbush") != NULL));
    }
    return named;
}

/* The tables of this service in which a text names them. */
static const char *found(struct order_bench *bench)
{
    const char *tables = "";

    for (const struct table *const *table = order_tables; *table != NULL; table++) {
        size_t count = 0, hits = 0;
        void **rows = memory_database_rows(bench->database, *table, &count);

        for (size_t i = 0; i < count; i++) {
            hits += names_them(*table, rows[i]) ? 1 : 0;
        }
        if (hits > 0) {
            tables = text_format(bench->kept, "%s%s ", tables, (*table)->name);
        }
    }
    return tables;
}

static const struct gateway_reply *ask(struct order_bench *bench, const char *customer_id,
                                       struct customer_erase_body body)
{
    const struct customer_erase request = { .customer_id = customer_id, .body = body };

    order_bench_run(bench, (struct order_step){ .message_type = MESSAGE_CUSTOMER_ERASE,
                                                .message = &request,
                                                .id = "erase",
                                                .actor = "key:7",
                                                .waited_for = true });
    return order_bench_said(bench, MESSAGE_GATEWAY_REPLY, 0);
}

/* Every order's lane takes what was passed on to it in the last batch. */
static void pass_on(struct order_bench *bench)
{
    struct order_step steps[ORDER_BENCH_BATCH_MAX];
    size_t count = 0;
    const struct order_erase *message = NULL;

    while ((message = order_bench_said(bench, MESSAGE_ORDER_ERASE, count)) != NULL) {
        steps[count++] = (struct order_step){ .message_type = MESSAGE_ORDER_ERASE,
                                              .message = message,
                                              .id = message->order_id };
    }
    order_bench_batch(bench, steps, count);
}

/* --- The customer --------------------------------------------------------------------------------- */

static void an_open_order_is_named(void **state)
{
    struct order_bench *bench = *state;
    const char *over = place(bench, "1");

    end_order(bench, over);
    const char *open = place(bench, "2");
    const char *before = found(bench);
    const struct gateway_reply *reply = ask(bench, CUSTOMER, (struct customer_erase_body){ 0 });
    assert_int_equal(reply->status, 409);
    assert_non_null(strstr(reply->problem->detail, open));
    assert_null(strstr(reply->problem->detail, over));
    assert_null(order_bench_said(bench, MESSAGE_ORDER_ERASE, 0));
    assert_string_equal(found(bench), before);
}

static void only_so_many_are_named(void **state)
{
    struct order_bench *bench = *state;

    for (int number = 1; number <= 12; number++) {
        (void)place(bench, text_format(bench->kept, "%d", number));
    }
    const struct gateway_reply *reply = ask(bench, CUSTOMER, (struct customer_erase_body){ 0 });
    assert_non_null(strstr(reply->problem->detail, " and 4 more"));
}

static void another_number_of_orders_is_refused(void **state)
{
    struct order_bench *bench = *state;

    end_order(bench, place(bench, "1"));
    assert_int_equal(ask(bench, CUSTOMER,
                         (struct customer_erase_body){ .order_count = 2, .has_order_count = true })
                         ->status,
                     409);
    assert_null(order_bench_said(bench, MESSAGE_ORDER_ERASE, 0));
    assert_int_equal(ask(bench, CUSTOMER,
                         (struct customer_erase_body){ .order_count = 1, .has_order_count = true })
                         ->status,
                     200);
    assert_non_null(order_bench_said(bench, MESSAGE_ORDER_ERASE, 0));
}

static void nobody_is_not_found(void **state)
{
    struct order_bench *bench = *state;

    end_order(bench, place(bench, "1"));
    assert_int_equal(
        ask(bench, "cus_aaaaaaaaaaaaaaaaaaaaaaaaaa", (struct customer_erase_body){ 0 })->status,
        404);
}

/* --- Their orders ----------------------------------------------------------------------------------- */

static void nothing_is_left_of_them(void **state)
{
    struct order_bench *bench = *state;

    count_by_email(bench);
    for (int number = 1; number <= 2; number++) {
        const char *id = place(bench, number == 1 ? "1" : "2");

        write_note(bench, id, id);
        end_order(bench, id);
    }
    assert_string_equal(found(bench), "order_line order_contact note velocity ");
    assert_int_equal(ask(bench, CUSTOMER, (struct customer_erase_body){ 0 })->status, 200);
    pass_on(bench);
    assert_string_equal(found(bench), "");
    for (size_t nth = 0; nth < 2; nth++) {
        assert_non_null(order_bench_said(bench, MESSAGE_ORDER_ERASED, nth));
        assert_non_null(order_bench_said(bench, MESSAGE_PAYMENT_ERASE, nth));
        assert_non_null(order_bench_said(bench, MESSAGE_FULFILLMENT_ERASE, nth));
        assert_non_null(order_bench_said(bench, MESSAGE_SHIPMENT_ERASE, nth));
        assert_non_null(order_bench_said(bench, MESSAGE_NOTIFICATION_ERASE, nth));
    }
    size_t count = 0;
    const struct contact_row *contact =
        memory_database_rows(bench->database, &order_contact_table, &count)[0];
    assert_string_equal(contact->ship_country, "DE");
}

/* Asked again, what was written meanwhile goes; others are told again, the world is not. */
static void asked_again_it_is_done_again(void **state)
{
    struct order_bench *bench = *state;
    const char *id = place(bench, "1");

    end_order(bench, id);
    (void)ask(bench, CUSTOMER, (struct customer_erase_body){ 0 });
    pass_on(bench);
    write_note(bench, id, "late");
    assert_string_equal(found(bench), "note ");
    assert_int_equal(ask(bench, CUSTOMER, (struct customer_erase_body){ 0 })->status, 200);
    pass_on(bench);
    assert_string_equal(found(bench), "");
    assert_non_null(order_bench_said(bench, MESSAGE_SHIPMENT_ERASE, 0));
    assert_int_equal(order_bench_said_count(bench, MESSAGE_ORDER_ERASED), 1);
}

/* The timer that was set last. */
static struct said next_look(const struct order_bench *bench)
{
    struct said due = { .due_at = 0 };

    for (size_t i = 0; i < bench->said_count; i++) {
        if (bench->said[i].type == MESSAGE_NONE && strcmp(bench->said[i].kind, "erase") == 0) {
            due = bench->said[i];
        }
    }
    return due;
}

static void look_again(struct order_bench *bench)
{
    struct said due = next_look(bench);

    assert_in_range(due.due_at - bench->now, 1, 3600000);
    bench->now = due.due_at;
    order_bench_run(bench, (struct order_step){ .timer = &due });
}

/* What is open is erased when it is over, the rest at once. */
static void what_is_open_is_waited_for(void **state)
{
    struct order_bench *bench = *state;
    const char *over = place(bench, "1");

    end_order(bench, over);
    const char *open = place(bench, "2");
    const struct customer_erase_body when_over = { .when_over = true, .has_when_over = true };
    assert_int_equal(ask(bench, CUSTOMER, when_over)->status, 200);
    pass_on(bench);
    const struct order_erased *erased = order_bench_must_say(bench, MESSAGE_ORDER_ERASED);
    assert_string_equal(erased->order_id, over);
    assert_null(order_bench_said(bench, MESSAGE_ORDER_ERASED, 1));
    look_again(bench);
    assert_null(order_bench_said(bench, MESSAGE_ORDER_ERASED, 0));
    assert_string_equal(found(bench), "order_line order_contact ");
    end_order(bench, open);
    look_again(bench);
    erased = order_bench_must_say(bench, MESSAGE_ORDER_ERASED);
    assert_string_equal(erased->order_id, open);
    assert_non_null(order_bench_said(bench, MESSAGE_NOTIFICATION_ERASE, 0));
    assert_string_equal(found(bench), "");
}

/* The next look is another one, also by a clock that was set back. */
static void a_look_is_not_taken_for_the_next(void **state)
{
    struct order_bench *bench = *state;
    const struct customer_erase_body when_over = { .when_over = true, .has_when_over = true };

    (void)place(bench, "1");
    assert_int_equal(ask(bench, CUSTOMER, when_over)->status, 200);
    pass_on(bench);
    struct said due = next_look(bench);
    bench->now = due.due_at - 1000;
    order_bench_run(bench, (struct order_step){ .timer = &due });
    assert_int_equal(next_look(bench).due_at, due.due_at + 3600000);
}

static void erase_by(struct order_bench *bench, const char *order_id, int64_t order_no)
{
    const struct order_erase message = { .order_id = order_id, .order_no = order_no };

    order_bench_run(bench, (struct order_step){ .message_type = MESSAGE_ORDER_ERASE,
                                                .message = &message,
                                                .id = "stray",
                                                .waited_for = true });
}

/* What comes by another way than its customer is looked at all the same. */
static void no_order_is_erased_by_mistake(void **state)
{
    struct order_bench *bench = *state;
    const char *open = place(bench, "1");
    int64_t order_no = order_bench_order(bench, open)->order_no;
    const char *before = found(bench);
    const struct {
        const char *order_id;
        int64_t order_no, status;
    } wrong[] = {
        { open, order_no, 409 },
        { open, order_no + 1, 404 },
        { "ord_aaaaaaaaaaaaaaaaaaaaaaaaaa", order_no, 404 },
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        erase_by(bench, wrong[i].order_id, wrong[i].order_no);
        const struct gateway_reply *reply = order_bench_must_say(bench, MESSAGE_GATEWAY_REPLY);
        assert_int_equal(reply->status, wrong[i].status);
        assert_null(order_bench_said(bench, MESSAGE_PAYMENT_ERASE, 0));
        assert_string_equal(found(bench), before);
    }
}

#define ON_BENCH(test) cmocka_unit_test_setup_teardown(test, set_up, order_bench_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BENCH(an_open_order_is_named),
        ON_BENCH(only_so_many_are_named),
        ON_BENCH(another_number_of_orders_is_refused),
        ON_BENCH(nobody_is_not_found),
        ON_BENCH(nothing_is_left_of_them),
        ON_BENCH(asked_again_it_is_done_again),
        ON_BENCH(no_order_is_erased_by_mistake),
        ON_BENCH(what_is_open_is_waited_for),
        ON_BENCH(a_look_is_not_taken_for_the_next),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
