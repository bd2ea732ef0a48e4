/* store_conformance_runtime.c - the runtime's own rows: outbox, timers, inputs, effects, positions. */
#include "store_bench.h"

#include "common/runtime_tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void insert_outbox(struct session *session, const char *topic, int64_t generation,
                          int64_t number)
{
    struct outbox_row row = { .lane = 1,
                              .topic = topic,
                              .generation = generation,
                              .number = number,
                              .day = session->now / 86400000,
                              .type = "order.placed",
                              .key = "ord_1",
                              .written_at = session->now,
                              .body = { (const unsigned char *)"{}", 2 } };

    rows_insert(session->rows, &outbox_table, &row);
}

static void the_outbox_is_read_in_order(void **state)
{
    struct bench *bench = *state;
    struct session *a = open_with_lanes(bench, "a");
    struct scan_query query = { .scan = &outbox_after,
                                .arguments = { key_number(1), key_text("events"), key_number(1),
                                               key_number(2) } };

    begin(bench, a);
    load(bench, a, OK);
    insert_outbox(a, "events", 2, 1);
    insert_outbox(a, "events", 1, 3);
    insert_outbox(a, "events", 1, 10);
    insert_outbox(a, "events", 1, 2);
    insert_outbox(a, "commands", 1, 4);
    commit(bench, a, OK);

    struct scan_answer answer = scan(bench, a, query);
    const int64_t want[][2] = { { 1, 3 }, { 1, 10 }, { 2, 1 } };
    assert_int_equal(answer.count, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct outbox_row *row = answer.rows[i];
        assert_int_equal(row->generation, want[i][0]);
        assert_int_equal(row->number, want[i][1]);
        assert_string_equal(row->topic, "events");
        assert_null(row->cause);
        assert_int_equal(row->body.length, 2);
    }
    query.limit = 2;
    assert_int_equal(scan(bench, a, query).count, 2);
    query.arguments[0] = key_number(2);
    assert_int_equal(scan(bench, a, query).count, 0);
}

static void a_number_is_used_once(void **state)
{
    struct bench *bench = *state;
    struct session *a = open_with_lanes(bench, "a");

    for (int i = 0; i < 2; i++) {
        begin(bench, a);
        load(bench, a, OK);
        insert_outbox(a, "events", 1, 1);
        commit(bench, a, i == 0 ? OK : ERR_CONFLICT);
    }
}

static struct timer_row timer(int64_t due_at, int64_t step)
{
    return (struct timer_row){
        .lane = 2, .due_at = due_at, .subject_id = "ord_1", .kind = "deadline", .step = step
    };
}

static void timers_are_found_when_due(void **state)
{
    struct bench *bench = *state;
    struct session *a = open_with_lanes(bench, "a");
    struct timer_row rows[] = { timer(2000, 1), timer(1000, 1), timer(3000, 1), timer(1000, 2) };
    struct scan_query query = { .scan = &timers_due,
                                .arguments = { key_number(2), key_number(2000) } };

    for (int i = 0; i < 2; i++) { /* the same deadlines again change nothing */
        begin(bench, a);
        for (size_t row = 0; row < 4; row++) {
            rows[row].subject_number = i;
            rows_insert(a->rows, &timer_table, &rows[row]);
        }
        commit(bench, a, OK);
    }
    struct scan_answer answer = scan(bench, a, query);
    assert_int_equal(answer.count, 3);
    assert_int_equal(((struct timer_row *)answer.rows[0])->step, 1);
    assert_int_equal(((struct timer_row *)answer.rows[1])->step, 2);
    assert_int_equal(((struct timer_row *)answer.rows[2])->due_at, 2000);
    assert_int_equal(((struct timer_row *)answer.rows[2])->subject_number, 0);

    for (int i = 0; i < 2; i++) { /* and one that fired twice is gone once */
        begin(bench, a);
        rows_remove(a->rows, &timer_table, rows_put_stored(a->rows, &timer_table, &rows[1]));
        commit(bench, a, OK);
        assert_int_equal(scan(bench, a, query).count, 2);
    }
}

static void insert_input(struct session *session, int64_t lane, const char *key)
{
    struct input_row row = { .lane = lane,
                             .key = key,
                             .headers = "ce_type: receipt\n",
                             .body = { (const unsigned char *)"{}", 2 } };

    rows_insert(session->rows, &input_table, &row);
}

static void the_store_numbers_inputs(void **state)
{
    struct bench *bench = *state;
    struct session *a = open_with_lanes(bench, "a");
    struct scan_query query = { .scan = &inputs_after,
                                .arguments = { key_number(3), key_number(0) } };

    begin(bench, a);
    insert_input(a, 3, "TEA");
    insert_input(a, 2, "CUP");
    insert_input(a, 3, "POT");
    commit(bench, a, OK);
    struct scan_answer answer = scan(bench, a, query);
    assert_int_equal(answer.count, 2);
    struct input_row *first = answer.rows[0], *second = answer.rows[1];
    assert_string_equal(first->key, "TEA");
    assert_string_equal(second->key, "POT");
    assert_true(first->id > 0 && second->id > first->id);

    query.arguments[1] = key_number(first->id);
    assert_int_equal(scan(bench, a, query).count, 1);
    begin(bench, a);
    rows_remove(a->rows, &input_table, rows_put_stored(a->rows, &input_table, first));
    insert_input(a, 3, "JAR");
    commit(bench, a, OK);
    answer = scan(bench, a, query);
    assert_int_equal(answer.count, 2);
    assert_true(((struct input_row *)answer.rows[1])->id > second->id);
}

static void a_parked_row_changes_its_state(void **state)
{
    struct bench *bench = *state;
    struct session *a = open_with_lanes(bench, "a");
    struct parked_row row = { .lane = 1,
                              .subject_id = "ord_1",
                              .source = "message",
                              .topic = "order.events",
                              .record_offset = 17,
                              .key = "ord_1",
                              .headers = "",
                              .body = { (const unsigned char *)"", 0 },
                              .reason = "no such order",
                              .state = "failed",
                              .parked_at = 1700000000000 };
    const struct scan_query query = { .scan = &parked_after,
                                      .arguments = { key_number(1), key_number(0) } };

    begin(bench, a);
    rows_insert(a->rows, &parked_table, &row);
    commit(bench, a, OK);
    struct parked_row *stored = scan(bench, a, query).rows[0];
    begin(bench, a);
    stored = rows_put_stored(a->rows, &parked_table, stored);
    stored->state = "newer";
    rows_update(a->rows, &parked_table, stored);
    commit(bench, a, OK);
    stored = scan(bench, a, query).rows[0];
    assert_string_equal(stored->state, "newer");
    assert_string_equal(stored->reason, "no such order");
    assert_int_equal(stored->record_offset, 17);
}

static void positions_and_streams_are_of_a_lane(void **state)
{
    struct bench *bench = *state;
    struct session *a = open_with_lanes(bench, "a");
    struct read_position_row position = {
        .lane = 1, .topic = "order.events", .next_offset = 5, .generation = 1, .number = 4
    };
    struct stream_row stream = { .lane = 1,
                                 .topic = "payment.events",
                                 .generation = 1,
                                 .number = 9,
                                 .cursor_generation = 1,
                                 .cursor_number = 8 };

    begin(bench, a);
    rows_insert(a->rows, &read_position_table, &position);
    rows_insert(a->rows, &stream_table, &stream);
    commit(bench, a, OK);
    begin(bench, a);
    position.next_offset = 6;
    rows_update(a->rows, &read_position_table,
                rows_put_stored(a->rows, &read_position_table, &position));
    commit(bench, a, OK);

    struct scan_query query = { .scan = &read_positions_of_lane, .arguments = { key_number(1) } };
    struct scan_answer answer = scan(bench, a, query);
    assert_int_equal(answer.count, 1);
    assert_int_equal(((struct read_position_row *)answer.rows[0])->next_offset, 6);
    assert_int_equal(((struct read_position_row *)answer.rows[0])->appended_at, 0);
    query.scan = &streams_of_lane;
    answer = scan(bench, a, query);
    assert_int_equal(answer.count, 1);
    assert_int_equal(((struct stream_row *)answer.rows[0])->cursor_number, 8);
    query.arguments[0] = key_number(2);
    assert_int_equal(scan(bench, a, query).count, 0);
}

static struct effect_row effect(int64_t lane, int64_t id)
{
    return (struct effect_row){ .lane = lane,
                                .id = id,
                                .kind = "charge",
                                .key = "ord_1-P1/charge",
                                .subject_id = "ord_1-P1",
                                .decided_at = 1700000000000,
                                .clock = 3,
                                .payload = { (const unsigned char *)"{}", 2 },
                                .request = { (const unsigned char *)"POST", 4 } };
}

static void effects_are_scanned_by_id(void **state)
{
    struct bench *bench = *state;
    struct session *a = open_with_lanes(bench, "a");
    const struct effect_row rows[] = { effect(1, 10), effect(1, 9), effect(1, 11), effect(2, 12) };

    begin(bench, a);
    for (size_t i = 0; i < 4; i++) {
        rows_insert(a->rows, &effect_table, &rows[i]);
    }
    commit(bench, a, OK);
    struct scan_answer answer =
        scan(bench, a,
             (struct scan_query){ .scan = &effects_after,
                                  .arguments = { key_number(1), key_number(9) } });
    assert_int_equal(answer.count, 2);
    assert_int_equal(((struct effect_row *)answer.rows[0])->id, 10);
    assert_int_equal(((struct effect_row *)answer.rows[1])->id, 11);
    assert_int_equal(((struct effect_row *)answer.rows[1])->not_before, 0);
    assert_string_equal(((struct effect_row *)answer.rows[1])->kind, "charge");
}

static void the_generation_stays(void **state)
{
    struct bench *bench = *state;
    struct session *a = open_session(bench, "a"), *b = open_session(bench, "b");
    int64_t first = 0, again = 0;

    expect(bench, OK, a->store->operations->generation(a->store, &bench->ctx, 0, &first));
    expect(bench, OK, b->store->operations->generation(b->store, &bench->ctx, 0, &again));
    assert_true(first >= 1);
    assert_int_equal(first, again);
    expect(bench, OK, a->store->operations->generation(a->store, &bench->ctx, first + 3, &again));
    assert_int_equal(again, first + 3);
    expect(bench, OK, b->store->operations->generation(b->store, &bench->ctx, 0, &again));
    assert_int_equal(again, first + 3);
}

static void what_was_ended_is_not_ended_again(void **state)
{
    struct bench *bench = *state;
    struct session *a = open_with_lanes(bench, "a");
    struct effect_row row = effect(1, 5);

    begin(bench, a);
    rows_insert(a->rows, &effect_table, &row);
    commit(bench, a, OK);
    begin(bench, a);
    rows_remove(a->rows, &effect_table, rows_put_stored(a->rows, &effect_table, &row));
    commit(bench, a, OK);
    begin(bench, a);
    rows_remove(a->rows, &effect_table, rows_put_stored(a->rows, &effect_table, &row));
    row.id = 6;
    rows_insert(a->rows, &effect_table, &row);
    commit(bench, a, ERR_CONFLICT); /* and nothing else of the batch counts */
    struct scan_query query = { .scan = &effects_after,
                                .arguments = { key_number(1), key_number(0) } };
    assert_int_equal(scan(bench, a, query).count, 0);
}

int store_runtime_tests(void)
{
    const struct CMUnitTest runtime_tests[] = {
        STORE_TEST(the_outbox_is_read_in_order),
        STORE_TEST(a_number_is_used_once),
        STORE_TEST(timers_are_found_when_due),
        STORE_TEST(the_store_numbers_inputs),
        STORE_TEST(a_parked_row_changes_its_state),
        STORE_TEST(positions_and_streams_are_of_a_lane),
        STORE_TEST(effects_are_scanned_by_id),
        STORE_TEST(the_generation_stays),
        STORE_TEST(what_was_ended_is_not_ended_again),
    };

    return cmocka_run_group_tests(runtime_tests, NULL, NULL);
}
